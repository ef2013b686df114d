// The steps of a Program's streams as engines number them, and the operations that each is made of: what a recorded span was at.
//
//     each_step(program, role.streams[0], [&](std::uint32_t step, Operations of) { ... });      // Span::step, and [gemm, layer_norm, gemm]
//
// Calls are expanded, and kernels of one label in a row are one step (workloads/flatten.h). Costs a look at every operation of the stream.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sim/program.h"

namespace orrery::report {

using Operations = std::span<const sim::Operation* const>;

/// Whether it is work of the rank's device, of which several in a row may be one step.
bool is_device_work(const sim::Operation& operation);

/// In order of steps; of each all operations.
void each_step(const sim::Program& program, const sim::Stream& stream, const std::function<void(std::uint32_t, Operations)>& visit);

/// Of a rank of each role, with calls expanded. The Program must be valid.
std::vector<std::int64_t> operations_of_roles(const sim::Program& program);

}  // namespace orrery::report
