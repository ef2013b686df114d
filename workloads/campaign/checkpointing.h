// How a job saves its state, what that costs, and how often it should.
//
// One or two tiers. The persistent one survives everything: each `interval` of work the job stands for `stall`, and the checkpoint counts
// `commit` after it began (synchronous: commit = stall; asynchronous: longer, and the job may be slower meanwhile). The quick one, beside
// it, lives in the memory of peers (Gemini) or is made by the surviving data-parallel replicas when a node has died (just in time): it
// costs a share of the time and survives the loss of single nodes, or only stops that lose no node.
//
//     CheckpointPlan plan{.interval = hours(3), .stall = seconds(40), .commit = seconds(40), .load = seconds(60)};
//     daly_seconds(plan, restart, mean_time_to_failure, work);        // expected time of synchronous checkpoints and exponential failures
#pragma once

#include <cstdint>
#include <optional>

#include "workloads/campaign/delay.h"
#include "workloads/campaign/failure_model.h"

namespace orrery::workloads::campaign {

/// Frequent, quick to load, and not for every loss.
struct QuickCheckpoints {
  sim::LongDuration interval{};  // of work, from one to the next: what is lost at most
  double overhead = 0;           // share of the job's time that they take
  sim::LongDuration load{};      // to get one back, the dump of a just-in-time one included
  Scope survives = Scope::node;  // node: the loss of nodes one at a time; job: only stops that lose no node
  bool operator==(const QuickCheckpoints&) const = default;
};

struct CheckpointPlan {
  sim::LongDuration interval{};  // of running between two; positive
  sim::LongDuration stall{};     // the job stands
  sim::LongDuration commit{};    // from its begin until it counts; from `stall` to `interval` + `stall`
  double speed_meanwhile = 1;    // of the job, from the stall's end until it counts
  sim::LongDuration load{};      // after a stop
  std::optional<QuickCheckpoints> quick{};
  bool operator==(const CheckpointPlan&) const = default;
};

/// What keeps it from being one, or "".
std::string fault_of(const CheckpointPlan& plan);

/// Expected time of `work` under synchronous checkpoints and exponential failures, which may come during restarts as well
/// (Daly, Future Generation Computer Systems 22, 2006, eq. 13): M exp(R/M) (exp((interval + stall)/M) - 1) work / interval. All in seconds.
double daly_seconds(double interval, double stall, double restart, double mean_time_to_failure, double work);
/// The interval of least daly_seconds, found by search. For stalls far below the mean time to failure near sqrt(2 stall M) (Young 1974).
double optimal_interval(double stall, double restart, double mean_time_to_failure);

/// Effective training time ratio as Meta estimates it (arXiv 2410.21680): (1 - failures_per_second (restart + interval / 2)) /
/// (1 + stall / interval). For failures that are rare beside both.
double meta_ettr(double failures_per_second, double restart, double interval, double stall);

}  // namespace orrery::workloads::campaign
