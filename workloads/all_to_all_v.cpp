#include "workloads/all_to_all_v.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "sim/error.h"
#include "workloads/steps_program.h"

namespace orrery::workloads {
namespace {

constexpr std::int32_t tag_of_parts = 0;  // there is one message for each pair

/// What one rank sends and receives, slot by slot.
RankStreams streams_of(int rank, const ByteMatrix& matrix, const P2pSchedule& schedule, const std::vector<P2pSchedule::Round>& rounds) {
  const auto slots = static_cast<std::size_t>(std::clamp(schedule.ranks - 1, 1, schedule.slots));
  std::vector<sim::Stream> sending(slots);
  std::vector<sim::Stream> receiving(slots);
  for (std::size_t r = 1; r < rounds.size(); ++r) {
    const std::size_t slot = (r - 1) % slots;
    const int to = schedule.receiver(rank, rounds[r]);
    const int from = schedule.sender(rank, rounds[r]);
    if (const sim::Bytes sent = matrix.at(rank, to); sent.count > 0)
      sending[slot].operations.push_back({0, sim::Send{sent, to - rank, tag_of_parts}});
    if (const sim::Bytes received = matrix.at(from, rank); received.count > 0)
      receiving[slot].operations.push_back({0, sim::Receive{received, from - rank, tag_of_parts}});
  }
  RankStreams streams;
  const auto append = [&](std::vector<sim::Stream>& all, const char* does) {
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (all[slot].operations.empty()) continue;
      all[slot].name = fmt::format("{}{}", does, slot);
      streams.streams.push_back(std::move(all[slot]));
    }
  };
  append(sending, "send");
  append(receiving, "receive");
  if (streams.streams.empty()) streams.streams.push_back({.name = "idle"});
  return streams;
}

}  // namespace

std::vector<P2pSchedule::Round> P2pSchedule::rounds() const {
  const int groups = ranks / group;
  const auto doubled = static_cast<int>(std::bit_ceil(static_cast<unsigned>(groups)));
  std::vector<Round> rounds;
  int further = 0;  // triangular numbers modulo a power of two come by each number below it once
  for (int step = 0; step < doubled; ++step) {
    further = (further + step) % doubled;
    if (further >= groups) continue;
    for (int member = 0; member < group; ++member) rounds.push_back({further, member});
  }
  return rounds;
}

int P2pSchedule::receiver(int rank, Round round) const {
  return (rank / group + round.groups) % (ranks / group) * group + (rank % group + round.members) % group;
}

int P2pSchedule::sender(int rank, Round round) const {
  const int groups = ranks / group;
  return (rank / group + groups - round.groups) % groups * group + (rank % group + group - round.members) % group;
}

sim::Program program_of(const ByteMatrix& matrix, const P2pSchedule& schedule) {
  sim::check(matrix.ranks == schedule.ranks && schedule.ranks % schedule.group == 0, "a matrix is of the ranks, which are whole groups");
  const std::vector<P2pSchedule::Round> rounds = schedule.rounds();
  sim::Program program{.name = "all_to_all", .ranks = static_cast<std::int32_t>(matrix.ranks), .labels = {"collective"}};
  for (std::int32_t rank = 0; rank < program.ranks; ++rank) append_roles({rank}, streams_of(rank, matrix, schedule, rounds), program.roles);
  return program;
}

AllToAllV all_to_all_v(const ByteMatrix& matrix, const CollectiveModel& collectives, const GroupShape& shape, int ranks_a_node) {
  constexpr int at_once = 8;  // messages a channel (NCCL_MAX_DEV_WORK_P2P_PER_BATCH)
  AllToAllV messages;
  const CollectivePlan& plan = messages.plan =
      collectives.plan(sim::CollectiveKind::all_to_all, matrix.ranks * matrix.longest(), sim::DataType::int8, shape);
  if (plan.algorithm == Algorithm::none) return messages;
  const bool on_one_node = shape.counts.nodes == 1;
  const P2pSchedule schedule{
      .ranks = matrix.ranks, .group = on_one_node ? matrix.ranks : std::gcd(at_once, ranks_a_node), .slots = at_once * plan.thread_blocks};
  messages.program = program_of(matrix, schedule);
  // Of a rank's messages in a row each takes its share of the time.
  const int at_a_time = std::min(matrix.ranks - 1, schedule.slots);
  const double in_a_row = static_cast<double>(matrix.ranks - 1) / at_a_time;
  const sim::BytesPerSecond rank_rate = plan.edge_rate * (matrix.ranks - 1);
  messages.in_kernel.pace = matrix.most_through() / (rank_rate * in_a_row);
  if (on_one_node && in_a_row == 1) {
    messages.in_kernel.flags = KernelMessages::Flags::apart;
    messages.launch = plan.latency;
  } else {
    messages.launch = collectives.launch(Protocol::simple, on_one_node ? CollectiveModel::Reach::node : CollectiveModel::Reach::nodes);
  }
  return messages;
}

}  // namespace orrery::workloads
