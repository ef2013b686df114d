#include "workloads/placement.h"

#include <fmt/format.h>

#include <algorithm>

namespace orrery::workloads {

using topology::ClusterSpec;
using topology::GpuId;
using topology::GpuSpec;

namespace {

bool runs_on_the_device(const sim::Operation& operation) {
  const auto* copy = std::get_if<sim::Copy>(&operation.action);
  return std::holds_alternative<sim::Compute>(operation.action) || (copy != nullptr && copy->kind == sim::CopyKind::device);
}

bool runs_kernels(const sim::Program& program) {
  const auto any = [](const std::vector<sim::Operation>& operations) {
    return std::any_of(operations.begin(), operations.end(), runs_on_the_device);
  };
  const auto of_block = [&](const sim::Block& block) { return any(block.operations); };
  const auto of_stream = [&](const sim::Stream& stream) { return any(stream.operations); };
  return std::any_of(program.blocks.begin(), program.blocks.end(), of_block) ||
         std::any_of(program.roles.begin(), program.roles.end(),
                     [&](const sim::Role& role) { return std::any_of(role.streams.begin(), role.streams.end(), of_stream); });
}

std::int64_t nodes_of(const TrainingJob& job, const ClusterSpec& cluster) { return (job.gpus() - 1) / cluster.node.gpus + 1; }

/// The first run of nodes with GPUs of one kind that would hold the job, as an interval of nodes.
std::optional<std::pair<std::int64_t, std::int64_t>> nodes_of_one_kind(const TrainingJob& job, const ClusterSpec& cluster) {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  for (int group = 0; group < groups(cluster); ++group) {
    if (group > 0 && node_of_group(cluster, group).gpu != node_of_group(cluster, group - 1).gpu) begin = end;
    end += nodes_of_group(cluster, group);
    if (end - begin >= nodes_of(job, cluster)) return std::pair(begin, end);
  }
  return std::nullopt;
}

}  // namespace

Placement packed_placement(std::int32_t ranks, GpuId first) {
  Placement placement;
  placement.reserve(static_cast<std::size_t>(ranks));
  for (std::int32_t rank = 0; rank < ranks; ++rank) placement.push_back(GpuId{index(first) + static_cast<std::uint32_t>(rank)});
  return placement;
}

GpuId first_gpu(const TrainingJob& job, const ClusterSpec& cluster) {
  return GpuId{static_cast<std::uint32_t>(job.first_node) * static_cast<std::uint32_t>(cluster.node.gpus)};
}

const GpuSpec& gpu_of(const TrainingJob& job, const ClusterSpec& cluster) {
  if (job.first_node >= all_nodes(cluster)) return node_of_group(cluster, groups(cluster) - 1).gpu;
  return node_at(cluster, job.first_node).gpu;
}

std::optional<sim::Fault> gpus_fault(const TrainingJob& job, const ClusterSpec& cluster) {
  const std::int64_t end = job.first_node + nodes_of(job, cluster);
  if (end > all_nodes(cluster)) return std::nullopt;
  const GpuSpec& first = gpu_of(job, cluster);
  for (int group = group_of(cluster, job.first_node); group <= group_of(cluster, static_cast<int>(end - 1)); ++group) {
    const GpuSpec& other = node_of_group(cluster, group).gpu;
    if (other == first) continue;
    std::string remedy = "lower a degree, so that one kind holds it";
    if (const auto nodes = nodes_of_one_kind(job, cluster)) {
      remedy = fmt::format("set workload.placement.first_node to {}: nodes {} to {} have {}", nodes->first, nodes->first, nodes->second - 1,
                           node_at(cluster, static_cast<int>(nodes->first)).gpu.name);
    }
    return sim::Fault{"/workload/placement/first_node",
                      fmt::format("nodes {} to {} have {} and {}: a job on GPUs of several kinds is not modelled yet", job.first_node,
                                  end - 1, first.name, other.name),
                      std::move(remedy)};
  }
  return std::nullopt;
}

const GpuSpec& gpu_of(const sim::Program& program, const topology::Cluster& cluster, const Placement& placement,
                      const Calibration& calibration) {
  const ClusterSpec& spec = cluster.spec();
  const GpuSpec& first = placement.empty() ? spec.node.gpu : cluster.node(placement.front()).gpu;
  if (spec.others.empty()) return first;
  const auto other = std::find_if(placement.begin(), placement.end(),
                                  [&](GpuId gpu) { return index(gpu) < cluster.gpus() && cluster.node(gpu).gpu != first; });
  if (runs_kernels(program)) {
    if (other == placement.end()) return first;
    throw sim::Error({.place = program.name,
                      .what = fmt::format("ranks with kernels are on {} and on {}: GPUs of several kinds are not modelled yet", first.name,
                                          cluster.node(*other).gpu.name),
                      .remedy = "take a cluster of one kind"},
                     sim::ErrorKind::unavailable);
  }
  for (int group = 0; group < groups(spec); ++group) {
    if (!covers(calibration, first) && covers(calibration, node_of_group(spec, group).gpu)) return node_of_group(spec, group).gpu;
  }
  return first;
}

}  // namespace orrery::workloads
