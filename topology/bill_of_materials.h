// What a fabric costs and draws: its inventory priced by a list.
//
//     const Bill bill = bill_of_materials(inventory(fabric, parts), {.radix = 40, .link = ..., .gpus = 2240}, prices);
//     for (const BillRow& row : bill.rows) ...    // "spine switches", "Quantum QM8790", 160, 20000 USD, 400 W
//     bill.usd_per_gpu;
//
// Parts are chosen so. The switch and the NIC are those that the node names, where the list has them and they are large and fast enough;
// else of the same protocol as what was named, of the slowest rate that is at least the link's (of a NIC its own), of these the cheapest
// with enough ports (of equals the first). Cables are of the switch's protocol, copper or optical by their length (topology/inventory.h),
// the slowest that are as fast as they must be. Leaves out: discounts, racks, installation, management and storage networks, spares,
// licences, support, and cooling.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topology/inventory.h"
#include "topology/network_prices.h"

namespace orrery::topology {

struct NicsToBuy {
  std::string name{};          // as the node has it; empty: any
  sim::BytesPerSecond rate{};  // nominal, a direction
  std::int64_t count = 0;
};

struct BillSpec {
  int radix = 0;               // that a switch must have; 0: as many ports as the fabric uses
  sim::BytesPerSecond link{};  // of the fabric, nominal, a direction
  std::string switch_name{};   // as the node has it; empty: any
  std::string nic_name{};      // likewise; of as many as the fabric has ports, at the rate of `link`
  std::int64_t gpus = 0;
  std::vector<NicsToBuy> nics{};  // instead, where nodes have several kinds: all of them
};

struct BillRow {
  std::string use;   // "NICs", "switches of level 1", "cables, leaf to spine, 20 m"
  std::string part;  // the name in the list
  std::int64_t count = 0;
  double unit_usd = 0;
  double unit_watts = 0;
  std::string source;  // of the prices

  double usd() const { return static_cast<double>(count) * unit_usd; }
  double watts() const { return static_cast<double>(count) * unit_watts; }
};

struct Bill {
  std::vector<BillRow> rows;
  double usd = 0;
  double watts = 0;
  double usd_per_gpu = 0;  // 0 without GPUs
  double watts_per_gpu = 0;
  double nics_usd = 0;  // of `usd`: the adapters, which a node's price may hold already
};

/// Throws sim::Error (bad input, no place) naming the part that the list has not, and those that it has.
Bill bill_of_materials(const Inventory& inventory, const BillSpec& spec, const NetworkPrices& prices);

}  // namespace orrery::topology
