// How loaded the links of a machine were, layer by layer (GPU ports, NIC cables, each level of switches, each way): not link by link, of
// which there are hundreds of thousands, but by quantile.
//
//     const auto layers = link_loads(cluster, timeline, condition);
//     layers[4].name                    // "NIC to leaf, up"
//     layers[4].at[10]                  // the busiest link's utilization; at[5] is the median's, at[0] the idlest one's
//
// Costs a look at every link. Links that carry a bundle count once.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/timeline.h"
#include "topology/cluster.h"
#include "topology/condition.h"

namespace orrery::report {

struct LayerLoad {
  std::string name;
  std::int64_t links = 0;
  std::int64_t idle = 0;        // of them
  std::array<double, 11> at{};  // utilization (what was served over what could have been) at 0, 10, ... 100 % of the links
  std::string busiest{};        // its name, the lowest number of those
  sim::Bytes most{};            // that it carried
  bool operator==(const LayerLoad&) const = default;
};

/// Layers in which something moved. Capacities are those that links had at the start.
std::vector<LayerLoad> link_loads(const topology::Cluster& cluster, const sim::Timeline& timeline, const topology::Condition& condition);

}  // namespace orrery::report
