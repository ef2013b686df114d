// Lists of names as SLURM abbreviates them: "gpu[001-020],login1", "a[1-3,07]b[1-2]" (each of the first with each of the second).
//
//     hostlist("n[08-10]", 100)          // n08 n09 n10: as wide as the lower end is written
//
// Leaves out: what SLURM reads as words (ALL), ranges within ranges, steps.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::topology {

/// In the order written. Throws sim::Error without a place (the reader of the file adds it) for what is no such list, names that cannot be
/// shown on a line, and more than `most` names, before it makes them.
std::vector<std::string> hostlist(std::string_view text, std::size_t most);

}  // namespace orrery::topology
