#include "workloads/part_speeds.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "sim/model_index.h"

namespace orrery::workloads {
namespace {

using sim::Model;
using topology::Cluster;
using topology::GpuPart;

std::int64_t faster(std::int64_t capacity, double speed) {
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(capacity) * speed));
}

/// How much faster a resource is; processors are as they are.
double speed_of(sim::ResourceId resource, const PartSpeeds& speeds, const Cluster& cluster) {
  if (cluster.link_of(resource)) return speeds.network;
  switch (static_cast<GpuPart>(cluster.layer(resource))) {
    case GpuPart::processor:
      return 1;
    case GpuPart::nvlink_out:
    case GpuPart::nvlink_in:
      return speeds.nvlink;
    case GpuPart::pcie_out:
    case GpuPart::pcie_in:
      return speeds.network;
  }
  return 1;
}

bool crosses_fabric(std::span<const sim::Demand> path, const Cluster& cluster) {
  return std::ranges::any_of(path, [&](const sim::Demand& demand) { return cluster.link_of(demand.resource).has_value(); });
}

}  // namespace

void speed_up(const PartSpeeds& speeds, const Cluster& cluster, Model& model) {
  for (sim::Activity& activity : model.activities) {
    bool crosses = false;
    for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
      sim::Flow& flow = model.flows[f];
      const bool crossing = crosses_fabric(demands_of(model, flow), cluster);
      flow.rate_cap *= crossing ? speeds.network : speeds.nvlink;  // infinite ones stay so
      crosses |= crossing;
    }
    const double speed = crosses ? speeds.network_latency : speeds.nvlink;
    if (speed != 1) activity.latency = sim::Duration::ceil_seconds(activity.latency.seconds() / speed);
  }
  for (std::uint32_t r = 0; r < model.resources.size(); ++r) {
    const double speed = speed_of(sim::ResourceId{r}, speeds, cluster);
    if (speed != 1) model.resources[r].capacity = faster(model.resources[r].capacity, speed);
  }
  for (sim::Change& change : model.changes) {
    if (change.kind != sim::Change::Kind::capacity || change.capacity == 0) continue;
    const double speed = speed_of(sim::ResourceId{change.target}, speeds, cluster);
    if (speed != 1) change.capacity = faster(change.capacity, speed);
  }
}

}  // namespace orrery::workloads
