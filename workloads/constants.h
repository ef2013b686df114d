// The constants of a stack and of a device that times rest on, each by the path that --set knows it by: to list them, and to ask how far an
// answer goes with an error in one.
//
//     constants_in_force(setting)                     // {{"software.host_per_kernel", "software stack", "61.0 us"}, ...}
//     with_constant("calibration.gemm.launch", 1.1, setting)                                   // a tenth more
//
// What is alike has one name and changes together: rates of all tiles, what blocks of a collective move. Leaves out shapes of a formula
// (overlap, partial_wave_floor, tail), NCCL's own model, and the hardware's rates, whose errors go as parts do (workloads/influences.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "topology/cluster_spec.h"
#include "workloads/training_run.h"

namespace orrery::workloads {

/// What a job is played on.
struct Setting {
  Stack stack;
  topology::ClusterSpec cluster;
  Conduct conduct;
};

struct Constant {
  std::string name;
  std::string of;     // as report/sources.h calls what it comes from: "matrix products"
  std::string value;  // with its unit; of several that are alike the range
};

/// Those that do something: no time or deviation of zero, no slowdown of 1.
std::vector<Constant> constants_in_force(const Setting& setting);

/// With `name`, one of those, times `factor`. NCCL chooses as it did.
Setting with_constant(std::string_view name, double factor, Setting setting);

}  // namespace orrery::workloads
