// The run through a trace that workloads/trace_order.h speaks of: who is where.
#pragma once

#include <queue>
#include <set>

#include "workloads/trace_meetings.h"
#include "workloads/trace_order.h"

namespace orrery::workloads {

class TraceRun {
 public:
  TraceRun(const Trace& trace, Tolerated& tolerated);
  /// Once.
  TraceOrder play();

 private:
  using Number = std::uint32_t;  // of an operation, those of all ranks one after the other
  enum class State : std::uint8_t { waiting, ready, started, ended };
  struct Dependent {
    Number operation;
    TraceDependency::When when;
  };
  struct Lane {
    bool busy = false;
    bool in_order = false;
    std::set<Number> startable{};    // ready, and so are those that they meet
    std::vector<Number> sequence{};  // of a lane in order
    std::size_t next = 0;            // into it: the first that has not started
  };
  struct End {
    std::int64_t at;
    Number number;       // of an operation, or of a meeting
    std::uint8_t meets;  // 1: a meeting
    auto operator<=>(const End&) const = default;
  };

  void number_operations();
  void link_dependents();
  void make_lanes();
  Number number(TraceSpot spot) const { return first_[static_cast<std::size_t>(spot.rank)] + static_cast<Number>(spot.operation); }
  TraceSpot spot(Number number) const;
  const TraceOperation& operation(Number number) const;
  Lane* lane_of(Number number);

  void release(Number number, TraceDependency::When when);
  void settle();
  void post(Number number);
  void post_alone(Number number);
  void post_message(Number number);
  void make_startable(const TraceMeeting& meeting);
  void try_lane(std::size_t lane);
  bool may_take(Number number);
  bool start_if_free(Number number);
  void start(Number number);
  void end(Number number);
  void end_by(std::int64_t duration, Number number, std::uint8_t meets);
  bool overtake();
  TraceOrder order() const;

  struct Cause {
    std::string what;
    std::optional<Number> next{};  // what it waits for in turn
  };
  Cause cause(Number number) const;
  Cause cause_of_collective(Number number) const;
  Cause cause_of_message(Number number) const;
  sim::Error stuck() const;
  sim::Error stuck_at(Number number) const;
  void check_all_met() const;

  const Trace& trace_;
  Tolerated& tolerated_;
  std::vector<Number> first_;       // of each rank, and the end
  std::vector<std::int32_t> rank_;  // of each operation
  std::vector<std::int32_t> pending_;
  std::vector<State> state_;
  std::vector<std::int64_t> starts_;
  std::vector<std::int32_t> meeting_of_;
  std::vector<std::optional<Number>> partner_;  // of messages that have met
  std::vector<TraceMeeting> meetings_;
  std::vector<std::uint32_t> first_dependent_;
  std::vector<Dependent> dependents_;
  std::vector<std::size_t> first_lane_;  // of each rank
  std::vector<Lane> lanes_;
  std::set<std::size_t> touched_;  // lanes where something may start
  std::vector<Number> ready_;
  MessageBox box_;
  std::priority_queue<End, std::vector<End>, std::greater<>> ends_;
  std::int64_t now_ = 0;
  std::size_t ended_ = 0;
};

}  // namespace orrery::workloads
