// A Survey as a graph with attributes; the other way is in attributed_graph.cpp.
#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

#include "sim/error.h"
#include "sim/printable.h"
#include "topology/attributed_graph.h"
#include "topology/graph_quantity.h"

namespace orrery::topology {
namespace {

const char* type_of(DeviceKind kind) {
  switch (kind) {
    case DeviceKind::adapter:
      return "hca";
    case DeviceKind::switch_:
      return "switch";
    case DeviceKind::aggregator:
      return "aggregator";
    case DeviceKind::router:
      break;
  }
  return "router";
}

/// A device's name where no other has it, else one made from its guid or place.
std::vector<std::string> ids_of(const std::vector<Device>& devices) {
  std::unordered_map<std::string, int> bearers;
  for (const Device& device : devices) ++bearers[sim::printable(device.name)];
  std::unordered_set<std::string> taken;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const std::string name = sim::printable(devices[i].name);
    const bool is_unique = !name.empty() && bearers.at(name) == 1;
    std::string id = is_unique ? name : devices[i].guid != 0 ? fmt::format("{:016x}", devices[i].guid) : fmt::format("device{}", i);
    while (!taken.insert(id).second || (!is_unique && bearers.contains(id))) id += '\'';
    ids.push_back(std::move(id));
  }
  return ids;
}

Attributes attributes_of(const Device& device, const std::string& id) {
  Attributes attributes = {{"type", type_of(device.kind)}};
  const auto put = [&](const char* name, const std::string& value) { attributes.emplace(name, value); };
  if (device.ports > 0) put("radix", fmt::format("{}", device.ports));
  if (id != device.name) put("name", sim::printable(device.name));
  if (device.guid != 0) put("guid", fmt::format("{:#x}", device.guid));
  if (device.system_guid != 0) put("system_guid", fmt::format("{:#x}", device.system_guid));
  if (device.lid != 0) put("lid", fmt::format("{}", device.lid));
  if (device.lmc != 0) put("lmc", fmt::format("{}", device.lmc));
  if (device.kind == DeviceKind::adapter || !device.host.empty()) put("host", sim::printable(device.host));
  if (device.kind == DeviceKind::adapter || !device.adapter.empty()) put("adapter", sim::printable(device.adapter));
  return attributes;
}

Attributes attributes_of(const SurveyCable& cable) {
  Attributes attributes;
  if (cable.bandwidth.value > 0) attributes.emplace("bw", graph_text(cable.bandwidth));
  if (cable.capability) attributes.emplace("capability", graph_text(*cable.capability));
  if (cable.latency) attributes.emplace("lat", graph_text(*cable.latency));
  if (!cable.reciprocal) attributes.emplace("named", "once");
  return attributes;
}

}  // namespace

AttributedGraph graph_of(const Survey& survey) {
  AttributedGraph graph{.file = survey.file, .nodes = {}, .edges = {}};
  const std::vector<std::string> ids = ids_of(survey.devices);
  for (std::size_t i = 0; i < ids.size(); ++i)
    graph.nodes.push_back({.id = ids[i], .attributes = attributes_of(survey.devices[i], ids[i])});
  for (const SurveyCable& cable : survey.cables) {
    sim::check(cable.a.device < ids.size() && cable.b.device < ids.size(), "a cable joins devices of its survey");
    graph.edges.push_back({.a = cable.a.device,
                           .b = cable.b.device,
                           .port_a = fmt::format("{}", cable.a.port),
                           .port_b = fmt::format("{}", cable.b.port),
                           .attributes = std::make_shared<const Attributes>(attributes_of(cable)),
                           .line = cable.line});
  }
  return graph;
}

}  // namespace orrery::topology
