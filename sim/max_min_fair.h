// Max-min fair rates by progressive filling, as plain algebra: flows cross resources with integer multiplicities, all rates rise together,
// a flow stops rising when a resource it crosses is full or its own cap is reached.
//
// The solution is the one where every flow has a bottleneck: its cap, or a full resource on which no other flow is faster. It is unique,
// and bit-identical under any renumbering of flows and resources, because flows that stop at the same level are taken together.
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

  /// Forgets resources and flows; keeps the memory.
  void clear();
  /// Capacity in units a second, > 0.
  Index add_resource(double capacity);
  /// A new flow, at most `cap` fast (> 0); the calls of `cross` that follow are its own.
  Index add_flow(double cap = std::numeric_limits<double>::infinity());
  /// The flow last added crosses `resource` `multiplicity` (>= 1) times; calls for the same resource add up.
  void cross(Index resource, std::uint32_t multiplicity);

  /// The rates by flow. A flow without crossings runs at its cap, which must then be finite. Valid until the next call of a non-const
  /// member.
  const std::vector<double>& solve();

 private:
  struct Crossing {
    Index resource;
    std::uint32_t multiplicity;
  };
  struct Cap {
    double rate;
    Index flow;
  };
  /// What a resource has left for the flows that still rise. Counts are integers, so their order of arrival leaves no trace.
  struct Filling {
    double residual;         // units a second
    std::uint64_t rising;    // crossings of flows that rise
    std::uint64_t stopping;  // those of them that stop at the level at hand
  };
  /// A heap entry: the fair share of `resource` is at least `share`.
  struct Bound {
    double share;
    Index resource;
  };

  std::span<const Crossing> crossings_of(Index flow) const;
  void list_flows_by_resource();
  void begin_filling();
  double next_cap();
  double next_level();
  void stop_at(double level);
  void stop(Index flow, double level);
  bool top_is_exact();
  void remove_top();
  void sift_down(std::size_t hole);

  std::vector<double> capacities_;            // by resource
  std::vector<std::size_t> first_crossings_;  // by flow, into crossings_; a flow's end where the next one begins
  std::vector<Crossing> crossings_;
  std::vector<Cap> caps_;  // of the flows that have one; in order of rate once solve has begun

  std::vector<std::size_t> first_flows_;  // by resource, into flows_
  std::vector<Index> flows_;
  std::vector<Filling> fillings_;  // by resource
  std::vector<Bound> heap_;        // each parent has four children and the least share of them all
  std::vector<Index> touched_;     // resources with `stopping` > 0
  std::vector<double> rates_;      // by flow; `rising_rate` while it rises
  std::size_t rising_flows_ = 0;
  std::size_t caps_done_ = 0;
};

}  // namespace orrery::sim
