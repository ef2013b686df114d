#include "sim/contention.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <tuple>

#include "sim/dominance.h"
#include "sim/units.h"

namespace orrery::sim {
namespace {

constexpr std::uint32_t unknown = UINT32_MAX;

// What one activity (or the work of one stream) can put on a resource. Of entries with the same stream one runs at a time.
struct Entry {
  std::uint32_t resource;
  std::uint32_t stream;
  std::uint32_t activity;
  std::int64_t load;
};

// By slot, the stream that joins it; unknown where several do, or no one.
std::vector<std::uint32_t> streams_of_slots(const Script& script) {
  std::vector<std::uint32_t> streams(script.slots, unknown);
  std::vector<bool> shared(script.slots, false);
  for (std::uint32_t stream = 0; stream < script.streams.size(); ++stream) {
    for (const Step& step : script.streams[stream]) {
      if (step.kind != StepKind::join) continue;
      if (streams[step.target] != unknown && streams[step.target] != stream) shared[step.target] = true;
      streams[step.target] = stream;
    }
  }
  for (std::size_t slot = 0; slot < shared.size(); ++slot) {
    if (shared[slot]) streams[slot] = unknown;
  }
  return streams;
}

class Loads {
 public:
  explicit Loads(const Model& model) : model_(model), stream_of_activity_(model.activities.size(), unknown) {
    entries_.reserve(model.demands.size() + model.actors.size());
    add_work();
    add_flows();
  }

  std::vector<bool> exceeding(const std::vector<std::int64_t>& capacities) {
    std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::tuple(a.resource, a.stream, a.activity) < std::tuple(b.resource, b.stream, b.activity);
    });
    std::vector<bool> exceed(capacities.size(), false);
    for (auto first = entries_.begin(); first != entries_.end();) {
      const auto last = std::find_if(first, entries_.end(), [&](const Entry& entry) { return entry.resource != first->resource; });
      exceed[first->resource] = greatest_load({first, last}) > capacities[first->resource];
      first = last;
    }
    return exceed;
  }

 private:
  // Streams are numbered through all actors; what none is known for gets a number past them.
  void add_work() {
    std::vector<std::vector<std::uint32_t>> slots;
    std::vector<std::vector<std::uint32_t>> working;
    for (const Script& script : model_.scripts) {
      slots.push_back(streams_of_slots(script));
      auto& streams = working.emplace_back();
      for (std::uint32_t stream = 0; stream < script.streams.size(); ++stream) {
        const auto& steps = script.streams[stream];
        if (std::any_of(steps.begin(), steps.end(), [](const Step& step) { return step.kind == StepKind::work; }))
          streams.push_back(stream);
      }
    }
    for (const Actor& actor : model_.actors) {
      const std::uint32_t script = index(actor.script);
      const std::int64_t capacity = model_.resources[index(actor.processor)].capacity;
      for (const std::uint32_t stream : working[script]) {
        entries_.push_back({index(actor.processor), streams_ + stream, unknown, detail::checked_multiply(capacity, actor.multiplicity)});
      }
      for (std::size_t slot = 0; slot < slots[script].size(); ++slot) {
        if (slots[script][slot] == unknown) continue;
        std::uint32_t& stream = stream_of_activity_[index(model_.bindings[actor.first_binding + slot])];
        stream = std::min(stream, streams_ + slots[script][slot]);
      }
      streams_ += static_cast<std::uint32_t>(model_.scripts[script].streams.size());
    }
  }

