#include "topology/import_dot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <unordered_map>
#include <utility>

#include "sim/printable.h"
#include "topology/attributed_graph.h"
#include "topology/dot_tokens.h"

namespace orrery::topology {
namespace {

class DotReader {
 public:
  DotReader(std::string_view text, std::string_view file) : tokens_(text, file) { graph_.file = file; }

  Survey read() {
    is_strict_ = take_keyword("strict");
    graph_.directed = take_keyword("digraph");
    if (!graph_.directed && !take_keyword("graph"))
      fail("is no DOT: it begins with neither graph nor digraph", "write e.g. graph fabric { a -- b }");
    if (tokens_.peek().kind == DotTokenKind::id) tokens_.next();
    expect('{');
    std::vector<std::uint32_t> members;
    read_statements({}, 1, members);
    if (tokens_.peek().kind != DotTokenKind::end) fail("something stands after the graph", "give each graph its own file");
    return survey_of(graph_);
  }

 private:
  struct Defaults {
    Attributes of_nodes{};
    Attributes of_edges{};
  };
  /// One side of an edge: a node, or all those of a subgraph.
  struct Operand {
    std::vector<std::uint32_t> nodes{};
    std::string port{};
    bool is_subgraph = false;
  };

  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const { tokens_.fail(tokens_.peek().line, what, remedy); }

  bool take_keyword(std::string_view word) {
    const bool is_next = tokens_.peek().is_keyword(word);
    if (is_next) tokens_.next();
    return is_next;
  }
  bool take(char punctuation) {
    const bool is_next = tokens_.peek().is(punctuation);
    if (is_next) tokens_.next();
    return is_next;
  }
  void expect(char punctuation) {
    if (take(punctuation)) return;
    const bool is_cut = tokens_.peek().kind == DotTokenKind::end;
    fail(is_cut ? fmt::format("the file ends where '{}' is missing", punctuation)
                : fmt::format("\"{}\" stands where '{}' is expected", tokens_.peek().text.substr(0, 80), punctuation),
         is_cut ? "the file may be cut off: write it anew" : "see https://graphviz.org/doc/info/lang.html");
  }
  std::string id(std::string_view of) {
    if (tokens_.peek().kind != DotTokenKind::id) fail(fmt::format("{} is missing", of), "the file may be cut off, or a name needs quotes");
    return tokens_.next().text;
  }

  /// Up to the closing brace. `members`: the nodes named, in any order, some twice.
  void read_statements(Defaults defaults, int depth, std::vector<std::uint32_t>& members) {  // recursive: bounded by depth
    constexpr int deepest = 64;
    if (depth > deepest)
      fail(fmt::format("braces are nested more than {} deep", deepest), "no such file is known: see what has written it");
    while (!take('}')) {
      if (take(';')) continue;
      if (take_keyword("graph")) {
        read_attributes();
      } else if (take_keyword("node")) {
        overlay(defaults.of_nodes, read_attributes());
      } else if (take_keyword("edge")) {
        overlay(defaults.of_edges, read_attributes());
      } else {
        read_nodes_or_edges(defaults, depth, members);
      }
    }
  }

  static void overlay(Attributes& below, const Attributes& above) {
    for (const auto& [name, value] : above) below.insert_or_assign(name, value);
  }

  /// "[a=b, c=d] [e=f]", or nothing.
  Attributes read_attributes() {
    Attributes attributes;
    while (take('[')) {
      while (!take(']')) {
        if (take(',') || take(';')) continue;
        std::string name = id("the name of an attribute");
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        attributes.insert_or_assign(name, take('=') ? id("the value of an attribute") : "true");
      }
    }
    return attributes;
  }

