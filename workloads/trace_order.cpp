#include "workloads/trace_order.h"

#include <algorithm>
#include <limits>

#include "sim/error.h"
#include "workloads/trace_run.h"

namespace orrery::workloads {
namespace {

// Of a machine of today, in round numbers: what a trace leaves open is decided as there.
constexpr double nominal_flops = 1e14;             // a second
constexpr double nominal_memory = 1e12;            // bytes a second
constexpr double nominal_network = 1e11;           // bytes a second
constexpr std::int64_t nominal_delay = 5'000'000;  // picoseconds, of whatever is sent

std::int64_t ticks(double seconds) { return static_cast<std::int64_t>(seconds * 1e12); }

std::int64_t nominal_duration(const TraceOperation& operation) {
  switch (operation.kind) {
    case TraceKind::nothing:
      return 0;
    case TraceKind::pause:
      return operation.duration.ticks;
    case TraceKind::compute:
      return ticks(
          std::max(static_cast<double>(operation.operations) / nominal_flops, static_cast<double>(operation.bytes.count) / nominal_memory));
    case TraceKind::collective:
    case TraceKind::send:
    case TraceKind::receive:
      break;
  }
  return nominal_delay + ticks(static_cast<double>(operation.bytes.count) / nominal_network);
}

bool is_alone(TraceKind kind) { return kind == TraceKind::nothing || kind == TraceKind::pause || kind == TraceKind::compute; }

}  // namespace

TraceRun::TraceRun(const Trace& trace, Tolerated& tolerated)
    : trace_(trace), tolerated_(tolerated), meetings_(collective_meetings(trace, tolerated)), box_(trace) {
  number_operations();
  link_dependents();
  make_lanes();
}

void TraceRun::number_operations() {
  std::size_t count = 0;
  for (const TraceRank& rank : trace_.ranks) {
    first_.push_back(static_cast<Number>(count));
    count += rank.operations.size();
    rank_.resize(count, static_cast<std::int32_t>(first_.size()) - 1);
    sim::check(count < std::numeric_limits<std::int32_t>::max(), "a trace's operations fit 31 bits");
  }
  first_.push_back(static_cast<Number>(count));
  state_.assign(count, State::waiting);
  starts_.assign(count, -1);
  meeting_of_.assign(count, -1);
  partner_.resize(count);
  for (std::size_t m = 0; m < meetings_.size(); ++m) {
    for (const TraceSpot& member : meetings_[m].members) meeting_of_[number(member)] = static_cast<std::int32_t>(m);
  }
}

TraceSpot TraceRun::spot(Number number) const {
  const std::int32_t rank = rank_[number];
  return {rank, static_cast<std::int32_t>(number - first_[static_cast<std::size_t>(rank)])};
}

const TraceOperation& TraceRun::operation(Number number) const {
  const TraceSpot where = spot(number);
  return trace_.ranks[static_cast<std::size_t>(where.rank)].operations[static_cast<std::size_t>(where.operation)];
}

// By counting: how many each operation releases, then whom.
void TraceRun::link_dependents() {
  pending_.assign(state_.size(), 0);
  first_dependent_.assign(state_.size() + 1, 0);
  const auto each_dependency = [&](const auto& use) {
    for (std::size_t r = 0; r < trace_.ranks.size(); ++r) {
      const TraceRank& rank = trace_.ranks[r];
      for (std::size_t i = 0; i < rank.operations.size(); ++i) {
        const TraceOperation& what = rank.operations[i];
        for (std::uint32_t d = 0; d < what.after_count; ++d) {
          const TraceDependency& after = rank.after[what.first_after + d];
          use(first_[r] + static_cast<Number>(i), first_[r] + static_cast<Number>(after.operation), after.when);
        }
      }
    }
  };
  each_dependency([&](Number, Number on, TraceDependency::When) { ++first_dependent_[on + 1]; });
  for (std::size_t i = 1; i < first_dependent_.size(); ++i) first_dependent_[i] += first_dependent_[i - 1];
  std::vector<std::uint32_t> next = first_dependent_;
  dependents_.resize(first_dependent_.back());
  each_dependency([&](Number who, Number on, TraceDependency::When when) {
    ++pending_[who];
    dependents_[next[on]++] = {who, when};
  });
}

void TraceRun::make_lanes() {
  for (std::size_t r = 0; r < trace_.ranks.size(); ++r) {
    const TraceRank& rank = trace_.ranks[r];
    first_lane_.push_back(lanes_.size());
    for (const TraceLane& lane : rank.lanes) lanes_.emplace_back().in_order = lane.order == TraceLane::Order::as_written;
    for (std::size_t i = 0; i < rank.operations.size(); ++i) {
      if (rank.operations[i].lane == no_lane) continue;
      Lane& lane = lanes_[first_lane_.back() + static_cast<std::size_t>(rank.operations[i].lane)];
      if (lane.in_order) lane.sequence.push_back(first_[r] + static_cast<Number>(i));
    }
  }
}

TraceRun::Lane* TraceRun::lane_of(Number number) {
  const std::int32_t lane = operation(number).lane;
  return lane == no_lane ? nullptr : &lanes_[first_lane_[static_cast<std::size_t>(spot(number).rank)] + static_cast<std::size_t>(lane)];
}

TraceOrder TraceRun::play() {
  for (Number number = 0; number < state_.size(); ++number) {
    if (pending_[number] == 0) ready_.push_back(number);
  }
  settle();
  while (ended_ < state_.size()) {
    if (ends_.empty()) {
      if (!overtake()) throw stuck();
      settle();
      continue;
    }
    now_ = ends_.top().at;
    while (!ends_.empty() && ends_.top().at == now_) {
      const End next = ends_.top();
      ends_.pop();
      if (next.meets == 0) {
        end(next.number);
      } else {
        for (const TraceSpot& member : meetings_[next.number].members) end(number(member));
      }
    }
    settle();
  }
  check_all_met();
  return order();
}

// What became ready at one time is posted in the order of the trace.
void TraceRun::settle() {
  while (!ready_.empty() || !touched_.empty()) {
    std::vector<Number> ready;
    ready.swap(ready_);
    std::sort(ready.begin(), ready.end());
    for (const Number number : ready) post(number);
    std::set<std::size_t> touched;
    touched.swap(touched_);
    for (const std::size_t lane : touched) try_lane(lane);
  }
}

void TraceRun::release(Number number, TraceDependency::When when) {
  for (std::uint32_t d = first_dependent_[number]; d < first_dependent_[number + 1]; ++d) {
    if (dependents_[d].when == when && --pending_[dependents_[d].operation] == 0) ready_.push_back(dependents_[d].operation);
  }
}

void TraceRun::post(Number number) {
  state_[number] = State::ready;
  const TraceOperation& what = operation(number);
  if (is_alone(what.kind)) return post_alone(number);
  if (what.kind != TraceKind::collective) return post_message(number);
  TraceMeeting& meeting = meetings_[static_cast<std::size_t>(meeting_of_[number])];
  if (++meeting.ready == meeting.needed) make_startable(meeting);
}

// Only its lane can hold it up now.
void TraceRun::post_alone(Number number) {
  if (Lane* const lane = lane_of(number)) {
    lane->startable.insert(number);
    touched_.insert(static_cast<std::size_t>(lane - lanes_.data()));
  } else {
    start_if_free(number);
  }
}

void TraceRun::post_message(Number number) {
  const std::optional<TraceSpot> met = box_.post(spot(number));
  if (met) {
    partner_[number] = this->number(*met);
    partner_[*partner_[number]] = number;
  }
  const bool sends = operation(number).kind == TraceKind::send;
  if (sends && operation(number).buffered) return post_alone(number);
  if (!met) return;
  const Number other = *partner_[number];
  if (!sends && operation(other).buffered) {
    if (state_[other] == State::ended) post_alone(number);
    return;
  }
  meeting_of_[number] = meeting_of_[other] = static_cast<std::int32_t>(meetings_.size());
  meetings_.push_back({.members = {*met, spot(number)}, .needed = 2, .ready = 2});
  make_startable(meetings_.back());
}

void TraceRun::make_startable(const TraceMeeting& meeting) {
  bool waits = false;
  for (const TraceSpot& member : meeting.members) {
    Lane* const lane = lane_of(number(member));
    if (lane == nullptr) continue;
    waits = true;
    lane->startable.insert(number(member));
    touched_.insert(static_cast<std::size_t>(lane - lanes_.data()));
  }
  if (!waits) start_if_free(number(meeting.members.front()));
}

void TraceRun::try_lane(std::size_t lane) {
  if (lanes_[lane].busy) return;
  for (const Number number : lanes_[lane].startable) {
    if (start_if_free(number)) return;
  }
}

// Whether the operation's lane is free and, where it keeps the order of the trace, has come to it.
bool TraceRun::may_take(Number number) {
  const Lane* const lane = lane_of(number);
  if (lane == nullptr) return true;
  return !lane->busy && (!lane->in_order || lane->sequence[lane->next] == number);
}

bool TraceRun::start_if_free(Number number) {
  const std::int32_t index = meeting_of_[number];
  if (index < 0) {
    if (!may_take(number)) return false;
    start(number);
    end_by(operation(number).kind == TraceKind::receive ? 0 : nominal_duration(operation(number)), number, 0);
    return true;
  }
  const TraceMeeting& meeting = meetings_[static_cast<std::size_t>(index)];
  for (const TraceSpot& member : meeting.members) {
    if (!may_take(this->number(member))) return false;
  }
  for (const TraceSpot& member : meeting.members) start(this->number(member));
  end_by(nominal_duration(operation(number)), static_cast<Number>(index), 1);
  return true;
}

void TraceRun::start(Number number) {
  state_[number] = State::started;
  starts_[number] = now_;
  if (Lane* const lane = lane_of(number)) {
    lane->busy = true;
    lane->startable.erase(number);
    while (lane->next < lane->sequence.size() && state_[lane->sequence[lane->next]] >= State::started) ++lane->next;
  }
  release(number, TraceDependency::When::begun);
}

void TraceRun::end_by(std::int64_t duration, Number number, std::uint8_t meets) {
  std::int64_t at = 0;
  if (__builtin_add_overflow(now_, std::max<std::int64_t>(duration, 1), &at)) {
    throw sim::Error({.place = trace_.name, .what = "takes longer than 106 days", .remedy = "correct the durations, or cut the trace"});
  }
  ends_.push({at, number, meets});
}

void TraceRun::end(Number number) {
  state_[number] = State::ended;
  ++ended_;
  if (Lane* const lane = lane_of(number)) {
    lane->busy = false;
    touched_.insert(static_cast<std::size_t>(lane - lanes_.data()));
  }
  release(number, TraceDependency::When::ended);
  const std::optional<Number> waiting = partner_[number];
  if (waiting && meeting_of_[number] < 0 && operation(number).kind == TraceKind::send && state_[*waiting] == State::ready)
    post_alone(*waiting);
}

// Nothing runs. What could start, if only its lane did not keep the order of the trace, starts: a dependency has led against that order.
bool TraceRun::overtake() {
  for (Lane& lane : lanes_) {
    if (!lane.in_order || lane.startable.empty()) continue;
    const Number first = *lane.startable.begin();
    const std::int32_t index = meeting_of_[first];
    const std::vector<TraceSpot> members =
        index < 0 ? std::vector<TraceSpot>{spot(first)} : meetings_[static_cast<std::size_t>(index)].members;
    for (const TraceSpot& member : members) start(number(member));
    end_by(nominal_duration(operation(first)), index < 0 ? first : static_cast<Number>(index), index < 0 ? 0 : 1);
    tolerated_.add("operations that start before earlier ones of their stream, which depend on what comes later");
    return true;
  }
  return false;
}

TraceOrder TraceRun::order() const {
  TraceOrder order;
  for (std::size_t r = 0; r < trace_.ranks.size(); ++r) {
    const std::size_t count = trace_.ranks[r].operations.size();
    order.starts.emplace_back(starts_.begin() + first_[r], starts_.begin() + first_[r + 1]);
    order.partners.emplace_back(count);
    order.firsts.emplace_back(count);
  }
  const auto set = [](auto& table, TraceSpot of, TraceSpot to) {
    table[static_cast<std::size_t>(of.rank)][static_cast<std::size_t>(of.operation)] = {to.rank, to.operation};
  };
  for (const TraceMeeting& meeting : meetings_) {
    if (meeting.group < 0) continue;
    for (const TraceSpot& member : meeting.members) set(order.firsts, member, meeting.members.front());
  }
  for (Number number = 0; number < partner_.size(); ++number) {
    if (partner_[number]) set(order.partners, spot(number), spot(*partner_[number]));
  }
  return order;
}

TraceOrder order_of(const Trace& trace, Tolerated& tolerated) { return TraceRun(trace, tolerated).play(); }

}  // namespace orrery::workloads
