// What a fabric still carries when some of its cables between switches are dead, over several draws of which.
//
//     const Resiliency half = resiliency(fabric, uniform_traffic(fabric.shape()), {.dead = 0.05, .seeds = 20});
//     half.mean.least                           // of what sending ports offer, in the worst of 20 draws
//
// Cables that are dead already stay so and are not drawn. Costs what as many throughputs cost.
// Leaves out: switches that die whole, and NICs' cables, without which a port is simply gone.
#pragma once

#include "topology/throughput.h"

namespace orrery::topology {

struct ResiliencySpec {
  double dead = 0.01;            // of the live cables between switches, 0 to 1; rounded to whole cables
  int seeds = 20;                // draws
  std::uint64_t first_seed = 0;  // the others follow
  ThroughputSpec throughput{};
};

/// Over draws; p10 and p90 by nearest rank (topology/quantile.h), which of less than ten draws are the least and the most.
struct DrawSpread {
  double mean = 0;
  double least = 0;
  double p10 = 0;
  double p90 = 0;
  double most = 0;
  bool operator==(const DrawSpread&) const = default;
};

struct Resiliency {
  std::int64_t dead_cables = 0;  // a draw
  DrawSpread mean;               // of Throughput::mean
  DrawSpread minimum;            // of Throughput::minimum, 0 where any pair is cut off
  DrawSpread cut_off;            // cut-off ones of the traffic's pairs of ports
  bool operator==(const Resiliency&) const = default;
};

/// Kills that part of the live cables between switches, each set of them as likely.
void kill_cables(Fabric& fabric, double part, std::uint64_t seed);

/// Throws sim::Error (bad input, no place) where `dead` is no fraction or there are no seeds, and as throughput does.
Resiliency resiliency(const Fabric& fabric, const Traffic& traffic, const ResiliencySpec& spec);

}  // namespace orrery::topology
