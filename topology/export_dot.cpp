#include "topology/export_dot.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "topology/attributed_graph.h"

namespace orrery::topology {
namespace {

std::string dot_quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string dot_attributes(const Attributes& attributes) {
  std::string text;
  for (const auto& [name, value] : attributes) {
    fmt::format_to(std::back_inserter(text), "{}{}={}", text.empty() ? " [" : " ", name, dot_quoted(value));
  }
  return text.empty() ? text : text + "]";
}

}  // namespace

std::string dot(const Survey& survey) {
  const AttributedGraph graph = graph_of(survey);
  std::string text = "graph fabric {\n";
  for (const GraphNode& node : graph.nodes) {
    fmt::format_to(std::back_inserter(text), "  {}{};\n", dot_quoted(node.id), dot_attributes(node.attributes));
  }
  for (const GraphEdge& edge : graph.edges) {
    fmt::format_to(std::back_inserter(text), "  {}:{} -- {}:{}{};\n", dot_quoted(graph.nodes[edge.a].id), edge.port_a,
                   dot_quoted(graph.nodes[edge.b].id), edge.port_b, dot_attributes(*edge.attributes));
  }
  text += "}\n";
  return text;
}

}  // namespace orrery::topology
