#include "topology/nccl_links.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <tuple>

namespace orrery::topology {
namespace {

constexpr MegabytesPerSecond unlimited = 5'000'000;  // NCCL's figure for what no wire limits

/// By the first six digits of a class code, as NCCL tells the other ends of NVLinks apart.
enum class NvlinkEnd { gpu, cpu, nvswitch };
NvlinkEnd end_of(const NvlinkTarget& target) {
  if (target.class_code >> 16U == 0x03) return NvlinkEnd::gpu;
  return target.class_code == 0x068001 ? NvlinkEnd::cpu : NvlinkEnd::nvswitch;
}

class NcclLinkBuilder {
 public:
  NcclLinkBuilder(const NodeTopology& node, std::span<const int> gpus, const NcclSearchSpec& spec)
      : node_(node), spec_(spec), taking_part_(gpus.begin(), gpus.end()), pci_vertices_(node.pci.size(), -1) {
    // NCCL counts GPUs in the order of the file, which is that of PCI devices.
    std::sort(taking_part_.begin(), taking_part_.end(), [&](int a, int b) { return gpu(a).pci < gpu(b).pci; });
  }

  NcclLinks build() {
    add_cpus();
    add_pci_devices();
    for (const int index : taking_part_) found_.gpus.push_back(pci_vertices_[at(gpu(index).pci)]);
    if (spec_.several_nodes) add_nets();
    for (std::size_t i = 0; i < taking_part_.size(); ++i) add_nvlinks(gpu(taking_part_[i]), found_.gpus[i]);
    for (const int from : found_.cpus) {
      for (const int to : found_.cpus) {
        const NodeCpu& cpu = node_.cpus[at(vertex(from).index)];
        if (from != to) connect(from, to, NcclLinkKind::system, megabytes_per_second(processor_bandwidth(cpu)));
      }
    }
    for (NcclVertex& each : found_.vertices) move_up_to_the_end(each);
    return std::move(found_);
  }

 private:
  static std::size_t at(int index) { return static_cast<std::size_t>(index); }
  const NodeGpu& gpu(int index) const { return node_.gpus[at(index)]; }
  NcclVertex& vertex(int index) { return found_.vertices[at(index)]; }

  int add_vertex(NcclVertexKind kind, int index) {
    found_.vertices.push_back({.kind = kind, .index = index});
    return static_cast<int>(found_.vertices.size()) - 1;
  }

  int connect(int from, int to, NcclLinkKind kind, MegabytesPerSecond bandwidth) {
    std::vector<int>& out = vertex(from).links;
    auto same = std::find_if(out.begin(), out.end(),
                             [&](int link) { return found_.links[at(link)].to == to && found_.links[at(link)].kind == kind; });
    int link = static_cast<int>(found_.links.size());
    if (same == out.end()) {
      found_.links.push_back({.from = from, .to = to, .kind = kind});
    } else {
      link = *same;
      out.erase(same);
    }
    const MegabytesPerSecond total = found_.links[at(link)].bandwidth += bandwidth;
    const auto narrower = std::find_if(out.begin(), out.end(), [&](int other) { return found_.links[at(other)].bandwidth < total; });
    out.insert(narrower, link);
    return link;
  }

  /// Hangs a vertex below another in the PCI tree.
  void hang(int below, int above, MegabytesPerSecond bandwidth) {
    vertex(below).up = connect(below, above, NcclLinkKind::pci, bandwidth);
    connect(above, below, NcclLinkKind::pci, bandwidth);
  }

  void move_up_to_the_end(NcclVertex& of) {
    const auto up = std::find(of.links.begin(), of.links.end(), of.up);
    if (up != of.links.end()) std::rotate(up, up + 1, of.links.end());
  }

  void add_cpus() {
    for (std::size_t cpu = 0; cpu < node_.cpus.size(); ++cpu) {
      found_.cpus.push_back(add_vertex(NcclVertexKind::cpu, static_cast<int>(cpu)));
    }
  }

  void add_pci_devices() {
    std::map<int, int> gpu_of;  // by PCI device
    for (std::size_t i = 0; i < node_.gpus.size(); ++i) gpu_of[node_.gpus[i].pci] = static_cast<int>(i);
    std::vector<bool> in_switch_above(node_.pci.size(), false);
    for (std::size_t i = 0; i < node_.pci.size(); ++i) {
      const PciDevice& device = node_.pci[i];
      const int above = device.parent < 0 ? found_.cpus[at(device.cpu)] : pci_vertices_[at(device.parent)];
      if (device.parent >= 0 && is_part_of(node_.pci[at(device.parent)], device) && !in_switch_above[at(device.parent)]) {
        in_switch_above[i] = true;
        pci_vertices_[i] = above;
        continue;
      }
      const auto gpu = gpu_of.find(static_cast<int>(i));  // one that takes no part is a device like any other
      const bool takes_part = gpu != gpu_of.end() && std::find(taking_part_.begin(), taking_part_.end(), gpu->second) != taking_part_.end();
      pci_vertices_[i] = takes_part ? add_vertex(NcclVertexKind::gpu, gpu->second) : add_vertex(NcclVertexKind::pci, static_cast<int>(i));
      hang(pci_vertices_[i], above, megabytes_per_second(pcie_bandwidth(device)));
    }
  }

