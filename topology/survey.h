// What a dump says of the fabric that really stands in the hall, before any model is made of it: devices, ports, cables, routing tables,
// and what the reader noticed on the way. Every importer (topology/import_*.h) fills a part of it.
//
//     const Survey survey = read_ibnetdiscover(text, "hall.out");
//     const SurveyFacts found = facts(survey);                  // 40 switches, 542 adapter ports, 532 cables between switches, ...
//     for (const Remark& remark : survey.remarks) ...           // "hall.out:17: the far end does not name this cable"
//
// Nothing is assumed of the shape: leaves, links and hosts may be missing, cables between the same two switches are kept each.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/units.h"

namespace orrery::topology {

enum class DeviceKind : std::uint8_t {
  adapter,     // of a host (HCA, NIC)
  switch_,     // joins cables; NOLINT(readability-identifier-naming): the name itself is a keyword
  aggregator,  // in-network reduction on a port of its own of a switch (SHARP); counts as no host
  router,
};

struct Device {
  DeviceKind kind = DeviceKind::adapter;
  std::uint64_t guid = 0;         // of the node; 0 where the format has none
  std::uint64_t system_guid = 0;  // of the chassis or board that it is part of; 0 where unknown
  std::string name;               // its description, trimmed and printable; several may share one
  int ports = 0;                  // as the dump says; 0 where it does not
  int lid = 0;                    // of a switch's management port or an adapter's first; 0 where unknown
  int lmc = 0;                    // the port answers to lid .. lid + 2^lmc - 1
  std::string host{};             // of an adapter: "su1-n001"; empty where its name tells none (a factory name)
  std::string adapter{};          // within its host: "mlx5_0", "HCA-1"
};

/// A port of a device. Numbers are the device's own, from 1 for InfiniBand; formats without them number ports in order of appearance.
struct DevicePort {
  std::uint32_t device = 0;  // into Survey::devices
  int port = 0;
  auto operator<=>(const DevicePort&) const = default;
};

struct SurveyCable {
  DevicePort a;
  DevicePort b;
  sim::BytesPerSecond bandwidth{};                  // nominal, as trained, per direction; 0 where the dump does not say
  std::optional<sim::BytesPerSecond> capability{};  // what the ends could do, where they trained below it
  std::optional<sim::Duration> latency{};
  bool reciprocal = true;  // both ends name it
  int line = 0;            // where it stands first
};

/// Something that a user ought to know; the import goes on.
struct Remark {
  int line = 0;      // 0 where it is of the whole file
  std::string text;  // printable
};

/// What a switch does with each destination address.
struct ForwardingTable {
  static constexpr int itself = 0;
  static constexpr int nowhere = 255;

  std::uint64_t switch_guid = 0;
  int switch_lid = 0;                  // 0 where the dump does not say
  std::vector<std::uint8_t> out_port;  // by LID; LIDs that the dump does not list go nowhere

  int towards(int lid) const { return lid >= 0 && static_cast<std::size_t>(lid) < out_port.size() ? out_port[lid] : nowhere; }
};

/// Names and no capacities, as a scheduler has them: which hosts are near each other.
struct PlacementGroup {
  std::string name;
  std::vector<std::string> hosts;     // directly in it
  std::vector<std::string> children;  // other groups
};

struct Survey {
  std::string file;
  std::vector<Device> devices;
  std::vector<SurveyCable> cables;         // each once, in order of appearance
  std::vector<DevicePort> down_ports;      // that have no cable or no signal, where the format tells
  std::map<int, DevicePort> ports_by_lid;  // base LIDs, of adapters' ports each; a switch has one, of its port 0
  std::vector<ForwardingTable> tables;
  std::vector<PlacementGroup> groups;
  std::vector<Remark> remarks;
  std::int64_t skipped_lines = 0;  // that are no part of the format (text of other programs)
};

/// What can be counted without a model.
struct SurveyFacts {
  int switches = 0;
  int leaves = 0;       // switches with an adapter
  int adapters = 0;     // ports of adapters with a cable
  int aggregators = 0;  // devices
  int routers = 0;
  int hosts = 0;
  int unnamed_adapters = 0;         // whose host no name tells: see hosts()
  int cables_between_switches = 0;  // a switch cabled to itself is left out
  int reciprocal_cables = 0;        // of these
  int degraded_cables = 0;          // of all: trained below what their ends could do
  int fewest_hosts_on_a_leaf = 0;
  int most_hosts_on_a_leaf = 0;
  int fewest_uplinks_of_a_leaf = 0;
  int most_uplinks_of_a_leaf = 0;
  /// Of the adapters of hosts that have a name and several: how many have the place within their host that most on their leaf have. 1 where
  /// each leaf serves one rail; 1/8 where the eight adapters of a host share a leaf; 0 where there are none.
  double rail_purity = 0;
  bool operator==(const SurveyFacts&) const = default;
};

SurveyFacts facts(const Survey& survey);

/// Splits "su1-n001 mlx5_0" into host and adapter; a single word is a host. Factory names ("MT4129 ConnectX7 Mellanox Technologies") have
/// no host: both stay empty.
void name_host(Device& adapter);

struct Host {
  std::string name;  // empty where no name tells
  std::vector<std::uint32_t>
      adapters;  // into Survey::devices, in the order of rails: by name, numbers by value ("mlx5_2" before "mlx5_10")
};

/// Who owns the adapters, each once. Named hosts first, by name; where one name has an adapter of the same name on two boards, several
/// machines share it ("localhost") and count as unnamed. Unnamed adapters are grouped by the GUID of their system, those without one stand
/// alone.
std::vector<Host> hosts(const Survey& survey);

/// Levels of devices: whatever is no switch 0, switches by their distance from the nearest adapter, from 1. -1 where none is to be reached.
std::vector<int> levels(const Survey& survey);

}  // namespace orrery::topology
