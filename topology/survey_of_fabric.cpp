#include "topology/survey_of_fabric.h"

#include <set>
#include <vector>

namespace orrery::topology {
namespace {

constexpr std::uint64_t first_guid = 0x0200000000000000;
constexpr std::uint64_t guids_a_device = 4096;
constexpr int last_unicast_lid = 0xBFFF;

Device device_of(const Fabric& fabric, VertexId vertex) {
  const bool is_adapter = fabric.shape().is_port(vertex);
  Device device{.kind = is_adapter ? DeviceKind::adapter : DeviceKind::switch_, .name = fabric.name(vertex)};
  device.guid = first_guid + guids_a_device * (std::uint64_t{index(vertex)} + 1);
  device.ports = fabric.out_degree(vertex);
  if (!is_adapter) return device;
  const std::size_t slash = device.name.rfind('/');
  device.host = device.name.substr(0, slash);
  device.adapter = device.name.substr(slash + 1);
  device.name[slash] = ' ';
  return device;
}

/// The ports at the ends of every cable.
class Ends {
 public:
  explicit Ends(const Fabric& fabric) : ends_(static_cast<std::size_t>(fabric.links())) {
    for (std::int64_t v = 0; v < fabric.vertices(); ++v) {
      const VertexId vertex{static_cast<std::uint32_t>(v)};
      for (int port = 0; port < fabric.out_degree(vertex); ++port) {
        ends_[index(fabric.out_link(vertex, port))] = {.device = index(vertex), .port = port + 1};
      }
    }
  }
  /// That a link leaves by.
  DevicePort of(LinkId link) const { return ends_[index(link)]; }

 private:
  std::vector<DevicePort> ends_;
};

void give_lids(Survey& survey) {
  std::set<DevicePort> addressed;  // in order of GUIDs
  for (const SurveyCable& cable : survey.cables) {
    for (const DevicePort end : {cable.a, cable.b}) {
      const bool is_switch = survey.devices[end.device].kind == DeviceKind::switch_;
      addressed.insert({.device = end.device, .port = is_switch ? 0 : end.port});
    }
  }
  if (addressed.size() > last_unicast_lid) return;
  int lid = 0;
  for (const DevicePort port : addressed) {
    survey.ports_by_lid.emplace(++lid, port);
    if (survey.devices[port.device].lid == 0) survey.devices[port.device].lid = lid;
  }
}

}  // namespace

Survey survey_of_fabric(const Fabric& fabric, sim::BytesPerSecond link) {
  Survey survey;
  for (std::int64_t v = 0; v < fabric.vertices(); ++v) {
    survey.devices.push_back(device_of(fabric, VertexId{static_cast<std::uint32_t>(v)}));
  }
  const Ends ends(fabric);
  for (std::int64_t cable = 0; cable < fabric.links() / 2; ++cable) {
    const LinkId there{static_cast<std::uint32_t>(2 * cable)};
    const DevicePort a = ends.of(there);
    const DevicePort b = ends.of(reverse(there));
    if (!fabric.alive(there)) {
      survey.down_ports.insert(survey.down_ports.end(), {a, b});
      continue;
    }
    const sim::BytesPerSecond own = fabric.shape().bandwidth(static_cast<std::uint32_t>(cable));
    survey.cables.push_back({.a = a, .b = b, .bandwidth = own.value > 0 ? own : link});
  }
  give_lids(survey);
  return survey;
}

}  // namespace orrery::topology
