#include "sim/fluid_pool.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "sim/error.h"

namespace orrery::sim {
namespace {

// Rates are doubles that hold whole numbers of small units: as many to a unit, a power of two, as the greatest of them allows.
constexpr int exact_bits = 52;
constexpr double most_small_units = std::uint64_t{1} << exact_bits;

double scale_for(std::span<const Resource> resources) {
  std::int64_t most = 1;
  for (const Resource& resource : resources) most = std::max(most, resource.capacity);
  return std::ldexp(1.0, std::max(0, exact_bits - static_cast<int>(std::bit_width(static_cast<std::uint64_t>(most)))));
}

}  // namespace

FluidPool::FluidPool(std::span<const Resource> resources, Resolve resolve)
    : resolve_(resolve), scale_(scale_for(resources)), places_(resources.size()) {
  for (std::size_t i = 0; i < resources.size(); ++i) places_[i].capacity = resources[i].capacity;
}

MaxMinFair::Rate FluidPool::in_small_units(double rate) const { return static_cast<MaxMinFair::Rate>(rate * scale_); }

double FluidPool::in_whole_units(double rate) const { return std::max(1 / scale_, std::floor(rate * scale_) / scale_); }

void FluidPool::write_crossings(State& state, std::span<const Demand> demands) {
  if (demands.size() > state.count) {
    state.first = static_cast<std::uint32_t>(crossings_.size());
    crossings_.resize(crossings_.size() + demands.size());
  }
  state.count = static_cast<std::uint32_t>(demands.size());
  for (std::size_t i = 0; i < demands.size(); ++i) {
    check(demands[i].multiplicity > 0, "a fluid crosses its resources at least once");
    crossings_[state.first + i] = {index(demands[i].resource), demands[i].multiplicity, 0};
  }
}

FluidPool::Fluid FluidPool::declare(std::span<const Demand> demands, double rate_alone) {
  Fluid fluid = static_cast<Fluid>(state_.size());
  auto& reusable = forgotten_[static_cast<std::uint32_t>(demands.size())];
  if (reusable.empty()) {
    state_.emplace_back();
    versions_.push_back(0);
  } else {
    fluid = reusable.back();
    reusable.pop_back();
  }
  State& state = state_[fluid];
  state.pipelined = false;
  write_crossings(state, demands);
  state.alone = alone_on(state, rate_alone);
  state.bound = static_cast<std::int64_t>(std::ceil(state.alone));
  return fluid;
}

double FluidPool::alone_on(const State& state, double rate_alone) const {
  check(rate_alone > 0 && std::isfinite(rate_alone), "a fluid has a finite, positive rate of its own");
  return in_whole_units(state.count == 0 ? rate_alone : std::min(rate_alone, most_small_units / scale_));  // no resource gives more
}

void FluidPool::forget(Fluid fluid) { forgotten_[state_[fluid].count].push_back(fluid); }

void FluidPool::enter(Fluid fluid) {
  const State& state = state_[fluid];
  for (std::uint32_t c = state.first; c < state.first + state.count; ++c) {
    Crossing& crossing = crossings_[c];
    Place& place = places_[crossing.resource];
    place.load += crossing.multiplicity * state.bound;
    crossing.position = static_cast<std::uint32_t>(place.fluids.size());
    place.fluids.push_back({fluid, c});
  }
  begun_.push_back(fluid);
}

void FluidPool::leave(Fluid fluid) {
  const State& state = state_[fluid];
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
}

void FluidPool::begin(Fluid fluid, std::int64_t amount, Time now) {
  State& state = state_[fluid];
  state.remaining = static_cast<double>(amount);
  state.since = now;
  state.rate = 0;
  state.flowing = true;
  enter(fluid);
}

void FluidPool::end(Fluid fluid) {
  State& state = state_[fluid];
  leave(fluid);
  state.rate = 0;
  state.flowing = false;
  ++versions_[fluid];
}

void FluidPool::redirect(Fluid fluid, std::span<const Demand> demands) {
  State& state = state_[fluid];
  if (state.flowing) leave(fluid);
  write_crossings(state, demands);
  if (state.flowing) enter(fluid);
}

void FluidPool::limit(Fluid fluid, double rate_alone) {
  State& state = state_[fluid];
  const double alone = alone_on(state, rate_alone);
  if (alone == state.alone) return;
  if (state.flowing) leave(fluid);
  state.alone = alone;
  state.bound = static_cast<std::int64_t>(std::ceil(alone));
  if (state.flowing) enter(fluid);
}

void FluidPool::set_capacity(ResourceId resource, std::int64_t capacity) {
  check(capacity >= 0 && static_cast<double>(capacity) < most_small_units / scale_, "a capacity no greater than announced");
  Place& place = places_[index(resource)];
  if (std::exchange(place.capacity, capacity) != capacity) changed_.push_back(index(resource));
}

void FluidPool::reach(Fluid fluid) {
  State& state = state_[fluid];
  if (state.visit == visits_ || !state.flowing) return;
  state.visit = visits_;
  solved_.push_back(fluid);
}

void FluidPool::touch(std::uint32_t resource) {
  Place& place = places_[resource];
  if (place.visit == visits_ || !can_bind(place)) return;
  place.visit = visits_;
  place.local = static_cast<MaxMinFair::Index>(touched_.size());
  touched_.push_back(resource);
}

// What began, and what was held up by a resource that is not what it was.
void FluidPool::gather_changes() {
  ++visits_;
  solved_.clear();
  touched_.clear();
  for (const Fluid fluid : begun_) reach(fluid);
  for (const auto* resources : {&relieved_, &changed_}) {
    for (const std::uint32_t resource : *resources) {
      for (const Flowing& flowing : places_[resource].fluids) {
        if (state_[flowing.fluid].bottleneck == resource) reach(flowing.fluid);
      }
    }
  }
  for (const std::uint32_t resource : changed_) touch(resource);
  begun_.clear();
  relieved_.clear();
  changed_.clear();
}

// The resources of the fluids to be solved, from number `from` on.
void FluidPool::widen(std::size_t from) {
  for (std::size_t next = from; next < solved_.size(); ++next) {
    for (const Crossing& crossing : crossings_of(state_[solved_[next]])) touch(crossing.resource);
  }
}

void FluidPool::add_solved_fluids() {
  solver_.clear();
  contended_.clear();
  for (const std::uint32_t resource : touched_) {
    solver_.add_resource(in_small_units(static_cast<double>(places_[resource].capacity)));
  }
  for (const Fluid fluid : solved_) {
    const State& state = state_[fluid];
    bool contended = false;
    for (const Crossing& crossing : crossings_of(state)) {
      const Place& place = places_[crossing.resource];
      if (place.visit != visits_) continue;
      if (!contended) {
        contended = true;
        contended_.push_back(fluid);
        solver_.add_flow(in_small_units(state.alone));
      }
      solver_.cross(place.local, crossing.multiplicity);
    }
  }
}

// Everyone else on the touched resources, at most as fast as now.
void FluidPool::add_fixed_fluids() {
  fixed_.clear();
  for (const std::uint32_t resource : touched_) {
    const Place& place = places_[resource];
    for (const Flowing& flowing : place.fluids) {
      const State& state = state_[flowing.fluid];
      if (state.visit == visits_) continue;
      fixed_.push_back({flowing.fluid, solver_.add_flow(in_small_units(state.rate)), place.local});
      solver_.cross(place.local, crossings_[flowing.crossing].multiplicity);
    }
  }
}

// Takes in whoever was slowed down, or whose bottleneck no longer holds it up at its rate.
bool FluidPool::reach_disturbed() {
  const std::vector<MaxMinFair::Rate>& rates = solver_.solve();
  const std::size_t before = solved_.size();
  for (const Fixed& fixed : fixed_) {
    const State& state = state_[fixed.fluid];
    const MaxMinFair::Rate rate = in_small_units(state.rate);
    const bool held_up_here = state.bottleneck == touched_[fixed.local];
    if (rates[fixed.flow] != rate || (held_up_here && solver_.full_at(fixed.local) != rate)) reach(fixed.fluid);
  }
  widen(before);
  return solved_.size() > before;
}

void FluidPool::solve_touched() {
  widen(0);
  contended_.clear();
  if (touched_.empty()) return;
  do {
    add_solved_fluids();
    add_fixed_fluids();
  } while (reach_disturbed());
}

void FluidPool::solve_component() {
  for (const std::uint32_t resource : touched_) {
    for (const Flowing& flowing : places_[resource].fluids) reach(flowing.fluid);
  }
  for (std::size_t next = 0; next < solved_.size(); ++next) {
    const std::size_t before = touched_.size();
    for (const Crossing& crossing : crossings_of(state_[solved_[next]])) touch(crossing.resource);
    for (std::size_t t = before; t < touched_.size(); ++t) {
      for (const Flowing& flowing : places_[touched_[t]].fluids) reach(flowing.fluid);
    }
  }
  add_solved_fluids();
  solver_.solve();
}

void FluidPool::retime(Fluid fluid, double rate, Time now) {
  State& state = state_[fluid];
  if (rate == state.rate) return;  // the announced end stands
  if (state.rate > 0) state.remaining = std::max(0.0, state.remaining - state.rate * (now - state.since).seconds());
  state.rate = rate;
  state.since = now;
  ++versions_[fluid];
  if (rate > 0) retimed_.push_back({fluid, now + detail::time_at_rate(state.remaining, rate)});
}

// Contended fluids have what the solver says; what no resource can hold back runs alone.
void FluidPool::apply(Time now) {
  MaxMinFair::Index flow = 0;
  for (const Fluid fluid : solved_) {
    State& state = state_[fluid];
    state.bottleneck = MaxMinFair::none;
    if (flow < contended_.size() && contended_[flow] == fluid) {
      const MaxMinFair::Index local = solver_.bottleneck(flow);
      if (local != MaxMinFair::none) state.bottleneck = touched_[local];
      retime(fluid, static_cast<double>(solver_.rate(flow)) / scale_, now);
      ++flow;
    } else {
      retime(fluid, state.alone, now);
    }
  }
}

// A resource that can bind, shared by a pipelined fluid that is held up elsewhere. Bound to one rate it leaves to others what its edges
// here would take by fits and starts.
void FluidPool::look_for_irregular_sharing() {
  for (MaxMinFair::Index local = 0; local < touched_.size() && !irregular_; ++local) {
    const std::vector<Flowing>& fluids = places_[touched_[local]].fluids;
    irregular_ = std::any_of(fluids.begin(), fluids.end(), [&](const Flowing& flowing) {
      const State& state = state_[flowing.fluid];
      return state.pipelined && state.bottleneck != MaxMinFair::none && in_small_units(state.rate) != solver_.full_at(local);
    });
  }
}

void FluidPool::settle(Time now) {
  retimed_.clear();
  if (begun_.empty() && relieved_.empty() && changed_.empty()) return;
  gather_changes();
  if (solved_.empty() && touched_.empty()) return;
  resolve_ == Resolve::touched ? solve_touched() : solve_component();
  apply(now);
  if (!irregular_ && !touched_.empty()) look_for_irregular_sharing();
}

std::int64_t FluidPool::remaining(Fluid fluid, Time now) const {
  const State& state = state_[fluid];
  return static_cast<std::int64_t>(std::ceil(std::max(0.0, state.remaining - state.rate * (now - state.since).seconds())));
}

std::optional<ResourceId> FluidPool::standstill() const {
  for (std::uint32_t resource = 0; resource < places_.size(); ++resource) {
    if (places_[resource].capacity == 0 && !places_[resource].fluids.empty()) return ResourceId{resource};
  }
  return std::nullopt;
}

}  // namespace orrery::sim
