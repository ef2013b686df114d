#include "topology/node_topology.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace orrery::topology {
namespace {

constexpr std::array<std::string_view, 12> path_names = {"LOC", "NVL", "NVB", "C2C", "PIX", "PXB",
                                                         "P2C", "PXN", "PHB", "SYS", "NET", "DIS"};

/// From a device upwards to its processor, itself first. Empty for no device.
std::vector<int> pci_ancestry(const NodeTopology& node, int pci) {
  std::vector<int> devices;
  for (; pci >= 0; pci = node.pci[static_cast<std::size_t>(pci)].parent) devices.push_back(pci);
  return devices;
}

/// PCIe switches on the way, given the bridges passed on both sides below the topmost and that one.
int switches_passed(const NodeTopology& node, const std::vector<int>& bridges, int topmost) {
  int count = 1;
  for (const int bridge : bridges) {
    const PciDevice& device = node.pci[static_cast<std::size_t>(bridge)];
    if (bridge != topmost && !is_part_of(node.pci[static_cast<std::size_t>(device.parent)], device)) ++count;
  }
  return count;
}

}  // namespace

std::string_view path_name(PathType type) { return path_names[static_cast<std::size_t>(type)]; }

std::optional<PathType> path_type(std::string_view name) {
  const auto* const found = std::find(path_names.begin(), path_names.end(), name);
  if (found == path_names.end()) return std::nullopt;
  return static_cast<PathType>(found - path_names.begin());
}

PciKind kind(const PciDevice& device) {
  switch (device.class_code >> 8U) {  // the last byte is the programming interface
    case 0x0000:
      return PciKind::unknown;
    case 0x0604:
      return PciKind::bridge;
    case 0x0300:
    case 0x0302:
      return PciKind::gpu;
    case 0x0200:
    case 0x0207:
      return PciKind::nic;
    case 0x0680:
      return PciKind::nvswitch;
    default:
      return PciKind::other;
  }
}

bool is_part_of(const PciDevice& above, const PciDevice& below) {
  constexpr std::uint32_t broadcom = 0x1000, gen4 = 0xc010, gen5 = 0xc030;
  return above.vendor == broadcom && below.vendor == broadcom && above.device_id == below.device_id &&
         (above.device_id == gen4 || above.device_id == gen5);
}

sim::BytesPerSecond pcie_bandwidth(const PciDevice& device) {
  const double gigatransfers = device.gigatransfers == 0 || device.width == 0 ? 8 : device.gigatransfers;
  const int width = device.gigatransfers == 0 || device.width == 0 ? 16 : device.width;
  const double megabits = gigatransfers == 2.5 ? 1500 : gigatransfers == 5 ? 3000 : gigatransfers * 750;  // a lane: NCCL's table
  return {width * megabits * 1e6 / 8};
}

sim::BytesPerSecond nvlink_bandwidth(int sm) {
  if (sm >= 100) return sim::gigabytes_per_second(40.1);
  if (sm >= 90) return sim::gigabytes_per_second(20.6);
  if (sm == 86) return sim::gigabytes_per_second(12);
  return sim::gigabytes_per_second(sm >= 60 && sm < 70 ? 18 : 20);  // NCCL takes an unknown one for an A100
}

sim::BytesPerSecond nvlink_bandwidth(const NodeTopology& node, const NodeGpu& gpu) {
  int links = 0;
  for (const NvlinkTarget& target : gpu.nvlinks) {
    if (target.bus_id != node.pci[static_cast<std::size_t>(gpu.pci)].bus_id) links += target.count;
  }
  return nvlink_bandwidth(gpu.sm) * links;
}

sim::BytesPerSecond processor_bandwidth(const NodeCpu& cpu) {
  constexpr int skylake = 0x55, sapphire_rapids = 0x8f, emerald_rapids = 0xcf;
  if (cpu.arch == "arm64") return sim::gigabytes_per_second(6);
  if (cpu.arch == "ppc64") return sim::gigabytes_per_second(32);
  if (cpu.vendor == "AuthenticAMD") return sim::gigabytes_per_second(16);
  if (cpu.vendor != "GenuineIntel") return sim::gigabytes_per_second(10);
  if (cpu.model >= emerald_rapids) return sim::gigabytes_per_second(40);
  if (cpu.model >= sapphire_rapids) return sim::gigabytes_per_second(22);
  return sim::gigabytes_per_second(cpu.model >= skylake ? 10 : 6);
}

