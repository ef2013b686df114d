// Chance without chances taken: how much later a meeting begins because the last of n varies, as an expectation. No step is drawn at
// random and actors alike stay alike, so a play with noise is as repeatable and folds as well as one without.
//
// What an actor's time deviates by is a spread: the variance of what varied from step to step, which adds up in squares, and the standard
// deviation of what varies from actor to actor for good, which adds up straight. Where n actors meet whose spreads are alike, the run
// begins later by the expected maximum of n standard normals, times the spread; what is left of it is what the maximum itself varies by.
// Actors that meet again and again in the same activity have that rest in common, so it does not delay them a second time; it does where
// they meet others.
//
//     Two actors work 1 ms, each give or take 10 us: OrderStatistics{}.of(2).mean is 0.564, so they meet after 1.00564 ms.
//
// Taken from order statistics of the normal distribution (H. A. David, Order Statistics, 1970), by quadrature, for any real n >= 1.
// Leaves out: the lean of a maximum's distribution (what is left is taken as normal: delays are short by up to 5 %), correlation between
// actors that met elsewhere, and the tail (rare, long delays are failures, not noise).
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "sim/model.h"
#include "sim/units.h"

namespace orrery::sim {

/// Of the maximum of n independent standard normals.
struct Maximum {
  double mean = 0;
  double variance = 1;
};

class OrderStatistics {
 public:
  /// n >= 1; kept by 64ths of n.
  const Maximum& of(double n);

 private:
  std::unordered_map<std::int64_t, Maximum> known_;
};

/// The spreads of all streams of a play.
class Lateness {
 public:
  struct Participant {
    std::uint32_t stream = 0;
    std::uint32_t slot = 0;
    std::int64_t actors = 1;  // alike, that it stands for
    Time came{};
  };

  /// Without noise it costs nothing: `active` is false, and nothing else need be called. The statistics must outlive it: who plays often
  /// keeps them, for each n costs a quadrature.
  Lateness(const Noise& noise, std::size_t streams, OrderStatistics& statistics);
  bool active() const { return !spreads_.empty(); }

  /// A work step has ended.
  void worked(std::uint32_t stream, const Step& step);
  /// `stream` goes on because `other`, of the same actor, let it.
  void follow(std::uint32_t stream, std::uint32_t other) { spreads_[stream] = spreads_[other]; }
  /// All participants of a run are there: how much later than the last of them it begins. Who came earlier counts by the chance that it
  /// comes last after all.
  Duration meet(std::span<const Participant> participants);

 private:
  /// In picoseconds, and squares of them.
  struct Spread {
    double chance = 0;          // variance since the actor last met others
    double lasting = 0;         // standard deviation likewise
    double carried_chance = 0;  // what was left of it then, which all that met have in common
    double carried_lasting = 0;
    std::uint32_t met_by = UINT32_MAX;  // the slot by which it did

    /// What counts where the actor meets others by `slot`.
    Spread among_others_by(std::uint32_t slot) const;
    /// What it has in common with them.
    Spread in_common_by(std::uint32_t slot) const;
    double deviation() const;
  };

  Noise noise_;
  OrderStatistics& statistics_;
  std::vector<Spread> spreads_;  // by stream
};

}  // namespace orrery::sim
