#include "sim/fold.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "sim/colouring.h"
#include "sim/dominance.h"
#include "sim/error.h"
#include "sim/model_index.h"
#include "sim/refinement.h"

namespace orrery::sim {
namespace {

// How much of what `members` have in all, each the `part`, falls to each of `among`.
std::uint32_t share(std::uint64_t part, std::uint64_t members, std::uint64_t among) {
  std::uint64_t total = 0;
  check(!__builtin_mul_overflow(part, members, &total) && total % among == 0 && total / among <= UINT32_MAX,
        "the members of a class share equally, in numbers that fit");
  return static_cast<std::uint32_t>(total / among);
}

class QuotientMaker {
 public:
  QuotientMaker(const ModelView& model, const Partition& partition)
      : model_(model),
        partition_(partition),
        actors_(partition.actors),
        activities_(partition.activities),
        flows_(partition.flows),
        resources_(partition.resources),
        units_(resources_.count(), 0) {}

  Model made() && {
    made_.scripts = model_.scripts;
    made_.noise = model_.noise;
    made_.labels = model_.labels;
    for (const std::uint32_t r : resources_.firsts) made_.resources.push_back(model_.resources[r]);
    for (const std::uint32_t a : activities_.firsts) add_activity(model_.activities[a]);
    const auto slots = joined_slots(model_);
    for (std::size_t c = 0; c < actors_.count(); ++c) add_actor(model_.actors[actors_.firsts[c]], actors_.sizes[c], slots);
    for (const Change& change : model_.changes) add_change(change);
    return std::move(made_);
  }

 private:
  void add_activity(const Activity& activity);
  void add_flow(const Flow& flow, std::uint32_t members);
  void add_actor(const Actor& actor, std::uint32_t members, const std::vector<std::vector<std::uint32_t>>& slots);
  void add_change(Change change);
  std::uint32_t add_demands(std::span<const Demand> path, std::uint32_t members);

  const ModelView model_;
  const Partition& partition_;
  const Classes actors_;
  const Classes activities_;
  const Classes flows_;
  const Classes resources_;
  std::vector<std::uint64_t> units_;  // by class of resources: of the path at hand
  Model made_;
};

// The class's first activity holds the first members of its flow classes.
void QuotientMaker::add_activity(const Activity& activity) {
  Activity& made = made_.activities.emplace_back(activity);
  made.first_flow = static_cast<std::uint32_t>(made_.flows.size());
  made.flow_count = 0;
  made.participants = 0;
  for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
    const std::uint32_t number = partition_.flows[f];
    if (flows_.firsts[number] != f) continue;
    check(number == made_.flows.size(), "flow classes are numbered by their activities");
    add_flow(model_.flows[f], flows_.sizes[number]);
    ++made.flow_count;
  }
}

void QuotientMaker::add_flow(const Flow& flow, std::uint32_t members) {
  Flow& made = made_.flows.emplace_back(flow);
  made.rate_cap = rate_alone(model_, flow);
  made.first_demand = static_cast<std::uint32_t>(made_.demands.size());
  made.demand_count = add_demands(demands_of(model_, flow), members);
}

// In order of the path of one member. Each of them takes as much of the class of resources, all of which carry as much.
std::uint32_t QuotientMaker::add_demands(std::span<const Demand> path, std::uint32_t members) {
  for (const Demand& demand : path) units_[partition_.resources[index(demand.resource)]] += demand.multiplicity;
  const std::size_t before = made_.demands.size();
  for (const Demand& demand : path) {
    const std::uint32_t number = partition_.resources[index(demand.resource)];
    const std::uint64_t units = std::exchange(units_[number], 0);
    if (units > 0) made_.demands.push_back({ResourceId{number}, share(units, members, resources_.sizes[number])});
  }
  return static_cast<std::uint32_t>(made_.demands.size() - before);
}

void QuotientMaker::add_actor(const Actor& actor, std::uint32_t members, const std::vector<std::vector<std::uint32_t>>& slots) {
  const std::uint32_t processor = partition_.resources[index(actor.processor)];
  const std::size_t first_binding = made_.bindings.size();
  made_.actors.push_back({.script = actor.script,
                          .processor = ResourceId{processor},
                          .first_binding = static_cast<std::uint32_t>(first_binding),
                          .multiplicity = share(actor.multiplicity, members, resources_.sizes[processor])});
  made_.bindings.resize(first_binding + model_.scripts[index(actor.script)].slots, ActivityId{0});
  made_.joiners.resize(made_.bindings.size(), 1);
  for (const std::uint32_t slot : slots[index(actor.script)]) {
    const std::uint32_t activity = partition_.activities[index(model_.bindings[actor.first_binding + slot])];
    const std::uint32_t joiners = model_.joiners.empty() ? 1 : model_.joiners[actor.first_binding + slot];
    made_.bindings[first_binding + slot] = ActivityId{activity};
    made_.joiners[first_binding + slot] = share(joiners, members, activities_.sizes[activity]);
    ++made_.activities[activity].participants;
  }
}

// Members of a class have the same changes at the same times: those of the first stand for all.
void QuotientMaker::add_change(Change change) {
  const bool of_resource = change.kind == Change::Kind::capacity;
  const std::uint32_t number = of_resource ? partition_.resources[change.target] : partition_.flows[change.target];
  if (change.target != (of_resource ? resources_ : flows_).firsts[number]) return;
  const auto path = demands_of(model_, change);
  change.target = number;
  change.first_demand = static_cast<std::uint32_t>(made_.demands.size());
  change.demand_count = path.empty() ? 0 : add_demands(path, flows_.sizes[number]);
  made_.changes.push_back(change);
}

bool folds_nothing(const Model& model, const Partition& partition) {
  return Classes(partition.actors).count() == model.actors.size() && Classes(partition.flows).count() == model.flows.size();
}

std::optional<Folding> fold(const Model& model, bool if_alike) {
  std::vector<bool> kept = undominated_resources(model);
  std::optional<LeanModel> lean;
  if (std::find(kept.begin(), kept.end(), false) != kept.end()) lean.emplace(model, kept);
  const ModelView told_apart = lean ? lean->view() : model;
  Partition partition = Refinement(told_apart).coarsest();
  if (if_alike && folds_nothing(model, partition)) return std::nullopt;
  check(is_equitable(told_apart, partition), "members of a class are alike");
  Folding folding{.partition = std::move(partition), .quotient = {}, .kept = {}, .lean = model.changes.empty()};
  folding.quotient = quotient(told_apart, folding.partition);
  if (lean) folding.kept = std::move(kept);
  return folding;
}

// By flow: what a unit of its demands serves from the first run of its activity to the last. Whoever takes part in it joins every run.
std::vector<std::int64_t> units_of_flows(const Model& model) {
  std::vector<std::int64_t> runs(model.activities.size(), 0);
  for (const Actor& actor : model.actors) {
    const Script& script = model.scripts[index(actor.script)];
    std::vector<std::int64_t> joins(script.slots, 0);
    for (const auto& stream : script.streams) {
      for (const Step& step : stream) {
        if (step.kind == StepKind::join) ++joins[step.target];
      }
    }
    for (std::size_t slot = 0; slot < joins.size(); ++slot) {
      if (joins[slot] > 0) runs[index(model.bindings[actor.first_binding + slot])] = joins[slot];
    }
  }
  std::vector<std::int64_t> units(model.flows.size());
  for (std::size_t a = 0; a < runs.size(); ++a) {
    const Activity& activity = model.activities[a];
    for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
      units[f] = detail::checked_multiply(model.flows[f].amount, runs[a]);
    }
  }
  return units;
}

