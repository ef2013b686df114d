// A graph with attributes in text, as GraphML and DOT have it, and what it says of a fabric. Both readers and both writers go through it,
// so that a Survey means the same in either format.
//
//     AttributedGraph graph{.file = "hall.dot"};
//     graph.nodes.push_back({.id = "leaf0", .attributes = {{"type", "switch"}, {"radix", "40"}}, .line = 2});
//     graph.edges.push_back({.a = 0, .b = 1, .port_a = "21", .attributes = ..., .line = 9});
//     const Survey survey = survey_of(graph);
//
// Attributes (names in any case; others are passed over):
//   of a node  type|kind: switch, spine, leaf, core | hca, nic, adapter, ca, gpu, host, node, server | aggregator, sharp | router
//              radix|ports, name (where it is not the id), guid, system_guid, lid, lmc, host, adapter
//   of an edge bw|bandwidth|capacity: GB/s, or with a unit: "25GBps", "200 Gbit/s"; capability: the same, of the ends
//              lat|latency: seconds, or with a unit: "130ns"; multiplicity: cables alike; port: "21:1"; named: "once" for a cable that
//              only one end names
// A node without a type is an adapter where it has one cable, else a switch. A port is the number at the end of its name ("p21"); cables
// without get the lowest free ones in order of appearance. In a directed graph an edge and one the other way are one cable.
//
// Leaves out what a graph cannot say: forwarding tables, placement groups, ports without a cable, remarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "topology/survey.h"

namespace orrery::topology {

using Attributes = std::map<std::string, std::string>;  // by lower-case name

struct GraphNode {
  std::string id;
  Attributes attributes{};
  int line = 0;
};

struct GraphEdge {
  std::uint32_t a = 0;  // into AttributedGraph::nodes
  std::uint32_t b = 0;
  std::string port_a{};  // as written; empty where absent
  std::string port_b{};
  std::shared_ptr<const Attributes> attributes{};  // edges of one statement share them; never null
  int line = 0;
};

struct AttributedGraph {
  static constexpr std::size_t most_cables = 1U << 21U;
  static constexpr int most_alike = 512;  // multiplicity: no switch has more ports

  std::string file;
  bool directed = false;
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
};

/// Throws sim::Error with "file:line" for attributes that are no such quantity or kind, names that stand twice, a cable from a node to
/// itself, a port cabled twice, more cables than ports, and more cables than the above.
Survey survey_of(const AttributedGraph& graph);

/// Reads back as the same Survey, but for lines and for what the above leaves out. Ids are the devices' names where these are unique.
/// A cable of no device of the Survey is a bug of its maker (sim::check).
AttributedGraph graph_of(const Survey& survey);

}  // namespace orrery::topology
