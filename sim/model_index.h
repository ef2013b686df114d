// What of a Model is found by looking through it once: the slots that scripts join by, the activity of a flow, the changes of a thing.
//
//     const ChangeLists changes(model);
//     for (const std::uint32_t c : changes.of(FlowId{3})) apply(model.changes[c]);   // in order of time
//
// Cost: one pass; a bit a flow and resource where there are changes, and nothing by step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/model_view.h"

namespace orrery::sim {

/// By script: the slots that its steps join by, ascending. Bindings of other slots mean nothing.
std::vector<std::vector<std::uint32_t>> joined_slots(const ModelView& model);

/// By flow: the activity that it is of.
std::vector<std::uint32_t> activities_of_flows(const ModelView& model);

/// What a flow crosses from `change` on: nothing but where the change is of a path.
inline std::span<const Demand> demands_of(const ModelView& model, const Change& change) {
  if (change.kind != Change::Kind::path) return {};
  return {model.demands.data() + change.first_demand, change.demand_count};
}

/// Model::changes by what they change.
class ChangeLists {
 public:
  explicit ChangeLists(const ModelView& model) : flows_(model, Of::flows), resources_(model, Of::resources) {}

  /// Indices into Model::changes, in their order there.
  std::span<const std::uint32_t> of(FlowId flow) const { return flows_.of(index(flow)); }
  std::span<const std::uint32_t> of(ResourceId resource) const { return resources_.of(index(resource)); }
  /// What has changes, ascending.
  const std::vector<std::uint32_t>& flows() const { return flows_.targets; }
  const std::vector<std::uint32_t>& resources() const { return resources_.targets; }

 private:
  enum class Of { flows, resources };
  struct Lists {
    Lists(const ModelView& model, Of kind);
    std::span<const std::uint32_t> of(std::uint32_t target) const;

    std::vector<bool> named;             // by thing; empty without changes
    std::vector<std::uint32_t> targets;  // ascending
    std::vector<std::uint32_t> begins;   // of the targets' lists in `changes`, and the end of the last
    std::vector<std::uint32_t> changes;
  };

  Lists flows_;
  Lists resources_;
};

}  // namespace orrery::sim
