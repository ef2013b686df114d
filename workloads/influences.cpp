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

/// One switch for all. What the condition says of links is of those that are no more.
void improve_shape(double factor, Setting& setting) {
  if (factor <= 1) return;
  topology::FabricSpec& fabric = setting.cluster.fabric;
  fabric = {.topology = topology::Topology::single_switch, .sharp = fabric.sharp, .link = fabric.link};
  topology::Condition& condition = setting.conduct.condition;
  condition.dead_links.clear();
  condition.slow_links.clear();
  condition.link_changes.clear();
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
      "how the network's links are laid", "hosts and their storage",    "kernels and GPUs that vary"};
  return words[static_cast<std::size_t>(part)];
}

Setting improved(Part part, double factor, Setting setting) {
  Calibration& calibration = setting.stack.calibration;
  switch (part) {
    case Part::matrix_units:
      improve_matrix_units(factor, calibration, setting.cluster);
      break;
    case Part::device_memory:
      improve_memory(factor, calibration, setting.cluster);
      break;
    case Part::launches:
      improve_launches(factor, setting.stack);
      break;
    case Part::nvlink:
      setting.conduct.speeds.nvlink *= factor;
      break;
    case Part::network_bandwidth:
      setting.conduct.speeds.network *= factor;
      break;
    case Part::network_latency:
      setting.conduct.speeds.network_latency *= factor;
      break;
    case Part::network_shape:
      improve_shape(factor, setting);
      break;
    case Part::host:
      setting.conduct.speeds.host *= factor;
      break;
    case Part::noise:
      improve_noise(factor, calibration);
      break;
  }
  return setting;
}

Influences influences(const TrainingJob& job, const Setting& setting, Duration as_is, sim::Engine& engine,
                      const std::function<void(double)>& progress) {
  constexpr int plays = 3 * part_count;
  int played = 0;
  const auto with = [&](Part part, double factor) {
    const Setting changed = improved(part, factor, setting);
    const TrainingRun run = run_training(job, changed.stack, topology::Cluster(changed.cluster), engine, {}, changed.conduct);
    if (progress) progress(static_cast<double>(++played) / plays);
    return run.iteration.iteration;
  };
  Influences found{.iteration = as_is, .parts = {}};
  for (int number = 0; number < part_count; ++number) {
    const auto part = static_cast<Part>(number);
    Influence influence{.part = part, .freed = with(part, without_cost)};
    if (part == Part::network_shape) {  // there is one that is better, and none a little
      influence.better = influence.freed;
      influence.worse = as_is;
    } else {
      influence.better = with(part, a_little);
      influence.worse = with(part, 1 / a_little);
    }
    found.parts.push_back(influence);
  }
  std::ranges::sort(found.parts,
                    [](const Influence& a, const Influence& b) { return std::pair(a.freed, a.part) < std::pair(b.freed, b.part); });
  return found;
}

}  // namespace orrery::workloads
