// A graph as NCCL's search finds it: in what order rings or trees pass the NICs and GPUs of a node, how fast, over what paths. Read from a
// dump by topology/import_nccl_graph.h.
//
// Devices are numbers as NCCL has them: dev of the topology's gpu and net elements.
#pragma once

#include <cstdint>
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

}  // namespace orrery::topology
