#include "topology/metrics.h"

namespace orrery::topology {

FabricMetrics metrics(const Fabric& fabric, const MetricsSpec& spec) {
  const SwitchGraph live(fabric, spec.parts.link);
  return {.inventory = inventory(fabric, spec.parts),
          .pieces = pieces(live),
          .distances = distances(fabric, live),
          .bisection = bisection(fabric, live, spec.parts.link, spec.bisection),
          .diversity = path_diversity(live, spec.diversity),
          .load = static_load(fabric, live)};
}

}  // namespace orrery::topology
