// Lists of ranks as the arithmetic that a Program has them in (sim::Lattice).
//
//     lattice_of({0, 8, 16, 1, 9, 17})        // first 0, extents 3*8 + 2*1
//     lattice_of({0, 1, 3})                   // none
//     lattices_of({0, 1, 2, 7})               // 0+3*1 and 7
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/program.h"

namespace orrery::workloads {

/// The lattice whose values are these in this order. `ranks` must not be empty.
std::optional<sim::Lattice> lattice_of(std::span<const std::int32_t> ranks);

/// Lattices whose values together are these, which must ascend: one where that is enough, else one for each run of equal steps.
std::vector<sim::Lattice> lattices_of(std::span<const std::int32_t> ranks);

}  // namespace orrery::workloads
