// What a machine costs and draws, as plain data: filled from scenarios/prices/*.json (scenarios/prices.h) or by hand in tests.
//
// Money is in US dollars before tax, power in watts. Every number has its source. GPUs are found by the name of their kind, nodes by their
// GPUs' kind and number: what else a node has is of second order beside them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "topology/network_prices.h"

namespace orrery::workloads {

/// What one GPU draws, at its own sensor, by what it does.
struct GpuPower {
  std::string name;             // of the kind, as nodes have it: "A100-SXM4-80GB"
  double idle_watts = 0;        // no kernel on it
  double waiting_watts = 0;     // in a collective or a transfer, or waiting for one or for a launch
  double memory_watts = 0;      // in kernels bound by memory
  double arithmetic_watts = 0;  // in kernels bound by arithmetic
  std::string source;
};

struct NodePrice {
  std::string gpu;        // of the kind
  int gpus = 0;           // that the node has
  double usd = 0;         // with GPUs and adapters
  double busy_watts = 0;  // while its GPUs work, without them and the adapters: CPUs, NVSwitches, fans, power supplies
  std::string source;
};

/// The building and the grid.
struct FacilityPrices {
  double pue = 1;  // all that the building draws over what the machine draws
  double usd_per_kwh = 0;
  double kg_co2_per_kwh = 0;
  double usd_per_kw_month = 0;    // for space and cooling, by the power that the machine may draw
  double depreciation_years = 0;  // in which nodes and network are written off, to nothing
  double upkeep_per_year = 0;     // support and repairs, as a share of what was paid for nodes and network
  std::string source;
};

struct RentalPrice {
  std::string gpu;  // of the kind
  double usd_per_gpu_hour = 0;
  std::string source;
};

/// Who pays for what: the owner for everything, the tenant for GPU-hours.
enum class Terms : std::uint8_t { own, rent };

struct PriceList {
  std::string name{};
  std::string source{};
  std::string date{};  // of the prices: "2024-12"
  Terms terms = Terms::own;
  std::vector<GpuPower> gpus{};
  std::vector<NodePrice> nodes{};
  std::optional<FacilityPrices> facility{};
  std::vector<RentalPrice> rentals{};
  std::optional<topology::NetworkPrices> network{};
};

/// Null where the list has none.
const GpuPower* power_of(const PriceList& prices, const std::string& gpu);
const NodePrice* node_price(const PriceList& prices, const std::string& gpu, int gpus);
const RentalPrice* rental_of(const PriceList& prices, const std::string& gpu);

/// What the numbers cannot be together: a GPU that draws more when idle than at work, two prices of one thing. Placed by JSON pointer into
/// the list.
std::vector<sim::Fault> faults(const PriceList& prices);

}  // namespace orrery::workloads
