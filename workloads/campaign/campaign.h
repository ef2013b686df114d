// Many lives of one job: how long its work takes, with what confidence, and what it loses to what.
//
//     const Campaign campaign = run_campaign(job, model, plan, {.seed = 1, .precision = 0.01});
//     campaign.days.p50, campaign.probability(days(30))
//
// Life i draws from stream i of the seed, and lives are counted in batches of a fixed size, so that the answer is the same on any number of
// threads. It stops when the mean's 95 % confidence interval is within `precision` of it, or at `most` lives.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "workloads/campaign/job_life.h"

namespace orrery::workloads::campaign {

struct CampaignOptions {
  std::uint64_t seed = 1;
  double precision = 0.01;  // of the mean time, as a fraction
  int least = 64;           // lives
  int most = 10'000;
  int threads = 0;                         // 0: as many as the machine has
  std::function<void(double)> progress{};  // told after each batch what share of `most` is done
};

/// Over lives; quantiles as workloads::quantile has them.
struct Spread {
  double mean = 0;
  double p10 = 0;
  double p50 = 0;
  double p90 = 0;
  double mean_error = 0;  // half of the mean's 95 % confidence interval
};

/// Losses of many lives, which nanoseconds in 64 bits do not hold.
struct LossSeconds {
  double checkpoints = 0;
  double redone = 0;
  double unnoticed = 0;
  double waiting = 0;
  double restarting = 0;
  double slowed = 0;
  LossSeconds& operator+=(const Losses& life);
};

struct CauseShare {
  std::string cause;
  double failures = 0;    // a life, on average
  double lost_share = 0;  // of the wall time of all lives
};

struct Campaign {
  int lives = 0;
  int unfinished = 0;
  std::int64_t events = 0;
  Spread days{};
  Spread goodput{};
  Spread interruptions{};    // stops a life
  Spread lost_node_hours{};  // wall less work, times nodes
  double wall_seconds = 0;   // of all lives
  LossSeconds losses{};      // likewise
  std::vector<CauseShare> causes{};
  std::vector<double> finish_days{};  // of each life that finished, ascending: its distribution

  /// Share of lives that finished within it, and the half width of its 95 % interval (Wilson's).
  struct Probability {
    double value = 0;
    double low = 0;
    double high = 1;
  };
  Probability probability(sim::LongDuration within) const;
};

Campaign run_campaign(const CampaignJob& job, const FailureModel& model, const CheckpointPlan& plan, const CampaignOptions& options);

}  // namespace orrery::workloads::campaign
