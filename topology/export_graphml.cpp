#include "topology/export_graphml.h"

#include <fmt/format.h>

#include <iterator>
#include <set>

#include "topology/attributed_graph.h"
#include "topology/xml_document.h"

namespace orrery::topology {
namespace {

void append_keys(std::string& text, const char* of, const std::set<std::string>& names) {
  for (const std::string& name : names) {
    fmt::format_to(std::back_inserter(text), "<key id=\"{0}.{1}\" for=\"{0}\" attr.name=\"{1}\" attr.type=\"string\"/>\n", of, name);
  }
}

void append_data(std::string& text, const char* of, const Attributes& attributes) {
  for (const auto& [name, value] : attributes) {
    fmt::format_to(std::back_inserter(text), "<data key=\"{}.{}\">{}</data>", of, name, xml_escaped(value));
  }
}

}  // namespace

std::string graphml(const Survey& survey) {
  const AttributedGraph graph = graph_of(survey);
  std::set<std::string> of_nodes, of_edges;
  for (const GraphNode& node : graph.nodes) {
    for (const auto& [name, value] : node.attributes) of_nodes.insert(name);
  }
  for (const GraphEdge& edge : graph.edges) {
    for (const auto& [name, value] : *edge.attributes) of_edges.insert(name);
  }

  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
  append_keys(text, "node", of_nodes);
  append_keys(text, "edge", of_edges);
  text += "<graph id=\"fabric\" edgedefault=\"undirected\">\n";
  for (const GraphNode& node : graph.nodes) {
    fmt::format_to(std::back_inserter(text), "<node id=\"{}\">", xml_escaped(node.id));
    append_data(text, "node", node.attributes);
    text += "</node>\n";
  }
  for (const GraphEdge& edge : graph.edges) {
    fmt::format_to(std::back_inserter(text), "<edge source=\"{}\" target=\"{}\" sourceport=\"{}\" targetport=\"{}\">",
                   xml_escaped(graph.nodes[edge.a].id), xml_escaped(graph.nodes[edge.b].id), edge.port_a, edge.port_b);
    append_data(text, "edge", *edge.attributes);
    text += "</edge>\n";
  }
  text += "</graph>\n</graphml>\n";
  return text;
}

}  // namespace orrery::topology