  void read_nodes_or_edges(const Defaults& defaults, int depth, std::vector<std::uint32_t>& members) {
    const int line = tokens_.peek().line;
    std::vector<Operand> operands{read_operand(defaults, depth, members)};
    if (operands.front().nodes.empty() && !operands.front().is_subgraph) return;  // name = value, of the graph
    while (tokens_.peek().kind == DotTokenKind::edge) {
      if ((tokens_.peek().text == "->") != graph_.directed) {
        fail(fmt::format("{} joins nodes of a {}", tokens_.peek().text, graph_.directed ? "digraph" : "graph"),
             graph_.directed ? "write -> in a digraph" : "write -- in a graph, or begin with digraph");
      }
      tokens_.next();
      operands.push_back(read_operand(defaults, depth, members));
    }
    const Attributes written = read_attributes();
    if (operands.size() == 1) {
      if (!operands.front().is_subgraph) overlay(graph_.nodes[operands.front().nodes.front()].attributes, written);
      return;
    }
    Attributes attributes = defaults.of_edges;
    overlay(attributes, written);
    const auto shared = std::make_shared<const Attributes>(std::move(attributes));
    for (std::size_t i = 1; i < operands.size(); ++i) join(operands[i - 1], operands[i], shared, line);
  }

  Operand read_operand(const Defaults& defaults, int depth, std::vector<std::uint32_t>& members) {
    Operand operand;
    const bool has_keyword = take_keyword("subgraph");
    if (has_keyword && tokens_.peek().kind == DotTokenKind::id) tokens_.next();
    if (has_keyword || tokens_.peek().is('{')) {
      expect('{');
      operand.is_subgraph = true;
      read_statements(defaults, depth + 1, operand.nodes);
      std::sort(operand.nodes.begin(), operand.nodes.end());
      operand.nodes.erase(std::unique(operand.nodes.begin(), operand.nodes.end()), operand.nodes.end());
      members.insert(members.end(), operand.nodes.begin(), operand.nodes.end());
      return operand;
    }
    const int line = tokens_.peek().line;
    const std::string name = id("the name of a node");
    if (take('=')) {
      id("the value of an attribute");
      return operand;
    }
    if (name.empty()) tokens_.fail(line, "a name is empty", "give each node a name");
    if (!sim::is_printable(name)) tokens_.fail(line, "a name holds characters that cannot be shown", "write names in printable UTF-8");
    operand.nodes.push_back(node(name, defaults, line));
    members.push_back(operand.nodes.front());
    if (take(':')) operand.port = id("the name of a port");
    if (take(':')) id("the point of the compass");
    return operand;
  }

  std::uint32_t node(const std::string& name, const Defaults& defaults, int line) {
    const auto [known, is_new] = nodes_.emplace(name, static_cast<std::uint32_t>(graph_.nodes.size()));
    if (is_new) graph_.nodes.push_back({.id = name, .attributes = defaults.of_nodes, .line = line});
    return known->second;
  }

  void join(const Operand& from, const Operand& to, const std::shared_ptr<const Attributes>& attributes, int line) {
    constexpr std::size_t most_of_a_statement = 1U << 16U;
    if (from.nodes.size() * to.nodes.size() > most_of_a_statement || graph_.edges.size() > AttributedGraph::most_cables) {
      tokens_.fail(line, fmt::format("joins {} nodes with {}", from.nodes.size(), to.nodes.size()), "write fewer edges in a statement");
    }
    const auto port = [&](const Operand& side, const char* attribute) {
      const auto found = attributes->find(attribute);
      return side.port.empty() && found != attributes->end() ? found->second : side.port;
    };
    for (const std::uint32_t a : from.nodes) {
      for (const std::uint32_t b : to.nodes) {
        const auto ends = graph_.directed ? std::pair(a, b) : std::minmax({a, b});
        if (is_strict_ && !joined_.insert(ends).second) continue;
        graph_.edges.push_back(
            {.a = a, .b = b, .port_a = port(from, "tailport"), .port_b = port(to, "headport"), .attributes = attributes, .line = line});
      }
    }
  }

  DotTokens tokens_;
  AttributedGraph graph_;
  bool is_strict_ = false;
  std::unordered_map<std::string, std::uint32_t> nodes_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> joined_;
};

}  // namespace

Survey read_dot(std::string_view text, std::string_view file) { return DotReader(text, file).read(); }

}  // namespace orrery::topology
