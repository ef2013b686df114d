#include "topology/import_nccl_topology.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/printable.h"
#include "topology/xml_document.h"

namespace orrery::topology {
namespace {

constexpr int most_lanes = 64;
constexpr int most_links = 1024;  // of one entry: guards sums, no GPU has as many

std::string in_lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

class NcclTopologyReader {
 public:
  NcclTopologyReader(std::string_view text, std::string_view file) : document_(text, file, "system") { node_.file = file; }

  NodeTopology read() {
    const pugi::xml_node system = document_.root();
    if (document_.integer(system, "version", 0) != 1) {
      document_.fail(system, fmt::format("is of version \"{}\"", system.attribute("version").value()), "only version=\"1\" is known");
    }
    for (const pugi::xml_node child : system.children()) {
      if (is(child, "cpu")) {
        read_cpu(child);
      } else {
        pass_over(child);
      }
    }
    if (node_.cpus.empty()) document_.fail(system, "has no <cpu>", "dump it with NCCL_TOPO_DUMP_FILE=node.xml");
    order_gpus();
    if (node_.gpus.empty()) make_gpus();
    if (node_.nets.empty()) make_nics();
    order_nets();
    tell_of_links_to_oneself();
    return std::move(node_);
  }

 private:
  static bool is(pugi::xml_node element, std::string_view name) { return element.name() == name; }

  void remark(int line, std::string text) { node_.remarks.push_back({line, std::move(text)}); }

  void pass_over(pugi::xml_node element) {
    if (element.type() != pugi::node_element || is(element, "c2c") || is(element, "pcilink")) return;
    remark(document_.line(element), fmt::format("<{}> is unknown here and passed over", sim::printable(element.name())));
  }

  /// `number` of an element, which must not stand twice.
  template <class Number>
  void claim(std::map<Number, int>& seen, const Number& number, pugi::xml_node element, std::string_view what) {
    const auto [first, is_new] = seen.emplace(number, document_.line(element));
    if (!is_new) {
      document_.fail(element, fmt::format("{} {} stands in line {} already", what, number, first->second),
                     "each is written once: leave one out");
    }
  }

  int count(pugi::xml_node element, const char* attribute, int absent, int most) const {
    const int value = document_.integer(element, attribute, absent);
    if (value < 0 || value > most) {
      document_.fail(element, fmt::format("{}=\"{}\" is out of range", attribute, value), fmt::format("it goes from 0 to {}", most));
    }
    return value;
  }

  void read_cpu(pugi::xml_node element) {
    const std::string host = element.attribute("host_hash").value();
    if (!node_.cpus.empty() && host != host_) document_.fail(element, "is of another host than the first", "give one node a file");
    host_ = host;
    const int numa = document_.integer(element, "numaid", 0);
    claim(numa_lines_, numa, element, "the processor with numaid");
    node_.cpus.push_back({.numa = numa,
                          .arch = element.attribute("arch").value(),
                          .vendor = element.attribute("vendor").value(),
                          .family = document_.integer(element, "familyid", 0),
                          .model = document_.integer(element, "modelid", 0)});
    const int cpu = static_cast<int>(node_.cpus.size()) - 1;
    for (const pugi::xml_node child : element.children()) read_child(child, cpu, -1);
  }

  /// What hangs from a processor or a PCI device.
  void read_child(pugi::xml_node element, int cpu, int parent) {
    if (is(element, "pci")) {
      read_pci(element, cpu, parent);
    } else if (is(element, "nic")) {
      read_nic(element, cpu, parent);
    } else if (is(element, "gpu") && parent >= 0) {
      read_gpu(element, parent);
    } else {
      pass_over(element);
    }
  }

  void read_pci(pugi::xml_node element, int cpu, int parent) {  // recursive: the document bounds the depth
    const std::string bus_id = in_lower_case(document_.required(element, "busid"));
    claim(bus_lines_, bus_id, element, "the PCI device");
    const auto chip = [&](const char* attribute) { return static_cast<std::uint32_t>(document_.unsigned_integer(element, attribute, 0)); };
    node_.pci.push_back({.bus_id = bus_id,
                         .class_code = chip("class"),
                         .vendor = chip("vendor"),
                         .device_id = chip("device"),
                         .gigatransfers = link_speed(element),
                         .width = count(element, "link_width", 0, most_lanes),
                         .cpu = cpu,
                         .parent = parent});
    const int index = static_cast<int>(node_.pci.size()) - 1;
    for (const pugi::xml_node child : element.children()) read_child(child, cpu, index);
  }

  /// "16 GT/s", "16.0 GT/s PCIe"; 0 where it is empty or the kernel did not know.
  double link_speed(pugi::xml_node element) const {
    std::string_view text = element.attribute("link_speed").value();
    const std::string whole(text);
    if (text.empty() || text == "0" || text.starts_with("Unknown")) return 0;
    if (text.ends_with(" PCIe")) text.remove_suffix(5);
    if (text.ends_with(" GT/s")) {
      text.remove_suffix(5);
      if (text.ends_with(".0")) text.remove_suffix(2);
      for (const auto& [name, speed] : std::initializer_list<std::pair<std::string_view, double>>{
               {"2.5", 2.5}, {"5", 5}, {"8", 8}, {"16", 16}, {"32", 32}, {"64", 64}}) {
        if (text == name) return speed;
      }
    }
    document_.fail(element, fmt::format("the speed \"{}\" of a PCI link is unknown", whole),
                   "write \"2.5 GT/s\", \"5 GT/s\", \"8 GT/s\", \"16 GT/s\", \"32 GT/s\" or \"64 GT/s\"");
  }

