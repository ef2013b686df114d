// The object "condition" of a scenario: what of its machine is broken or slow, and what becomes so, or well again, during the iteration.
// Links are named as Orrery prints them.
//
//     "condition": {
//       "dead_links": [{ "link": "leaf2.5 -> spine0.5.9" }],
//       "slow_gpus": [{ "gpu": 17, "speed": 0.8 }],
//       "link_changes": [{ "at": "1.5 s", "link": "leaf0.0 -> spine0.0.3", "speed": 0 }]
//     }
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/fields.h"
#include "topology/condition.h"

namespace orrery::scenarios {

/// One entry of one of the lists; which members are read depends on the list.
struct DeadLinkSpec {
  std::string link;
};
struct SlowLinkSpec {
  std::string link;
  double speed = 1;
};
struct SlowGpuSpec {
  int gpu = 0;
  double speed = 1;
};
struct LinkChangeSpec {
  sim::LongDuration at{};
  std::string link;
  double speed = 1;
};
struct GpuChangeSpec {
  sim::LongDuration at{};
  int gpu = 0;
  double speed = 1;
};

struct ConditionSpec {
  std::vector<DeadLinkSpec> dead_links;
  std::vector<SlowLinkSpec> slow_links;
  std::vector<SlowGpuSpec> slow_gpus;
  std::vector<LinkChangeSpec> link_changes;
  std::vector<GpuChangeSpec> gpu_changes;
  std::optional<sim::LongDuration> reroute;
};

void describe(Fields& fields, ConditionSpec& condition);
void describe(Fields& fields, DeadLinkSpec& dead);
void describe(Fields& fields, SlowLinkSpec& slow);
void describe(Fields& fields, SlowGpuSpec& slow);
void describe(Fields& fields, LinkChangeSpec& change);
void describe(Fields& fields, GpuChangeSpec& change);

/// Appends to `faults` what the cluster does not have and what contradicts itself, placed by pointer from the condition on.
topology::Condition condition_on(const topology::Cluster& cluster, const ConditionSpec& spec, std::vector<sim::Fault>& faults);

}  // namespace orrery::scenarios
