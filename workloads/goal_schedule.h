// A GOAL schedule in the making: what its two forms have in common.
#pragma once

#include <string>
#include <string_view>

#include "workloads/import_goal.h"

namespace orrery::workloads {

inline constexpr std::int64_t max_goal_cpu = 255;

class GoalSchedule {
 public:
  /// `noun` is what the numbers of operations count: lines, or operations.
  GoalSchedule(const std::string& name, std::string_view noun, const GoalOptions& options);

  /// Throws sim::Error where there can be no so many.
  void set_ranks(std::int64_t ranks);
  std::int32_t ranks() const { return static_cast<std::int32_t>(trace_.ranks.size()); }

  /// Operations and edges are of this rank from now on.
  void begin_rank(std::int32_t rank);
  std::int32_t add_calc(std::uint64_t id, std::int64_t nanoseconds, std::int64_t cpu);
  /// `peer` and `tag` may be "any" of a receive.
  std::int32_t add_message(std::uint64_t id, TraceKind kind, std::int64_t bytes, std::int64_t peer, std::int64_t tag);
  void add_dependency(std::int32_t operation, std::int32_t on, TraceDependency::When when);
  void end_rank();

  void tolerate(std::string_view what, std::int64_t count = 1) { trace_.tolerated.add(what, count); }
  Trace take() { return std::move(trace_); }

 private:
  struct Edge {
    std::int32_t operation;
    TraceDependency on;
  };
  [[noreturn]] void fail(std::uint64_t id, const std::string& what, const std::string& remedy) const;
  void wait_for_posting();
  void sort_lanes();

  Trace trace_;
  GoalOptions options_;
  std::int32_t rank_ = -1;
  std::vector<Edge> edges_;  // of the rank at hand
};

Trace read_goal_text(std::string_view text, const std::string& name, const GoalOptions& options);
Trace read_goal_binary(std::string_view bytes, const std::string& name, const GoalOptions& options);

}  // namespace orrery::workloads
