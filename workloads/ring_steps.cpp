#include "workloads/ring_steps.h"

#include "sim/error.h"

namespace orrery::workloads {

using sim::CollectiveKind;

bool is_all_reduce(CollectiveKind kind) { return kind == CollectiveKind::all_reduce || kind == CollectiveKind::barrier; }

bool is_sum(CollectiveKind kind) { return is_all_reduce(kind) || kind == CollectiveKind::reduce_scatter || kind == CollectiveKind::reduce; }

int ring_steps(CollectiveKind kind, int ranks) {
  switch (kind) {
    case CollectiveKind::all_reduce:
    case CollectiveKind::barrier:
      return 2 * (ranks - 1);
    case CollectiveKind::all_gather:
    case CollectiveKind::reduce_scatter:
      return ranks - 1;
    case CollectiveKind::broadcast:
    case CollectiveKind::reduce:
      return ranks;
    case CollectiveKind::all_to_all:
    case CollectiveKind::gather:
    case CollectiveKind::scatter:
      break;
  }
  throw sim::Error({.place = "collective",
                    .what = "all-to-all, gather and scatter are not done in rings",
                    .remedy = "use all_reduce, all_gather, "
                              "reduce_scatter, broadcast or reduce"},
                   sim::ErrorKind::unavailable);
}

double bytes_per_edge(CollectiveKind kind, int ranks) { return static_cast<double>(ring_steps(kind, ranks)) / ranks; }

double wire_factor(Protocol protocol) {
  switch (protocol) {
    case Protocol::ll:
      return 2.0;
    case Protocol::ll128:
      return 16.0 / 15.0;
    case Protocol::simple:
      break;
  }
  return 1.0;
}

}  // namespace orrery::workloads
