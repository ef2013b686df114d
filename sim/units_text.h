// Quantities in text carry their unit: "200 Gbit/s", "80 GB", "312 TFLOP/s", "130 ns".
//
// Reading accepts a decimal number, optional blanks and a unit; a missing, unknown or wrong-dimension unit throws sim::Error (without a
// place: the reader of the file adds it) with a remedy. "400" for a rate says: "400" has no unit; write e.g. "400 Gbit/s". A rate whose
// unit is of the other kind (bytes for bits) is accepted: "25 GB/s" is 200 Gbit/s; one that leaves open which it is ("25 Gb/s", "25 GBps")
// is refused, naming both readings. Decimal (kB MB GB TB PB) and binary (KiB … PiB) prefixes
// both work. Bytes must come out whole; times are rounded to the nearest tick; neither passes through a double where it is exact. Negative,
// infinite and too large quantities are refused. Writing picks the unit that a person would and keeps three significant digits; it is for
// people, not for round trips.
//
//     const BytesPerSecond link = bytes_per_second_from("200 Gbit/s");   // to_text(link) == "25.0 GB/s"
//
// Units: bytes B kB MB GB TB PB KiB MiB GiB TiB PiB; rates the same with /s, and bit/s kbit/s Mbit/s Gbit/s Tbit/s;
// FLOP/s with k M G T P E; time ps ns us µs ms s min h day days.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/units.h"

namespace orrery::sim {

Bytes bytes_from(std::string_view text);
BytesPerSecond bytes_per_second_from(std::string_view text);
FlopsPerSecond flops_per_second_from(std::string_view text);
Duration duration_from(std::string_view text);
LongDuration long_duration_from(std::string_view text);

/// The units that such a quantity may be read in: "B", "kB", ...
std::vector<std::string_view> unit_names(Bytes);
std::vector<std::string_view> unit_names(BytesPerSecond);
std::vector<std::string_view> unit_names(FlopsPerSecond);
std::vector<std::string_view> unit_names(Duration);
std::vector<std::string_view> unit_names(LongDuration);

std::string to_text(Bytes value);           // "79.6 GB"
std::string to_text(BytesPerSecond value);  // "24.6 GB/s"
std::string to_text(FlopsPerSecond value);  // "312 TFLOP/s"
std::string to_text(Duration value);        // "60.1 s", "43.6 ms", "1.30 us"
std::string to_text(LongDuration value);    // "32.4 days"

}  // namespace orrery::sim
