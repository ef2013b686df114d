#include "topology/inventory.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace orrery::topology {
namespace {

/// Ports that a switch's cables take, rounded up where NICs share some.
int ports_in_use(const Fabric& fabric, VertexId at_switch, int most_nic_cables) {
  const int cables = fabric.out_degree(at_switch);
  if (most_nic_cables <= 1) return cables;
  double ports = 0;
  for (int port = 0; port < cables; ++port) {
    const VertexId there = fabric.target(fabric.out_link(at_switch, port));
    ports += fabric.shape().is_port(there) ? 1.0 / fabric.out_degree(there) : 1.0;
  }
  return static_cast<int>(std::ceil(ports));
}

int most_cables_of_a_nic(const Fabric& fabric) {
  int most = 0;
  for (std::uint32_t port = 0; port < fabric.ports(); ++port) most = std::max(most, fabric.out_degree(VertexId{port}));
  return most;
}

std::vector<SwitchCount> switch_counts(const Fabric& fabric, int radix) {
  std::vector<SwitchCount> counts(static_cast<std::size_t>(fabric.levels()));
  const int nic_cables = most_cables_of_a_nic(fabric);
  for (auto v = static_cast<std::uint32_t>(fabric.ports()); v < fabric.vertices(); ++v) {
    SwitchCount& count = counts[static_cast<std::size_t>(fabric.level_of(VertexId{v})) - 1];
    const int used = ports_in_use(fabric, VertexId{v}, nic_cables);
    ++count.switches;
    count.ports_used += used;
    count.most_ports = std::max(count.most_ports, used);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    counts[i].level = static_cast<int>(i) + 1;
    if (radix >= counts[i].most_ports) counts[i].ports_spare = counts[i].switches * radix - counts[i].ports_used;
  }
  return counts;
}

CableCount empty_count(const Fabric& fabric, int layer, sim::BytesPerSecond bandwidth) {
  const CableLayer& of = fabric.shape().layers()[static_cast<std::size_t>(layer)];
  return {.layer = layer,
          .name = of.name,
          .metres = of.metres,
          .kind = of.metres > longest_copper_metres ? CableKind::optical : CableKind::copper,
          .bandwidth = bandwidth,
          .cables = 0,
          .dead = 0};
}

std::vector<CableCount> cable_counts(const Fabric& fabric, sim::BytesPerSecond link) {
  const Shape& shape = fabric.shape();
  std::vector<CableCount> counts;
  if (shape.is_uniform() && !fabric.any_dead()) {
    for (int layer = 0; layer < static_cast<int>(shape.layers().size()); ++layer) {
      if (shape.cables(layer) == 0) continue;
      counts.push_back(empty_count(fabric, layer, link));
      counts.back().cables = shape.cables(layer);
    }
    return counts;
  }
  std::map<std::pair<int, sim::BytesPerSecond>, CableCount> found;
  for (std::uint32_t cable = 0; cable < shape.cables(); ++cable) {
    const sim::BytesPerSecond own = shape.bandwidth(cable);
    const sim::BytesPerSecond bandwidth = own.value > 0 ? own : link;
    const int layer = shape.layer(cable);
    CableCount& count = found.try_emplace({layer, bandwidth}, empty_count(fabric, layer, bandwidth)).first->second;
    ++count.cables;
    if (!fabric.alive(LinkId{2 * cable})) ++count.dead;
  }
  for (auto& [key, count] : found) counts.push_back(std::move(count));
  return counts;
}

}  // namespace

std::int64_t Inventory::all_switches() const {
  std::int64_t sum = 0;
  for (const SwitchCount& count : switches) sum += count.switches;
  return sum;
}

std::int64_t Inventory::all_cables() const {
  std::int64_t sum = 0;
  for (const CableCount& count : cables) sum += count.cables;
  return sum;
}

Inventory inventory(const Fabric& fabric, const PartsInUse& parts) {
  return {.nodes = fabric.nodes(),
          .nic_ports = fabric.ports(),
          .switches = switch_counts(fabric, parts.radix),
          .cables = cable_counts(fabric, parts.link)};
}

}  // namespace orrery::topology
