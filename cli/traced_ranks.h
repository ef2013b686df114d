// --trace-ranks: whose steps a trace tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/program.h"

namespace orrery::cli {

/// "0,8..15": 0 and 8 to 15, ascending; of no text, the first rank of each role. Throws sim::Error where it is no such list, names
/// ranks that the Program has not, or so many that nobody could look at the trace.
std::vector<std::int32_t> traced_ranks(const std::optional<std::string>& text, const sim::Program& program);

}  // namespace orrery::cli
