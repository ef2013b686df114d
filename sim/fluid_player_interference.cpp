// Work that others' runs slow down (sim/interference.h): the rates of its fluids follow what is taken from its processor. Kept up to date
// once a tick, after all that happens at it. The play of steps is in fluid_player.cpp.
#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/fluid_player.h"

namespace orrery::sim {

FluidPlayer::Exposed* FluidPlayer::exposed_work_on(ResourceId processor) {
  if (exposed_number_.empty() || exposed_number_[index(processor)] == none) return nullptr;
  return &exposed_[exposed_number_[index(processor)]];
}

void FluidPlayer::touch(Exposed& work) {
  if (work.stale) return;
  work.stale = true;
  stale_.push_back(exposed_number_[index(work.processor)]);
}

// More (times 1) or less (-1). An actor that stands for several on one processor takes as they all would.
void FluidPlayer::change_taken(std::uint32_t activity, const Takes& takes, std::int64_t times) {
  const ActivityState& state = activities_[activity];
  for (std::uint32_t w = 0; w < state.arrived; ++w) {
    const Actor& actor = model_.actors[streams_[waiters_[state.first_waiter + w]].actor];
    Exposed* const work = exposed_work_on(actor.processor);
    if (work == nullptr) continue;
    work->taken.arithmetic += times * actor.multiplicity * takes.arithmetic;
    work->taken.memory += times * actor.multiplicity * takes.memory;
    touch(*work);
  }
}

// The rates of all that flows; those of runs first, since what they take follows them.
void FluidPlayer::settle_rates() {
  settle_exposed_work();
  pool_.settle(now_);
  announce_ends();
  if (exposed_.empty()) return;
  repaced_.clear();
  for (const auto& [fluid, end] : pool_.retimed()) {
    if (fluid >= activity_of_flow_.size()) continue;
    const std::uint32_t activity = activity_of_flow_[fluid];
    ActivityState& state = activities_[activity];
    if (!state.interferes || std::exchange(state.repaced, true)) continue;
    repaced_.push_back(activity);
  }
  for (const std::uint32_t number : repaced_) {
    ActivityState& state = activities_[number];
    state.repaced = false;
    const std::int32_t now = memory_taken(model_.activities[number]);
    if (now == state.memory) continue;
    change_taken(number, {0, now - std::exchange(state.memory, now)}, 1);
  }
  if (stale_.empty()) return;
  settle_exposed_work();
  pool_.settle(now_);
  announce_ends();
}

void FluidPlayer::announce_ends() {
  for (const auto& [fluid, end] : pool_.retimed()) queue_.push(end, {Event::Kind::end_of_fluid, fluid, pool_.version(fluid)});
}

// In proportion to the rate of the flow that is held up most.
std::int32_t FluidPlayer::memory_taken(const Activity& activity) const {
  double pace = 1;
  for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
    if (!pool_.flows(f)) continue;
    pace = std::min(pace, pool_.rate(f) / pool_.alone(f));
  }
  return static_cast<std::int32_t>(std::lround(pace * activity.takes.memory));
}

Mix FluidPlayer::mix_of(const StreamState& stream) const {
  const std::span<const Mix> mixes = kinds_[stream.kind].mixes;
  const std::uint32_t number = step_of(stream).target;
  return number < mixes.size() ? mixes[number] : Mix{};
}

void FluidPlayer::settle_exposed_work() {
  for (const std::uint32_t number : stale_) {
    Exposed& work = exposed_[number];
    work.stale = false;
    std::int64_t fastest = 0;
    for (const StreamIndex stream : work.streams) {
      const StreamState& state = streams_[stream];
      if (!pool_.flows(state.work)) continue;
      const std::int64_t rate = work_rate(work.taken, mix_of(state), work.capacity);
      pool_.limit(state.work, static_cast<double>(rate));
      fastest = std::max(fastest, rate);
    }
    // Who shares the processor shares what is left of it for the least held up of them.
    if (!contended_[index(work.processor)]) continue;
    pool_.set_capacity(work.processor, fastest == 0 ? work.capacity : std::min(work.capacity, fastest));
  }
  stale_.clear();
}

}  // namespace orrery::sim
