#include "workloads/influences.h"

#include <algorithm>

namespace orrery::workloads {
namespace {

using sim::BytesPerSecond;
using sim::Duration;
using topology::NodeSpec;

constexpr double without_cost = 1e6;
constexpr double a_little = 1.1;

template <class Rate>
void raise(Rate& rate, double factor) {
  rate = rate * factor;
}
void shorten(Duration& duration, double factor) { duration = Duration::ceil_seconds(duration.seconds() / factor); }

template <class Change>
void change_nodes(topology::ClusterSpec& cluster, const Change& change) {
  change(cluster.node);
  for (topology::NodeGroup& group : cluster.others) change(group.node);
}

void improve_matrix_units(double factor, Calibration& calibration, topology::ClusterSpec& cluster) {
  for (GemmTile& tile : calibration.gemm.tiles) raise(tile.rate, factor);
  raise(calibration.gemm.unaligned_rate, factor);
  raise(calibration.gemm.unaligned_batched_rate, factor);
  raise(calibration.attention.rate, factor);
  shorten(calibration.gemm.tile_overhead, factor);
  shorten(calibration.attention.strip_overhead, factor);
  change_nodes(cluster, [&](NodeSpec& node) {
    raise(node.gpu.peak_fp32, factor);
    raise(node.gpu.peak_fp16, factor);
    raise(node.gpu.peak_fp8, factor);
  });
}

void improve_memory(double factor, Calibration& calibration, topology::ClusterSpec& cluster) {
  for (BytesPerSecond* rate : {&calibration.gemm.memory_bandwidth, &calibration.gemm.write_bandwidth, &calibration.gemm.store_bandwidth}) {
    raise(*rate, factor);
  }
  raise(calibration.memory.stream_bandwidth, factor);
  raise(calibration.memory.row_bandwidth, factor);
  change_nodes(cluster, [&](NodeSpec& node) { raise(node.gpu.memory_bandwidth, factor); });
}

void improve_launches(double factor, Stack& stack) {
  for (Duration* cost : {&stack.software.host_per_kernel, &stack.software.launch_gap, &stack.calibration.gemm.launch,
                         &stack.calibration.attention.launch, &stack.calibration.memory.launch}) {
    shorten(*cost, factor);
  }
}

void improve_rings(double factor, RingTimes& ring) {
  for (ProtocolTimes& times : ring.protocols) {
    shorten(times.launch, factor);
    shorten(times.hop, factor);
    raise(times.block_rate, factor);
  }
  shorten(ring.spread, factor);
  for (BytesPerSecond* rate : {&ring.link, &ring.own_all_reduce, &ring.own_all_gather, &ring.own_reduce_scatter}) raise(*rate, factor);
  raise(ring.sum_rate, factor);
}

void improve_pairs(double factor, PairTimes& pairs) {
  for (Duration* time : {&pairs.hop, &pairs.ll_launch, &pairs.launch}) shorten(*time, factor);
  for (BytesPerSecond* rate : {&pairs.ll_block_rate, &pairs.block_rate, &pairs.link, &pairs.chunk_rate}) raise(*rate, factor);
}

void improve_nvlink(double factor, CollectiveCalibration& collectives, topology::ClusterSpec& cluster) {
  if (collectives.on_node) {
    improve_rings(factor, collectives.on_node->ring);
    improve_pairs(factor, collectives.on_node->pairs);
  }
  shorten(collectives.send_latency, factor);
  raise(collectives.send_bandwidth, factor);
  change_nodes(cluster, [&](NodeSpec& node) { raise(node.nvlink.link_bandwidth, factor); });
}

void improve_network_bandwidth(double factor, CollectiveCalibration& collectives, topology::ClusterSpec& cluster) {
  collectives.inter_bandwidth_scale *= factor;
  change_nodes(cluster, [&](NodeSpec& node) {
    raise(node.nic.bandwidth, factor);
    raise(node.pcie_bandwidth, factor);
  });
  if (cluster.fabric.link) raise(*cluster.fabric.link, factor);
}

void improve_network_latency(double factor, CollectiveCalibration& collectives, topology::ClusterSpec& cluster) {
  collectives.inter_latency_scale /= factor;
  change_nodes(cluster, [&](NodeSpec& node) {
    shorten(node.nic.latency, factor);
    shorten(node.fabric_switch.latency, factor);
  });
}

/// One switch for all.
void improve_shape(double factor, topology::FabricSpec& fabric) {
  if (factor <= 1) return;
  fabric = {.topology = topology::Topology::single_switch, .sharp = fabric.sharp, .link = fabric.link};
}

/// What the condition says of links is of those that are no more.
Conduct without_links(Conduct conduct) {
  conduct.condition.dead_links.clear();
  conduct.condition.slow_links.clear();
  conduct.condition.link_changes.clear();
  return conduct;
}

void improve_noise(double factor, Calibration& calibration) {
  if (!calibration.noise) return;
  calibration.noise->kernels /= factor;
  calibration.noise->devices /= factor;
}

}  // namespace

std::string_view words_of(Part part) {
  static constexpr std::array<std::string_view, part_count> words{
      "the GPUs' matrix units",           "the GPUs' memory bandwidth", "launching kernels",
      "NVLink and collectives on a node", "bandwidth between nodes",    "latency between nodes",
      "how the network's links are laid", "kernels and GPUs that vary"};
  return words[static_cast<std::size_t>(part)];
}

void improve(Part part, double factor, Stack& stack, topology::ClusterSpec& cluster) {
  switch (part) {
    case Part::matrix_units:
      return improve_matrix_units(factor, stack.calibration, cluster);
    case Part::device_memory:
      return improve_memory(factor, stack.calibration, cluster);
    case Part::launches:
      return improve_launches(factor, stack);
    case Part::nvlink:
      return improve_nvlink(factor, stack.calibration.collectives, cluster);
    case Part::network_bandwidth:
      return improve_network_bandwidth(factor, stack.calibration.collectives, cluster);
    case Part::network_latency:
      return improve_network_latency(factor, stack.calibration.collectives, cluster);
    case Part::network_shape:
      return improve_shape(factor, cluster.fabric);
    case Part::noise:
      return improve_noise(factor, stack.calibration);
  }
}

Influences influences(const TrainingJob& job, const Stack& stack, const topology::ClusterSpec& cluster, sim::Engine& engine,
                      const Conduct& conduct, const std::function<void(double)>& progress) {
  constexpr int plays = 1 + 3 * part_count;
  int played = 0;
  const auto with = [&](Part part, double factor) {
    Stack changed = stack;
    topology::ClusterSpec machine = cluster;
    improve(part, factor, changed, machine);
    const bool other_links = part == Part::network_shape && factor > 1;
    const TrainingRun run =
        run_training(job, changed, topology::Cluster(machine), engine, {}, other_links ? without_links(conduct) : conduct);
    if (progress) progress(static_cast<double>(++played) / plays);
    return run.iteration.iteration;
  };
  Influences found;
  found.iteration = with(Part::noise, 1);
  for (int number = 0; number < part_count; ++number) {
    const auto part = static_cast<Part>(number);
    found.parts.push_back({part, with(part, without_cost), with(part, a_little), with(part, 1 / a_little)});
  }
  std::ranges::sort(found.parts,
                    [](const Influence& a, const Influence& b) { return std::pair(a.freed, a.part) < std::pair(b.freed, b.part); });
  return found;
}

}  // namespace orrery::workloads
