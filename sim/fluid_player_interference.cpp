// Work that others' runs slow down (sim/interference.h): the rates of its fluids follow what is taken from its processor. Kept up to date
// once a tick, after all that happens at it. The play of steps is in fluid_player.cpp.
#include <algorithm>

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

// A run's begin (times 1) or end (-1). An actor that stands for several on one processor takes as they all would.
void FluidPlayer::change_taken(std::uint32_t activity, std::int64_t times) {
  const ActivityState& state = activities_[activity];
  const Takes& takes = model_.activities[activity].takes;
  for (std::uint32_t w = 0; w < state.arrived; ++w) {
    const Actor& actor = model_.actors[streams_[waiters_[state.first_waiter + w]].actor];
    Exposed* const work = exposed_work_on(actor.processor);
    if (work == nullptr) continue;
    work->taken.arithmetic += times * actor.multiplicity * takes.arithmetic;
    work->taken.memory += times * actor.multiplicity * takes.memory;
    touch(*work);
  }
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
