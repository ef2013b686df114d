// What a fabric is made of and must be bought: switches by level with the ports they use, and cables by layer with their length and kind.
//
//     const Inventory hall = inventory(fabric, {.radix = 40, .link = gigabits_per_second(200)});
//     hall.switches[1].switches;      // 160 spines
//     hall.cables[1].kind;            // CableKind::optical: leaf to spine, 20 m
//
// Dead cables are counted: they hang there. Costs a look at every switch, and at every cable where these differ in rate or some are dead.
// Leaves out: storage and management networks, spare parts, and dark ports that a builder left over on purpose.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/units.h"
#include "topology/fabric.h"

namespace orrery::topology {

/// Passive copper ends at 2 to 3 m at 200 and 400 Gbit/s and active copper at 5 m; beyond it light carries on (NVIDIA's cable lists, 2024).
inline constexpr double longest_copper_metres = 5;

enum class CableKind : std::uint8_t { copper, optical };

struct SwitchCount {
  int level = 1;
  std::int64_t switches = 0;
  int most_ports = 0;                         // in use on one of them
  std::int64_t ports_used = 0;                // on all of them
  std::optional<std::int64_t> ports_spare{};  // on all of them; none where the radix is unknown or some use more, as an ideal switch does
};

/// Cables of one layer and rate.
struct CableCount {
  int layer = 0;
  std::string name;  // of the layer
  double metres = 0;
  CableKind kind = CableKind::copper;
  sim::BytesPerSecond bandwidth{};  // nominal, a direction
  std::int64_t cables = 0;
  std::int64_t dead = 0;  // of these
};

struct Inventory {
  std::int64_t nodes = 0;
  std::int64_t nic_ports = 0;
  std::vector<SwitchCount> switches;  // by level, from that of leaves
  std::vector<CableCount> cables;     // by layer, slower ones first

  std::int64_t all_switches() const;
  std::int64_t all_cables() const;
};

/// What the fabric itself does not know.
struct PartsInUse {
  int radix = 0;               // ports of a switch at the rate of `link`; 0: unknown
  sim::BytesPerSecond link{};  // of the fabric, nominal, a direction
};

/// A NIC with several cables has so many ports of a part of its rate each (dual planes), and they take that part of a switch's port. The
/// cable of a NIC that is slower than the fabric's links takes a whole one.
Inventory inventory(const Fabric& fabric, const PartsInUse& parts);

}  // namespace orrery::topology
