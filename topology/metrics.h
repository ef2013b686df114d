// A fabric in figures: what it is made of, how far ports are apart, what the thinnest cut holds, how many ways lead from leaf to leaf, and
// how evenly its routing loads links. Gathers topology/inventory.h, distances.h, bisection.h, path_diversity.h and static_load.h, each of
// which says what its numbers mean and what it does where a machine is too large to be exact.
//
//     const FabricMetrics figures = metrics(cluster.fabric(), {.parts = {.radix = 40, .link = cluster.node().nic.bandwidth}});
//     figures.bisection->least;
//
// Takes 0.1 s at a hundred switches, and half a minute at most: what would be longer is sampled or left out. Not for several threads at
// once on one fabric: routers remember.
#pragma once

#include <optional>

#include "topology/bisection.h"
#include "topology/distances.h"
#include "topology/inventory.h"
#include "topology/path_diversity.h"
#include "topology/static_load.h"

namespace orrery::topology {

struct MetricsSpec {
  PartsInUse parts{};
  BisectionLimits bisection{};
  DiversityLimits diversity{};
};

struct FabricMetrics {
  Inventory inventory;
  Pieces pieces;
  Distances distances;
  std::optional<Bisection> bisection;
  PathDiversity diversity;
  std::optional<StaticLoad> load;
};

FabricMetrics metrics(const Fabric& fabric, const MetricsSpec& spec);

}  // namespace orrery::topology
