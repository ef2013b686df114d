#include "sim/fluid_pool.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace orrery::sim {

FluidPool::FluidPool(std::span<const Resource> resources) : places_(resources.size()) {
  for (std::size_t i = 0; i < resources.size(); ++i) places_[i].capacity = resources[i].capacity;
}

FluidPool::Fluid FluidPool::declare(std::span<const Demand> demands, double rate_cap) {
  const auto count = static_cast<std::uint32_t>(demands.size());
  Fluid fluid = static_cast<Fluid>(state_.size());
  auto& reusable = forgotten_[count];
  if (reusable.empty()) {
    state_.push_back({.first = static_cast<std::uint32_t>(crossings_.size()), .count = count});
    crossings_.resize(crossings_.size() + count);
  } else {
    fluid = reusable.back();
    reusable.pop_back();
  }
  State& state = state_[fluid];
  state.alone = rate_cap;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Demand& demand = demands[i];
    const Place& place = places_[index(demand.resource)];
    check(place.capacity > 0 && demand.multiplicity > 0, "a fluid crosses resources of positive capacity, at least once");
    crossings_[state.first + i] = {index(demand.resource), demand.multiplicity, 0};
    state.alone = std::min(state.alone, static_cast<double>(place.capacity) / demand.multiplicity);
  }
  check(state.alone > 0 && std::isfinite(state.alone), "a fluid has a finite, positive rate of its own");
  state.bound = static_cast<std::int64_t>(std::ceil(state.alone));
  return fluid;
}

void FluidPool::forget(Fluid fluid) { forgotten_[state_[fluid].count].push_back(fluid); }

void FluidPool::begin(Fluid fluid, std::int64_t amount, Time now) {
  State& state = state_[fluid];
  state.remaining = static_cast<double>(amount);
  state.since = now;
  state.rate = 0;
  for (std::uint32_t c = state.first; c < state.first + state.count; ++c) {
    Crossing& crossing = crossings_[c];
    Place& place = places_[crossing.resource];
    place.load += crossing.multiplicity * state.bound;
    crossing.position = static_cast<std::uint32_t>(place.fluids.size());
    place.fluids.push_back({fluid, c});
  }
  begun_.push_back(fluid);
}

void FluidPool::end(Fluid fluid) {
  State& state = state_[fluid];
  for (std::uint32_t c = state.first; c < state.first + state.count; ++c) {
    const Crossing& crossing = crossings_[c];
    Place& place = places_[crossing.resource];
    if (can_bind(place)) relieved_.push_back(crossing.resource);
    place.load -= crossing.multiplicity * state.bound;
    const Flowing last = place.fluids.back();
    place.fluids[crossing.position] = last;
    crossings_[last.crossing].position = crossing.position;
    place.fluids.pop_back();
  }
  state.rate = 0;
  ++state.version;
}

void FluidPool::reach(Fluid fluid) {
  State& state = state_[fluid];
  if (state.visit == visits_) return;
  state.visit = visits_;
  reached_.push_back(fluid);
}

// Breadth first from what began and what was relieved, through resources that can bind. Each resource met enters the solver; each fluid
// that crosses one does too, with its rate alone as its cap (which stands for all the resources that cannot bind).
void FluidPool::gather() {
  ++visits_;
  reached_.clear();
  contended_.clear();
  solver_.clear();
  for (const Fluid fluid : begun_) reach(fluid);
  for (const std::uint32_t resource : relieved_) {
    for (const Flowing& flowing : places_[resource].fluids) reach(flowing.fluid);
  }
  begun_.clear();
  relieved_.clear();
  for (std::size_t next = 0; next < reached_.size(); ++next) {
    const Fluid fluid = reached_[next];
    const State state = state_[fluid];
    bool contended = false;
    for (std::uint32_t c = state.first; c < state.first + state.count; ++c) {
      Place& place = places_[crossings_[c].resource];
      if (!can_bind(place)) continue;
      if (place.visit != visits_) {
        place.visit = visits_;
        place.local = solver_.add_resource(static_cast<double>(place.capacity));
        for (const Flowing& flowing : place.fluids) reach(flowing.fluid);
      }
      if (!contended) {
        contended = true;
        contended_.push_back(fluid);
        solver_.add_flow(state.alone);
      }
      solver_.cross(place.local, crossings_[c].multiplicity);
    }
  }
}

void FluidPool::retime(Fluid fluid, double rate, Time now) {
  State& state = state_[fluid];
  if (rate == state.rate) return;  // bit for bit: the announced end stands
  if (state.rate > 0) state.remaining = std::max(0.0, state.remaining - state.rate * (now - state.since).seconds());
  state.rate = rate;
  state.since = now;
  ++state.version;
  retimed_.push_back({fluid, now + detail::time_at_rate(state.remaining, rate)});
}

void FluidPool::settle(Time now) {
  retimed_.clear();
  if (begun_.empty() && relieved_.empty()) return;
  gather();
  if (!contended_.empty()) {
    const std::vector<double>& rates = solver_.solve();
    for (std::size_t flow = 0; flow < contended_.size(); ++flow) retime(contended_[flow], rates[flow], now);
  }
  // What no resource can hold back runs alone; contended fluids were just retimed and are skipped by comparing marks.
  std::size_t flow = 0;
  for (const Fluid fluid : reached_) {
    if (flow < contended_.size() && contended_[flow] == fluid) {
      ++flow;
    } else {
      retime(fluid, state_[fluid].alone, now);
    }
  }
}

}  // namespace orrery::sim
