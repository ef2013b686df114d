// What is in a node and how it hangs together, as NCCL sees it: processors, the tree of PCI devices below each, GPUs with their NVLinks,
// NICs. Filled by topology/import_nccl_topology.h.
//
//     const NodeTopology node = read_nccl_topology(text, "node.xml");
//     const NodeFacts found = facts(node);                       // 8 GPUs, 8 NICs, 240 GB/s of NVLink a GPU, ...
//     const std::vector<int> nics = nearest_nics(node);          // NIC of each GPU
//     const NodePath path = path_to_nic(node, 0, nics[0]);       // PXB, 24 GB/s
//
// Bandwidths are those that NCCL reckons with (specs: fabrics A1), per direction: PCIe and NVLink carry about that, a little below their
// nominal rates. Leaves out: NVLink-C2C, direct links between PCIe switches, what a root complex of Intel's costs a transfer between peers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/units.h"
#include "topology/survey.h"

namespace orrery::topology {

/// Kinds of path between two devices in NCCL's order, from near to far.
enum class PathType : std::uint8_t {
  loc,  // the same device
  nvl,  // NVLink
  nvb,  // NVLink through another GPU
  c2c,  // NVLink-C2C
  pix,  // through one PCIe switch at most
  pxb,  // through several PCIe switches
  p2c,  // C2C and PCIe
  pxn,  // through a GPU that is nearer to the NIC
  phb,  // through the host bridge of one processor (a NUMA node)
  sys,  // between processors
  net,
  dis,  // none
};
std::string_view path_name(PathType type);  // "PIX"
std::optional<PathType> path_type(std::string_view name);

struct NodeCpu {
  int numa = 0;
  std::string arch;    // "x86_64"
  std::string vendor;  // "AuthenticAMD", "GenuineIntel"; empty where unknown
  int family = 0;
  int model = 0;
};

enum class PciKind : std::uint8_t { unknown, bridge, gpu, nic, nvswitch, other };

struct PciDevice {
  std::string bus_id{};  // "0000:0f:00.0", lower case; unique
  std::uint32_t class_code = 0;
  std::uint32_t vendor = 0;     // of its chip; 0 where unknown
  std::uint32_t device_id = 0;  // of its chip
  double gigatransfers = 0;     // a second and lane of its link upwards: 16 for gen 4; 0 where unknown
  int width = 0;                // lanes; 0 where unknown
  int cpu = 0;                  // that it hangs from
  int parent = -1;              // PCI device above, always of a lower index; -1 where it hangs from the processor itself
};

struct NvlinkTarget {
  std::string bus_id;  // of a GPU, an NVSwitch, or a processor
  std::uint32_t class_code = 0;
  int count = 0;  // links
};

struct NodeGpu {
  int dev = 0;
  int sm = 0;   // compute capability: 80; 0 where unknown
  int pci = 0;  // its device
  bool gdr = true;
  std::vector<NvlinkTarget> nvlinks{};
};

/// An adapter, with one or more ports.
struct NodeNic {
  int cpu = 0;
  int pci = -1;  // -1 where the file gives it no PCI device
};

/// A port of a NIC, as NCCL counts networks.
struct NodeNet {
  std::string name;  // "mlx5_0"
  int dev = 0;
  int nic = 0;                      // into NodeTopology::nics
  sim::BytesPerSecond bandwidth{};  // 0 where unknown
  std::uint64_t guid = 0;           // of the adapter in the fabric; 0 where unknown
  int port = 0;
  double latency = 0;  // us, that NCCL adds to messages
  bool gdr = false;    // the NIC reaches the memory of GPUs
};

struct NodeTopology {
  std::string file;
  std::vector<NodeCpu> cpus;
  std::vector<PciDevice> pci;  // parents before children
  std::vector<NodeGpu> gpus;   // by dev
  std::vector<NodeNic> nics;   // by the dev of their first port
  std::vector<NodeNet> nets;   // by dev
  std::vector<Remark> remarks;
};

PciKind kind(const PciDevice& device);

/// A Broadcom switch chip shows its parts as bridges of their own, one below the other: NCCL takes them for one switch.
bool is_part_of(const PciDevice& above, const PciDevice& below);

/// Of the device's link upwards. Where speed or width is unknown, NCCL takes gen 3 and 16 lanes.
sim::BytesPerSecond pcie_bandwidth(const PciDevice& device);

/// Of one NVLink of a GPU of that compute capability.
sim::BytesPerSecond nvlink_bandwidth(int sm);

/// Of all NVLinks of a GPU. Links that lead to the GPU itself, as some cloud files have them, count for nothing.
sim::BytesPerSecond nvlink_bandwidth(const NodeTopology& node, const NodeGpu& gpu);

/// Between this processor and the next.
sim::BytesPerSecond processor_bandwidth(const NodeCpu& cpu);

struct NodePath {
  PathType type = PathType::dis;
  int hops = 0;                     // links passed, processors included
  sim::BytesPerSecond bandwidth{};  // of the narrowest of them
};

/// `gpu` and `nic` are indexes into the node's.
NodePath path_to_nic(const NodeTopology& node, int gpu, int nic);

/// The NIC of each GPU: the one on the nearest kind of path, of these on the widest. GPUs with the same choice among several share them
/// out in order, each NIC to equally many neighbours. -1 where there is no NIC.
std::vector<int> nearest_nics(const NodeTopology& node);

struct NodeFacts {
  int gpus = 0;
  int nics = 0;
  int net_ports = 0;
  int numa_nodes = 0;
  int nvswitches = 0;
  int gpus_per_nic = 0;          // the most that share one as their nearest
  int gpus_beside_a_nic = 0;     // that share a PCIe switch with their nearest NIC: PIX or PXB
  sim::BytesPerSecond nvlink{};  // per GPU, the least of all
  sim::BytesPerSecond pcie{};    // per GPU, the least of all
  sim::BytesPerSecond nic{};     // per NIC, all its ports, the least of all; 0 where unknown
  bool operator==(const NodeFacts&) const = default;
};

NodeFacts facts(const NodeTopology& node);

}  // namespace orrery::topology