NodePath path_to_nic(const NodeTopology& node, int gpu, int nic) {
  const NodeNic& to = node.nics[static_cast<std::size_t>(nic)];
  std::vector<int> up = pci_ancestry(node, node.gpus[static_cast<std::size_t>(gpu)].pci);
  std::vector<int> down = pci_ancestry(node, to.pci);
  const int from_cpu = node.pci[static_cast<std::size_t>(up.front())].cpu;
  int topmost = -1;
  while (!up.empty() && !down.empty() && up.back() == down.back()) {
    topmost = up.back();
    up.pop_back();
    down.pop_back();
  }

  NodePath path{.type = PathType::phb, .hops = static_cast<int>(up.size() + down.size()), .bandwidth = pcie_bandwidth({})};
  std::vector<int> passed = up;
  passed.insert(passed.end(), down.begin(), down.end());
  for (std::size_t i = 0; i < passed.size(); ++i) {
    const sim::BytesPerSecond width = pcie_bandwidth(node.pci[static_cast<std::size_t>(passed[i])]);
    path.bandwidth = i == 0 ? width : std::min(path.bandwidth, width);
  }
  if (topmost >= 0) {
    std::erase_if(passed, [&](int device) { return kind(node.pci[static_cast<std::size_t>(device)]) != PciKind::bridge; });
    path.type = switches_passed(node, passed, topmost) == 1 ? PathType::pix : PathType::pxb;
  } else if (from_cpu != to.cpu) {
    path.type = PathType::sys;
    ++path.hops;
    for (const int cpu : {from_cpu, to.cpu}) {
      path.bandwidth = std::min(path.bandwidth, processor_bandwidth(node.cpus[static_cast<std::size_t>(cpu)]));
    }
  }
  return path;
}

std::vector<int> nearest_nics(const NodeTopology& node) {
  const auto gpus = static_cast<int>(node.gpus.size()), nics = static_cast<int>(node.nics.size());
  std::map<std::vector<int>, std::vector<int>> sharers;  // equally near NICs; the GPUs that have the choice
  for (int gpu = 0; gpu < gpus; ++gpu) {
    std::vector<std::tuple<PathType, double, int>> choice;  // the wider the better
    for (int nic = 0; nic < nics; ++nic) {
      const NodePath path = path_to_nic(node, gpu, nic);
      choice.emplace_back(path.type, -path.bandwidth.value, nic);
    }
    std::sort(choice.begin(), choice.end());
    std::vector<int> nearest;
    for (const auto& [type, width, nic] : choice) {
      if (type == std::get<0>(choice.front()) && width == std::get<1>(choice.front())) nearest.push_back(nic);
    }
    sharers[nearest].push_back(gpu);
  }
  std::vector<int> nearest(node.gpus.size(), -1);
  for (const auto& [choice, among] : sharers) {
    for (std::size_t i = 0; i < among.size() && !choice.empty(); ++i) {
      nearest[static_cast<std::size_t>(among[i])] = choice[among.size() > choice.size() ? i * choice.size() / among.size() : i];
    }
  }
  return nearest;
}

namespace {

void count_gpus(const NodeTopology& node, NodeFacts& found) {
  const std::vector<int> nearest = nearest_nics(node);
  std::map<int, int> gpus_of;
  std::set<std::string> nvswitches;
  for (std::size_t i = 0; i < node.gpus.size(); ++i) {
    const NodeGpu& gpu = node.gpus[i];
    const sim::BytesPerSecond nvlink = nvlink_bandwidth(node, gpu), pcie = pcie_bandwidth(node.pci[static_cast<std::size_t>(gpu.pci)]);
    found.nvlink = i == 0 ? nvlink : std::min(found.nvlink, nvlink);
    found.pcie = i == 0 ? pcie : std::min(found.pcie, pcie);
    for (const NvlinkTarget& target : gpu.nvlinks) {
      if (target.class_code == 0x068000) nvswitches.insert(target.bus_id);
    }
    if (nearest[i] < 0) continue;
    found.gpus_per_nic = std::max(found.gpus_per_nic, ++gpus_of[nearest[i]]);
    const PathType type = path_to_nic(node, static_cast<int>(i), nearest[i]).type;
    if (type == PathType::pix || type == PathType::pxb) ++found.gpus_beside_a_nic;
  }
  found.nvswitches = static_cast<int>(nvswitches.size());
}

}  // namespace

NodeFacts facts(const NodeTopology& node) {
  NodeFacts found;
  found.gpus = static_cast<int>(node.gpus.size());
  found.nics = static_cast<int>(node.nics.size());
  found.net_ports = static_cast<int>(node.nets.size());
  found.numa_nodes = static_cast<int>(node.cpus.size());
  count_gpus(node, found);
  std::vector<sim::BytesPerSecond> of_nic(node.nics.size());
  for (const NodeNet& net : node.nets) of_nic[static_cast<std::size_t>(net.nic)].value += net.bandwidth.value;
  if (!of_nic.empty()) found.nic = *std::min_element(of_nic.begin(), of_nic.end());
  return found;
}

}  // namespace orrery::topology
