// The collectives of a Program on a machine, each as a curve: what its communicator would have of every size, alone, and where on it the
// Program's own calls are.
//
//     const auto curves = collective_curves(program, placement, model, 6);
//     curves[0].name                     // "all_reduce over tensor"; "... (fp32)" where there are such of other types
//     curves[0].calls[0].time            // of one
//
// Of each communicator its first group stands for all. Costs a look at every operation of a role (blocks once) and a plan a point. Leaves
// out what rivals take: these are times of a collective alone, without noise.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/program.h"
#include "workloads/collective_model.h"
#include "workloads/placement.h"

namespace orrery::report {

struct CurvePoint {
  sim::Bytes bytes{};  // as nccl-tests counts them
  sim::Duration time{};
  double bus_bandwidth = 0;  // B/s
  std::string algorithm{};   // "ring"
  std::string protocol{};    // "Simple"
  std::int64_t calls = 0;    // of the role that makes most; 0: a point of the curve alone
};

struct CollectiveCurve {
  std::string name;
  int ranks = 1;
  int nodes = 1;
  std::vector<CurvePoint> points{};  // by doubling sizes
  std::vector<CurvePoint> calls{};   // the Program's, smallest first

  /// Of all calls, one after the other.
  double seconds() const;
};

/// Those that take longest in all, longest first, at most `most`, and none that takes less than a thousandth of the longest. Without
/// barriers and groups of one rank.
std::vector<CollectiveCurve> collective_curves(const sim::Program& program, const workloads::Placement& placement,
                                               const workloads::CollectiveModel& model, std::size_t most);

}  // namespace orrery::report
