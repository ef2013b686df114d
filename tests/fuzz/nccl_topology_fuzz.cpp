// A node as NCCL writes it, or the graphs that it found.
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/target.h"
#include "topology/import_nccl_graph.h"
#include "topology/import_nccl_topology.h"

namespace orrery::fuzz {
namespace {

void check_node(const topology::NodeTopology& node) {
  for (std::size_t i = 0; i < node.pci.size(); ++i) sim::check(node.pci[i].parent < static_cast<int>(i), "parents stand before children");
  const topology::NodeFacts found = topology::facts(node);
  const std::vector<int> nics = topology::nearest_nics(node);
  sim::check(found.gpus_beside_a_nic <= found.gpus && found.gpus_per_nic <= found.gpus, "no more GPUs use NICs than there are");
  for (std::size_t gpu = 0; gpu < nics.size(); ++gpu) {
    sim::check((nics[gpu] < 0) == node.nics.empty() && nics[gpu] < found.nics, "a GPU has a NIC where there is one");
    if (nics[gpu] < 0) continue;
    const topology::NodePath path = topology::path_to_nic(node, static_cast<int>(gpu), nics[gpu]);
    sim::check(path.bandwidth.value > 0, "a path is of some width");
  }
  for (const topology::Remark& remark : node.remarks) check_line(remark.text);
}

}  // namespace

void read(std::string_view text) {
  if (const auto node = read_or_refused([&] { return topology::read_nccl_topology(text, "node.xml"); })) check_node(*node);
  read_or_refused([&] { return topology::read_nccl_graphs(text, "graph.xml"); });
}

}  // namespace orrery::fuzz
