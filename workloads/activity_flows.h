// The activities of a Model that is being made, one after the other, with the flows that they move along edges.
//
//     ActivityFlows flows(cluster, times, options, model);
//     for (const Edge& edge : edges) flows.cross(edge);
//     const sim::ActivityId id = flows.add(plan, ranks);       // over those edges
//     const sim::ActivityId more = flows.add_like(id, larger_plan, ranks);   // over the same ones, which are not routed again
//
// Costs what Paths costs; `add_like` a look at each flow.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model.h"
#include "topology/cluster.h"
#include "workloads/collective_plan.h"
#include "workloads/group.h"
#include "workloads/lower.h"
#include "workloads/paths.h"

namespace orrery::workloads {

class ActivityFlows {
 public:
  /// The resources of `model` are there and stay as they are. Keeps references.
  ActivityFlows(const topology::Cluster& cluster, const KernelTimes& times, const LoweringOptions& options, sim::Model& model);

  /// What is added next moves along this edge too. Gives the links of the fabric that it crosses, 0 within a node. Throws sim::Error where
  /// the fabric is cut.
  int cross(const Edge& edge) { return paths_.append(cluster_, edge); }
  /// ... along all edges of a collective, as planned.
  void cross(const Group& group, const CollectivePlan& plan);

  struct Size {
    std::size_t flows = 0;
    std::size_t demands = 0;
  };
  /// Of a collective along the edges crossed since the last call, without it.
  Size size();
  /// Along the edges crossed since the last call; latency alone where there are no bytes.
  sim::ActivityId add(const CollectivePlan& plan, int participants);
  /// Along the edges of an activity that there is.
  sim::ActivityId add_like(sim::ActivityId other, const CollectivePlan& plan, int participants);

 private:
  Granularity granularity(const CollectivePlan& plan) const;
  void append_crossed(Granularity granularity, std::vector<sim::Demand>& demands);
  sim::ActivityId add_activity(const CollectivePlan& plan, int participants);
  void add_flow(const CollectivePlan& plan, std::uint32_t first_demand, std::uint32_t end);
  void add_takes(const CollectivePlan& plan);

  const topology::Cluster& cluster_;
  const KernelTimes& times_;
  const LoweringOptions& options_;
  sim::Model& model_;
  double least_capacity_ = 0;  // of any resource
  double flowing_ = 0;         // seconds that the flows of the activity at hand take, each at its sim::rate_alone
  Paths paths_;
  std::vector<sim::Demand> summed_;  // of an all-to-all, in place of paths
  Tally tally_;
  std::vector<Edge> edges_;          // scratch of cross
  std::vector<std::uint32_t> ends_;  // scratch of add and size
};

}  // namespace orrery::workloads
