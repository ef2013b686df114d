#include "workloads/iteration_result.h"

#include <algorithm>

#include "sim/error.h"
#include "workloads/labels.h"

namespace orrery::workloads {

using sim::Duration;

namespace {

// The least time that a rank's kernels take: all at peak rate, or all at full memory bandwidth.
struct LeastTime {
  double compute_seconds = 0;
  double memory_seconds = 0;
};

LeastTime least_time(const std::vector<sim::Operation>& operations, const std::vector<LeastTime>& blocks, const topology::GpuSpec& gpu) {
  LeastTime sum;
  for (const sim::Operation& operation : operations) {
    if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) {
      sum.compute_seconds += sim::flops(compute->kernel).count / peak(gpu, compute->kernel.type).value;
      sum.memory_seconds += static_cast<double>(sim::memory_bytes(compute->kernel).count) / gpu.memory_bandwidth.value;
    } else if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
      const LeastTime& body = blocks[static_cast<std::size_t>(call->block)];
      sum.compute_seconds += body.compute_seconds * call->times;
      sum.memory_seconds += body.memory_seconds * call->times;
    }
  }
  return sum;
}

// Rounded down: a bound must hold to the picosecond.
Duration floor_seconds(double seconds) { return Duration::from_seconds(seconds * (1 - 1e-12)); }

// Loads of all links, as seconds at full capacity; processors are 0.
std::vector<double> link_seconds(const topology::Cluster& cluster, const sim::Timeline& timeline) {
  const auto resources = cluster.resources();
  std::vector<double> seconds(resources.size(), 0);
  for (std::uint32_t r = 0; r < resources.size(); ++r) {
    if (timeline.served[r] == 0 || cluster.is_processor(sim::ResourceId{r})) continue;
    seconds[r] = static_cast<double>(timeline.served[r]) / static_cast<double>(resources[r].capacity);
  }
  return seconds;
}

Bounds bounds_of(const sim::Program& program, const topology::GpuSpec& gpu, const std::vector<double>& link_loads) {
  std::vector<LeastTime> blocks;
  for (const sim::Block& block : program.blocks) blocks.push_back(least_time(block.operations, blocks, gpu));
  Bounds bounds;
  for (const sim::Role& role : program.roles) {
    LeastTime sum;
    for (const sim::Stream& stream : role.streams) {
      const LeastTime part = least_time(stream.operations, blocks, gpu);
      sum.compute_seconds += part.compute_seconds;
      sum.memory_seconds += part.memory_seconds;
    }
    bounds.compute = std::max(bounds.compute, floor_seconds(sum.compute_seconds));
    bounds.memory = std::max(bounds.memory, floor_seconds(sum.memory_seconds));
  }
  if (!link_loads.empty()) bounds.network = floor_seconds(*std::max_element(link_loads.begin(), link_loads.end()));
  return bounds;
}

std::vector<std::pair<std::string, Duration>> breakdown_of(const sim::Program& program, const sim::Timeline& timeline, sim::ActorId actor) {
  const std::string_view transfer = label_names[static_cast<std::size_t>(Label::pipeline_transfer)];
  std::vector<std::pair<std::string, Duration>> parts;
  for (std::uint8_t label = 0; label < program.labels.size(); ++label) {
    const sim::Account& account = timeline.account(actor, label);
    if (program.labels[label] == transfer) {
      parts.emplace_back("pipeline_bubble", account.waiting);
      parts.emplace_back(transfer, account.running);
    } else {
      parts.emplace_back(program.labels[label], account.running + account.waiting);
    }
  }
  return parts;
}

// What other streams of the rank did after its main stream had ended.
void add_tail(std::vector<std::pair<std::string, Duration>>& breakdown, Duration tail) {
  if (tail == Duration{}) return;
  const std::string_view name = label_names[static_cast<std::size_t>(Label::other)];
  const auto other = std::find_if(breakdown.begin(), breakdown.end(), [&](const auto& part) { return part.first == name; });
  if (other == breakdown.end()) {
    breakdown.emplace_back(name, tail);
  } else {
    other->second += tail;
  }
}

std::vector<LinkUse> busiest_links_of(const topology::Cluster& cluster, const sim::Timeline& timeline, const std::vector<double>& loads) {
  constexpr std::size_t shown = 8;
  std::vector<std::uint32_t> used;
  for (std::uint32_t r = 0; r < loads.size(); ++r) {
    if (loads[r] > 0) used.push_back(r);
  }
  const auto end = used.begin() + static_cast<std::ptrdiff_t>(std::min(shown, used.size()));
  std::partial_sort(used.begin(), end, used.end(),
                    [&](std::uint32_t a, std::uint32_t b) { return loads[a] != loads[b] ? loads[a] > loads[b] : a < b; });
  std::vector<LinkUse> links;
  for (auto r = used.begin(); r != end; ++r) {
    links.push_back({cluster.name(sim::ResourceId{*r}), loads[*r] / timeline.end.seconds(), {timeline.served[*r]}});
  }
  return links;
}

}  // namespace

sim::FlopsPerSecond peak(const topology::GpuSpec& gpu, sim::DataType type) {
  switch (type) {
    case sim::DataType::fp32:
      return gpu.peak_fp32;
    case sim::DataType::fp8:
      return gpu.peak_fp8.value > 0 ? gpu.peak_fp8 : gpu.peak_fp16;
    case sim::DataType::int8:
      return gpu.peak_fp16 * 2;
    case sim::DataType::fp16:
    case sim::DataType::bf16:
      return gpu.peak_fp16;
  }
  return gpu.peak_fp16;
}

IterationResult iteration_result(const sim::Program& program, const topology::Cluster& cluster, const sim::Timeline& timeline) {
  const auto last = std::max_element(timeline.actor_ends.begin(), timeline.actor_ends.end());
  const sim::ActorId actor{static_cast<std::uint32_t>(last - timeline.actor_ends.begin())};
  const auto loads = link_seconds(cluster, timeline);
  IterationResult result;
  result.iteration = timeline.end - sim::Time{};
  result.bounds = bounds_of(program, cluster.node().gpu, loads);
  result.breakdown = breakdown_of(program, timeline, actor);
  Duration sum{};
  for (const auto& [name, part] : result.breakdown) sum += part;
  sim::check(sum <= result.iteration, "the breakdown does not exceed the iteration");
  add_tail(result.breakdown, result.iteration - sum);
  result.bottleneck = std::max_element(result.breakdown.begin(), result.breakdown.end(), [](const auto& a, const auto& b) {
                        return a.second < b.second;
                      })->first;
  result.busiest_links = busiest_links_of(cluster, timeline, loads);
  return result;
}

}  // namespace orrery::workloads
