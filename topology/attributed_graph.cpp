#include "topology/attributed_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "sim/error.h"
#include "sim/printable.h"
#include "topology/graph_quantity.h"

namespace orrery::topology {
namespace {

constexpr int no_port = -1;
constexpr int most_ports = 65535;

constexpr std::array<std::pair<std::string_view, DeviceKind>, 15> device_kinds = {{
    {"switch", DeviceKind::switch_},
    {"leaf", DeviceKind::switch_},
    {"spine", DeviceKind::switch_},
    {"core", DeviceKind::switch_},
    {"hca", DeviceKind::adapter},
    {"nic", DeviceKind::adapter},
    {"ca", DeviceKind::adapter},
    {"adapter", DeviceKind::adapter},
    {"gpu", DeviceKind::adapter},
    {"host", DeviceKind::adapter},
    {"node", DeviceKind::adapter},
    {"server", DeviceKind::adapter},
    {"router", DeviceKind::router},
    {"aggregator", DeviceKind::aggregator},
    {"sharp", DeviceKind::aggregator},
}};

/// Whether such an adapter is a host as a whole.
bool is_host(const std::string& kind) { return kind == "host" || kind == "node" || kind == "server"; }

/// The first of the names that has a value.
std::optional<std::string> value_of(const Attributes& attributes, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto found = attributes.find(name);
    if (found != attributes.end() && !found->second.empty()) return found->second;
  }
  return std::nullopt;
}

/// The number at the end of a port's name; none for one without, as a record's field or a point of the compass.
int port_number(std::string_view name) {
  constexpr std::string_view digits = "0123456789";
  const std::size_t last = name.find_last_not_of(digits);
  name.remove_prefix(last == std::string_view::npos ? 0 : last + 1);
  int number = no_port;
  std::from_chars(name.data(), name.data() + name.size(), number);
  return name.size() > 5 ? most_ports + 1 : number;
}

/// "n001.0" and "su1-n001 mlx5_0" are an adapter of a host each.
void name_host_of_node(Device& device) {
  std::size_t split = device.name.rfind(' ');
  if (split == std::string::npos) split = device.name.find_last_of("./");
  if (split == std::string::npos || split == 0 || split + 1 == device.name.size()) return;
  device.host = device.name.substr(0, split);
  device.adapter = device.name.substr(split + 1);
}

/// Waiting for the edge the other way, of a directed graph: from, to, and their ports.
using CableWay = std::tuple<std::uint32_t, std::uint32_t, int, int>;

class GraphSurveyor {
 public:
  explicit GraphSurveyor(const AttributedGraph& graph) : graph_(graph), used_(graph.nodes.size()) {}

  Survey survey() {
    survey_.file = graph_.file;
    for (const GraphNode& node : graph_.nodes) add_device(node);
    for (const GraphEdge& edge : graph_.edges) add_cables(edge);
    settle_directions();
    number_ports();
    tell_kinds();
    return std::move(survey_);
  }

 private:
  [[noreturn]] void fail(int line, const std::string& what, const std::string& remedy) const {
    throw sim::Error({.place = fmt::format("{}:{}", graph_.file, line), .what = what, .remedy = remedy});
  }

  std::uint64_t number(const Attributes& attributes, std::initializer_list<const char*> names, std::uint64_t most, int line) const {
    const std::optional<std::string> text = value_of(attributes, names);
    if (!text) return 0;
    const bool hexadecimal = text->starts_with("0x");
    const char* const begin = text->data() + (hexadecimal ? 2 : 0);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(begin, text->data() + text->size(), value, hexadecimal ? 16 : 10);
    if (error != std::errc{} || end != text->data() + text->size() || value > most) {
      fail(line, fmt::format("{} \"{}\" is no whole number up to {}", *names.begin(), *text, most), "write e.g. \"40\"");
    }
    return value;
  }

  /// With the place of the line for what `read` refuses.
  template <class Read>
  auto quantity(int line, const Read& read) const {
    try {
      return read();
    } catch (const sim::Error& error) {
      fail(line, error.faults().front().what, error.faults().front().remedy);
    }
  }

