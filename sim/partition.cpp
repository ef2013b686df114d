#include "sim/partition.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "sim/error.h"
#include "sim/model_index.h"

namespace orrery::sim {
namespace {

// Whether a class begins where its number is due; so every number below the last has members.
bool numbered_by_first_members(const std::vector<std::uint32_t>& class_of, std::size_t things) {
  if (class_of.size() != things) return false;
  std::uint32_t classes = 0;
  for (const std::uint32_t number : class_of) {
    if (number > classes) return false;
    if (number == classes) ++classes;
  }
  return true;
}

// The members of each class, one class after the other.
class Members {
 public:
  Members(const std::vector<std::uint32_t>& class_of, const Classes& classes) : begins_(classes.count() + 1, 0), members_(class_of.size()) {
    for (std::size_t c = 0; c < classes.count(); ++c) begins_[c + 1] = begins_[c] + classes.sizes[c];
    std::vector<std::uint32_t> next = begins_;
    for (std::uint32_t i = 0; i < class_of.size(); ++i) members_[next[class_of[i]]++] = i;
  }
  std::span<const std::uint32_t> of(std::size_t number) const {
    return {members_.data() + begins_[number], begins_[number + 1] - begins_[number]};
  }

 private:
  std::vector<std::uint32_t> begins_;
  std::vector<std::uint32_t> members_;
};

// `each` of `members` makes up `total`: since all parts are compared with the same total, who has no part leaves others too much.
bool is_equal_share(std::uint64_t each, std::uint64_t members, std::uint64_t total) {
  __extension__ using Product = unsigned __int128;
  return static_cast<Product>(each) * members == total;
}

class EquitableCheck {
 public:
  EquitableCheck(const ModelView& model, const Partition& partition)
      : model_(model),
        partition_(partition),
        slots_(joined_slots(model)),
        changes_(model),
        actors_(partition.actors),
        activities_(partition.activities),
        flows_(partition.flows),
        resources_(partition.resources) {}

  bool holds() {
    return resources_are_alike() && activities_are_alike() && flows_are_alike() && actors_are_alike() && actors_meet_alike() &&
           flows_meet_alike();
  }

 private:
  bool resources_are_alike() const;
  bool activities_are_alike() const;
  bool flows_are_alike() const;
  bool actors_are_alike() const;
  bool flows_meet_alike();
  bool actors_meet_alike() const;

  // Units are counted on and on, modulo 2^32: what counts is how many more they are than before the flow class at hand.
  struct Place {
    std::uint32_t number;   // of its class
    std::uint32_t met = 0;  // units
  };
  struct Crossed {
    double capacity;
    std::uint64_t part = 0;         // units of one flow; 0 in between
    std::uint64_t of_flow = 0;      // what each flow of the class at hand has to have; 0 in between
    std::uint64_t of_resource = 0;  // and each resource
    std::uint32_t complete = 0;     // resources that have it
    std::uint32_t met_before = 0;   // by every resource
  };

  template <class Thing>
  bool changes_are_alike(Thing one, Thing other) const;
  double add_parts(std::span<const Demand> path);
  template <class PathOf>
  bool cross_alike(std::span<const std::uint32_t> flows, bool alone_alike, const PathOf& path_of);
  template <class TargetOf>
  bool share_alike(std::span<const std::uint32_t> actors, std::uint32_t among, std::vector<std::uint32_t>& met,
                   const TargetOf& target_of) const;

