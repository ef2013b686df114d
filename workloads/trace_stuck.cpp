// Why a trace cannot end: from what waits to what it waits for, until nothing is left that could come, or the way closes.
#include <algorithm>

#include "sim/error.h"
#include "workloads/trace_run.h"

namespace orrery::workloads {

TraceRun::Cause TraceRun::cause_of_collective(Number number) const {
  const TraceMeeting& meeting = meetings_[static_cast<std::size_t>(meeting_of_[number])];
  for (const TraceSpot& member : meeting.members) {
    if (state_[this->number(member)] == State::waiting) return {"", this->number(member)};
  }
  const std::vector<std::int32_t>& all = trace_.groups[static_cast<std::size_t>(meeting.group)].members;
  std::string missing;
  for (const std::int32_t rank : all) {
    const auto is_of_rank = [rank](const TraceSpot& member) { return member.rank == rank; };
    if (std::any_of(meeting.members.begin(), meeting.members.end(), is_of_rank)) continue;
    constexpr std::size_t most = 60;
    if (missing.size() < most)
      missing += (missing.empty() ? "" : ", ") + std::to_string(rank);
    else if (!missing.ends_with("..."))
      missing += ", ...";
  }
  return {"waits for rank " + missing + " of the group, whose trace has no such collective", std::nullopt};
}

TraceRun::Cause TraceRun::cause_of_message(Number number) const {
  const TraceSpot here = spot(number);
  const TraceOperation& what = operation(number);
  const bool sends = what.kind == TraceKind::send;
  if (partner_[number]) return {"", partner_[number]};
  const auto is_half = [&](std::int32_t rank, const TraceOperation& other) {
    if (other.kind != (sends ? TraceKind::receive : TraceKind::send)) return false;
    const TraceOperation& receive = sends ? other : what;
    const TraceOperation& send = sends ? what : other;
    const std::int32_t from = sends ? here.rank : rank;
    const std::int32_t to = sends ? rank : here.rank;
    return send.peer == to && (receive.peer == any_peer || receive.peer == from) && (receive.tag == any_tag || receive.tag == send.tag);
  };
  for (std::int32_t rank = 0; rank < std::ssize(trace_.ranks); ++rank) {
    if (what.peer != any_peer && rank != what.peer) continue;
    const std::vector<TraceOperation>& operations = trace_.ranks[static_cast<std::size_t>(rank)].operations;
    for (std::int32_t i = 0; i < std::ssize(operations); ++i) {
      const Number other = this->number({rank, i});
      if (state_[other] == State::waiting && is_half(rank, operations[static_cast<std::size_t>(i)])) return {"", other};
    }
  }
  return {sends ? "finds no receive that takes it" : "finds no send that it takes", std::nullopt};
}

TraceRun::Cause TraceRun::cause(Number number) const {
  if (state_[number] != State::waiting) {
    return operation(number).kind == TraceKind::collective ? cause_of_collective(number) : cause_of_message(number);
  }
  const TraceSpot here = spot(number);
  const TraceRank& rank = trace_.ranks[static_cast<std::size_t>(here.rank)];
  const TraceOperation& what = operation(number);
  for (std::uint32_t d = 0; d < what.after_count; ++d) {
    const TraceDependency& after = rank.after[what.first_after + d];
    const Number on = this->number({here.rank, after.operation});
    if (state_[on] < (after.when == TraceDependency::When::ended ? State::ended : State::started)) return {"", on};
  }
  sim::check(false, "what waits waits for something");
  return {};
}

sim::Error TraceRun::stuck() const {
  const auto blocked = [](State state) { return state < State::started; };
  return stuck_at(static_cast<Number>(std::find_if(state_.begin(), state_.end(), blocked) - state_.begin()));
}

// What was sent without a receive has ended, and yet the trace is not whole.
void TraceRun::check_all_met() const {
  for (Number number = 0; number < partner_.size(); ++number) {
    if (operation(number).kind == TraceKind::send && !partner_[number]) throw stuck_at(number);
  }
}

sim::Error TraceRun::stuck_at(Number from) const {
  const auto words = [&](Number number) {
    const TraceSpot where = spot(number);
    return in_words(trace_, where.rank, where.operation);
  };
  auto at = from;
  std::vector<Number> way;
  std::vector<bool> seen(state_.size(), false);
  for (;;) {
    if (seen[at]) break;
    seen[at] = true;
    way.push_back(at);
    const Cause found = cause(at);
    if (!found.next) {
      return sim::Error({.place = trace_.name,
                         .what = "cannot end: " + words(at) + " " + found.what,
                         .remedy = "let every message have its send and its receive, and every member of a group all its collectives"});
    }
    at = *found.next;
  }
  way.erase(way.begin(), std::find(way.begin(), way.end(), at));
  std::string circle;
  constexpr std::size_t shown = 4;
  for (std::size_t i = 0; i < std::min(shown, way.size()); ++i) circle += words(way[i]) + ", which waits for ";
  if (way.size() > shown) circle += std::to_string(way.size() - shown) + " more, the last of which waits for ";
  return sim::Error(
      {.place = trace_.name, .what = "cannot end: " + circle + "the first of these", .remedy = "break the circle of dependencies"});
}

}  // namespace orrery::workloads
