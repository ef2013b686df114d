#include "workloads/goal_schedule.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

constexpr std::uint8_t goal_calc_label = 0;
constexpr std::uint8_t goal_message_label = 1;
constexpr std::size_t max_dependencies = std::size_t{1} << 27U;

}  // namespace

GoalSchedule::GoalSchedule(const std::string& name, std::string_view noun, const GoalOptions& options) : options_(options) {
  trace_.name = name;
  trace_.noun = noun;
  trace_.labels = {"compute", "message"};
}

void GoalSchedule::fail(std::uint64_t id, const std::string& what, const std::string& remedy) const {
  const std::string place =
      trace_.noun == "line" ? ":" + std::to_string(id) : ": rank " + std::to_string(rank_) + ", " + trace_.noun + " " + std::to_string(id);
  throw sim::Error({.place = trace_.name + place, .what = what, .remedy = remedy});
}

void GoalSchedule::set_ranks(std::int64_t ranks) {
  constexpr std::int64_t most = 1 << 20;
  if (ranks < 1 || ranks > most) {
    throw sim::Error({.place = trace_.name,
                      .what = std::to_string(ranks) + " ranks; a schedule has 1 to " + std::to_string(most),
                      .remedy = "correct the number of ranks"});
  }
  trace_.ranks.resize(static_cast<std::size_t>(ranks));
}

void GoalSchedule::begin_rank(std::int32_t rank) {
  rank_ = rank;
  edges_.clear();
}

std::int32_t GoalSchedule::add_calc(std::uint64_t id, std::int64_t nanoseconds, std::int64_t cpu) {
  constexpr std::int64_t most = INT64_MAX / 1000;
  if (nanoseconds < 0 || nanoseconds > most) fail(id, std::to_string(nanoseconds) + " ns; a calc takes 0 to 106 days", "correct it");
  if (cpu < 0 || cpu > max_goal_cpu) fail(id, "cpu " + std::to_string(cpu), "cpus are numbered 0 to " + std::to_string(max_goal_cpu));
  TraceRank& rank = trace_.ranks[static_cast<std::size_t>(rank_)];
  rank.operations.push_back({.kind = TraceKind::pause,
                             .label = goal_calc_label,
                             .lane = static_cast<std::int32_t>(cpu),
                             .id = id,
                             .duration = {nanoseconds * 1000}});
  return static_cast<std::int32_t>(rank.operations.size()) - 1;
}

std::int32_t GoalSchedule::add_message(std::uint64_t id, TraceKind kind, std::int64_t bytes, std::int64_t peer, std::int64_t tag) {
  const bool any = kind == TraceKind::receive && peer == any_peer;
  if (!any && (peer < 0 || peer >= ranks())) {
    fail(id, "rank " + std::to_string(peer) + "; there are 0 to " + std::to_string(ranks() - 1), "correct the rank");
  }
  if (peer == rank_) fail(id, "rank " + std::to_string(rank_) + " sends itself a message", "make it a calc");
  if (bytes < 0 || bytes > sim::max_operation_bytes) fail(id, std::to_string(bytes) + " bytes; a message has 0 to 1 PiB", "correct them");
  if (tag < 0 && !(kind == TraceKind::receive && tag == any_tag)) fail(id, "tag " + std::to_string(tag), "tags are not negative");
  if (any || tag == any_tag) tolerate("receives from any rank or of any tag (matched in the order of a machine of round numbers)");
  TraceRank& rank = trace_.ranks[static_cast<std::size_t>(rank_)];
  rank.operations.push_back({.kind = kind,
                             .label = goal_message_label,
                             .id = id,
                             .bytes = {bytes},
                             .peer = static_cast<std::int32_t>(peer),
                             .tag = tag,
                             .buffered = kind == TraceKind::send && bytes <= options_.eager.count});
  return static_cast<std::int32_t>(rank.operations.size()) - 1;
}

void GoalSchedule::add_dependency(std::int32_t operation, std::int32_t on, TraceDependency::When when) {
  edges_.push_back({operation, {on, when}});
}