// By resource; 0 where it is not left out.
std::vector<std::int64_t> served_beside(const Model& model, const Folding& folding) {
  const std::vector<std::int64_t> units = units_of_flows(folding.quotient);
  std::vector<std::int64_t> served(model.resources.size(), 0);
  for (std::size_t f = 0; f < model.flows.size(); ++f) {
    const std::int64_t of_flow = units[folding.partition.flows[f]];
    for (const Demand& demand : demands_of(model, model.flows[f])) {
      if (folding.kept[index(demand.resource)]) continue;
      std::int64_t& sum = served[index(demand.resource)];
      sum = detail::checked_add(sum, detail::checked_multiply(of_flow, demand.multiplicity));
    }
  }
  return served;
}

}  // namespace

Model quotient(const ModelView& model, const Partition& partition) { return QuotientMaker(model, partition).made(); }

Folding fold(const Model& model) { return *fold(model, false); }
std::optional<Folding> fold_if_alike(const Model& model) { return fold(model, true); }

// Resources that were left out are alike where they are as wide and served as much. All classes are numbered as they come.
void tell_by_classes(const Model& model, Folding folding, Timeline& timeline) {
  timeline.classes = {.of_actor = std::move(folding.partition.actors), .of_resource = std::move(folding.partition.resources)};
  if (folding.kept.empty()) return;
  constexpr std::uint32_t none = UINT32_MAX;
  const std::vector<std::int64_t> served = served_beside(model, folding);
  ColourGroups widths;
  ColourGroups left_out;
  std::vector<std::uint32_t> of_kept(timeline.served.size(), none);  // by class of the quotient
  std::vector<std::uint32_t> of_left_out;                            // by group
  std::vector<std::int64_t> by_class;
  std::vector<std::uint32_t> classes(model.resources.size());
  std::size_t next_kept = 0;
  for (std::size_t r = 0; r < classes.size(); ++r) {
    const std::uint32_t of_quotient = folding.kept[r] ? timeline.classes.of_resource[next_kept++] : none;
    std::uint32_t* number = nullptr;
    if (of_quotient != none) {
      number = &of_kept[of_quotient];
    } else {
      const std::uint32_t width = widths.add(0, static_cast<std::uint64_t>(model.resources[r].capacity));
      const std::uint32_t group = left_out.add(width, static_cast<std::uint64_t>(served[r]));
      if (group == of_left_out.size()) of_left_out.push_back(none);
      number = &of_left_out[group];
    }
    if (*number == none) {
      *number = static_cast<std::uint32_t>(by_class.size());
      by_class.push_back(of_quotient != none ? timeline.served[of_quotient] : served[r]);
    }
    classes[r] = *number;
  }
  timeline.served = std::move(by_class);
  timeline.classes.of_resource = std::move(classes);
}

}  // namespace orrery::sim
