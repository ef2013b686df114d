#include "workloads/nccl_launch.h"

#include <algorithm>
#include <cstdint>

#include "sim/error.h"
#include "workloads/ring_steps.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

constexpr int most_halvings_divisor = 128;  // threads are halved while they are whole multiples of this

/// Who makes the most of a call, step by step less.
struct LaunchSizing {
  std::int64_t bytes;
  std::int64_t per_thread;
  NcclLaunch launch;
  /// Whether the message is too short for that many channels and threads.
  bool is_short(std::int64_t heads = 1) const { return bytes < per_thread * heads * launch.channels * launch.threads; }
};

int most_threads(NcclWay way, const NcclCommunicator& communicator, const LaunchRules& rules) {
  if (way.algorithm != NcclAlgorithm::ring && way.algorithm != NcclAlgorithm::tree) return rules.all_threads;
  const TunerGraph& ring = communicator.graphs.ring;
  const bool is_slow = ring.intra.value * ring.channels <= rules.slow_ring.value;
  if (way.algorithm == NcclAlgorithm::ring && way.protocol == Protocol::simple && is_slow) return rules.slow_ring_threads;
  return rules.most_threads[static_cast<std::size_t>(way.protocol)];
}

// Down to sixteen channels at the full amount a thread; to eight, four, two and one with half as much each time, from half way on.
void shrink_collnet_direct(LaunchSizing& sizing, int heads) {
  constexpr int first_stop = 16;
  for (int stop = first_stop; stop >= 1; stop /= 2) {
    while (sizing.is_short(heads) && sizing.launch.channels > stop) {
      if (sizing.launch.channels == stop + stop / 2) sizing.per_thread /= 2;
      --sizing.launch.channels;
    }
    if (!sizing.is_short(heads)) return;
  }
}

void shrink(LaunchSizing& sizing) {
  while (sizing.is_short() && sizing.launch.channels > 1) --sizing.launch.channels;
  while (sizing.is_short() && sizing.launch.threads % most_halvings_divisor == 0) sizing.launch.threads /= 2;
}

/// Bytes that pass the network for each that the caller counts.
std::int64_t traffic_per_byte(CollectiveKind kind, int ranks) {
  if (is_all_reduce(kind)) return 2;
  return kind == CollectiveKind::all_gather || kind == CollectiveKind::reduce_scatter ? ranks : 1;
}

/// How many channels have something to do: each gets whole cells.
int filled_channels(CollectiveKind kind, std::int64_t bytes, Protocol protocol, int ranks, const LaunchRules& rules, int channels) {
  constexpr std::int64_t alignment = 16;
  const auto shares = [](std::int64_t amount, std::int64_t share) { return (amount + share - 1) / share; };
  const std::int64_t per_byte = traffic_per_byte(kind, ranks);
  const bool counts_each_rank = kind == CollectiveKind::all_gather || kind == CollectiveKind::reduce_scatter;
  const std::int64_t counted = counts_each_rank ? shares(bytes, ranks) : bytes;
  const std::int64_t traffic = per_byte * (protocol == Protocol::ll ? rules.ll_cell_factor : 1);
  const std::int64_t cell = shares(shares(rules.cell.count, traffic), alignment) * alignment;
  const std::int64_t cells = shares(counted, cell);
  return static_cast<int>(shares(cells, shares(cells, channels)));
}

}  // namespace

NcclLaunch nccl_launch(CollectiveKind kind, sim::Bytes bytes, NcclWay way, const NcclCommunicator& communicator,
                       const NcclConstants& nccl) {
  sim::check(bytes.count > 0, "an operation that is launched has bytes");
  const LaunchRules& rules = nccl.launch;
  const auto generation = static_cast<std::size_t>(generation_of(communicator.compute_capability));
  const bool is_collnet = way.algorithm == NcclAlgorithm::collnet_direct || way.algorithm == NcclAlgorithm::collnet_chain;
  LaunchSizing sizing{bytes.count,
                      is_collnet ? rules.collnet_per_thread.count : rules.per_thread[static_cast<std::size_t>(way.protocol)].count,
                      {communicator.channels, most_threads(way, communicator, rules)}};
  const bool is_ll_ring = way.algorithm == NcclAlgorithm::ring && way.protocol == Protocol::ll;
  if (is_ll_ring) sizing.per_thread *= communicator.ranks;
  if (way.algorithm == NcclAlgorithm::nvls || way.algorithm == NcclAlgorithm::nvls_tree) {
    const int channels = (communicator.nodes == 1 ? rules.nvls_channels_one_node : rules.nvls_channels)[generation];
    return {std::min(channels, communicator.channels), sizing.launch.threads};
  }
  if (way.algorithm == NcclAlgorithm::collnet_direct) {
    shrink_collnet_direct(sizing, communicator.graphs.collnet_direct.channels);
    return sizing.launch;
  }
  shrink(sizing);
  NcclLaunch launch = sizing.launch;
  if (way.algorithm == NcclAlgorithm::ring && way.protocol == Protocol::simple) launch.threads += rules.ring_sync_threads;
  launch.threads = std::max(launch.threads, rules.least_threads);
  if (way.algorithm == NcclAlgorithm::tree || way.algorithm == NcclAlgorithm::pat) launch.threads = rules.all_threads;
  if (!is_collnet) launch.channels = filled_channels(kind, bytes.count, way.protocol, communicator.ranks, rules, launch.channels);
  return launch;
}

}  // namespace orrery::workloads
