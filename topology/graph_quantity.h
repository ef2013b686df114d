// Quantities as attributes of graphs have them: bare numbers in GB/s and seconds, or with the units of sim/units_text.h or SimGrid's.
//
//     graph_bandwidth("25")        // 25 GB/s
//     graph_bandwidth("25GBps")    // the same: here B is a byte and b a bit, as SimGrid has it
//     graph_latency("600e-9")      // 600 ns
//
// What is written reads back to the last bit.
#pragma once

#include <string>
#include <string_view>

#include "sim/units.h"

namespace orrery::topology {

/// Throw sim::Error without a place for text that is no such quantity, or zero or less for a bandwidth.
sim::BytesPerSecond graph_bandwidth(std::string_view text);
sim::Duration graph_latency(std::string_view text);

std::string graph_text(sim::BytesPerSecond bandwidth);  // "25GBps"
std::string graph_text(sim::Duration latency);          // "130ns"

}  // namespace orrery::topology