// A message begins, for those that start after its start, when it could be posted: they wait for what it waits for. Its edge to a message
// that begins in turn is one to what that waits for, and so on; a circle of such edges is left as one of ends, which the run reports.
void GoalSchedule::wait_for_posting() {
  const std::vector<TraceOperation>& operations = trace_.ranks[static_cast<std::size_t>(rank_)].operations;
  const auto is_posting = [&](const TraceDependency& on) {
    return on.when == TraceDependency::When::begun && operations[static_cast<std::size_t>(on.operation)].kind != TraceKind::pause;
  };
  if (std::none_of(edges_.begin(), edges_.end(), [&](const Edge& edge) { return is_posting(edge.on); })) return;
  std::vector<std::vector<TraceDependency>> after(operations.size());
  for (const Edge& edge : edges_) after[static_cast<std::size_t>(edge.operation)].push_back(edge.on);
  enum class State : std::uint8_t { fresh, open, done };
  std::vector<State> state(operations.size(), State::fresh);
  std::vector<std::int32_t> stack;
  std::size_t total = edges_.size();
  for (std::int32_t root = 0; root < std::ssize(operations); ++root) {
    stack.assign(1, root);
    while (!stack.empty()) {
      const auto at = static_cast<std::size_t>(stack.back());
      if (state[at] == State::fresh) {
        state[at] = State::open;
        for (const TraceDependency& on : after[at]) {
          if (is_posting(on) && state[static_cast<std::size_t>(on.operation)] == State::fresh) stack.push_back(on.operation);
        }
        continue;
      }
      stack.pop_back();
      if (std::exchange(state[at], State::done) == State::done) continue;
      std::vector<TraceDependency> expanded;
      for (TraceDependency on : after[at]) {
        const auto& others = after[static_cast<std::size_t>(on.operation)];
        if (!is_posting(on)) {
          expanded.push_back(on);
        } else if (state[static_cast<std::size_t>(on.operation)] == State::done) {
          expanded.insert(expanded.end(), others.begin(), others.end());
        } else {
          expanded.push_back({on.operation, TraceDependency::When::ended});
        }
      }
      total += expanded.size();
      if (total > max_dependencies) fail(operations[at].id, "too many operations wait for the same starts", "cut the schedule");
      after[at] = std::move(expanded);
    }
  }
  edges_.clear();
  for (std::int32_t i = 0; i < std::ssize(operations); ++i) {
    for (const TraceDependency& on : after[static_cast<std::size_t>(i)]) edges_.push_back({i, on});
  }
}

// Lanes are the cpus that calculate, in order of their numbers.
void GoalSchedule::sort_lanes() {
  TraceRank& rank = trace_.ranks[static_cast<std::size_t>(rank_)];
  std::vector<std::int32_t> lane_of(max_goal_cpu + 1, no_lane);
  for (const TraceOperation& operation : rank.operations) {
    if (operation.lane != no_lane) lane_of[static_cast<std::size_t>(operation.lane)] = 0;
  }
  for (std::size_t cpu = 0; cpu < lane_of.size(); ++cpu) {
    if (lane_of[cpu] == no_lane) continue;
    lane_of[cpu] = static_cast<std::int32_t>(rank.lanes.size());
    rank.lanes.push_back({.name = "cpu" + std::to_string(cpu)});
  }
  for (TraceOperation& operation : rank.operations) {
    if (operation.lane != no_lane) operation.lane = lane_of[static_cast<std::size_t>(operation.lane)];
  }
}

void GoalSchedule::end_rank() {
  wait_for_posting();
  sort_lanes();
  TraceRank& rank = trace_.ranks[static_cast<std::size_t>(rank_)];
  for (const Edge& edge : edges_) ++rank.operations[static_cast<std::size_t>(edge.operation)].after_count;
  std::uint32_t first = 0;
  for (TraceOperation& operation : rank.operations) {
    operation.first_after = first;
    first += std::exchange(operation.after_count, 0);
  }
  rank.after.resize(edges_.size());
  for (const Edge& edge : edges_) {
    TraceOperation& operation = rank.operations[static_cast<std::size_t>(edge.operation)];
    rank.after[operation.first_after + operation.after_count++] = edge.on;
  }
}

}  // namespace orrery::workloads
