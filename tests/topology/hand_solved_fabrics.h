// Fabrics small enough to solve by hand, for the tests of metrics.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "topology/cabling.h"
#include "topology/fabric_spec.h"
#include "topology/forwarding_tables.h"
#include "topology/switch_graph.h"

namespace orrery::topology::test {

inline constexpr sim::BytesPerSecond hdr{25e9};
inline constexpr sim::BytesPerSecond ndr{50e9};

inline Fabric hdr_fabric(const FabricSpec& spec, int nodes, int rails, int radix) {
  return make_fabric(spec, {.nodes = nodes, .rails = rails, .radix = radix, .link = hdr});
}

/// PGFT(2; 4,4; 1,2; 1,1): 4 leaves with 4 NICs and 2 uplinks each, one to each of 2 spines.
inline Fabric tapered_tree() { return hdr_fabric({.pgft = PgftSpec{{4, 4}, {1, 2}, {1, 1}}}, 8, 2, 8); }

/// 4 x 4 switches, one node with 4 NICs on each.
inline Fabric square_torus(int parallel) {
  return hdr_fabric({.topology = Topology::torus, .dimensions = {4, 4}, .parallel = parallel}, 16, 4, 40);
}

/// Every switch of 4 x 4 is joined with the 3 of its row and the 3 of its column; one node with 4 NICs on each.
inline Fabric square_hyperx() { return hdr_fabric({.topology = Topology::hyperx, .dimensions = {4, 4}, .ports_per_switch = 4}, 16, 4, 40); }

/// p = 2, a = 4, h = 2 in 4 groups, each pair of which 2 cables join; a node takes two switches. Two ports of each group's last switch stay
/// dark.
inline Fabric four_groups() {
  return hdr_fabric({.topology = Topology::dragonfly, .ports_per_switch = 2, .group_switches = 4, .global_links = 2}, 8, 4, 8);
}

/// As an importer would give it: the Petersen graph of switches, with a node of 3 NICs on each.
inline Fabric petersen() {
  CablingPlan plan{.nodes = 10, .rails = 3};
  const int nics = plan.add_layer("NIC to switch", 5);
  const int between = plan.add_layer("switch to switch", 20);
  for (std::size_t i = 0; i < 10; ++i) plan.add_switch("switch" + std::to_string(i), 1);
  for (int node = 0; node < 10; ++node) {
    for (int rail = 0; rail < 3; ++rail) plan.join(plan.port({node, rail}), plan.switch_vertex(static_cast<std::size_t>(node)), nics);
  }
  for (std::size_t i = 0; i < 5; ++i) {  // a pentagon, a pentagram, and spokes
    plan.join(plan.switch_vertex(i), plan.switch_vertex((i + 1) % 5), between);
    plan.join(plan.switch_vertex(5 + i), plan.switch_vertex(5 + (i + 2) % 5), between);
    plan.join(plan.switch_vertex(i), plan.switch_vertex(5 + i), between);
  }
  const auto shape = std::make_shared<const Cabling>(std::move(plan));
  return Fabric(shape, std::make_unique<TableRouter>(*shape, Routing::minhop, nullptr), Routing::minhop);
}

}  // namespace orrery::topology::test
