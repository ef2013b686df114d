// Peers in step: who begin a meeting together and do the same next, work and meet each other again, fare the same where nothing can hold
// them up. Then all that they do up to their last such step is known when the meeting begins, and is booked at once. The play of single
// steps is in fluid_player.cpp.
#include <algorithm>
#include <utility>

#include "sim/fluid_player.h"

namespace orrery::sim {

bool FluidPlayer::in_step(std::span<const StreamIndex> participants) const {
  const StreamState& first = streams_[participants.front()];
  return std::all_of(participants.begin(), participants.end(), [&](StreamIndex participant) {
    const StreamState& stream = streams_[participant];
    return stream.keeps_step && stream.kind == first.kind && stream.next == first.next;
  });
}

// The activity that these streams, and no others, meet in by the slot, if it takes a time known beforehand; else none.
std::uint32_t FluidPlayer::meeting_of(std::span<const StreamIndex> participants, std::uint32_t slot) const {
  const std::uint32_t activity = bound(streams_[participants.front()], slot);
  const ActivityState& state = activities_[activity];
  if (state.alone == shared || state.contested || state.interferes || state.participants != participants.size()) return none;
  const bool of_all = std::all_of(participants.begin(), participants.end(),
                                  [&](StreamIndex participant) { return bound(streams_[participant], slot) == activity; });
  return of_all ? activity : none;
}

// Of a run that begins now and takes the time it has alone: takes its participants as far as they stay in step. When the step that they are
// then at ends.
Time FluidPlayer::keep_step(const ActivityState& activity) {
  const std::span<const StreamIndex> participants{waiters_.data() + activity.first_waiter, activity.arrived};
  Time begun = now_;
  Time end = now_ + activity.alone;
  if (activity.contested || activity.interferes || !in_step(participants)) return end;
  const StreamState& first = streams_[participants.front()];
  const StreamKind& kind = kinds_[first.kind];
  const std::uint32_t start = first.next;
  std::uint32_t last = start;
  std::uint64_t passed = 0;
  std::uint32_t slot = none;
  std::uint32_t meeting = none;  // by the slot
  ran_.assign(model_.labels, 0);
  for (std::uint32_t next = start + 1; next < kind.count && takes_time(kind.steps[next].kind); ++next) {
    const Step& step = kind.steps[next];
    Duration duration{step.amount};
    if (step.kind == StepKind::join) {
      if (std::exchange(slot, step.target) != step.target) meeting = meeting_of(participants, slot);
      if (meeting == none) break;
      duration = activities_[meeting].alone;
      ++activities_[meeting].runs;
      ++timeline_.events;
    } else if (step.kind == StepKind::work && step.amount == 0) {
      continue;
    }
    ran_[kind.steps[last].label] += (end - begun).ticks;
    ++passed;
    last = next;
    begun = std::exchange(end, end + duration);
  }
  if (last > start) pass(participants, last, passed, begun);
  return end;
}

// All have ended `steps` steps, with what is in ran_, and are at the step `at` since `begun`.
void FluidPlayer::pass(std::span<const StreamIndex> participants, std::uint32_t at, std::uint64_t steps, Time begun) {
  timeline_.events += steps * participants.size();
  steps_done_ += steps * participants.size();
  const StreamKind& kind = kinds_[streams_[participants.front()].kind];
  for (const StreamIndex participant : participants) {
    StreamState& stream = streams_[participant];
    book(participant, step_of(stream).label, now_, now_);
    stream.next = at;
    stream.last_label = step_of(stream).label;
    stream.posted = stream.begun = begun;
  }
  if (kind.number != 0) return;
  for (std::size_t label = 0; label < ran_.size(); ++label) {
    if (ran_[label] == 0) continue;
    for (const StreamIndex participant : participants) accounts_[label * model_.actors.size() + participant].running += ran_[label];
  }
}

}  // namespace orrery::sim