  void add_nets() {
    const auto place = [&](const NodeNet& net) {  // in the file
      const NodeNic& nic = node_.nics[at(net.nic)];
      return std::tuple(nic.cpu, nic.pci < 0 ? std::numeric_limits<int>::max() : nic.pci, net.dev);
    };
    std::vector<int> order(node_.nets.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return place(node_.nets[at(a)]) < place(node_.nets[at(b)]); });
    std::map<int, int> on_board;  // NICs that hang from a processor without a PCI device: one vertex a processor
    for (const int index : order) {
      const NodeNet& net = node_.nets[at(index)];
      const int nic = nic_vertex(node_.nics[at(net.nic)], on_board);
      found_.nets.push_back(add_vertex(NcclVertexKind::net, index));
      connect(nic, found_.nets.back(), NcclLinkKind::network, net_bandwidth(net));
      connect(found_.nets.back(), nic, NcclLinkKind::network, net_bandwidth(net));
    }
  }

  int nic_vertex(const NodeNic& nic, std::map<int, int>& on_board) {
    if (nic.pci >= 0) {
      vertex(pci_vertices_[at(nic.pci)]).kind = NcclVertexKind::nic;
      return pci_vertices_[at(nic.pci)];
    }
    const auto [known, is_new] = on_board.emplace(nic.cpu, -1);
    if (is_new) {
      known->second = add_vertex(NcclVertexKind::nic, -1);
      hang(known->second, found_.cpus[at(nic.cpu)], unlimited);
    }
    return known->second;
  }

  void add_nvlinks(const NodeGpu& gpu, int from) {
    const MegabytesPerSecond one = megabytes_per_second(speeds_of(spec_.speeds, compute_capability(gpu)).nvlink_link);
    for (const NvlinkTarget& target : gpu.nvlinks) {
      const MegabytesPerSecond bandwidth = one * target.count;
      const NvlinkEnd end = end_of(target);
      if (end == NvlinkEnd::gpu) {  // which tells of its own direction itself
        const int to = gpu_vertex(target.bus_id);
        if (to >= 0 && to != from) connect(from, to, NcclLinkKind::nvlink, bandwidth);
        continue;
      }
      if (end == NvlinkEnd::nvswitch && target.bus_id == node_.pci[at(gpu.pci)].bus_id) continue;
      if (end == NvlinkEnd::nvswitch && found_.nvswitch < 0) found_.nvswitch = add_vertex(NcclVertexKind::nvswitch, -1);
      const int to = end == NvlinkEnd::cpu ? found_.cpus[at(node_.pci[at(gpu.pci)].cpu)] : found_.nvswitch;
      connect(from, to, NcclLinkKind::nvlink, bandwidth);
      connect(to, from, NcclLinkKind::nvlink, bandwidth);
    }
  }

  /// Of a GPU that takes part; -1 for any other.
  int gpu_vertex(const std::string& bus_id) const {
    for (std::size_t i = 0; i < taking_part_.size(); ++i) {
      if (node_.pci[at(gpu(taking_part_[i]).pci)].bus_id == bus_id) return found_.gpus[i];
    }
    return -1;
  }

  const NodeTopology& node_;
  const NcclSearchSpec& spec_;
  std::vector<int> taking_part_;   // GPUs
  std::vector<int> pci_vertices_;  // of each PCI device
  NcclLinks found_;
};

}  // namespace

MegabytesPerSecond megabytes_per_second(sim::BytesPerSecond speed) { return std::llround(speed.value / 1e6); }

MegabytesPerSecond net_bandwidth(const NodeNet& net) {
  constexpr MegabytesPerSecond where_unknown = 1250;
  return net.bandwidth.value == 0 ? where_unknown : megabytes_per_second(net.bandwidth);
}

NcclLinks nccl_links(const NodeTopology& node, std::span<const int> gpus, const NcclSearchSpec& spec) {
  return NcclLinkBuilder(node, gpus, spec).build();
}

int compute_capability(const NodeGpu& gpu) { return gpu.sm == 0 ? 80 : gpu.sm; }

}  // namespace orrery::topology
