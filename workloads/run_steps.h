// Runs a schedule of steps with symbols for data and tells whether the collective comes of it: the second half of
// validate(CollectiveSteps).
//
// A chunk's value is a sum of input chunks, at most one of each rank. Blocks are taken in turn, each as far as it comes, and again when a
// message or a step that they wait for is there: O(steps), beside the sums.
#pragma once

#include "workloads/collective_steps.h"

namespace orrery::workloads {

/// The form must have been checked. Throws sim::Error as validate does.
void run_steps(const CollectiveSteps& steps);

}  // namespace orrery::workloads
