// The links of a node as NCCL's search reckons with them: between the GPUs of a communicator, ports of NICs, processors and PCI devices,
// and one vertex that stands for all NVSwitches. Each link has one direction and the bandwidth of that; parallel NVLinks are one.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "topology/nccl_search.h"
#include "topology/node_topology.h"

namespace orrery::topology {

/// MB/s. NCCL rounds what is left of a link to these whenever it takes from it; whole numbers are given back without a trace.
using MegabytesPerSecond = std::int64_t;
MegabytesPerSecond megabytes_per_second(sim::BytesPerSecond speed);

enum class NcclVertexKind : std::uint8_t { gpu, net, nic, pci, cpu, nvswitch };
enum class NcclLinkKind : std::uint8_t { nvlink, pci, system, network };

struct NcclLink {
  int from = 0;
  int to = 0;
  NcclLinkKind kind = NcclLinkKind::pci;
  MegabytesPerSecond bandwidth = 0;
};

struct NcclVertex {
  NcclVertexKind kind = NcclVertexKind::pci;
  int index = 0;             // of a GPU, net or processor into the node's
  std::vector<int> links{};  // out of it, in the order in which NCCL follows them: wide ones first, but up the PCI tree last
  int up = -1;               // of them, the one to its parent in the PCI tree
};

struct NcclLinks {
  std::vector<NcclVertex> vertices{};
  std::vector<NcclLink> links{};
  std::vector<int> gpus{};  // vertices, in the order of the file, as NCCL counts them
  std::vector<int> nets{};  // likewise; none where the communicator keeps to the node
  std::vector<int> cpus{};
  int nvswitch = -1;
};

/// With the links of the GPUs that take part alone.
NcclLinks nccl_links(const NodeTopology& node, std::span<const int> gpus, const NcclSearchSpec& spec);

/// Of a port. NCCL takes an unknown one for 10 Gbit/s.
MegabytesPerSecond net_bandwidth(const NodeNet& net);

/// 80 where the file does not say.
int compute_capability(const NodeGpu& gpu);

}  // namespace orrery::topology
