#include "topology/switch_graph.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/error.h"

namespace orrery::topology {
namespace {

std::int64_t bytes_a_second(const Shape& shape, LinkId link, sim::BytesPerSecond nic) {
  const sim::BytesPerSecond own = shape.bandwidth(cable_of(link));
  return std::llround(own.value > 0 ? own.value : nic.value);
}

SwitchGraph::Network network_of(const Fabric& fabric, sim::BytesPerSecond link) {
  const Shape& shape = fabric.shape();
  const auto nics = static_cast<std::uint32_t>(shape.ports());
  const auto switches = static_cast<std::uint32_t>(shape.vertices()) - nics;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ends;  // ordered by the first, as the graph wants them
  std::vector<SwitchArc> arcs;
  std::vector<std::size_t> arc_to(switches, SIZE_MAX);
  for (std::uint32_t from = 0; from < switches; ++from) {
    const std::size_t first = ends.size();
    for (int port = 0; port < shape.out_degree(VertexId{nics + from}); ++port) {
      const LinkId out = shape.out_link(VertexId{nics + from}, port);
      const VertexId there = fabric.target(out);
      if (shape.is_port(there) || !fabric.alive(out) || index(there) - nics == from) continue;
      const std::uint32_t to = index(there) - nics;
      if (arc_to[to] == SIZE_MAX || arc_to[to] < first) {
        arc_to[to] = ends.size();
        ends.emplace_back(from, to);
        arcs.emplace_back();
      }
      ++arcs[arc_to[to]].cables;
      arcs[arc_to[to]].capacity += bytes_a_second(shape, out, link);
    }
  }
  return {boost::edges_are_sorted, ends.begin(), ends.end(), arcs.begin(), switches, static_cast<std::uint32_t>(ends.size())};
}

std::vector<NicGroup> groups_of(const Fabric& fabric, sim::BytesPerSecond link) {
  const Shape& shape = fabric.shape();
  const auto nics = static_cast<std::uint32_t>(shape.ports());
  std::map<std::vector<NicGroup::Cable>, std::vector<std::uint32_t>> found;
  for (std::uint32_t nic = 0; nic < nics; ++nic) {
    std::vector<NicGroup::Cable> cables;
    for (int port = 0; port < shape.out_degree(VertexId{nic}); ++port) {
      const LinkId out = shape.out_link(VertexId{nic}, port);
      sim::check(!shape.is_port(fabric.target(out)), "the cable of a NIC leads to a switch");
      if (fabric.alive(out)) cables.push_back({index(fabric.target(out)) - nics, bytes_a_second(shape, out, link)});
    }
    std::sort(cables.begin(), cables.end());
    found[std::move(cables)].push_back(nic);
  }
  std::vector<NicGroup> groups;
  for (auto& [cables, ports] : found) groups.push_back({cables, std::move(ports)});
  return groups;
}

}  // namespace

SwitchGraph::SwitchGraph(const Fabric& fabric, sim::BytesPerSecond link)
    : network_(network_of(fabric, link)), groups_(groups_of(fabric, link)), nodes_(fabric.nodes()), rails_(fabric.rails()) {
  sim::check(link.value > 0, "NICs have a rate");
}

std::vector<std::uint32_t> SwitchGraph::leaves() const {
  std::vector<bool> is_leaf(switches(), false);
  for (const NicGroup& group : groups_) {
    for (const NicGroup::Cable& cable : group.cables) is_leaf[cable.to_switch] = true;
  }
  std::vector<std::uint32_t> leaves;
  for (std::uint32_t number = 0; number < switches(); ++number) {
    if (is_leaf[number]) leaves.push_back(number);
  }
  return leaves;
}

}  // namespace orrery::topology