  void add_device(const GraphNode& node) {
    const auto name = node.attributes.find("name");
    Device device{.guid = number(node.attributes, {"guid"}, UINT64_MAX, node.line),
                  .system_guid = number(node.attributes, {"system_guid"}, UINT64_MAX, node.line),
                  .name = name == node.attributes.end() ? node.id : name->second,
                  .ports = static_cast<int>(number(node.attributes, {"radix", "ports"}, most_ports, node.line)),
                  .lid = static_cast<int>(number(node.attributes, {"lid"}, 65535, node.line)),
                  .lmc = static_cast<int>(number(node.attributes, {"lmc"}, 7, node.line))};
    claim(device, node.line);

    std::optional<std::string> type = value_of(node.attributes, {"type", "kind"});
    if (type) std::transform(type->begin(), type->end(), type->begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (type) device.kind = kind_named(*type, node.line);
    untyped_.push_back(!type);
    if (device.kind == DeviceKind::adapter) {
      if (type && is_host(*type)) {
        device.host = device.name;
      } else {
        name_host_of_node(device);
      }
    }
    if (const auto host = node.attributes.find("host"); host != node.attributes.end()) device.host = host->second;
    if (const auto adapter = node.attributes.find("adapter"); adapter != node.attributes.end()) device.adapter = adapter->second;
    for (const std::string& text : {device.name, device.host, device.adapter}) {
      if (!sim::is_printable(text)) fail(node.line, "a name holds characters that cannot be shown", "write names in printable UTF-8");
    }
    survey_.devices.push_back(std::move(device));
  }

  /// Names and guids, which must not stand twice.
  void claim(const Device& device, int line) {
    const std::string key = device.guid != 0 ? fmt::format("guid {:#x}", device.guid) : fmt::format("name \"{}\"", device.name);
    const auto [first, is_new] = lines_of_names_.emplace(key, line);
    if (!is_new && (device.guid != 0 || !device.name.empty())) {
      fail(line, fmt::format("the {} stands in line {} already", key, first->second), "give each device its own");
    }
  }

  DeviceKind kind_named(const std::string& name, int line) const {
    std::vector<std::string> known;
    for (const auto& [kind, meaning] : device_kinds) {
      if (name == kind) return meaning;
      known.emplace_back(kind);
    }
    const std::string meant = sim::nearest_name(name, known);
    fail(line, fmt::format("the type \"{}\" is unknown", name),
         meant.empty() ? "write switch, hca, host, aggregator or router" : fmt::format("do you mean \"{}\"?", meant));
  }

  SurveyCable cable_of(const GraphEdge& edge) const {
    SurveyCable cable{.a = {edge.a, port_number(edge.port_a)}, .b = {edge.b, port_number(edge.port_b)}, .line = edge.line};
    const Attributes& attributes = *edge.attributes;
    if (const auto ports = value_of(attributes, {"port"})) {
      const std::size_t colon = std::min(ports->find(':'), ports->size());
      if (cable.a.port == no_port) cable.a.port = port_number(ports->substr(0, colon));
      if (cable.b.port == no_port) cable.b.port = port_number(ports->substr(std::min(colon + 1, ports->size())));
    }
    if (const auto text = value_of(attributes, {"bw", "bandwidth", "capacity"})) {
      cable.bandwidth = quantity(edge.line, [&] { return graph_bandwidth(*text); });
    }
    if (const auto text = value_of(attributes, {"capability"}))
      cable.capability = quantity(edge.line, [&] { return graph_bandwidth(*text); });
    if (const auto text = value_of(attributes, {"lat", "latency"}))
      cable.latency = quantity(edge.line, [&] { return graph_latency(*text); });
    cable.reciprocal = value_of(attributes, {"named"}) != "once";
    return cable;
  }

  void add_cables(const GraphEdge& edge) {
    const SurveyCable cable = cable_of(edge);
    const std::string& a = graph_.nodes[edge.a].id;
    if (edge.a == edge.b && cable.a.port == cable.b.port) fail(edge.line, fmt::format("a cable joins \"{}\" to itself", a), "leave it out");
    const auto alike = static_cast<int>(number(*edge.attributes, {"multiplicity"}, AttributedGraph::most_alike, edge.line));
    const int count = value_of(*edge.attributes, {"multiplicity"}) ? alike : 1;
    if (count > 1 && (cable.a.port != no_port || cable.b.port != no_port)) {
      fail(edge.line, fmt::format("{} cables have one port", count), "leave the port out, or write each cable apart");
    }
    for (int i = 0; i < count; ++i) add(cable);
  }

  void add(const SurveyCable& cable) {
    if (graph_.directed) {
      const auto other_way = waiting_.find(CableWay{cable.b.device, cable.a.device, cable.b.port, cable.a.port});
      if (other_way != waiting_.end()) {
        SurveyCable& first = survey_.cables[other_way->second.back()];
        if (first.bandwidth != cable.bandwidth)
          survey_.remarks.push_back({cable.line, "is of another bandwidth than the other way: the first counts"});
        both_ways_[other_way->second.back()] = true;
        other_way->second.pop_back();
        if (other_way->second.empty()) waiting_.erase(other_way);
        return;
      }
      waiting_[CableWay{cable.a.device, cable.b.device, cable.a.port, cable.b.port}].push_back(survey_.cables.size());
    }
    if (survey_.cables.size() == AttributedGraph::most_cables) {
      fail(cable.line, fmt::format("there are more than {} cables", AttributedGraph::most_cables),
           "no such fabric is known: see what has written the file");
    }
    survey_.cables.push_back(cable);
    both_ways_.push_back(false);
  }

  /// In a directed graph with cables both ways, those that are written one way are named by one end.
  void settle_directions() {
    if (std::find(both_ways_.begin(), both_ways_.end(), true) == both_ways_.end()) return;
    for (std::size_t i = 0; i < survey_.cables.size(); ++i) {
      SurveyCable& cable = survey_.cables[i];
      if (both_ways_[i]) continue;
      cable.reciprocal = false;
      survey_.remarks.push_back({cable.line, "the far end does not name this cable"});
    }
  }

  void number_ports() {
    for (const SurveyCable& cable : survey_.cables) {
      for (const DevicePort& end : {cable.a, cable.b}) {
        if (end.port != no_port) use(end, cable.line);
      }
    }
    std::vector<int> next(survey_.devices.size(), 1);
    for (SurveyCable& cable : survey_.cables) {
      for (DevicePort* const end : {&cable.a, &cable.b}) {
        if (end->port != no_port) continue;
        int& free = next[end->device];
        while (used_[end->device].contains(free)) ++free;
        end->port = free;
        use(*end, cable.line);
      }
    }
  }

  void use(const DevicePort& end, int line) {
    const Device& device = survey_.devices[end.device];
    const std::string& name = graph_.nodes[end.device].id;
    const int most = device.ports > 0 ? device.ports : most_ports;
    if (end.port > most)
      fail(line, fmt::format("\"{}\" has no port {}: it has {}", name, end.port, most), "correct the port, or the radix");
    const auto [first, is_new] = used_[end.device].emplace(end.port, line);
    if (!is_new)
      fail(line, fmt::format("port {} of \"{}\" has a cable already, of line {}", end.port, name, first->second), "a port takes one cable");
  }

  void tell_kinds() {
    std::int64_t untyped = 0;
    for (std::size_t i = 0; i < survey_.devices.size(); ++i) {
      if (!untyped_[i]) continue;
      ++untyped;
      Device& device = survey_.devices[i];
      if (used_[i].size() == 1) continue;
      device.kind = DeviceKind::switch_;
      if (!graph_.nodes[i].attributes.contains("host")) device.host.clear();
      if (!graph_.nodes[i].attributes.contains("adapter")) device.adapter.clear();
    }
    if (untyped > 0) {
      survey_.remarks.push_back(
          {0, fmt::format("{} nodes have no type: those with one cable are taken for adapters, others for switches", untyped)});
    }
  }

  const AttributedGraph& graph_;
  Survey survey_;
  std::vector<bool> untyped_;  // by device
  std::unordered_map<std::string, int> lines_of_names_;
  std::vector<std::unordered_map<int, int>> used_;        // by device: lines of cables by port
  std::map<CableWay, std::vector<std::size_t>> waiting_;  // cables of a directed graph
  std::vector<bool> both_ways_;                           // by cable
};

}  // namespace

Survey survey_of(const AttributedGraph& graph) { return GraphSurveyor(graph).survey(); }

}  // namespace orrery::topology
