#include "topology/export_nccl_topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include "sim/error.h"

namespace orrery::topology {
namespace {

struct NcclCpuText {
  std::string_view attributes;
  int numa_nodes;
};

NcclCpuText nccl_cpu(CpuVendor vendor) {
  switch (vendor) {
    case CpuVendor::amd:
      return {R"(arch="x86_64" vendor="AuthenticAMD" familyid="143" modelid="49")", 4};
    case CpuVendor::intel:
      return {R"(arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="143")", 2};
    case CpuVendor::other:
      break;
  }
  return {R"(arch="arm64")", 2};
}

/// Gigatransfers a second of the slowest generation whose 16 lanes carry `effective` at all: 8, 16, 32, 64.
int pcie_generation_speed(sim::BytesPerSecond effective) {
  int speed = 8;
  while (speed < 64 && speed * 16 * 1e9 / 8 * 128 / 130 < effective.value) speed *= 2;
  return speed;
}

class NcclTopologyWriter {
 public:
  explicit NcclTopologyWriter(const NodeSpec& node) : node_(node), speed_(pcie_generation_speed(node.pcie_bandwidth)) {
    gpus_per_nic_ = node.nics > 0 ? node.gpus / node.nics : 1;
    gpus_per_switch_ = gpus_a_pcie_switch(node);
  }

  std::string text() {
    const int switches = (node_.gpus + gpus_per_switch_ - 1) / gpus_per_switch_;
    const NcclCpuText cpu = nccl_cpu(node_.cpu);
    const int cpus = std::min(cpu.numa_nodes, switches);
    line(0, "<system version=\"1\">");
    for (int numa = 0; numa < cpus; ++numa) {
      line(1, fmt::format("<cpu host_hash=\"0x1\" numaid=\"{}\" affinity=\"ffff\" {}>", numa, cpu.attributes));
      for (int s = switches * numa / cpus; s < switches * (numa + 1) / cpus; ++s) write_switch(s);
      line(1, "</cpu>");
    }
    line(0, "</system>");
    return text_;
  }

 private:
  /// Or later: each GPU has a switch with its NIC; before, two share one and each is behind a bridge of its own below it.
  bool is_hopper() const { return node_.gpu.compute_capability >= 90; }

  void line(int level, std::string_view content) { fmt::format_to(std::back_inserter(text_), "{:{}}{}\n", "", 2 * level, content); }

  static std::string bus_id(int device) { return fmt::format("{:04x}:{:02x}:00.0", device >> 8, device & 0xff); }

  void open_pci(int level, std::string_view class_code) {
    line(level, fmt::format("<pci busid=\"{}\" class=\"{}\" link_speed=\"{}.0 GT/s PCIe\" link_width=\"16\">", bus_id(++devices_),
                            class_code, speed_));
  }

  void write_switch(int index) {
    open_pci(2, "0x060400");
    const int first = index * gpus_per_switch_, end = std::min(first + gpus_per_switch_, node_.gpus);
    for (int gpu = first; gpu < end; ++gpu) {
      if (node_.nics > 0 && gpu % gpus_per_nic_ == 0) write_nic(gpu / gpus_per_nic_);
    }
    for (int gpu = first; gpu < end; ++gpu) write_gpu(gpu);
    line(2, "</pci>");
  }

  void write_nic(int nic) {
    open_pci(3, "0x020700");
    line(4, "<nic>");
    line(5,
         fmt::format("<net name=\"mlx5_{0}\" dev=\"{0}\" speed=\"{1}\" port=\"1\" latency=\"0.000000\" guid=\"0x{2:x}\" maxconn=\"131072\" "
                     "gdr=\"1\"/>",
                     nic, std::lround(node_.nic.bandwidth.value * 8 / 1e6), 0x1000 + nic));
    line(4, "</nic>");
    line(3, "</pci>");
  }

  void write_gpu(int gpu) {
    const int level = is_hopper() ? 3 : 4;
    if (!is_hopper()) open_pci(3, "0x060400");
    open_pci(level, "0x030200");
    line(level + 1, fmt::format("<gpu dev=\"{0}\" sm=\"{1}\" rank=\"{0}\" gdr=\"1\">", gpu, node_.gpu.compute_capability));
    const int links = node_.gpus > 1 ? node_.nvlink.links_per_gpu : 0;
    const int switches = std::min(links, is_hopper() ? 4 : 6);
    for (int s = 0; s < switches; ++s) {
      constexpr int first_nvswitch = 0xc4;  // past the PCI devices: in a domain of their own
      line(level + 2, fmt::format("<nvlink target=\"ffff:{:02x}:00.0\" count=\"{}\" tclass=\"0x068000\"/>", first_nvswitch + s,
                                  links / switches + (s < links % switches ? 1 : 0)));
    }
    line(level + 1, "</gpu>");
    line(level, "</pci>");
    if (!is_hopper()) line(3, "</pci>");
  }

  const NodeSpec& node_;
  int speed_;
  int gpus_per_nic_ = 1;
  int gpus_per_switch_ = 1;
  int devices_ = 0;
  std::string text_;
};

}  // namespace

std::string nccl_topology(const NodeSpec& node) {
  constexpr int most_gpus = 1024;
  if (node.gpus < 1 || node.gpus > most_gpus || node.nics < 0 || (node.nics > 0 && node.gpus % node.nics != 0)) {
    throw sim::Error({.what = fmt::format("a node of {} GPUs and {} NICs has no such layout", node.gpus, node.nics),
                      .remedy = "equally many GPUs share each NIC: write e.g. 8 and 8, or 8 and 4"});
  }
  return NcclTopologyWriter(node).text();
}

}  // namespace orrery::topology
