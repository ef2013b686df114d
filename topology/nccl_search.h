// The graphs that NCCL 2.28 finds in a node for a communicator: in what order rings, trees, CollNet and NVLS pass its NICs and GPUs, on
// how many channels, how fast (specs: collectives 3.1-3.4). NCCL's search (search.cc, paths.cc of v2.28.9-1) restated: same order of
// trials, same budget of steps, so the same graphs; topology/import_nccl_graph.h reads what NCCL itself has written.
//
//     const NodeTopology node = read_nccl_topology(text, "dgx-a100.xml");
//     const NcclSearchSpec spec{.several_nodes = true, .speeds = speeds};
//     const NcclGraphs graphs = find_nccl_graphs(node, std::vector{0, 1, 2, 3, 4, 5, 6, 7}, spec);
//     graphs.ring.channels[0]                                 // NIC 0, GPUs 0 7 6 5 4 3 2 1, NIC 0; 24 GB/s
//     nccl_channels(graphs, 80, spec)                         // 16
//
// The search goes through all ways within a budget of half a million steps a graph, counted and not timed: the result is the same on every
// machine. Eight GPUs take 2 ms, and up to 20 ms where no channels use up all links and the budget is spent, as on several DGX A100.
//
// An unknown compute capability is taken for 80 and a NIC of unknown speed for one of 10 Gbit/s, as NCCL has it. NVLinks that a file does
// not tell of (topology/import_nccl_topology.h) are not there: GPUs then reach each other over PCIe and processors. Leaves out what
// NodeTopology leaves out, NVLink-C2C and links between PCIe switches; several nodes in one NVLink domain (MNNVL); and NCCL's environment
// variables: all have their defaults.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/units.h"
#include "topology/nccl_graph.h"
#include "topology/node_topology.h"

namespace orrery::topology {

/// What the search takes for granted of a generation of GPUs. One version of NCCL has one set: scenarios/nccl/2.28.json.
struct NcclSearchSpeeds {
  int compute_capability = 0;                // the first that they hold for, up to the next set's
  sim::BytesPerSecond nvlink_link{};         // of one NVLink: 20 GB/s of the nominal 25
  std::vector<sim::BytesPerSecond> intra{};  // tried for a channel on one node, fastest first
  std::vector<sim::BytesPerSecond> inter{};  // tried for a channel between nodes, fastest first
};

/// Whether a ring may leave a node by another NIC than it came in by: NCCL's own choice (NCCL_CROSS_NIC=2), or never (0).
enum class CrossNic : std::uint8_t { as_it_pays, never };

/// Whether GPUs reach NICs through those that are nearer to them (PXN, since NCCL 2.12).
enum class Pxn : std::uint8_t { as_it_pays, never };

struct NcclSearchSpec {
  bool several_nodes = false;  // else the communicator keeps to this node and no NIC is used
  Pxn pxn = Pxn::as_it_pays;
  bool alternating_rings = true;  // rings that cross NICs come in pairs that keep to one rail between nodes, since NCCL 2.20
  bool collnet = false;           // SHARP: NCCL has a CollNet plugin, every NIC of the node serves it
  CrossNic cross_nic = CrossNic::as_it_pays;
  std::vector<NcclSearchSpeeds> speeds{};  // by rising compute capability; GPUs older than the first take the first
};

struct NcclGraphs {
  NcclGraph ring, tree, collnet_chain, nvls, collnet_direct;
};

/// What holds for GPUs of that compute capability. Throws sim::Error (no place) where there are none at all.
const NcclSearchSpeeds& speeds_of(std::span<const NcclSearchSpeeds> speeds, int compute_capability);

/// `gpus` are indexes into the node's, each once, at least one. A graph has no channels where NCCL finds none or does not look: CollNet
/// without a plugin or on one node, NVLS before compute capability 90 or without NVSwitch. Where no ring or tree fits, NCCL makes do with
/// one channel of 0.1 GB/s over SYS, and so does this.
/// Throws sim::Error (no place) for an index that is none or stands twice, for no GPUs, and for several nodes without a NIC.
NcclGraphs find_nccl_graphs(const NodeTopology& node, std::span<const int> gpus, const NcclSearchSpec& spec);

/// Channels of the communicator, each a thread block of its kernels: two for each that ring and tree both have, and more for CollNet and
/// for few fast channels between nodes. `compute_capability` is the least of all its GPUs. What users ask for, and parents of split
/// communicators have, is not reckoned with.
int nccl_channels(const NcclGraphs& graphs, int compute_capability, const NcclSearchSpec& spec);

}  // namespace orrery::topology
