#include "workloads/lower.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "workloads/activities.h"
#include "workloads/communications.h"
#include "workloads/flatten.h"
#include "workloads/interference.h"
#include "workloads/reroutes.h"

namespace orrery::workloads {

using topology::GpuId;

namespace {

void check_placement(const sim::Program& program, const topology::Cluster& cluster, const Placement& placement) {
  sim::check(std::ssize(placement) == program.ranks, "a placement has a GPU for every rank");
  if (program.ranks > cluster.gpus()) {
    throw sim::Error(
        {.place = program.name,
         .what = "the program has " + std::to_string(program.ranks) + " ranks, the cluster " + std::to_string(cluster.gpus()) + " GPUs",
         .remedy = "take a cluster of at least as many GPUs as ranks"});
  }
  std::vector<bool> taken(static_cast<std::size_t>(cluster.gpus()), false);
  for (const GpuId gpu : placement) {
    sim::check(index(gpu) < taken.size() && !taken[index(gpu)], "a placement gives each rank a GPU of its own");
    taken[index(gpu)] = true;
  }
}

HostRates host_rates(const sim::Program& program, const topology::NodeSpec& node, double speed) {
  const topology::HostSpec host = node.host.value_or(topology::HostSpec{});
  const double share = speed / std::min(node.gpus, program.ranks);
  const int share_a_switch = std::min(gpus_a_pcie_switch(node), program.ranks);
  return {.link = node.pcie_bandwidth * (speed / share_a_switch),
          .memory = host.memory_bandwidth * share,
          .storage_read = host.storage_read * share,
          .storage_write = host.storage_write * share};
}

// Of the nodes that ranks are on, the slowest ones'.
HostRates host_rates(const sim::Program& program, const topology::Cluster& cluster, const Communications& communications, double speed) {
  HostRates slowest = host_rates(program, cluster.node(communications.gpu(0)), speed);
  if (cluster.spec().others.empty()) return slowest;
  for (std::int32_t rank = 1; rank < program.ranks; ++rank) {
    const HostRates host = host_rates(program, cluster.node(communications.gpu(rank)), speed);
    slowest = {.link = std::min(slowest.link, host.link),
               .memory = std::min(slowest.memory, host.memory),
               .storage_read = std::min(slowest.storage_read, host.storage_read),
               .storage_write = std::min(slowest.storage_write, host.storage_write)};
  }
  return slowest;
}

// Scripts and actors; what the scripts' slots stand for goes to `communications`.
void make_actors(const sim::Program& program, const topology::Cluster& cluster, const KernelTimes& times, const LoweringOptions& options,
                 Communications& communications, sim::Model& model) {
  Flattener flattener(program, times, host_rates(program, cluster, communications, options.speeds.host), options);
  model.noise = {.actor_speed = options.noise.devices, .steps = options.noise.kernels > 0};
  model.labels = static_cast<std::uint8_t>(std::max<std::size_t>(program.labels.size(), 1));
  model.actors.resize(static_cast<std::size_t>(program.ranks));
  for (const sim::Role& role : program.roles) {
    auto [script, slots] = flattener.flatten(role);
    const sim::ScriptId id{static_cast<std::uint32_t>(model.scripts.size())};
    model.scripts.push_back(std::move(script));
    communications.add_role(role.ranks, std::move(slots));
    const Communications::Role& added = communications.roles().back();
    for (std::size_t i = 0; i < added.ranks.size(); ++i) {
      const std::int32_t rank = added.ranks[i];
      model.actors[static_cast<std::size_t>(rank)] = {.script = id,
                                                      .processor = cluster.resource(communications.gpu(rank), topology::GpuPart::processor),
                                                      .first_binding = added.binding(i, 0)};
    }
  }
}

// What all that crosses a GPU's NVLink has together, where sends between two GPUs were measured to get less than the links add up to.
void hold_ports(sim::BytesPerSecond measured, const topology::Cluster& cluster, std::vector<sim::Resource>& resources) {
  if (measured.value <= 0) return;
  const auto most = static_cast<std::int64_t>(std::ceil(measured.value * cluster.units_a_byte()));
  for (std::uint32_t gpu = 0; gpu < static_cast<std::uint32_t>(cluster.gpus()); ++gpu) {
    for (const topology::GpuPart part : {topology::GpuPart::nvlink_out, topology::GpuPart::nvlink_in}) {
      std::int64_t& capacity = resources[index(cluster.resource(GpuId{gpu}, part))].capacity;
      capacity = std::min(capacity, most);
    }
  }
}

}  // namespace

sim::Model lower_at_start(const sim::Program& program, const topology::Cluster& cluster, const KernelTimes& times,
                          const CollectiveModel& collectives, const LoweringOptions& options, Communications& communications) {
  if (auto found = topology::faults(options.condition, cluster); !found.empty()) throw sim::Error(std::move(found));
  sim::Model model;
  model.resources = topology::resources(cluster, options.condition);
  hold_ports(collectives.measured_port(), cluster, model.resources);
  make_actors(program, cluster, times, options, communications, model);
  make_activities(program, communications, topology::as_at_start(cluster, options.condition), collectives, times, options, model);
  if (options.interference) keep_takings_beside_work(communications, model);
  return model;
}

sim::Model lower(const sim::Program& program, const topology::Cluster& cluster, const Placement& placement, const KernelTimes& times,
                 const CollectiveModel& collectives, const LoweringOptions& options) {
  check_placement(program, cluster, placement);
  Communications communications(program, placement);
  sim::Model model = lower_at_start(program, cluster, times, collectives, options, communications);
  add_changes(options, cluster, collectives, communications, model);
  if (options.speeds != PartSpeeds{}) speed_up(options.speeds, cluster, model);
  return model;
}

sim::Error stuck_error(const sim::Stuck& stuck, const sim::Program& program, const topology::Cluster& cluster, const Placement& placement,
                       const KernelTimes& times, const CollectiveModel& collectives, const LoweringOptions& options) {
  Communications communications(program, placement);
  const sim::Model model = lower_at_start(program, cluster, times, collectives, options, communications);
  return stuck_error(stuck, program.name, options, cluster, collectives, communications, model);
}

}  // namespace orrery::workloads
