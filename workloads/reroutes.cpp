#include "workloads/reroutes.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "sim/model_view.h"
#include "sim/units_text.h"

namespace orrery::workloads {
namespace {

std::uint32_t activity_of(const sim::Model& model, std::uint32_t flow) {
  const auto after = std::upper_bound(model.activities.begin(), model.activities.end(), flow,
                                      [](std::uint32_t number, const sim::Activity& activity) { return number < activity.first_flow; });
  // Of activities that begin at one flow, all but the last have none.
  return static_cast<std::uint32_t>(std::prev(after) - model.activities.begin());
}

// The edges that a flow of an activity takes together: all, or one each.
std::span<const Edge> edges_of(const sim::Activity& activity, std::uint32_t flow, std::span<const Edge> edges) {
  if (activity.flow_count == 1) return edges;
  sim::check(activity.flow_count == edges.size(), "each edge is a flow");
  return edges.subspan(flow - activity.first_flow, 1);
}

// Finds paths anew, and remembers who goes another way than at the start.
class Rerouting {
 public:
  Rerouting(const LoweringOptions& options, const topology::Cluster& cluster, const CollectiveModel& collectives,
            Communications& communications, sim::Model& model)
      : options_(options),
        cluster_(cluster),
        collectives_(collectives),
        at_start_(topology::as_at_start(cluster, options.condition)),
        communications_(communications),
        model_(model),
        tally_(model.resources.size()) {}

  /// Every path becomes what it is on the machine as it is at `at`.
  void find_paths(sim::Time at);
  std::vector<sim::Change> changes() && { return std::move(changes_); }

 private:
  struct Detour {
    std::uint32_t first_demand = 0;
    std::uint32_t demand_count = 0;
    bool cut_off = false;
  };

  std::vector<bool> affected_activities(const topology::Cluster& machine) const;
  void find_path(std::uint32_t flow, std::span<const Edge> edges, const topology::Cluster& machine, sim::Time at);
  bool find_demands(std::span<const Edge> edges, const topology::Cluster& machine);
  bool is_found(std::uint32_t first_demand, std::uint32_t demand_count) const;

  const LoweringOptions& options_;
  const topology::Cluster& cluster_;
  const CollectiveModel& collectives_;
  topology::Cluster at_start_;
  Communications& communications_;
  sim::Model& model_;
  std::map<std::uint32_t, Detour> detours_;  // by flow
  std::vector<sim::Change> changes_;
  Paths paths_;  // of the flow at hand
  Tally tally_;
  std::vector<sim::Demand> found_;
  std::vector<std::uint32_t> ends_;
};

// Those that crossed at the start what is dead now, and those on detours; everyone where what was dead at the start is so no more, for
// then paths of the start may be detours themselves.
std::vector<bool> Rerouting::affected_activities(const topology::Cluster& machine) const {
  std::vector<bool> dead(model_.resources.size(), false);
  for (const topology::LinkChange& change : options_.condition.link_changes) {
    if (machine.fabric().alive(change.link)) {
      if (!at_start_.fabric().alive(change.link)) return std::vector<bool>(model_.activities.size(), true);
      continue;
    }
    dead[index(machine.resource(change.link))] = true;
    dead[index(machine.resource(reverse(change.link)))] = true;
  }
  std::vector<bool> affected(model_.activities.size(), false);
  for (std::uint32_t a = 0; a < affected.size(); ++a) {
    const sim::Activity& activity = model_.activities[a];
    for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count && !affected[a]; ++f) {
      const auto demands = sim::demands_of(model_, model_.flows[f]);
      affected[a] = std::any_of(demands.begin(), demands.end(), [&](const sim::Demand& demand) { return dead[index(demand.resource)]; });
    }
  }
  for (const auto& [flow, detour] : detours_) affected[activity_of(model_, flow)] = true;
  return affected;
}

void Rerouting::find_paths(sim::Time at) {
  const topology::Cluster machine = topology::as_at(at, cluster_, options_.condition);
  std::vector<bool> affected = affected_activities(machine);
  for (std::uint32_t binding = 0; binding < model_.bindings.size(); ++binding) {
    const std::uint32_t a = index(model_.bindings[binding]);
    if (!affected[a]) continue;
    affected[a] = false;
    const std::vector<Edge> edges = communications_.edges(communications_.view(binding), collectives_);
    const sim::Activity activity = model_.activities[a];
    for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
      find_path(f, edges_of(activity, f, edges), machine, at);
    }
  }
}

// The demands of a flow along edges, in found_; false where one is cut off.
bool Rerouting::find_demands(std::span<const Edge> edges, const topology::Cluster& machine) {
  paths_.clear();
  found_.clear();
  ends_.clear();
  try {
    for (const Edge& edge : edges) paths_.append(machine, edge);
  } catch (const sim::Error&) {
    return false;
  }
  append_demands(Granularity::hyperflow, paths_, tally_, found_, ends_);
  return true;
}

bool Rerouting::is_found(std::uint32_t first_demand, std::uint32_t demand_count) const {
  const auto begin = model_.demands.begin() + first_demand;
  return std::equal(begin, begin + demand_count, found_.begin(), found_.end(), [](const sim::Demand& a, const sim::Demand& b) {
    return a.resource == b.resource && a.multiplicity == b.multiplicity;
  });
}

