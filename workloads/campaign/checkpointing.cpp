#include "workloads/campaign/checkpointing.h"

#include <boost/math/tools/minima.hpp>
#include <cmath>

namespace orrery::workloads::campaign {

std::string fault_of(const CheckpointPlan& plan) {
  if (plan.interval.ticks <= 0) return "the interval between checkpoints is not positive";
  if (plan.stall.ticks < 0 || plan.load.ticks < 0) return "a checkpoint's stall or load is negative";
  if (plan.commit < plan.stall) return "a checkpoint counts before the job goes on: commit is shorter than stall";
  if (plan.commit > plan.interval + plan.stall)
    return "a checkpoint is not done when the next begins: commit is longer than interval and stall";
  if (!(plan.speed_meanwhile > 0 && plan.speed_meanwhile <= 1)) return "the speed beside a checkpoint is not in (0, 1]";
  if (plan.quick) {
    if (plan.quick->interval.ticks <= 0) return "the interval between quick checkpoints is not positive";
    if (!(plan.quick->overhead >= 0 && plan.quick->overhead < 1)) return "the overhead of quick checkpoints is not in [0, 1)";
    if (plan.quick->load.ticks < 0) return "the load of a quick checkpoint is negative";
    if (plan.quick->survives == Scope::group) return "quick checkpoints that survive the loss of a whole group are not modelled";
  }
  return "";
}

double daly_seconds(double interval, double stall, double restart, double mean_time_to_failure, double work) {
  return mean_time_to_failure * std::exp(restart / mean_time_to_failure) * std::expm1((interval + stall) / mean_time_to_failure) * work /
         interval;
}

double optimal_interval(double stall, double restart, double mean_time_to_failure) {
  // By its logarithm, around Young's: the function is convex there and the search cannot leave the bracket.
  const double young = std::log(std::sqrt(2 * stall * mean_time_to_failure));
  const auto cost = [&](double logarithm) { return daly_seconds(std::exp(logarithm), stall, restart, mean_time_to_failure, 1); };
  constexpr int bits = 40;
  const double span = 6;
  return std::exp(
      boost::math::tools::brent_find_minima(cost, young - span, std::min(young + span, std::log(100 * mean_time_to_failure)), bits).first);
}

double meta_ettr(double failures_per_second, double restart, double interval, double stall) {
  return (1 - failures_per_second * (restart + interval / 2)) / (1 + stall / interval);
}

}  // namespace orrery::workloads::campaign
