// What was probably meant by a unit that is none: "GBytes" is GB, "hrs" is h, and "Gb/s" may be Gbit/s or GB/s.
//
//     unit_meant_by("TFLOPS", {"FLOP/s", "TFLOP/s"});     // "TFLOP/s"
//     bits_or_bytes("25", 25, "Gb/s");                    // write "25 Gbit/s" (3.125 GB/s) or "25 GB/s" (200 Gbit/s)
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orrery::sim {

/// One of `known`, or "" where none is near.
std::string unit_meant_by(std::string_view name, const std::vector<std::string_view>& known);

/// Both readings of a rate whose unit leaves open whether it counts bits or bytes, in whatever case and with or without "per second"; ""
/// where the unit does not. `number` is as it was written, and `value` what it is.
std::string bits_or_bytes(std::string_view number, double value, std::string_view unit);

}  // namespace orrery::sim
