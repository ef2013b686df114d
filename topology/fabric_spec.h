// What a scenario says of the network between nodes, and the Fabric that comes of it.
//
//     const Fabric fabric = make_fabric({.topology = Topology::dragonfly, .routing = Routing::ugal}, {.nodes = 128, .rails = 8, .radix =
//     40});
//
// Builders: topology/fat_tree.h (also rail-only), dragonfly.h, dragonfly_plus.h, hyperx.h, torus.h, dual_plane.h, single_switch.h.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "topology/fabric.h"
#include "topology/survey.h"

namespace orrery::topology {

enum class Topology : std::uint8_t {
  fat_tree,
  rail_only,  // a fat-tree a rail, which nothing joins
  dragonfly,
  dragonfly_plus,
  hyperx,
  torus,
  dual_plane,
  single_switch,
  imported,
};
/// As scenarios write it: "dragonfly-plus".
std::string to_text(Topology topology);
std::string to_text(Routing routing);

/// What is left open follows from the node, or from the topology's header. A key that a topology has no use for is a fault.
struct FabricSpec {
  Topology topology = Topology::fat_tree;
  std::optional<int> switch_radix{};          // default: ports of the node's switch
  std::optional<double> oversubscription{};   // fat-tree, rail-only, dual-plane; default 1
  std::optional<Routing> routing{};           // default: default_routing(topology)
  std::optional<int> levels{};                // fat-tree, rail-only; default: the fewest that fit
  bool planes = false;                        // fat-tree
  std::optional<PgftSpec> pgft{};             // fat-tree: sizes level by level, without the three above
  std::optional<int> queue_pairs{};           // ecmp alone: shares of a flow, each with a hash of its own; default 1, dual-plane 2
  std::vector<int> dimensions{};              // torus, hyperx
  std::optional<int> ports_per_switch{};      // NICs: dragonfly, hyperx, torus
  std::optional<int> group_switches{};        // dragonfly
  std::optional<int> global_links{};          // dragonfly, a switch
  std::optional<int> parallel{};              // hyperx, torus: cables between neighbours
  std::optional<int> segment_nodes{};         // dual-plane
  bool sharp = false;                         // switches add up what collectives send through them, and NCCL's CollNet makes use of it
  std::optional<double> efficiency{};         // adaptive and ugal: of links between switches; default: default_efficiency
  std::string file{};                         // imported: the dump, as the scenario names it
  std::string tables{};                       // imported: forwarding tables, where they are in a file of their own
  std::shared_ptr<const Survey> survey{};     // imported: what these hold
  std::optional<int> rails{};                 // must equal the node's NICs
  std::optional<sim::BytesPerSecond> link{};  // nominal; must be a NIC's, default: the first node's
};

/// What the node and its number say.
struct FabricPorts {
  int nodes = 1;
  int rails = 8;               // NICs a node
  int radix = 40;              // of the node's switch
  sim::BytesPerSecond link{};  // nominal, of cables between switches and of NICs that are as fast
  std::vector<NicRun> nics{};  // where some are slower: of all nodes
};

Routing default_routing(Topology topology);
/// Imported with tables: lft; else that of the topology.
Routing default_routing(const FabricSpec& spec);
/// 2 on dual planes, a queue pair for each, else 1.
int default_queue_pairs(Topology topology);
/// Of adaptive routing: an estimate, 0.95 to 0.98, for what choosing by queues loses to an even spread.
inline constexpr double default_efficiency = 0.96;

/// Everything that contradicts itself or does not fit. Places are JSON pointers from the cluster on: "/nodes", "/fabric/levels".
std::vector<sim::Fault> faults(const FabricSpec& spec, const FabricPorts& ports);

/// What an import left out or put up with, in words; empty for what is built.
std::vector<std::string> import_notes(const FabricSpec& spec, const FabricPorts& ports);

/// Throws sim::Error with all of faults.
Fabric make_fabric(const FabricSpec& spec, const FabricPorts& ports);

}  // namespace orrery::topology
