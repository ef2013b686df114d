// Max-min fair rates by progressive filling, as plain algebra: flows cross resources with integer multiplicities, all rates rise together,
// a flow stops rising when a resource it crosses is full or its own cap is reached.
//
// Rates are whole numbers of whatever unit the caller counts in: a resource is full at the largest whole level that it can give to all that
// still rise. Sums are therefore exact, and the solution is one and the same under any renumbering, any grouping of equal flows, and any
// way of coming to it: it is the one where every flow has a bottleneck, which is its cap or a resource that is full at the flow's rate.
//
//     MaxMinFair system;                        // one 10-unit link, two flows, one capped at 2: rates 2 and 8
//     const auto link = system.add_resource(10);
//     const auto slow = system.add_flow(2);  system.cross(link, 1);
//     const auto fast = system.add_flow();   system.cross(link, 1);
//     const auto& rates = system.solve();       // rates[slow] == 2, rates[fast] == 8
//
// Cost: O(E log R) over E crossings and R resources with a monotone lazy heap: one entry a resource whose key is a lower bound, since a
// resource's fair share only rises while others are filled. A cleared system keeps its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace orrery::sim {

class MaxMinFair {
 public:
  using Index = std::uint32_t;
  using Rate = std::int64_t;
  static constexpr Rate uncapped = std::numeric_limits<Rate>::max();
  static constexpr Index none = UINT32_MAX;

  /// Forgets resources and flows; keeps the memory.
  void clear();
  /// Capacity >= 0; of a resource without any, flows get nothing.
  Index add_resource(Rate capacity);
  /// A new flow, at most `cap` (>= 0) fast; the calls of `cross` that follow are its own.
  Index add_flow(Rate cap = uncapped);
  /// The flow last added crosses `resource` `multiplicity` (>= 1) times; calls for the same resource add up.
  void cross(Index resource, std::uint32_t multiplicity);

  /// The rates by flow. A flow without crossings runs at its cap, which must then be finite. Valid until the next call of a non-const
  /// member.
  const std::vector<Rate>& solve();

  /// Of the last solution.
  Rate rate(Index flow) const { return rates_[flow]; }
  /// Of the last solution: the resource that stopped a flow; none where its cap did (or did so too).
  Index bottleneck(Index flow) const { return bottlenecks_[flow]; }
  /// Of the last solution: the level at which a resource was full; uncapped where it was not.
  Rate full_at(Index resource) const { return fillings_[resource].full_at; }

 private:
  struct Crossing {
    Index resource;
    std::uint32_t multiplicity;
  };
  struct Cap {
    Rate rate;
    Index flow;
  };
  /// What a resource has left for the flows that still rise.
  struct Filling {
    Rate residual;
    std::int64_t rising;    // crossings of flows that rise
    std::int64_t stopping;  // those of them that stop at the level at hand
    Rate full_at;
  };
  /// A heap entry: the fair share of `resource` is at least `share`.
  struct Bound {
    Rate share;
    Index resource;
  };

  std::span<const Crossing> crossings_of(Index flow) const;
  void list_flows_by_resource();
  void begin_filling();
  Rate next_cap();
  Rate next_level();
  void stop_at(Rate level);
  void stop(Index flow, Rate level, Index by);
  bool top_is_exact();
  void remove_top();
  void sift_down(std::size_t hole);

  std::vector<Rate> capacities_;              // by resource
  std::vector<std::size_t> first_crossings_;  // by flow, into crossings_; a flow's end where the next one begins
  std::vector<Crossing> crossings_;
  std::vector<Cap> caps_;  // of the flows that have one; in order of rate once solve has begun

  std::vector<std::size_t> first_flows_;  // by resource, into flows_
  std::vector<Index> flows_;
  std::vector<Filling> fillings_;  // by resource
  std::vector<Bound> heap_;        // each parent has four children and the least share of them all
  std::vector<Index> touched_;     // resources with `stopping` > 0
  std::vector<Rate> rates_;        // by flow; `rising_rate` while it rises
  std::vector<Index> bottlenecks_;
  std::size_t rising_flows_ = 0;
  std::size_t caps_done_ = 0;
};

}  // namespace orrery::sim
