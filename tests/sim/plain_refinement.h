// What Refinement finds, without hashes, sums and sets of what is touched: neighbourhoods are sorted lists, and all are compared in each
// round. To compare with; far too slow for more than some hundred actors.
//
//     EXPECT_EQ(Refinement(model).coarsest(), PlainRefinement(model).coarsest());
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sim/model_index.h"
#include "sim/partition.h"

namespace orrery::sim {

class PlainRefinement {
 public:
  explicit PlainRefinement(const Model& model) : model_(model), slots_(joined_slots(model)), changes_(model) {}

  Partition coarsest() {
    part(now_.actors, model_.actors.size(), [&](std::uint32_t a) {
      const Actor& actor = model_.actors[a];
      return Look{{index(actor.script), actor.multiplicity}};
    });
    part(now_.activities, model_.activities.size(),
         [&](std::uint32_t a) { return Look{{model_.activities[a].latency.ticks, model_.activities[a].pipelined}}; });
    part(now_.flows, model_.flows.size(), [&](std::uint32_t f) {
      return Look{{model_.flows[f].amount, static_cast<std::int64_t>(std::min(model_.flows[f].rate_cap, 1e18))}, changes(FlowId{f})};
    });
    part(now_.resources, model_.resources.size(),
         [&](std::uint32_t r) { return Look{{model_.resources[r].capacity}, changes(ResourceId{r})}; });
    for (Partition before; before != now_;) {
      before = now_;
      gather();
      part(now_.actors, model_.actors.size(), [&](std::uint32_t i) { return sorted(of_actors_[i]); });
      part(now_.activities, model_.activities.size(), [&](std::uint32_t i) { return sorted(of_activities_[i]); });
      part(now_.flows, model_.flows.size(), [&](std::uint32_t i) { return sorted(of_flows_[i]); });
      part(now_.resources, model_.resources.size(), [&](std::uint32_t i) { return totals(of_resources_[i]); });
    }
    return now_;
  }

 private:
  using Look = std::vector<std::vector<std::int64_t>>;

  template <class Thing>
  std::vector<std::int64_t> changes(Thing thing) const {
    std::vector<std::int64_t> all;
    for (const std::uint32_t c : changes_.of(thing)) {
      const Change& change = model_.changes[c];
      all.insert(all.end(), {change.at.ticks, static_cast<std::int64_t>(change.kind), change.capacity});
    }
    return all;
  }

  static Look sorted(Look look) {
    std::sort(look.begin(), look.end());
    return look;
  }
  // Multiplicities, which come last, of lists that are the same else are added up.
  static Look totals(const Look& look) {
    std::map<std::vector<std::int64_t>, std::int64_t> sums;
    for (auto entry : look) {
      const std::int64_t multiplicity = entry.back();
      entry.pop_back();
      sums[entry] += multiplicity;
    }
    Look result;
    for (const auto& [entry, sum] : sums) {
      result.push_back(entry);
      result.back().push_back(sum);
    }
    return result;
  }

  template <class Signature>
  static void part(std::vector<std::uint32_t>& class_of, std::size_t things, const Signature& signature) {
    class_of.resize(things, 0);
    std::map<std::pair<std::uint32_t, Look>, std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < things; ++i) {
      class_of[i] = numbers.try_emplace({class_of[i], signature(i)}, static_cast<std::uint32_t>(numbers.size())).first->second;
    }
  }

  void gather() {
    of_actors_.assign(model_.actors.size(), {});
    of_activities_.assign(model_.activities.size(), {});
    of_flows_.assign(model_.flows.size(), {});
    of_resources_.assign(model_.resources.size(), {});
    for (std::uint32_t a = 0; a < model_.actors.size(); ++a) {
      const Actor& actor = model_.actors[a];
      of_actors_[a].push_back({-1, now_.resources[index(actor.processor)]});
      of_resources_[index(actor.processor)].push_back({-1, now_.actors[a], 1});
      for (const std::uint32_t slot : slots_[index(actor.script)]) {
        const std::uint32_t activity = index(model_.bindings[actor.first_binding + slot]);
        of_actors_[a].push_back({slot, now_.activities[activity]});
        of_activities_[activity].push_back({slot, now_.actors[a]});
      }
    }
    const std::vector<std::uint32_t> activity_of = activities_of_flows(model_);
    for (std::uint32_t f = 0; f < model_.flows.size(); ++f) {
      of_flows_[f].push_back({-1, now_.activities[activity_of[f]]});
      of_activities_[activity_of[f]].push_back({-1, now_.flows[f]});
      gather(f, 0, demands_of(model_, model_.flows[f]));
      const auto list = changes_.of(FlowId{f});
      for (std::size_t k = 0; k < list.size(); ++k)
        gather(f, static_cast<std::int64_t>(k + 1), demands_of(model_, model_.changes[list[k]]));
    }
  }
  void gather(std::uint32_t flow, std::int64_t path, std::span<const Demand> demands) {
    for (const Demand& demand : demands) {
      of_flows_[flow].push_back({path, now_.resources[index(demand.resource)], demand.multiplicity});
      of_resources_[index(demand.resource)].push_back({path, now_.flows[flow], demand.multiplicity});
    }
  }

  const Model& model_;
  const std::vector<std::vector<std::uint32_t>> slots_;
  const ChangeLists changes_;
  Partition now_;
  std::vector<Look> of_actors_;
  std::vector<Look> of_activities_;
  std::vector<Look> of_flows_;
  std::vector<Look> of_resources_;
};

}  // namespace orrery::sim
