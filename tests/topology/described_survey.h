// A Survey in words, to compare two; and what is counted of the samples of one scalable unit.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "topology/survey.h"

namespace orrery::topology::test {

/// Devices and cables, a line each; no lines of files.
inline std::vector<std::string> described(const Survey& survey) {
  std::vector<std::string> lines;
  for (const Device& device : survey.devices) {
    lines.push_back(fmt::format("{} \"{}\" guid {:x} of {:x}, {} ports, lid {} + {}, host \"{}\", adapter \"{}\"",
                                static_cast<int>(device.kind), device.name, device.guid, device.system_guid, device.ports, device.lid,
                                device.lmc, device.host, device.adapter));
  }
  for (const SurveyCable& cable : survey.cables) {
    lines.push_back(fmt::format("{}:{} - {}:{} {} of {}, {} ps{}", survey.devices.at(cable.a.device).name, cable.a.port,
                                survey.devices.at(cable.b.device).name, cable.b.port, cable.bandwidth.value,
                                cable.capability ? cable.capability->value : -1, cable.latency ? cable.latency->ticks : -1,
                                cable.reciprocal ? "" : ", once"));
  }
  return lines;
}

/// Of the scalable unit: 20 hosts, 8 adapters each, 8 leaves, 4 spines.
struct UnitCounts {
  int switches = 0;
  int adapters = 0;
  int hosts = 0;
  int cables_between_switches = 0;
  int cables = 0;
  int half_rate_cables = 0;  // 12.5 GB/s
  int full_rate_cables = 0;  // 25 GB/s
  int leaves = 0;            // switches with an adapter
  bool operator==(const UnitCounts&) const = default;
};

inline UnitCounts unit_counts(const Survey& survey) {
  UnitCounts counts;
  std::set<std::string> hosts;
  for (const Device& device : survey.devices) {
    ++(device.kind == DeviceKind::switch_ ? counts.switches : counts.adapters);
    if (device.kind == DeviceKind::adapter) hosts.insert(device.host);
  }
  std::set<std::uint32_t> leaves;
  for (const SurveyCable& cable : survey.cables) {
    const bool a = survey.devices[cable.a.device].kind == DeviceKind::switch_,
               b = survey.devices[cable.b.device].kind == DeviceKind::switch_;
    if (a && b) ++counts.cables_between_switches;
    if (a && !b) leaves.insert(cable.a.device);
    if (b && !a) leaves.insert(cable.b.device);
    ++counts.cables;
    if (cable.bandwidth == sim::gigabytes_per_second(12.5)) ++counts.half_rate_cables;
    if (cable.bandwidth == sim::gigabytes_per_second(25)) ++counts.full_rate_cables;
  }
  counts.hosts = static_cast<int>(hosts.size());
  counts.leaves = static_cast<int>(leaves.size());
  return counts;
}

inline UnitCounts expected_unit_counts() { return {12, 160, 20, 160, 320, 1, 319, 8}; }

/// Devices of every kind with every field, two cables between the same switches, names that need quoting.
inline Survey assorted_survey() {
  using namespace sim::literals;
  Survey survey;
  survey.file = "hall.out";
  survey.devices = {
      {.kind = DeviceKind::switch_,
       .guid = 0xb8599f0300aa0001,
       .system_guid = 0xb8599f0300aa0000,
       .name = "MF0;leaf \"1\":MQM9700/U1",
       .ports = 65,
       .lid = 12},
      {.kind = DeviceKind::switch_, .guid = 0xb8599f0300aa0002, .name = "back\\slash\\", .ports = 65, .lid = 13},
      {.kind = DeviceKind::adapter,
       .guid = 1,
       .name = "su1-n001 mlx5_0",
       .ports = 1,
       .lid = 100,
       .lmc = 2,
       .host = "su1-n001",
       .adapter = "mlx5_0"},
      {.kind = DeviceKind::adapter, .guid = 2, .name = "MT4129 ConnectX7 Mellanox Technologies", .ports = 1},
      {.kind = DeviceKind::adapter, .guid = 3, .name = "MT4129 ConnectX7 Mellanox Technologies", .ports = 1},
      {.kind = DeviceKind::aggregator, .guid = 4, .name = "<Aggregation> & Node", .ports = 1},
      {.kind = DeviceKind::router, .name = "r1", .ports = 2},
      {.kind = DeviceKind::adapter, .name = "host7", .host = "host7"},
  };
  const auto gb = [](double value) { return sim::gigabytes_per_second(value); };
  survey.cables = {
      {.a = {0, 33}, .b = {1, 1}, .bandwidth = gb(50), .line = 4},
      {.a = {0, 34}, .b = {1, 2}, .bandwidth = gb(25), .capability = gb(50), .latency = 130_ns, .line = 5},
      {.a = {2, 1}, .b = {0, 1}, .bandwidth = {6818181818.181818}, .latency = 1_ps, .line = 6},
      {.a = {3, 1}, .b = {0, 2}, .reciprocal = false, .line = 7},
      {.a = {4, 1}, .b = {0, 3}, .line = 8},
      {.a = {0, 65}, .b = {5, 1}, .line = 9},
      {.a = {6, 1}, .b = {6, 2}, .line = 10},
  };
  return survey;
}

}  // namespace orrery::topology::test
