// How fast a traffic pattern flows over a fabric with its routing and its dead links, if every port sends all the time: max-min fair rates.
//
//     Fabric fabric({.nodes = 800, .rails = 1, .radix = 40});
//     const Throughput result = throughput(fabric, permutation_traffic(fabric.shape(), 1));
//     result.mean;                              // 0.65: of what NICs could send
//     fabric.name(*result.bottleneck);          // the link that holds the slowest flow
//
// Every port that sends at all offers its NIC's rate, divided among its demands by their weights; no flow gets more than its part of that.
// What flows is cut into shares and spread over bundles as topology/cluster.h does it. Full links are shared in proportion to weights
// (sim/max_min_fair.h). Rates are counted in NIC rates (where NICs are of
// several, in that of the fabric's links, which every port offers), of which the unit is 1 / 4,658,179,125,600: most fractions that come of
// sharing are exact, and the others too small by less than 1e-9 where weights are below 4,658, by less than 1e-6 in any case.
//
// Demands between the same two ports are one, of the sum of their weights, and their order is of no consequence: routes are asked for in
// order of ports, of a router that has seen no flow before.
//
// Costs O(E log L) for E crossings of flows and links and L links, and 12 bytes a crossing. Leaves out: nodes (PCIe, NVLink), congestion
// that spreads upstream, protocol overheads, and flows that end.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/units.h"
#include "topology/fabric.h"
#include "topology/traffic.h"

namespace orrery::topology {

struct ThroughputSpec {
  /// Of links between switches under adaptive and ugal routing, above 0 up to 1: what choosing by queues loses. 1 is before that cap;
  /// topology/fabric_spec.h has a default.
  double efficiency = 1;
  /// Nominal; needed where cables have rates of their own.
  sim::BytesPerSecond nic{};
  /// Tells draws apart where flows are hashed.
  std::uint64_t flow = 0;
};

struct FlowRate {
  Port from;
  Port to;
  double rate = 0;       // in NIC rates
  double delivered = 0;  // of what it offers: 1 where nothing holds it back, 0 where the routing has no way
  bool operator==(const FlowRate&) const = default;
};

/// The live links of a layer in one direction.
struct LayerLoad {
  int layer = 0;
  int from_end = 0;  // 0: from end 0 of their cables to end 1, in trees up; 1: back
  std::int64_t links = 0;
  std::int64_t unused = 0;   // those that no flow crosses
  double most_offered = 0;   // of a link's capacity, if every flow had all that it offers: of a permutation the flows on a link
  double mean_offered = 0;   // over all of them
  double most_carried = 0;   // of a link's capacity, at the rates that flows get
  double mean_carried = 0;   // over all of them
  double carried_total = 0;  // in NIC rates, by all of them together
  bool operator==(const LayerLoad&) const = default;
};

/// What is offered to live links between switches, either direction of each counted, as parts of a link's capacity: LayerLoad's
/// `most_offered` is the highest of them, and these say how many come near. By nearest rank (topology/quantile.h); links that no flow
/// crosses count as 0. All 0 where there are no such links.
struct LinkSpread {
  double p50 = 0;
  double p90 = 0;
  double most = 0;
  bool operator==(const LinkSpread&) const = default;
};

struct Throughput {
  std::vector<FlowRate> flows;    // in order of ports
  double mean = 0;                // of what sending ports offer
  double minimum = 0;             // least `delivered` of a flow
  std::int64_t cut_off = 0;       // flows that the routing has no way for
  std::vector<LayerLoad> layers;  // two a layer
  LinkSpread between_switches{};
  std::optional<LinkId> bottleneck{};  // what holds the slowest of the flows that flow, the first such; none where nothing does
  bool operator==(const Throughput&) const = default;
};

/// Throws sim::Error (bad input, no place) where the traffic is none, a port sends to itself, a demand weighs nothing or more than 2^32 /
/// shares, the efficiency is none, or cables have rates of their own and the NIC's is not given.
Throughput throughput(const Fabric& fabric, const Traffic& traffic, const ThroughputSpec& spec = {});

}  // namespace orrery::topology
