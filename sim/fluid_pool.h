// The fluids that flow at one moment and their max-min fair rates: what the fluid engine's player and its online session share.
//
// A fluid is declared once with its demands and may then begin and end many times. Rates are whole numbers of a small unit (MaxMinFair), so
// they depend on what flows and on nothing else, and only what can have changed is looked at again:
//  - A resource can bind only if the rates that its fluids would have alone add up to more than its capacity. This bound is kept in exact
//    integers; most begins and ends touch no resource that can bind, and then no neighbour.
//  - Else a small system is solved: the fluids that began, or that were held up by a resource which was relieved, with all others that
//    share a resource with them taken as they are. Where one of these is slowed down in it, or its bottleneck is not full at its rate any
//    more, it joins the system, until none does: then every fluid has its bottleneck, and the rates are those of solving everything. A
//    ring over thousands of links is left alone while its bottleneck is.
//
//     FluidPool pool(resources);
//     const auto fluid = pool.declare(demands, rate_alone);
//     pool.begin(fluid, 1'000'000, now);
//     pool.settle(now);                            // after everything that happens at `now`
//     for (const auto& [fluid, end] : pool.retimed()) queue.push(end, ...);   // ends that are new or have moved
//
// Cost: begin and end O(demands); settle O(crossings of the fluids whose rates change and of what they share resources with, log-factor of
// the solver).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/max_min_fair.h"
#include "sim/model.h"
#include "sim/units.h"

namespace orrery::sim {

/// How much is solved again when something begins or ends. The rates are the same; `component`, everything that is joined to it by
/// resources that can bind, is there to be compared with.
enum class Resolve : std::uint8_t { touched, component };

class FluidPool {
 public:
  using Fluid = std::uint32_t;
  struct Retimed {
    Fluid fluid;
    Time end;
  };

  explicit FluidPool(std::span<const Resource> resources, Resolve resolve = Resolve::touched);

  /// A fluid at rest. Each resource at most once. `rate_alone` > 0, finite: what it has without rivals, at most.
  Fluid declare(std::span<const Demand> demands, double rate_alone);
  /// The fluid stands for many that move at one rate (Activity::pipelined).
  void mark_pipelined(Fluid fluid) { state_[fluid].pipelined = true; }
  /// Whether a pipelined fluid that was held up elsewhere ever shared a resource that can bind (Timeline::irregular).
  bool irregular() const { return irregular_; }
  /// Gives a fluid at rest back; its number may be declared again.
  void forget(Fluid fluid);

  /// `amount` > 0 units start to flow. The rate is known after the next settle.
  void begin(Fluid fluid, std::int64_t amount, Time now);
  /// The fluid's announced end is reached.
  void end(Fluid fluid);
  /// The fluid, flowing or not, crosses these resources from now on.
  void redirect(Fluid fluid, std::span<const Demand> demands);
  /// The fluid, flowing or not, has this rate without rivals from now on; > 0, finite.
  void limit(Fluid fluid, double rate_alone);
  /// From now on; no more than the greatest of all at the start. At 0 what crosses the resource stands still.
  void set_capacity(ResourceId resource, std::int64_t capacity);
  /// Brings rates up to date with all that happened at `now` and lists in retimed() whose end is new.
  void settle(Time now);
  std::span<const Retimed> retimed() const { return retimed_; }

  /// Counts the announcements of an end for a fluid; an end announced under an older number is superseded and must be ignored.
  std::uint32_t version(Fluid fluid) const { return versions_[fluid]; }
  /// The rate as the pool counts it, in whole numbers of its small unit.
  double in_whole_units(double rate) const;
  double rate(Fluid fluid) const { return state_[fluid].rate; }
  /// What it has without rivals, likewise counted.
  double alone(Fluid fluid) const { return state_[fluid].alone; }
  bool flows(Fluid fluid) const { return state_[fluid].flowing; }
  /// Units that a flowing fluid still has to move, rounded up.
  std::int64_t remaining(Fluid fluid, Time now) const;
  /// A resource without capacity that a flowing fluid crosses, if there is one.
  std::optional<ResourceId> standstill() const;

 private:
  struct Crossing {
    std::uint32_t resource;
    std::uint32_t multiplicity;
    std::uint32_t position;  // in Place::fluids while the fluid flows
  };
  struct State {
    double rate = 0;  // a whole number of small units
    double remaining = 0;
    Time since{};             // when `remaining` was right
    double alone = 0;         // rate without rivals, a whole number likewise
    std::int64_t bound = 0;   // the same, rounded up to units a second
    std::uint32_t first = 0;  // into crossings_
    std::uint32_t count = 0;
    std::uint32_t visit = 0;                      // the settle that solved it last
    std::uint32_t bottleneck = MaxMinFair::none;  // resource that holds it up; none where its rate is that alone
    bool flowing = false;
    bool pipelined = false;
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
  /// A flow of the system that stands for a fluid taken as it is, on one resource.
  struct Fixed {
    Fluid fluid;
    MaxMinFair::Index flow;
    MaxMinFair::Index local;
  };

  static bool can_bind(const Place& place) { return place.load > place.capacity; }
  std::span<Crossing> crossings_of(const State& state) { return {crossings_.data() + state.first, state.count}; }
  MaxMinFair::Rate in_small_units(double rate) const;
  void write_crossings(State& state, std::span<const Demand> demands);
  double alone_on(const State& state, double rate_alone) const;
  void enter(Fluid fluid);
  void leave(Fluid fluid);
  void reach(Fluid fluid);
  void touch(std::uint32_t resource);
  void gather_changes();
  void widen(std::size_t from);
  void add_solved_fluids();
  void add_fixed_fluids();
  bool reach_disturbed();
  void solve_touched();
  void solve_component();
  void apply(Time now);
  void look_for_irregular_sharing();
  void retime(Fluid fluid, double rate, Time now);

  Resolve resolve_;
  double scale_;  // small units to a unit
  std::vector<Place> places_;
  std::vector<State> state_;
  std::vector<std::uint32_t> versions_;  // by fluid; apart, since every announced end that comes due is compared with its own
  std::vector<Crossing> crossings_;
  std::unordered_map<std::uint32_t, std::vector<Fluid>> forgotten_;  // by number of crossings
  // What happened since the last settle.
  std::vector<Fluid> begun_;
  std::vector<std::uint32_t> relieved_;
  std::vector<std::uint32_t> changed_;
  // Of the settle at hand.
  std::uint32_t visits_ = 0;
  std::vector<Fluid> solved_;           // whose rates are found anew
  std::vector<Fluid> contended_;        // those of them in the solver, in order of its flows
  std::vector<std::uint32_t> touched_;  // resources in the solver, in its order
  std::vector<Fixed> fixed_;
  MaxMinFair solver_;
  std::vector<Retimed> retimed_;
  bool irregular_ = false;
};

}  // namespace orrery::sim