  void read_gpu(pugi::xml_node element, int pci) {
    NodeGpu gpu{.dev = document_.integer(element, "dev", 0),
                .sm = count(element, "sm", 0, 1000),
                .pci = pci,
                .gdr = document_.integer(element, "gdr", 1) != 0};
    claim(gpu_lines_, gpu.dev, element, "the GPU with dev");
    for (const pugi::xml_node child : element.children()) {
      if (is(child, "nvlink")) {
        gpu.nvlinks.push_back({.bus_id = in_lower_case(document_.required(child, "target")),
                               .class_code = static_cast<std::uint32_t>(document_.unsigned_integer(child, "tclass", 0)),
                               .count = count(child, "count", 1, most_links)});
      } else {
        pass_over(child);
      }
    }
    node_.gpus.push_back(std::move(gpu));
  }

  void read_nic(pugi::xml_node element, int cpu, int parent) {
    const int nic = static_cast<int>(node_.nics.size());
    bool has_port = false;
    for (const pugi::xml_node child : element.children()) {
      if (!is(child, "net")) {
        pass_over(child);
        continue;
      }
      constexpr double megabits_where_unknown = 10000;  // as NCCL has it
      const double megabits = document_.number(child, "speed", 0);
      NodeNet net{.name = sim::printable(child.attribute("name").value()),
                  .dev = document_.integer(child, "dev", 0),
                  .nic = nic,
                  .bandwidth = {(megabits <= 0 ? megabits_where_unknown : megabits) * 1e6 / 8},
                  .guid = document_.unsigned_integer(child, "guid", 0),
                  .port = document_.integer(child, "port", 0),
                  .latency = document_.number(child, "latency", 0),
                  .gdr = document_.integer(child, "gdr", 0) != 0};
      claim(net_lines_, net.dev, child, "the net with dev");
      node_.nets.push_back(std::move(net));
      has_port = true;
    }
    if (has_port) node_.nics.push_back({.cpu = cpu, .pci = parent});
  }

  void order_gpus() {
    std::sort(node_.gpus.begin(), node_.gpus.end(), [](const NodeGpu& a, const NodeGpu& b) { return a.dev < b.dev; });
  }

  void order_nets() {
    std::sort(node_.nets.begin(), node_.nets.end(), [](const NodeNet& a, const NodeNet& b) { return a.dev < b.dev; });
    std::map<int, int> place;  // by the former
    std::vector<NodeNic> nics;
    for (NodeNet& net : node_.nets) {
      const auto [known, is_new] = place.emplace(net.nic, static_cast<int>(nics.size()));
      if (is_new) nics.push_back(node_.nics[static_cast<std::size_t>(net.nic)]);
      net.nic = known->second;
    }
    node_.nics = std::move(nics);
  }

  /// PCI devices of that kind with nothing below them, by bus id.
  std::vector<int> leaves(PciKind wanted) const {
    std::vector<bool> has_child(node_.pci.size(), false);
    for (const PciDevice& device : node_.pci) {
      if (device.parent >= 0) has_child[static_cast<std::size_t>(device.parent)] = true;
    }
    std::vector<int> found;
    for (std::size_t i = 0; i < node_.pci.size(); ++i) {
      if (!has_child[i] && kind(node_.pci[i]) == wanted) found.push_back(static_cast<int>(i));
    }
    std::sort(found.begin(), found.end(),
              [&](int a, int b) { return node_.pci[static_cast<std::size_t>(a)].bus_id < node_.pci[static_cast<std::size_t>(b)].bus_id; });
    return found;
  }

  void make_gpus() {
    for (const int pci : leaves(PciKind::gpu)) node_.gpus.push_back({.dev = static_cast<int>(node_.gpus.size()), .pci = pci});
    if (!node_.gpus.empty()) {
      remark(0, fmt::format("names no GPUs: {} are made from classes of PCI devices, their NVLinks are unknown", node_.gpus.size()));
    }
    const auto nameless =
        std::count_if(node_.pci.begin(), node_.pci.end(), [](const auto& device) { return kind(device) == PciKind::unknown; });
    if (nameless > 0) remark(0, fmt::format("{} PCI devices have no class: NCCL asks the machine itself, we cannot", nameless));
  }

  void make_nics() {
    for (const int pci : leaves(PciKind::nic)) {
      const int dev = static_cast<int>(node_.nets.size());
      node_.nics.push_back({.cpu = node_.pci[static_cast<std::size_t>(pci)].cpu, .pci = pci});
      node_.nets.push_back({.name = fmt::format("nic{}", dev), .dev = dev, .nic = dev, .gdr = true});
    }
    if (!node_.nets.empty()) {
      remark(0, fmt::format("names no NICs: {} are made from classes of PCI devices, their speed is unknown", node_.nets.size()));
    }
  }

  void tell_of_links_to_oneself() {
    for (const NodeGpu& gpu : node_.gpus) {
      const std::string& own = node_.pci[static_cast<std::size_t>(gpu.pci)].bus_id;
      const bool has = std::any_of(gpu.nvlinks.begin(), gpu.nvlinks.end(), [&](const auto& target) { return target.bus_id == own; });
      if (has) remark(gpu_lines_[gpu.dev], fmt::format("NVLinks of GPU {} lead to itself: they count for nothing", gpu.dev));
    }
  }

  XmlDocument document_;
  NodeTopology node_;
  std::string host_;
  std::map<int, int> numa_lines_;  // where each stands first
  std::map<int, int> gpu_lines_;
  std::map<int, int> net_lines_;
  std::map<std::string, int> bus_lines_;
};

}  // namespace

NodeTopology read_nccl_topology(std::string_view text, std::string_view file) { return NcclTopologyReader(text, file).read(); }

}  // namespace orrery::topology
