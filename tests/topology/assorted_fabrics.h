// A small fabric of every topology, with the routings that it may have.
#pragma once

#include <vector>

#include "topology/fabric_spec.h"

namespace orrery::topology::test {

struct AssortedFabric {
  FabricSpec spec;
  FabricPorts ports;
};

inline std::vector<AssortedFabric> assorted_fabrics() {
  const FabricPorts small{.nodes = 12, .rails = 2, .radix = 8, .link = sim::BytesPerSecond{25e9}};
  const FabricPorts tiny{.nodes = 8, .rails = 2, .radix = 8, .link = sim::BytesPerSecond{25e9}};
  std::vector<AssortedFabric> all;
  const auto add = [&](const FabricSpec& spec, const FabricPorts& ports, std::initializer_list<Routing> routings) {
    for (const Routing routing : routings) {
      all.push_back({spec, ports});
      all.back().spec.routing = routing;
    }
  };
  using enum Routing;
  add({.topology = Topology::fat_tree}, small, {d_mod_k, s_mod_k, minhop, updown, ecmp, adaptive});
  add({.topology = Topology::fat_tree, .oversubscription = 3}, small, {minhop, adaptive});
  add({.topology = Topology::fat_tree, .pgft = PgftSpec{{4, 4}, {1, 2}, {1, 2}}}, tiny, {d_mod_k, ecmp, updown, adaptive});
  add({.topology = Topology::rail_only}, small, {d_mod_k, minhop, adaptive});
  add({.topology = Topology::dragonfly}, small, {minhop, ecmp, adaptive, valiant, ugal});
  add({.topology = Topology::dragonfly_plus}, small, {minhop, updown, ecmp, adaptive, ugal});
  add({.topology = Topology::hyperx}, small, {minhop, ecmp, adaptive, valiant});
  add({.topology = Topology::torus, .ports_per_switch = 1}, small, {minhop, updown, ecmp, adaptive, valiant, ugal});
  add({.topology = Topology::dual_plane, .segment_nodes = 4}, small, {ecmp, adaptive, minhop});
  add({.topology = Topology::single_switch}, small, {minhop, ecmp});
  return all;
}

}  // namespace orrery::topology::test