  void add_flows() {
    std::vector<std::uint32_t> activity_of_flow(model_.flows.size());
    for (std::uint32_t a = 0; a < model_.activities.size(); ++a) {
      const Activity& activity = model_.activities[a];
      if (stream_of_activity_[a] == unknown) stream_of_activity_[a] = streams_ + a;
      for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) activity_of_flow[f] = a;
    }
    const auto add = [&](std::uint32_t flow, std::span<const Demand> demands) {
      const std::uint32_t activity = activity_of_flow[flow];
      const auto rate = static_cast<std::int64_t>(std::ceil(rate_alone(model_, model_.flows[flow])));
      for (const Demand& demand : demands) {
        entries_.push_back(
            {index(demand.resource), stream_of_activity_[activity], activity, detail::checked_multiply(rate, demand.multiplicity)});
      }
    };
    for (std::uint32_t f = 0; f < model_.flows.size(); ++f) add(f, demands_of(model_, model_.flows[f]));
    for (const Change& change : model_.changes) {
      if (change.kind == Change::Kind::path) add(change.target, {model_.demands.data() + change.first_demand, change.demand_count});
    }
  }

  // Entries of one resource in order of stream and activity: the sum over streams of the greatest sum of an activity.
  static std::int64_t greatest_load(std::span<const Entry> entries) {
    std::int64_t load = 0;
    for (std::size_t next = 0; next < entries.size();) {
      const std::uint32_t stream = entries[next].stream;
      std::int64_t greatest = 0;
      while (next < entries.size() && entries[next].stream == stream) {
        const std::uint32_t activity = entries[next].activity;
        std::int64_t sum = 0;
        for (; next < entries.size() && entries[next].stream == stream && entries[next].activity == activity; ++next) {
          sum = detail::checked_add(sum, entries[next].load);
        }
        greatest = std::max(greatest, sum);
      }
      load = detail::checked_add(load, greatest);
    }
    return load;
  }

  const Model& model_;
  std::vector<std::uint32_t> stream_of_activity_;
  std::uint32_t streams_ = 0;
  std::vector<Entry> entries_;
};

// Contended resources of one class are crossed by the same flows equally often, on each path that these take. A processor is of its own.
class CrossingClasses {
 public:
  CrossingClasses(const Model& model, const std::vector<bool>& contended) : contended_(contended), class_of_(model.resources.size(), 0) {
    for (const Actor& actor : model.actors) class_of_[index(actor.processor)] = classes_++;
    for (const Flow& flow : model.flows) refine(demands_of(model, flow));
    for (const Change& change : model.changes) {
      if (change.kind == Change::Kind::path) refine({model.demands.data() + change.first_demand, change.demand_count});
    }
  }
  std::uint32_t class_of(std::uint32_t resource) const { return class_of_[resource]; }
  std::uint32_t classes() const { return classes_; }

 private:
  void refine(std::span<const Demand> demands) {
    path_.clear();
    for (const Demand& demand : demands) {
      const std::uint32_t resource = index(demand.resource);
      if (contended_[resource]) path_.emplace_back(class_of_[resource], demand.multiplicity, resource);
    }
    std::sort(path_.begin(), path_.end());
    for (std::size_t i = 0; i < path_.size(); ++i) {
      const auto& [of, multiplicity, resource] = path_[i];
      if (i == 0 || of != std::get<0>(path_[i - 1]) || multiplicity != std::get<1>(path_[i - 1])) ++classes_;
      class_of_[resource] = classes_ - 1;
    }
  }

  const std::vector<bool>& contended_;
  std::vector<std::uint32_t> class_of_;
  std::uint32_t classes_ = 1;
  std::vector<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>> path_;  // scratch of refine
};

// Takes out those that a narrower one of their class always holds up first, or at the same time.
void leave_narrowest(const Model& model, const std::vector<std::int64_t>& least, std::vector<bool>& contended) {
  const CrossingClasses crossed(model, contended);
  std::vector<std::uint32_t> narrowest(crossed.classes(), unknown);
  for (std::uint32_t r = 0; r < contended.size(); ++r) {
    if (!contended[r]) continue;
    std::uint32_t& other = narrowest[crossed.class_of(r)];
    if (other == unknown || model.resources[r].capacity < model.resources[other].capacity) other = r;
  }
  for (std::uint32_t r = 0; r < contended.size(); ++r) {
    if (!contended[r]) continue;
    const std::uint32_t other = narrowest[crossed.class_of(r)];
    contended[r] = other == r || model.resources[other].capacity > least[r];
  }
}

}  // namespace

std::vector<bool> contended_resources(const Model& model, bool lean) {
  std::vector<std::int64_t> least;
  least.reserve(model.resources.size());
  for (const Resource& resource : model.resources) least.push_back(resource.capacity);
  for (const Change& change : model.changes) {
    if (change.kind == Change::Kind::capacity) least[change.target] = std::min(least[change.target], change.capacity);
  }
  std::vector<bool> contended = Loads(model).exceeding(least);
  if (lean) return contended;
  if (!model.changes.empty()) {
    leave_narrowest(model, least, contended);
    return contended;
  }
  const std::vector<bool> undominated = undominated_resources(model);
  for (std::size_t r = 0; r < contended.size(); ++r) contended[r] = contended[r] && undominated[r];
  return contended;
}

}  // namespace orrery::sim
