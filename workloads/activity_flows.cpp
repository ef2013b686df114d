#include "workloads/activity_flows.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/model_view.h"
#include "workloads/all_to_all_demands.h"
#include "workloads/collective_edges.h"
#include "workloads/interference.h"

namespace orrery::workloads {

using sim::ActivityId;

namespace {

bool is_collective(const CollectivePlan& plan) { return plan.algorithm != Algorithm::point_to_point || is_in_pairs(plan.kind); }

// In the network there is one sum, whatever the granularity.
bool is_one_flow(Algorithm algorithm) { return algorithm == Algorithm::collnet_direct || algorithm == Algorithm::collnet_chain; }

}  // namespace

ActivityFlows::ActivityFlows(const topology::Cluster& cluster, const KernelTimes& times, const LoweringOptions& options, sim::Model& model)
    : cluster_(cluster), times_(times), options_(options), model_(model), tally_(model.resources.size()) {
  const auto least = std::min_element(model.resources.begin(), model.resources.end(),
                                      [](const sim::Resource& a, const sim::Resource& b) { return a.capacity < b.capacity; });
  least_capacity_ = static_cast<double>(least->capacity);
}

Granularity ActivityFlows::granularity(const CollectivePlan& plan) const {
  return is_one_flow(plan.algorithm) ? Granularity::hyperflow : options_.granularity;
}

ActivityId ActivityFlows::add_activity(const CollectivePlan& plan, int participants) {
  const ActivityId id{static_cast<std::uint32_t>(model_.activities.size())};
  model_.activities.push_back({.latency = plan.latency,
                               .first_flow = static_cast<std::uint32_t>(model_.flows.size()),
                               .flow_count = 0,
                               .participants = static_cast<std::uint32_t>(participants),
                               .pipelined = granularity(plan) == Granularity::hyperflow && is_collective(plan)});
  return id;
}

// Alone, a flow is no faster than its slowest link; a cap that says so keeps the link from counting as contended. Where links change, the
// slowest may become another; and of a ring it is to be seen which link holds it up (Timeline::irregular). Mostly the plan is slower than
// any link, and the demands need not be looked up.
void ActivityFlows::add_flow(const CollectivePlan& plan, std::uint32_t first_demand, std::uint32_t end) {
  sim::Flow flow{.amount = plan.edge_bytes.count, .first_demand = first_demand, .demand_count = end - first_demand};
  flow.rate_cap = plan.edge_rate.value;
  const auto demands = sim::demands_of(model_, flow);
  std::uint32_t most = 0;
  for (const sim::Demand& demand : demands) most = std::max(most, demand.multiplicity);
  const bool is_ring = model_.activities.back().pipelined;
  if (!is_ring && options_.condition.link_changes.empty() && flow.rate_cap * most > least_capacity_) {
    flow.rate_cap = std::min(flow.rate_cap, sim::rate_alone(model_.resources, demands, std::numeric_limits<double>::infinity()));
  }
  model_.flows.push_back(flow);
  ++model_.activities.back().flow_count;
  if (!options_.interference) return;
  flowing_ = std::max(flowing_, static_cast<double>(flow.amount) / sim::rate_alone(model_.resources, demands, flow.rate_cap));
}

// What a run takes that nothing holds up, not even its own links: one that they do takes that much less, as beside rivals, and what it
// moves goes through the memory once (FluidPlayer::memory_taken).
void ActivityFlows::add_takes(const CollectivePlan& plan) {
  const auto flowing = sim::Duration::from_seconds(std::exchange(flowing_, 0.0));
  if (options_.interference) model_.activities.back().takes = taken_by(plan, plan.latency + flowing, times_);
}

void ActivityFlows::cross(const Group& group, const CollectivePlan& plan) {
  const bool is_all_to_all = plan.algorithm == Algorithm::point_to_point && plan.kind == sim::CollectiveKind::all_to_all;
  if (is_all_to_all && granularity(plan) == Granularity::hyperflow) return append_all_to_all_demands(group, tally_, summed_);
  edges_.clear();
  append_collective_edges(group, plan.algorithm, plan.kind, edges_);
  for (const Edge& edge : edges_) cross(edge);
}

// Those of what was crossed, and to ends_ where each flow's end.
void ActivityFlows::append_crossed(Granularity granularity, std::vector<sim::Demand>& demands) {
  ends_.clear();
  if (summed_.empty()) {
    append_demands(granularity, paths_, tally_, demands, ends_);
  } else {
    demands.insert(demands.end(), summed_.begin(), summed_.end());
    ends_.push_back(static_cast<std::uint32_t>(demands.size()));
  }
  paths_.clear();
  summed_.clear();
}

ActivityFlows::Size ActivityFlows::size() {
  std::vector<sim::Demand> demands;
  append_crossed(options_.granularity, demands);
  return {.flows = ends_.size(), .demands = demands.size()};
}

ActivityId ActivityFlows::add(const CollectivePlan& plan, int participants) {
  const ActivityId id = add_activity(plan, participants);
  if (plan.edge_bytes.count > 0) {
    auto begin = static_cast<std::uint32_t>(model_.demands.size());
    append_crossed(granularity(plan), model_.demands);
    for (const std::uint32_t end : ends_) add_flow(plan, std::exchange(begin, end), end);
  }
  paths_.clear();
  summed_.clear();
  add_takes(plan);
  return id;
}

ActivityId ActivityFlows::add_like(ActivityId other, const CollectivePlan& plan, int participants) {
  const ActivityId id = add_activity(plan, participants);
  const sim::Activity like = model_.activities[index(other)];
  for (std::uint32_t f = like.first_flow; f < like.first_flow + like.flow_count; ++f) {
    const sim::Flow flow = model_.flows[f];
    add_flow(plan, flow.first_demand, flow.first_demand + flow.demand_count);
  }
  add_takes(plan);
  return id;
}

}  // namespace orrery::workloads
