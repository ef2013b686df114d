// What breaks on a machine that runs for months: how often, who goes down with it, what that does to the job, how long nobody notices and
// how long it takes to mend.
//
//     FailureModel model;
//     model.causes.push_back({.name = "hardware", .scope = Scope::node, .per_unit_day = 6.5e-3,
//                             .noticed = {{.share = 1, .after = fixed(seconds(30))}}, .repair = lognormal(hours(3), hours(24))});
//     mean_time_to_failure(model, 2048, 64);        // of a job of 2,048 nodes under 64 leaves: 1.8 h
//
// Rates are of units: a node, a group of nodes that share a leaf switch, a rack or a power feed, or the job itself (its software, which no
// node is to blame for and no repair mends). Exponential unless a cause has a shape: then each unit's hazard is a Weibull's of its
// time in service since it took its place or last failed of that cause, with `per_unit_day` the reciprocal of its mean.
// Leaves out: dependence of rates on load, temperature or season.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/campaign/delay.h"

namespace orrery::workloads::campaign {

enum class Scope : std::uint8_t { node, group, job };

enum class Effect : std::uint8_t {
  stops,    // the job stands, and goes on from a checkpoint
  slows,    // the job goes on at `speed` until it is noticed; then the node is swapped in a planned restart
  corrupts  // the job goes on and all it does is void: noticed, it goes back to the checkpoint before
};

/// How failures of a cause come to be known: `share` of them take `after`. Shares sum to 1.
struct Noticed {
  double share = 1;
  Delay after{};
  bool operator==(const Noticed&) const = default;
};

struct FailureCause {
  std::string name{};  // "gpu_hbm", as results list it
  Scope scope = Scope::node;
  double per_unit_day = 0;
  double shape = 1;  // Weibull's; 1: exponential, below: infant mortality, above: wear. Of nodes and groups alone
  Effect effect = Effect::stops;
  double speed = 1;                  // of the whole job, while it slows
  std::vector<Noticed> noticed{{}};  // at once
  Delay repair{};                    // until the unit is a spare again; of a job's own causes nothing
  bool operator==(const FailureCause&) const = default;
};

/// How unlike each other nodes are: each node's rates are its own multiple of the causes'.
struct Heterogeneity {
  double gamma_shape = 0;   // multiples are gamma distributed with mean 1 and this shape; 0: all are 1
  double lemon_share = 0;   // or: so many nodes ...
  double lemon_factor = 1;  // ... fail so many times as often, and the others less, so that the mean stays 1
  bool operator==(const Heterogeneity&) const = default;
};

/// What the operator does about nodes that come back.
struct Operations {
  double burn_in_failure = 0;          // share of mended nodes that fail their test and go back to be mended
  int lemon_failures = 0;              // a node is replaced by a new one at so many failures ...
  sim::LongDuration lemon_window{};    // ... within so long; 0: never
  Delay replacement = fixed(days(7));  // how long that takes
  bool operator==(const Operations&) const = default;
};

struct FailureModel {
  std::string name{};
  std::string source{};
  std::vector<FailureCause> causes{};
  Heterogeneity heterogeneity{};
  Operations operations{};
};

/// Failures a day that stop a job of so many nodes and groups, as new. Of Weibull causes the long-run mean.
double stops_per_day(const FailureModel& model, int nodes, int groups);
/// Of all causes that stop it; never() as a length where there are none.
sim::LongDuration mean_time_to_failure(const FailureModel& model, int nodes, int groups);

}  // namespace orrery::workloads::campaign