  const ModelView model_;
  const Partition& partition_;
  const std::vector<std::vector<std::uint32_t>> slots_;  // by script
  const ChangeLists changes_;
  const Classes actors_;
  const Classes activities_;
  const Classes flows_;
  const Classes resources_;
  std::vector<Place> places_;     // by resource
  std::vector<Crossed> crossed_;  // by class of resources
};

// Paths are compared by what the flows meet on them.
template <class Thing>
bool EquitableCheck::changes_are_alike(Thing one, Thing other) const {
  return std::ranges::equal(changes_.of(one), changes_.of(other), [this](std::uint32_t a, std::uint32_t b) {
    const Change& first = model_.changes[a];
    const Change& second = model_.changes[b];
    return first.at == second.at && first.kind == second.kind && first.capacity == second.capacity;
  });
}

bool EquitableCheck::resources_are_alike() const {
  for (std::uint32_t r = 0; r < model_.resources.size(); ++r) {
    const std::uint32_t first = resources_.firsts[partition_.resources[r]];
    if (model_.resources[r].capacity != model_.resources[first].capacity) return false;
    if (!changes_are_alike(ResourceId{r}, ResourceId{first})) return false;
  }
  return true;
}

// Flows of one class are all of one class of activities, each of which has the same number of them.
bool EquitableCheck::activities_are_alike() const {
  std::vector<std::uint32_t> met(flows_.count(), 0);
  for (std::uint32_t a = 0; a < model_.activities.size(); ++a) {
    const Activity& activity = model_.activities[a];
    const std::uint32_t number = partition_.activities[a];
    const Activity& first = model_.activities[activities_.firsts[number]];
    if (activity.latency != first.latency || activity.pipelined != first.pipelined || activity.takes != first.takes) return false;
    if (activity.flow_count == 0) continue;
    const std::span flows(partition_.flows.data() + activity.first_flow, activity.flow_count);
    for (const std::uint32_t flow : flows) ++met[flow];
    for (const std::uint32_t flow : flows) {
      if (met[flow] != 0 && !is_equal_share(met[flow], activities_.sizes[number], flows_.sizes[flow])) return false;
      met[flow] = 0;
    }
  }
  return true;
}

bool EquitableCheck::flows_are_alike() const {
  for (std::uint32_t f = 0; f < model_.flows.size(); ++f) {
    const std::uint32_t first = flows_.firsts[partition_.flows[f]];
    if (f == first) continue;
    if (model_.flows[f].amount != model_.flows[first].amount || model_.flows[f].rate_cap != model_.flows[first].rate_cap) return false;
    if (!changes_are_alike(FlowId{f}, FlowId{first})) return false;
  }
  return true;
}

bool EquitableCheck::actors_are_alike() const {
  const auto joiners = [this](const Actor& actor, std::uint32_t slot) {
    return model_.joiners.empty() ? 1 : model_.joiners[actor.first_binding + slot];
  };
  for (std::uint32_t a = 0; a < model_.actors.size(); ++a) {
    const Actor& actor = model_.actors[a];
    const Actor& first = model_.actors[actors_.firsts[partition_.actors[a]]];
    if (actor.script != first.script || actor.multiplicity != first.multiplicity) return false;
    if (partition_.resources[index(actor.processor)] != partition_.resources[index(first.processor)]) return false;
    for (const std::uint32_t slot : slots_[index(actor.script)]) {
      const ActivityId activity = model_.bindings[actor.first_binding + slot];
      if (partition_.activities[index(activity)] != partition_.activities[index(model_.bindings[first.first_binding + slot])]) return false;
      if (joiners(actor, slot) != joiners(first, slot)) return false;
    }
  }
  return true;
}

// Every flow of a class crosses a class of resources equally often, and every resource of that class is crossed by them equally often. One
// look at each crossing: the first flow says what all have to have. Who has nothing need not be looked for, since resources would lack it.
template <class PathOf>
bool EquitableCheck::cross_alike(std::span<const std::uint32_t> flows, bool alone_alike, const PathOf& path_of) {
  const auto first = path_of(flows.front());
  const double alone = add_parts(first);
  for (const Demand& demand : first) {
    const std::uint32_t number = places_[index(demand.resource)].number;
    Crossed& crossed = crossed_[number];
    if (crossed.part == 0) continue;
    crossed.of_flow = std::exchange(crossed.part, 0);
    std::uint64_t total = 0;
    check(!__builtin_mul_overflow(crossed.of_flow, flows.size(), &total), "what a class of flows crosses fits 64 bits");
    if (total % resources_.sizes[number] != 0) return false;
    crossed.of_resource = total / resources_.sizes[number];
    check(crossed.of_resource <= UINT32_MAX, "multiplicities that meet on a resource fit 32 bits");
    crossed.complete = 0;
  }
  for (const std::uint32_t flow : flows) {
    const auto path = path_of(flow);
    if (add_parts(path) != alone && alone_alike) return false;
    for (const Demand& demand : path) {
      Place& place = places_[index(demand.resource)];
      Crossed& crossed = crossed_[place.number];
      if (crossed.part != 0 && crossed.part != crossed.of_flow) return false;
      crossed.part = 0;
      place.met += demand.multiplicity;
      const std::uint64_t met = std::uint64_t{place.met - demand.multiplicity - crossed.met_before} + demand.multiplicity;
      if (met > crossed.of_resource) return false;
      if (met == crossed.of_resource) ++crossed.complete;
    }
  }
  for (const Demand& demand : first) {
    const std::uint32_t number = places_[index(demand.resource)].number;
    Crossed& crossed = crossed_[number];
    if (crossed.of_flow == 0) continue;
    if (crossed.complete != resources_.sizes[number]) return false;
    crossed.of_flow = 0;
    crossed.met_before += static_cast<std::uint32_t>(crossed.of_resource);
  }
  return true;
}

// Also gives the rate that the path allows what is alone on it.
double EquitableCheck::add_parts(std::span<const Demand> path) {
  double rate = std::numeric_limits<double>::infinity();
  for (const Demand& demand : path) {
    Crossed& crossed = crossed_[places_[index(demand.resource)].number];
    crossed.part += demand.multiplicity;
    const double alone = demand.multiplicity == 1 ? crossed.capacity : crossed.capacity / demand.multiplicity;  // dividing is slow
    rate = std::min(rate, alone);
  }
  return rate;
}

bool EquitableCheck::flows_meet_alike() {
  const Members members(partition_.flows, flows_);
  places_.reserve(partition_.resources.size());
  for (const std::uint32_t number : partition_.resources) places_.push_back({.number = number});
  for (const std::uint32_t r : resources_.firsts) crossed_.push_back({.capacity = static_cast<double>(model_.resources[r].capacity)});
  for (std::size_t number = 0; number < flows_.count(); ++number) {
    const auto flows = members.of(number);
    const bool capped_by_path = !std::isfinite(model_.flows[flows.front()].rate_cap);  // a later path leaves the cap as it was
    if (!cross_alike(flows, capped_by_path, [&](std::uint32_t flow) { return demands_of(model_, model_.flows[flow]); })) return false;
    for (std::size_t k = 0; k < changes_.of(FlowId{flows.front()}).size(); ++k) {
      const auto path = [&](std::uint32_t flow) { return demands_of(model_, model_.changes[changes_.of(FlowId{flow})[k]]); };
      if (!cross_alike(flows, false, path)) return false;
    }
  }
  return true;
}

// Each of the `among` things of a class is the target of equally many of these actors, who have no other targets. `met` counts, from 0 to
// 0.
template <class TargetOf>
bool EquitableCheck::share_alike(std::span<const std::uint32_t> actors, std::uint32_t among, std::vector<std::uint32_t>& met,
                                 const TargetOf& target_of) const {
  for (const std::uint32_t actor : actors) ++met[target_of(model_.actors[actor])];
  for (const std::uint32_t actor : actors) {
    std::uint32_t& each = met[target_of(model_.actors[actor])];
    if (each != 0 && !is_equal_share(each, among, actors.size())) return false;
    each = 0;
  }
  return true;
}

bool EquitableCheck::actors_meet_alike() const {
  const Members members(partition_.actors, actors_);
  std::vector<std::uint32_t> on_processors(model_.resources.size(), 0);
  std::vector<std::uint32_t> in_activities(model_.activities.size(), 0);
  for (std::size_t number = 0; number < actors_.count(); ++number) {
    const auto actors = members.of(number);
    const Actor& first = model_.actors[actors.front()];
    const auto processor = [](const Actor& actor) { return index(actor.processor); };
    if (!share_alike(actors, resources_.sizes[partition_.resources[processor(first)]], on_processors, processor)) return false;
    for (const std::uint32_t slot : slots_[index(first.script)]) {
      const auto activity = [&](const Actor& actor) { return index(model_.bindings[actor.first_binding + slot]); };
      if (!share_alike(actors, activities_.sizes[partition_.activities[activity(first)]], in_activities, activity)) return false;
    }
  }
  return true;
}

}  // namespace

Classes::Classes(const std::vector<std::uint32_t>& class_of) {
  for (std::uint32_t i = 0; i < class_of.size(); ++i) {
    if (class_of[i] == count()) {
      firsts.push_back(i);
      sizes.push_back(0);
    }
    ++sizes[class_of[i]];
  }
}

bool is_equitable(const ModelView& model, const Partition& partition) {
  if (!numbered_by_first_members(partition.actors, model.actors.size())) return false;
  if (!numbered_by_first_members(partition.activities, model.activities.size())) return false;
  if (!numbered_by_first_members(partition.flows, model.flows.size())) return false;
  if (!numbered_by_first_members(partition.resources, model.resources.size())) return false;
  return EquitableCheck(model, partition).holds();
}

}  // namespace orrery::sim
