// Reads the graphs that NCCL has found in a node (NCCL_GRAPH_DUMP_FILE): in what order rings and trees pass its NICs and GPUs, how fast,
// over what paths.
//
//     const std::vector<NcclGraph> graphs = read_nccl_graphs(text, "dgx-a100.inter1.graph.xml");
//     graphs[0].channels[0].gpus          // 0 7 6 5 4 3 2 1
//
// Devices are numbers as NCCL has them: dev of the topology's gpu and net elements.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/units.h"
#include "topology/node_topology.h"

namespace orrery::topology {

/// As NCCL numbers them.
enum class NcclPattern : std::uint8_t { balanced_tree = 1, split_tree = 2, tree = 3, ring = 4, nvls = 5, collnet_direct = 6 };

/// One way through the node. Data come in from the first net, if there is one, pass the GPUs in order and leave by the last.
struct NcclChannel {
  std::vector<std::uint64_t> nets_before{};
  std::vector<std::uint64_t> gpus{};
  std::vector<std::uint64_t> nets_after{};
  bool operator==(const NcclChannel&) const = default;
};

struct NcclGraph {
  int id = 0;  // 0 ring, 1 tree, 2 CollNet chain, 3 NVLS, 4 CollNet direct
  NcclPattern pattern = NcclPattern::ring;
  int cross_nic = 0;                  // 0: leaves by the NIC it came in by; 1: by another; 2: by the neighbour's
  sim::BytesPerSecond speed_intra{};  // per channel
  sim::BytesPerSecond speed_inter{};
  double latency_inter = 0;  // us
  PathType type_intra = PathType::loc;
  PathType type_inter = PathType::loc;
  bool same_channels = false;
  std::vector<NcclChannel> channels{};  // none where NCCL found no such graph
};

/// In the order of the file. Throws sim::Error with "file:line" for what is no such file, a version other than 1, an unknown pattern or
/// type of path, a graph twice, another number of channels than said, a GPU twice in a channel, and channels of a graph that differ in
/// length.
std::vector<NcclGraph> read_nccl_graphs(std::string_view text, std::string_view file);

}  // namespace orrery::topology
