// The fluids that flow at one moment and their max-min fair rates: what the fluid engine's player and its online session share.
//
// A fluid is declared once with its demands and may then begin and end many times. Rates are re-solved only where something can have
// changed: from the fluids that began and the resources that were relieved, through resources that can bind. A resource can bind only if
// the rates that its fluids would have alone add up to more than its capacity; this bound is kept in exact integers, so most begins and
// ends touch no neighbour.
//
//     FluidPool pool(resources);
//     const auto fluid = pool.declare(demands, cap);
//     pool.begin(fluid, 1'000'000, now);
//     pool.settle(now);                            // after everything that happens at `now`
//     for (const auto& [fluid, end] : pool.retimed()) queue.push(end, ...);   // ends that are new or have moved
//
// Cost: begin and end O(demands); settle O(crossings of the affected component, log-factor of the solver).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/max_min_fair.h"
#include "sim/model.h"
#include "sim/units.h"

namespace orrery::sim {

class FluidPool {
 public:
  using Fluid = std::uint32_t;
  struct Retimed {
    Fluid fluid;
    Time end;
  };

  explicit FluidPool(std::span<const Resource> resources);

  /// A fluid at rest. Each resource at most once; without demands the cap must be finite.
  Fluid declare(std::span<const Demand> demands, double rate_cap);
  /// Gives a fluid at rest back; its number may be declared again.
  void forget(Fluid fluid);

  /// `amount` > 0 units start to flow. The rate is known after the next settle.
  void begin(Fluid fluid, std::int64_t amount, Time now);
  /// The fluid's announced end is reached.
  void end(Fluid fluid);
  /// Brings rates up to date with all that began and ended at `now` and lists in retimed() whose end is new.
  void settle(Time now);
  std::span<const Retimed> retimed() const { return retimed_; }

  /// Counts the announcements of an end for a fluid; an end announced under an older number is superseded and must be ignored.
  std::uint32_t version(Fluid fluid) const { return state_[fluid].version; }
  double rate(Fluid fluid) const { return state_[fluid].rate; }

 private:
  struct Crossing {
    std::uint32_t resource;
    std::uint32_t multiplicity;
    std::uint32_t position;  // in Place::fluids while the fluid flows
  };
  struct State {
    double rate = 0;
    double remaining = 0;
    Time since{};             // when `remaining` was right
    double alone = 0;         // rate without rivals
    std::int64_t bound = 0;   // the same, rounded up
    std::uint32_t first = 0;  // into crossings_
    std::uint32_t count = 0;
    std::uint32_t version = 0;
    std::uint32_t visit = 0;  // the settle that reached it last
  };
  struct Flowing {
    Fluid fluid;
    std::uint32_t crossing;  // index into crossings_
  };
  struct Place {
    std::int64_t capacity = 0;
    std::int64_t load = 0;  // sum of multiplicity * bound of the flowing fluids
    std::vector<Flowing> fluids;
    std::uint32_t visit = 0;
    MaxMinFair::Index local = 0;  // in solver_, while visited
  };

  static bool can_bind(const Place& place) { return place.load > place.capacity; }
  void reach(Fluid fluid);
  void gather();
  void retime(Fluid fluid, double rate, Time now);

  std::vector<Place> places_;
  std::vector<State> state_;
  std::vector<Crossing> crossings_;
  std::unordered_map<std::uint32_t, std::vector<Fluid>> forgotten_;  // by number of crossings
  std::vector<Fluid> begun_;
  std::vector<std::uint32_t> relieved_;
  std::vector<Fluid> reached_;    // fluids of the affected components
  std::vector<Fluid> contended_;  // those of them in the solver, in order of its flows
  std::uint32_t visits_ = 0;
  MaxMinFair solver_;
  std::vector<Retimed> retimed_;
};

}  // namespace orrery::sim