void Rerouting::find_path(std::uint32_t flow, std::span<const Edge> edges, const topology::Cluster& machine, sim::Time at) {
  const auto known = detours_.find(flow);
  const bool on_detour = known != detours_.end();
  const bool was_cut_off = on_detour && known->second.cut_off;
  if (!find_demands(edges, machine)) {
    if (!was_cut_off) changes_.push_back({.at = at, .kind = sim::Change::Kind::cut_off, .target = flow});
    detours_[flow] = {.cut_off = true};
    return;
  }
  const sim::Flow& at_start = model_.flows[flow];
  Detour path{.first_demand = at_start.first_demand, .demand_count = at_start.demand_count};
  if (is_found(path.first_demand, path.demand_count)) {
    if (!on_detour) return;
    detours_.erase(known);
  } else {
    if (on_detour && is_found(known->second.first_demand, known->second.demand_count)) return;
    path = {.first_demand = static_cast<std::uint32_t>(model_.demands.size()), .demand_count = static_cast<std::uint32_t>(found_.size())};
    model_.demands.insert(model_.demands.end(), found_.begin(), found_.end());
    detours_[flow] = path;
  }
  changes_.push_back(
      {.at = at, .kind = sim::Change::Kind::path, .target = flow, .first_demand = path.first_demand, .demand_count = path.demand_count});
}

// Why an edge has no path; nothing where it has.
std::optional<sim::Error> error_of(const topology::Cluster& machine, const Edge& edge) {
  try {
    Paths().append(machine, edge);
  } catch (const sim::Error& error) {
    return error;
  }
  return std::nullopt;
}

// The machine as routes have it at a time.
topology::Cluster machine_at(sim::Time at, const topology::Cluster& cluster, const topology::Condition& condition) {
  topology::Cluster machine = topology::as_at_start(cluster, condition);
  for (const sim::Time time : topology::reroute_times(cluster, condition)) {
    if (time <= at) machine = topology::as_at(time, cluster, condition);
  }
  return machine;
}

std::string gpu_in_words(const topology::Cluster& cluster, topology::GpuId gpu) {
  return "gpu " + std::to_string(index(gpu)) + " of node " + std::to_string(cluster.node_of(gpu));
}

sim::Fault cut_off_fault(std::uint32_t flow, const std::string& when, const topology::Cluster& machine, const CollectiveModel& collectives,
                         Communications& communications, const sim::Model& model) {
  const std::uint32_t a = activity_of(model, flow);
  const auto binding = std::find(model.bindings.begin(), model.bindings.end(), sim::ActivityId{a});
  sim::check(binding != model.bindings.end(), "an activity that runs has someone who joins it");
  const Communications::View view = communications.view(static_cast<std::uint32_t>(binding - model.bindings.begin()));
  const std::vector<Edge> edges = communications.edges(view, collectives);
  for (const Edge& edge : edges_of(model.activities[a], flow, edges)) {
    const auto error = error_of(machine, edge);
    if (!error) continue;
    const sim::Fault& fault = error->faults().front();
    return {.place = "",
            .what = when + " after the start the " + in_words(view) + " has no way from " + gpu_in_words(machine, edge.from) + " to " +
                    gpu_in_words(machine, edge.to) + ": " + fault.what,
            .remedy = fault.remedy};
  }
  sim::check(false, "a flow that is cut off has a edge without a way");
  return {};
}

sim::Fault standstill_fault(sim::ResourceId resource, const topology::Cluster& cluster, const topology::Condition& condition) {
  std::string since;
  for (const sim::Change& change : topology::capacity_changes(cluster, condition)) {
    if (change.target == index(resource)) since = sim::to_text(change.at - sim::Time{});
  }
  return {.place = "",
          .what = cluster.name(resource) + ": dead since " + since + " after the start, and what it was doing never ends",
          .remedy = "let it recover, or leave it out of the placement"};
}

}  // namespace

void add_changes(const LoweringOptions& options, const topology::Cluster& cluster, const CollectiveModel& collectives,
                 Communications& communications, sim::Model& model) {
  const std::vector<sim::Change> of_capacities = topology::capacity_changes(cluster, options.condition);
  Rerouting rerouting(options, cluster, collectives, communications, model);
  for (const sim::Time at : topology::reroute_times(cluster, options.condition)) rerouting.find_paths(at);
  const std::vector<sim::Change> of_paths = std::move(rerouting).changes();
  std::merge(of_capacities.begin(), of_capacities.end(), of_paths.begin(), of_paths.end(), std::back_inserter(model.changes),
             [](const sim::Change& a, const sim::Change& b) { return a.at < b.at; });
}

sim::Error stuck_error(const sim::Stuck& stuck, const std::string& place, const LoweringOptions& options, const topology::Cluster& cluster,
                       const CollectiveModel& collectives, Communications& communications, const sim::Model& model) {
  sim::Fault fault{.place = place, .what = stuck.what(), .remedy = "let what died recover"};
  if (stuck.cut_off) {
    fault = cut_off_fault(index(*stuck.cut_off), sim::to_text(stuck.at - sim::Time{}), machine_at(stuck.at, cluster, options.condition),
                          collectives, communications, model);
  } else if (stuck.without_capacity) {
    fault = standstill_fault(*stuck.without_capacity, cluster, options.condition);
  }
  fault.place = place;
  return sim::Error(std::move(fault), sim::ErrorKind::infeasible);
}

}  // namespace orrery::workloads
