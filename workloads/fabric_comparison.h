// What a machine's fabric is worth, in figures that can stand beside those of another: parts, distances, throughput of traffic patterns,
// collectives, what is left with dead cables, an application's iteration, money and power.
//
//     const FabricFigures figures = fabric_figures(cluster, stack, {.prices = prices, .job = job}, progress);
//
// Takes some seconds at 1,024 GPUs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "topology/network_prices.h"
#include "topology/resiliency.h"
#include "workloads/training_run.h"

namespace orrery::workloads {

struct ComparisonSpec {
  const topology::NetworkPrices* prices = nullptr;  // none: no money and power
  const TrainingJob* job = nullptr;                 // none: no iteration
  topology::Condition condition{};
  int seeds = 5;  // of permutations and of dead cables
  std::uint64_t first_seed = 1;
};

/// Rates are fractions of what NICs could send.
struct PatternFigures {
  std::string name;
  double mean = 0;
  double minimum = 0;  // of any flow
  /// Of links between switches, if all flows had what they offer, in links' worth. Over seeds the most is the highest, the others are
  /// means.
  topology::LinkSpread links{};
};

struct CollectiveFigures {
  sim::Bytes bytes{};
  sim::Duration time{};
  sim::BytesPerSecond bus_bandwidth{};  // as nccl-tests have it
};

struct ResiliencyFigures {
  double dead = 0;  // fraction of the cables between switches
  topology::DrawSpread mean{};
};

struct FabricFigures {
  std::string topology;
  std::string routing;
  std::int64_t gpus = 0;
  std::int64_t switches = 0;
  std::int64_t cables = 0;
  int diameter = 0;  // links
  double mean_hops = 0;
  sim::Duration longest_latency{};             // of the network, one way
  std::optional<double> bisection{};           // of what half the nodes could send; what it means is in topology/bisection.h
  std::vector<PatternFigures> patterns;        // a permutation's is the mean over seeds
  std::vector<CollectiveFigures> collectives;  // all-reduce over all GPUs
  std::vector<ResiliencyFigures> resiliency;   // of a permutation
  std::optional<sim::Duration> iteration{};
  std::optional<double> usd_per_gpu{};
  std::optional<double> watts_per_gpu{};
  std::vector<std::string> notes;  // what could not be had, and why
};

/// `progress` is told shares from 0 to 1. Throws sim::Error where the machine's GPUs cannot reach each other.
FabricFigures fabric_figures(const topology::Cluster& cluster, const Stack& stack, const ComparisonSpec& spec,
                             const std::function<void(double)>& progress);

/// Those that no other is better than in one of time, cost and power without being worse in another; all of them where something is
/// unknown.
std::vector<bool> on_the_pareto_front(const std::vector<FabricFigures>& figures);

}  // namespace orrery::workloads
