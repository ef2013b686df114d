#include "scenarios/nccl.h"

#include <array>
#include <cstddef>
#include <functional>
#include <utility>

namespace orrery::scenarios {
namespace {

using workloads::generation_count;
using workloads::NcclAlgorithm;
using workloads::protocol_count;

constexpr std::array<const char*, protocol_count> protocol_names = {"ll", "ll128", "simple"};
constexpr std::array<const char*, generation_count> generation_names = {"volta", "ampere", "hopper", "blackwell"};
constexpr std::array<const char*, generation_count> generation_meanings = {"compute capability below 80", "compute capability 80 to 89",
                                                                           "compute capability 90 to 99", "compute capability from 100"};
constexpr std::int64_t longest_message = std::int64_t{1} << 40;

/// An object that is described by `open` and always there.
ObjectValue described(std::function<void(Fields&)> open) {
  return {std::move(open), [] { return true; }};
}

ObjectValue by_name(std::array<sim::Duration, 3>& latencies, std::array<const char*, 3> names, const char* meaning) {
  return described([&latencies, names, meaning](Fields& fields) {
    for (std::size_t i = 0; i < names.size(); ++i) fields.required(names[i], meaning, quantity(latencies[i], Zero::allowed));
  });
}

ObjectValue by_algorithm(workloads::AlgorithmLatencies& latencies) {
  return described([&latencies](Fields& fields) {
    const auto of = [&latencies](NcclAlgorithm algorithm) -> workloads::ProtocolLatencies& {
      return latencies[static_cast<std::size_t>(algorithm)];
    };
    const auto simple = [&of](NcclAlgorithm algorithm) { return quantity(of(algorithm).back(), Zero::allowed); };
    fields.required("tree", "of double binary trees", by_name(of(NcclAlgorithm::tree), protocol_names, "of this protocol"));
    fields.required("ring", "of rings", by_name(of(NcclAlgorithm::ring), protocol_names, "of this protocol"));
    fields.required("collnet_direct", "of CollNet with every GPU a head, Simple", simple(NcclAlgorithm::collnet_direct));
    fields.required("collnet_chain", "of CollNet behind chains of GPUs, Simple", simple(NcclAlgorithm::collnet_chain));
    fields.required("nvls", "of sums in the NVSwitches, Simple", simple(NcclAlgorithm::nvls));
    fields.required("nvls_tree", "of those under trees of nodes, Simple", simple(NcclAlgorithm::nvls_tree));
    fields.required("pat", "of PAT, Simple", simple(NcclAlgorithm::pat));
  });
}

/// A key for each generation, whose value `value_of` makes by number.
template <class ValueOf>
ObjectValue by_generation(ValueOf value_of) {
  return described([value_of](Fields& fields) {
    for (std::size_t g = 0; g < generation_names.size(); ++g) fields.required(generation_names[g], generation_meanings[g], value_of(g));
  });
}

enum class Scales { all, several_nodes };

ObjectValue caps(workloads::GenerationBandwidths& bandwidths, Scales scales = Scales::all) {
  return by_generation([&bandwidths, scales](std::size_t generation) {
    workloads::ScaleBandwidths& row = bandwidths[generation];
    return described([&row, scales](Fields& fields) {
      if (scales == Scales::all) fields.required("one_node", "on one node", quantity(row[0]));
      fields.required("two_nodes", "over two nodes", quantity(row[1]));
      fields.required("more_nodes", "over more nodes", quantity(row[2]));
    });
  });
}

ObjectValue channels(std::array<int, generation_count>& numbers) {
  return by_generation([&numbers](std::size_t generation) { return integer(numbers[generation], 1, 64); });
}

ObjectValue shares(workloads::BandwidthShares& shares) {
  return described([&shares](Fields& fields) {
    const auto share = [&fields](const char* name, const char* meaning, double& target) {
      fields.required(name, meaning, real(target, 0, 1));
    };
    share("ring_ll", "LL's part of a ring's bandwidth", shares.ring_ll);
    share("ring_ll_copies", "the same on one node, of what adds up nothing or scatters sums", shares.ring_ll_copies);
    share("ring_ll128", "LL128's part of a ring's bandwidth", shares.ring_ll128);
    share("ring_ll128_one_gpu", "the same with less than two GPUs a node", shares.ring_ll128_one_gpu);
    share("tree", "a tree's part of its channels' bandwidth", shares.tree);
    share("tree_ll", "LL's part of a tree's", shares.tree_ll);
    share("tree_ll128_one_node", "LL128's part of a tree's, on one node", shares.tree_ll128_one_node);
    share("tree_ll128", "LL128's part of a tree's, over several", shares.tree_ll128);
    share("tree_through_one_gpu", "of trees that pass the NIC by one GPU", shares.tree_through_one_gpu);
    share("collnet_direct_hopper", "of CollNet direct from compute capability 90", shares.collnet_direct_hopper);
    share("collnet_copies_inter", "of a NIC, for all-gathers and reduce-scatters over CollNet", shares.collnet_copies_inter);
    share("pat", "PAT's part of its channels' bandwidth; 0 where there is no PAT", shares.pat);
  });
}

ObjectValue ring_plateau(workloads::RingPlateau& plateau) {
  return described([&plateau](Fields& fields) {
    fields.required("from_bytes", "of each rank and channel", integer(plateau.from.count, 1, longest_message));
    fields.required("factor", "on the latency",
                    by_generation([&plateau](std::size_t generation) { return real(plateau.factors[generation], 0.1, 10); }));
  });
}

ObjectValue collnet(workloads::CollNetRules& rules) {
  return described([&rules](Fields& fields) {
    fields.required("least_nodes", "from which it is used", integer(rules.least_nodes, 1, 1000));
    fields.required("most_local_ranks", "up to which it is used", integer(rules.most_local_ranks, 1, 1000));
    fields.required("per_gpu", "what each further GPU of a node costs CollNet direct, there and back",
                    quantity(rules.per_gpu, Zero::allowed));
  });
}

ObjectValue launch(workloads::LaunchRules& rules) {
  return described([&rules](Fields& fields) {
    const auto threads = [](int& target) { return integer(target, 32, 1024); };
    fields.required("threads", "of a channel, at most", described([&rules, threads](Fields& protocols) {
                      for (std::size_t p = 0; p < protocol_names.size(); ++p) {
                        protocols.required(protocol_names[p], "of this protocol", threads(rules.most_threads[p]));
                      }
                    }));
    fields.required("slow_ring_threads", "of Simple rings no faster than slow_ring", threads(rules.slow_ring_threads));
    fields.required("slow_ring", "all channels together", quantity(rules.slow_ring));
    fields.required("all_threads", "of trees, PAT, CollNet and NVLS", threads(rules.all_threads));
    fields.required("ring_sync_threads", "that a Simple ring has besides", threads(rules.ring_sync_threads));
    fields.required("least_threads", "of any channel", threads(rules.least_threads));
    fields.required("bytes_per_thread", "with less an operation takes fewer channels, then threads; LL rings: times ranks",
                    described([&rules](Fields& protocols) {
                      for (std::size_t p = 0; p < protocol_names.size(); ++p) {
                        protocols.required(protocol_names[p], "of this protocol", integer(rules.per_thread[p].count, 1, longest_message));
                      }
                    }));
    fields.required("collnet_bytes_per_thread", "the same of CollNet", integer(rules.collnet_per_thread.count, 1, longest_message));
    fields.required("nvls_channels_one_node", "of NVLS on one node", channels(rules.nvls_channels_one_node));
    fields.required("nvls_channels", "of NVLS over several nodes", channels(rules.nvls_channels));
    fields.required("cell_bytes", "of traffic, the least that a channel is given", integer(rules.cell.count, 1, longest_message));
    fields.required("ll_cell_factor", "how often LL counts its traffic", integer(rules.ll_cell_factor, 1, 64));
  });
}

ObjectValue search_speeds(topology::NcclSearchSpeeds& speeds) {
  return described([&speeds](Fields& fields) {
    fields.required("nvlink_link", "what one NVLink is taken for", quantity(speeds.nvlink_link));
    fields.required("intra", "speeds of a channel tried on one node, fastest first", quantities(speeds.intra));
    fields.required("inter", "speeds of a channel tried between nodes, fastest first", quantities(speeds.inter));
  });
}

void describe_latencies(Fields& fields, workloads::NcclConstants& nccl) {
  fields.required("base_latency", "of an operation", by_algorithm(nccl.base_latency));
  fields.required("hop_latency", "of each step", described([&nccl](Fields& hops) {
                    hops.required("nvlink", "over NVLink", by_algorithm(nccl.hop_latency[0]));
                    hops.required("pci", "over PCIe", by_algorithm(nccl.hop_latency[1]));
                    hops.required("net", "between nodes; with one GPU a node the tree's holds for all", by_algorithm(nccl.hop_latency[2]));
                  }));
  fields.required("reference_network_latency", "of the fabric that network hops were taken on; what a fabric has more is added",
                  quantity(nccl.reference_network_latency));
  fields.required("net_overhead", "posting to the network, by the host's CPU",
                  by_name(nccl.net_overhead, {"amd", "intel", "other"}, "with this CPU"));
  fields.required("simple_overhead_factor", "on net_overhead, by Simple", integer(nccl.simple_overhead_factor, 1, 100));
  fields.required("pat_per_rank", "of PAT's latency", quantity(nccl.pat_per_rank, Zero::allowed));
  fields.required("pat_hop_divisor", "of PAT's network hops", real(nccl.pat_hop_divisor, 0.1, 100));
}

}  // namespace

void describe(Fields& fields, workloads::TreeCorrection& correction) {
  fields.required("from_bytes", "up to the next row's", integer(correction.from.count, 1, longest_message));
  for (std::size_t p = 0; p < protocol_names.size(); ++p) {
    fields.required(protocol_names[p], "of this protocol's bandwidth", real(correction.factors[p], 0.01, 10));
  }
}

void describe(Fields& fields, workloads::NcclConstants& nccl) {
  fields.required("version", "of NCCL", text(nccl.version));
  fields.required("source", "where the constants are from", text(nccl.source));
  fields.optional("newest_compute_capability", "of the GPUs that the version knew; 0: of all",
                  integer(nccl.newest_compute_capability, 0, 1'000));
  fields.optional("pxn", "GPUs reach NICs through those that are nearer, since 2.12", flag(nccl.pxn));
  fields.optional("alternating_rings",
                  "rings that leave a node by another NIC than they came by keep to one rail between nodes, since 2.20",
                  flag(nccl.alternating_rings));
  describe_latencies(fields, nccl);
  fields.required("ll_max_bandwidth", "cap of LL; on several nodes ampere's row for hosts with AMD's CPUs, volta's for others",
                  caps(nccl.ll_max_bandwidth));
  fields.required("ll128_ring_per_channel", "cap of each channel of an LL128 ring", caps(nccl.ll128_ring_per_channel));
  fields.required("ll128_tree_per_channel", "cap of each channel of an LL128 tree", caps(nccl.ll128_tree_per_channel));
  fields.required("tree_per_channel", "cap of each channel of a tree", caps(nccl.tree_per_channel));
  fields.required("nvls_tree_per_channel", "cap of each channel of an NVLS tree", caps(nccl.nvls_tree_per_channel, Scales::several_nodes));
  fields.required("nvls_efficiency", "NVLS's part of NVLink's bandwidth; 0 where there is no NVLS",
                  by_generation([&nccl](std::size_t generation) { return real(nccl.nvls_efficiency[generation], 0, 1); }));
  fields.required("shares", "of the bandwidth that a graph's channels have together", shares(nccl.shares));
  fields.required("tree_corrections", "factors on the bandwidth of all-reduces over trees, by size", list(nccl.tree_corrections, 1));
  fields.required("ring_plateau", "of long all-reduces over Simple rings between nodes", ring_plateau(nccl.ring_plateau));
  fields.required("collnet", "CollNet (SHARP)", collnet(nccl.collnet));
  fields.required("launch", "how many channels and threads an operation is given", launch(nccl.launch));
  fields.required("search", "what the graph search takes links for", described([&nccl](Fields& generations) {
                    generations.required("ampere", "compute capability up to 89", search_speeds(nccl.search[0]));
                    generations.required("hopper", "compute capability 90", search_speeds(nccl.search[1]));
                    generations.required("blackwell", "compute capability 100", search_speeds(nccl.search[2]));
                  }));
}

}  // namespace orrery::scenarios
