#include "workloads/influences.h"

#include <algorithm>

#include "workloads/training_program.h"

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

/// The same job on the same machine over and over, where NCCL finds what it found.
class Replay {
 public:
  Replay(const TrainingJob& job, const Setting& setting, sim::Engine& engine)
      : job_(job),
        engine_(engine),
        machine_(setting.cluster),
        program_(training_program(job, setting.stack.software)),
        placement_(packed_placement(program_.ranks, first_gpu(job, setting.cluster))),
        collectives_(machine_, setting.stack.nccl, collectives_of(setting.stack)) {}

  /// On that setting, changed in anything but its network.
  Duration on(const Setting& changed) const {
    const KernelTimes times(changed.stack.calibration, gpu_of(job_, changed.cluster));
    const CollectiveModel collectives = collectives_.with(collectives_of(changed.stack));
    const LoweringOptions lowering = lowering_options(changed.stack, changed.conduct);
    return play_placed(program_, placement_, times, collectives, lowering, machine_, engine_, {}).end - sim::Time{};
  }

 private:
  const TrainingJob& job_;
  sim::Engine& engine_;
  topology::Cluster machine_;
  sim::Program program_;
  Placement placement_;
  CollectiveModel collectives_;
};

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
  const std::vector<Constant> constants = constants_in_force(setting);
  const std::size_t plays = 3 * part_count - 2 + 2 * constants.size();
  std::size_t played = 0;
  const auto tell = [&](Duration time) {
    if (progress) progress(static_cast<double>(++played) / static_cast<double>(plays));
    return time;
  };
  const Replay replay(job, setting, engine);
  const auto with = [&](Part part, double factor) {
    const Setting changed = improved(part, factor, setting);
    if (part != Part::network_shape) return tell(replay.on(changed));
    const topology::Cluster reshaped(changed.cluster);
    return tell(run_training(job, changed.stack, reshaped, engine, {}, changed.conduct).iteration.iteration);
  };
  const auto with_other = [&](const Constant& constant, double factor) {
    return tell(replay.on(with_constant(constant.name, factor, setting)));
  };
  Influences found{.iteration = as_is, .parts = {}, .constants = {}};
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
  for (const Constant& constant : constants) {
    found.constants.push_back(
        {.constant = constant, .larger = with_other(constant, a_little), .smaller = with_other(constant, 1 / a_little)});
  }
  std::ranges::sort(found.parts,
                    [](const Influence& a, const Influence& b) { return std::pair(a.freed, a.part) < std::pair(b.freed, b.part); });
  std::ranges::sort(found.constants, [](const ConstantInfluence& a, const ConstantInfluence& b) {
    return std::pair(b.swing(), a.constant.name) < std::pair(a.swing(), b.constant.name);
  });
  return found;
}

}  // namespace orrery::workloads
