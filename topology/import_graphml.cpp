#include "topology/import_graphml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <unordered_map>
#include <utility>

#include "sim/error.h"
#include "topology/attributed_graph.h"
#include "topology/xml_document.h"

namespace orrery::topology {
namespace {

class GraphmlReader {
 public:
  GraphmlReader(std::string_view text, std::string_view file) : document_(text, file, "graphml") { graph_.file = file; }

  Survey read() {
    for (const pugi::xml_node key : document_.root().children("key")) add_key(key);
    const pugi::xml_node graph = document_.root().child("graph");
    if (!graph) document_.fail(document_.root(), "has no <graph>", "write <graph edgedefault=\"undirected\"> around nodes and edges");
    if (const pugi::xml_node second = graph.next_sibling("graph")) document_.fail(second, "is a second graph", "give each its own file");
    graph_.directed = std::string_view(graph.attribute("edgedefault").value()) == "directed";
    add_nodes(graph);
    add_edges(graph);
    return survey_of(graph_);
  }

 private:
  struct Key {
    std::string name;  // in lower case
    bool of_nodes = true;
    bool of_edges = true;
    std::optional<std::string> otherwise;
  };

  void add_key(pugi::xml_node element) {
    const std::string id = document_.required(element, "id");
    const std::string_view of = element.attribute("for").value();
    Key key{.name = element.attribute("attr.name").value(), .of_nodes = of != "edge", .of_edges = of != "node", .otherwise = {}};
    if (!of.empty() && of != "node" && of != "edge" && of != "all") key.of_nodes = key.of_edges = false;
    if (key.name.empty()) key.name = id;
    std::transform(key.name.begin(), key.name.end(), key.name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (const pugi::xml_node otherwise = element.child("default")) key.otherwise = otherwise.child_value();
    if (!keys_.emplace(id, std::move(key)).second)
      document_.fail(element, fmt::format("the key \"{}\" stands twice", id), "give each its own id");
  }

  Attributes attributes(pugi::xml_node element, bool Key::* holds) const {
    Attributes found;
    for (const auto& [id, key] : keys_) {
      if (key.*holds && key.otherwise) found.emplace(key.name, *key.otherwise);
    }
    for (const pugi::xml_node data : element.children("data")) {
      const std::string id = document_.required(data, "key");
      const auto key = keys_.find(id);
      if (key == keys_.end())
        document_.fail(data, fmt::format("the key \"{}\" is not declared", id), fmt::format("write <key id=\"{}\" .../>", id));
      found.insert_or_assign(key->second.name, data.child_value());
    }
    return found;
  }

  void add_nodes(pugi::xml_node graph) {  // recursive: the document bounds the depth
    for (const pugi::xml_node element : graph.children()) {
      const std::string_view name = element.name();
      if (name == "hyperedge") document_.fail(element, "is a hyperedge", "a cable has two ends: write a switch for what joins more");
      if (name != "node") continue;
      if (const pugi::xml_node inner = element.child("graph")) {
        add_nodes(inner);
        continue;
      }
      const std::string id = document_.required(element, "id");
      if (!nodes_.emplace(id, static_cast<std::uint32_t>(graph_.nodes.size())).second) {
        document_.fail(element, fmt::format("the node \"{}\" stands twice", id), "give each its own id");
      }
      graph_.nodes.push_back({.id = id, .attributes = attributes(element, &Key::of_nodes), .line = document_.line(element)});
    }
  }

  void add_edges(pugi::xml_node graph) {  // recursive: the document bounds the depth
    for (const pugi::xml_node element : graph.children()) {
      const std::string_view name = element.name();
      if (name == "node" && element.child("graph")) add_edges(element.child("graph"));
      if (name != "edge") continue;
      graph_.edges.push_back({.a = end(element, "source"),
                              .b = end(element, "target"),
                              .port_a = element.attribute("sourceport").value(),
                              .port_b = element.attribute("targetport").value(),
                              .attributes = std::make_shared<const Attributes>(attributes(element, &Key::of_edges)),
                              .line = document_.line(element)});
    }
  }

  std::uint32_t end(pugi::xml_node edge, const char* attribute) const {
    const std::string id = document_.required(edge, attribute);
    const auto found = nodes_.find(id);
    if (found != nodes_.end()) return found->second;
    std::vector<std::string> known;
    for (const GraphNode& node : graph_.nodes) known.push_back(node.id);
    const std::string meant = sim::nearest_name(id, known);
    document_.fail(edge, fmt::format("the {} \"{}\" is no node", attribute, id),
                   meant.empty() ? fmt::format("write <node id=\"{}\"/>", id) : fmt::format("do you mean \"{}\"?", meant));
  }

  XmlDocument document_;
  AttributedGraph graph_;
  std::map<std::string, Key> keys_;
  std::unordered_map<std::string, std::uint32_t> nodes_;
};

}  // namespace

Survey read_graphml(std::string_view text, std::string_view file) { return GraphmlReader(text, file).read(); }

}  // namespace orrery::topology
