#include "topology/imported.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <unordered_map>

#include "sim/error.h"

namespace orrery::topology {
namespace {

/// "mlx5_10" as "mlx5_" and 10; no number is 0.
std::pair<std::string_view, int> counted(std::string_view adapter) {
  std::size_t digits = adapter.size();
  while (digits > 0 && adapter[digits - 1] >= '0' && adapter[digits - 1] <= '9') --digits;
  int number = 0;
  std::from_chars(adapter.data() + digits, adapter.data() + adapter.size(), number);
  return {adapter.substr(0, digits), number};
}

/// Which adapters are cabled to a switch.
std::vector<bool> cabled(const Survey& survey) {
  std::vector<bool> is(survey.devices.size(), false);
  for (const SurveyCable& cable : survey.cables) {
    for (const auto& [one, other] : {std::pair(cable.a, cable.b), std::pair(cable.b, cable.a)}) {
      if (survey.devices[other.device].kind == DeviceKind::switch_) is[one.device] = true;
    }
  }
  return is;
}

/// The rail of a number within a host, by the way in which hosts count.
using Rails = std::map<std::string_view, std::map<int, int>>;

Rails rails_of(const Survey& survey, const std::vector<Host>& hosts, int rails) {
  std::map<std::string_view, std::map<int, int>> hosts_with;
  for (const Host& host : hosts) {
    for (const std::uint32_t adapter : host.adapters) {
      const auto [prefix, number] = counted(survey.devices[adapter].adapter);
      if (!host.name.empty()) ++hosts_with[prefix][number];
    }
  }
  Rails found;
  for (const auto& [prefix, counts] : hosts_with) {
    std::vector<std::pair<int, int>> most;  // how many lack it, number
    for (const auto& [number, count] : counts) most.emplace_back(-count, number);
    std::sort(most.begin(), most.end());
    if (most.size() > static_cast<std::size_t>(rails)) most.resize(static_cast<std::size_t>(rails));
    std::sort(most.begin(), most.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    for (std::size_t rail = 0; rail < most.size(); ++rail) found[prefix][most[rail].second] = static_cast<int>(rail);
  }
  return found;
}

struct Node {
  std::string name;
  std::vector<std::uint32_t> nics;  // by rail
  std::uint64_t guid = 0;           // of its first adapter
};

struct Nodes {
  std::vector<Node> whole;  // enough of it
  int too_few = 0;          // hosts with cables to fewer than half of the rails
  int further = 0;          // adapters that are of no rail
};

Nodes nodes_of(const Survey& survey, int rails) {
  const std::vector<Host> found = hosts(survey);
  const std::vector<bool> is_cabled = cabled(survey);
  const Rails rail_of = rails_of(survey, found, rails);
  Nodes nodes;
  for (const Host& host : found) {
    Node node{.name = host.name, .nics = std::vector(static_cast<std::size_t>(rails), ImportedFabric::none)};
    int next = 0;  // for hosts without a name, whose adapters have none either
    for (const std::uint32_t adapter : host.adapters) {
      if (!is_cabled[adapter]) continue;
      std::optional<int> rail;
      if (host.name.empty()) {
        if (next < rails) rail = next++;
      } else {
        const auto [prefix, number] = counted(survey.devices[adapter].adapter);
        const auto& of_number = rail_of.at(prefix);
        if (const auto known = of_number.find(number); known != of_number.end()) rail = known->second;
      }
      if (rail && node.nics[static_cast<std::size_t>(*rail)] == ImportedFabric::none) {
        node.nics[static_cast<std::size_t>(*rail)] = adapter;
      } else {
        ++nodes.further;
      }
    }
    const auto present = rails - std::count(node.nics.begin(), node.nics.end(), ImportedFabric::none);
    if (host.name.empty() ? present < rails : 2 * present < rails) {
      ++nodes.too_few;
    } else {
      node.guid = survey.devices[host.adapters.front()].guid;
      if (node.name.empty()) node.name = fmt::format("unnamed-{:016x}", node.guid);
      nodes.whole.push_back(std::move(node));
    }
  }
  return nodes;
}

/// Names, each its own. A dump may hold the same one several times, and formats without GUIDs tell them apart by nothing.
class Names {
 public:
  bool take(const std::string& name) { return taken_.emplace(name, 1).second; }

  /// `name` itself, or with the GUID, or with a number behind it.
  std::string unlike(std::string name, std::uint64_t guid) {
    if (take(name)) return name;
    if (guid != 0) name += fmt::format("-{:016x}", guid);
    if (guid != 0 && take(name)) return name;
    int& number = taken_[name];
    std::string numbered;
    do {
      numbered = fmt::format("{}-{}", name, ++number);
    } while (!take(numbered));
    return numbered;
  }

 private:
  std::unordered_map<std::string, int> taken_;  // and the number that stood behind it last
};

/// A word.
std::string name_of(const Device& device) {
  std::string name = device.name.empty() ? fmt::format("switch-{:016x}", device.guid) : device.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  return name;
}

class Importing {
 public:
  Importing(const Survey& survey, int nodes, int rails, sim::BytesPerSecond link) : survey_(survey), link_(link), levels_(levels(survey)) {
    made_.plan.nodes = nodes;
    made_.plan.rails = rails;
  }

  ImportedFabric make() && {
    Nodes nodes = nodes_of(survey_, made_.plan.rails);
    if (nodes.whole.size() < static_cast<std::size_t>(made_.plan.nodes)) {
      throw sim::Error({.place = "",
                        .what = fmt::format("{} has {} hosts with cables to at least half of {} rails, not {}", survey_.file,
                                            nodes.whole.size(), made_.plan.rails, made_.plan.nodes),
                        .remedy = fmt::format("take {} nodes, or a node with as many NICs as the hosts have", nodes.whole.size())});
    }
    nodes.whole.resize(static_cast<std::size_t>(made_.plan.nodes));
    place_nics(nodes.whole);
    place_switches();
    join();
    note(nodes.too_few, "host{} with cables to fewer than half of the rails left out");
    note(nodes.further, "adapter{} of no rail left out");
    return std::move(made_);
  }

 private:
  void note(std::int64_t count, std::string_view words) {
    if (count > 0) made_.notes.push_back(fmt::format("{} {}", count, fmt::format(fmt::runtime(words), count == 1 ? "" : "s")));
  }

  void place_nics(const std::vector<Node>& nodes) {
    std::int64_t missing = 0;
    Names hosts;
    for (const Node& node : nodes) {
      made_.plan.node_names.push_back(hosts.unlike(node.name, node.guid));
      for (std::size_t rail = 0; rail < node.nics.size(); ++rail) {
        const auto vertex = static_cast<std::uint32_t>(made_.device_of_vertex.size());
        made_.device_of_vertex.push_back(node.nics[rail]);
        names_.take(fmt::format("{}/nic{}", made_.plan.node_names.back(), rail));
        if (node.nics[rail] != ImportedFabric::none) {
          vertex_of_device_[node.nics[rail]] = VertexId{vertex};
          continue;
        }
        ++missing;
        std::size_t other = rail;
        while (node.nics[other] == ImportedFabric::none) other = (other + 1) % node.nics.size();
        made_.plan.stand_ins[vertex] = VertexId{static_cast<std::uint32_t>(vertex - rail + other)};
      }
    }
    note(missing, "NIC{} missing on a rail: another of the node serves it");
  }

  void place_switches() {
    for (std::uint32_t device = 0; device < survey_.devices.size(); ++device) {
      if (survey_.devices[device].kind != DeviceKind::switch_) continue;
      std::string name = names_.unlike(name_of(survey_.devices[device]), survey_.devices[device].guid);
      vertex_of_device_[device] = made_.plan.add_switch(std::move(name), std::max(1, levels_[device]));
      made_.device_of_vertex.push_back(device);
    }
  }

  /// NICs first, then by the levels that a cable joins.
  void join() {
    made_.plan.add_layer("NIC to leaf", 5);
    std::map<std::pair<int, int>, int> layer_of_levels;
    std::int64_t degraded = 0;
    for (const SurveyCable& cable : survey_.cables) {
      const auto a = vertex_of_device_.find(cable.a.device);
      const auto b = vertex_of_device_.find(cable.b.device);
      if (a == vertex_of_device_.end() || b == vertex_of_device_.end()) continue;
      const bool a_is_nic = survey_.devices[cable.a.device].kind != DeviceKind::switch_;
      const bool b_is_nic = survey_.devices[cable.b.device].kind != DeviceKind::switch_;
      if ((a_is_nic && b_is_nic) || a->second == b->second) continue;
      int layer = 0;
      bool a_is_lower = a_is_nic;
      if (!a_is_nic && !b_is_nic) {
        const int of_a = levels_[cable.a.device];
        const int of_b = levels_[cable.b.device];
        a_is_lower = of_a <= of_b;
        const auto [known, is_new] = layer_of_levels.try_emplace({std::min(of_a, of_b), std::max(of_a, of_b)}, 0);
        if (is_new) known->second = made_.plan.add_layer(fmt::format("level {} to level {}", known->first.first, known->first.second), 20);
        layer = known->second;
      }
      if (cable.capability) ++degraded;
      const sim::BytesPerSecond rate = cable.bandwidth == link_ ? sim::BytesPerSecond{} : cable.bandwidth;
      const auto& [lower, upper] = a_is_lower ? std::pair(cable.a, cable.b) : std::pair(cable.b, cable.a);
      made_.plan.join(vertex_of_device_.at(lower.device), vertex_of_device_.at(upper.device), layer, rate);
      made_.ports_of_cable.push_back({lower.port, upper.port});
    }
    note(degraded, "cable{} slower than its ends could do");
  }

  const Survey& survey_;
  sim::BytesPerSecond link_;
  std::vector<int> levels_;
  std::map<std::uint32_t, VertexId> vertex_of_device_;
  Names names_;  // of vertices
  ImportedFabric made_;
};

}  // namespace

int nodes_in(const Survey& survey, int rails) { return static_cast<int>(nodes_of(survey, rails).whole.size()); }

ImportedFabric import_fabric(const Survey& survey, int nodes, int rails, sim::BytesPerSecond link) {
  return Importing(survey, nodes, rails, link).make();
}

ForwardingTables imported_tables(const Survey& survey, const ImportedFabric& imported, const Cabling& shape) {
  if (survey.tables.empty()) {
    throw sim::Error({.place = "",
                      .what = fmt::format("{} holds no forwarding tables", survey.file),
                      .remedy = "give a file that does, or routing minhop"});
  }
  std::map<std::uint64_t, VertexId> switch_of_guid;
  std::map<std::pair<VertexId, int>, std::uint16_t> out_port;  // by switch and port as the device numbers them
  for (auto v = static_cast<std::uint32_t>(shape.ports()); v < shape.vertices(); ++v) {
    switch_of_guid[survey.devices[imported.device_of_vertex[v]].guid] = VertexId{v};
    for (int port = 0; port < shape.out_degree(VertexId{v}); ++port) {
      const LinkId out = shape.out_link(VertexId{v}, port);
      out_port[{VertexId{v}, imported.ports_of_cable[cable_of(out)][index(out) % 2]}] = static_cast<std::uint16_t>(port);
    }
  }
  ForwardingTables tables(shape);
  for (const ForwardingTable& table : survey.tables) {
    const auto at = switch_of_guid.find(table.switch_guid);
    if (at == switch_of_guid.end()) continue;
    for (std::uint32_t nic = 0; nic < shape.ports(); ++nic) {
      const std::uint32_t adapter = imported.device_of_vertex[nic];
      if (adapter == ImportedFabric::none) continue;
      const int port = table.towards(survey.devices[adapter].lid);
      if (port == ForwardingTable::nowhere || port == ForwardingTable::itself) continue;
      const auto known = out_port.find({at->second, port});
      if (known == out_port.end()) {
        throw sim::Error({.place = "",
                          .what = fmt::format("the tables send LID {} from {} by port {}, which has no cable", survey.devices[adapter].lid,
                                              shape.name(at->second), port),
                          .remedy = "dump cables and tables at one time"});
      }
      tables.set(at->second, VertexId{nic}, known->second);
    }
  }
  return tables;
}

}  // namespace orrery::topology
