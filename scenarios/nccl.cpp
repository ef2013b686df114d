#include "scenarios/nccl.h"

#include <array>
#include <cstddef>
#include <functional>
#include <utility>

namespace orrery::scenarios {
namespace {

/// An object that is described by `open` and always there.
ObjectValue described(std::function<void(Fields&)> open) {
  return {std::move(open), [] { return true; }};
}

ObjectValue by_name(std::array<sim::Duration, 3>& latencies, std::array<const char*, 3> names, const char* meaning) {
  return described([&latencies, names, meaning](Fields& fields) {
    for (std::size_t i = 0; i < names.size(); ++i) fields.required(names[i], meaning, quantity(latencies[i], Zero::allowed));
  });
}

ObjectValue by_protocol(workloads::ProtocolLatencies& latencies) {
  return by_name(latencies, {"ll", "ll128", "simple"}, "of this protocol");
}

ObjectValue by_nodes(workloads::ScaleBandwidths& bandwidths) {
  return described([&bandwidths](Fields& fields) {
    fields.required("one_node", "on one node", quantity(bandwidths[0]));
    fields.required("two_nodes", "over two nodes", quantity(bandwidths[1]));
    fields.required("more_nodes", "over more nodes", quantity(bandwidths[2]));
  });
}

ObjectValue by_generation(std::array<workloads::ScaleBandwidths, workloads::generation_count>& bandwidths) {
  return described([&bandwidths](Fields& fields) {
    fields.required("volta", "compute capability 70; between nodes, hosts with Intel's and other CPUs", by_nodes(bandwidths[0]));
    fields.required("ampere", "compute capability 80; between nodes, hosts with AMD's CPUs", by_nodes(bandwidths[1]));
    fields.required("hopper", "compute capability 90", by_nodes(bandwidths[2]));
  });
}

ObjectValue search_speeds(topology::NcclSearchSpeeds& speeds) {
  return described([&speeds](Fields& fields) {
    fields.required("nvlink_link", "what one NVLink is taken for", quantity(speeds.nvlink_link));
    fields.required("intra", "speeds of a channel tried on one node, fastest first", quantities(speeds.intra));
    fields.required("inter", "speeds of a channel tried between nodes, fastest first", quantities(speeds.inter));
  });
}

}  // namespace

void describe(Fields& fields, workloads::NcclConstants& nccl) {
  fields.required("version", "of NCCL", text(nccl.version));
  fields.required("source", "where the constants are from", text(nccl.source));
  fields.required("ring_base_latency", "of a ring operation", by_protocol(nccl.ring_base_latency));
  fields.required("reference_network_latency", "of the fabric that network hops were taken on; what a fabric has more is added",
                  quantity(nccl.reference_network_latency));
  fields.required("ring_hop_latency", "of each step of a ring", described([&nccl](Fields& hops) {
                    hops.required("nvlink", "over NVLink", by_protocol(nccl.ring_hop_latency[0]));
                    hops.required("pci", "over PCIe", by_protocol(nccl.ring_hop_latency[1]));
                    hops.required("net", "between nodes", by_protocol(nccl.ring_hop_latency[2]));
                  }));
  fields.required("tree_net_latency", "of a tree's step between nodes, which rings with one GPU a node use too",
                  by_protocol(nccl.tree_net_latency));
  fields.required("net_overhead", "posting to the network, by the host's CPU",
                  by_name(nccl.net_overhead, {"amd", "intel", "other"}, "with this CPU"));
  fields.required("ll_max_bandwidth", "cap of the LL protocol's bus bandwidth", by_generation(nccl.ll_max_bandwidth));
  fields.required("ll128_ring_per_channel", "cap of each channel of an LL128 ring", by_generation(nccl.ll128_ring_per_channel));
  fields.required("ll_share", "the LL protocol's part of a ring's bandwidth", real(nccl.ll_share, 0.01, 1));
  fields.required("ll128_share", "the LL128 protocol's part of a ring's bandwidth", real(nccl.ll128_share, 0.01, 1));
  fields.required("multi_node_simple_latency_factor", "on the latency of long Simple ring all-reduces between nodes",
                  real(nccl.multi_node_simple_latency_factor, 0.1, 10));
  fields.required("search", "what the graph search takes links for", described([&nccl](Fields& generations) {
                    generations.required("ampere", "compute capability up to 89", search_speeds(nccl.search[0]));
                    generations.required("hopper", "compute capability 90", search_speeds(nccl.search[1]));
                    generations.required("blackwell", "compute capability 100", search_speeds(nccl.search[2]));
                  }));
  fields.required("pcie", "sixteen lanes, from generation 3 up", quantities(nccl.pcie));
}

}  // namespace orrery::scenarios
