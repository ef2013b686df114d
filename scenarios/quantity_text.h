// Quantities as our files hold them: read with their unit (sim/units_text.h), written so that reading gives the very same value back.
//
//     sim::BytesPerSecond rate;
//     parse_quantity("200 Gbit/s", rate);
//     exact_text(rate);                     // "25 GB/s"
#pragma once

#include <string>
#include <string_view>

#include "sim/units.h"

namespace orrery::scenarios {

/// Throws sim::Error without a place.
void parse_quantity(std::string_view text, sim::Bytes& value);
void parse_quantity(std::string_view text, sim::BytesPerSecond& value);
void parse_quantity(std::string_view text, sim::FlopsPerSecond& value);
void parse_quantity(std::string_view text, sim::Duration& value);
void parse_quantity(std::string_view text, sim::LongDuration& value);

/// In the largest unit that gives at least 1 and loses nothing.
std::string exact_text(sim::Bytes value);
std::string exact_text(sim::BytesPerSecond value);
std::string exact_text(sim::FlopsPerSecond value);
std::string exact_text(sim::Duration value);
std::string exact_text(sim::LongDuration value);
std::string exact_text_in_bits(sim::BytesPerSecond value);  // "200 Gbit/s"

/// What to write, in messages.
std::string_view example_of(sim::Bytes);
std::string_view example_of(sim::BytesPerSecond);
std::string_view example_of(sim::FlopsPerSecond);
std::string_view example_of(sim::Duration);
std::string_view example_of(sim::LongDuration);

/// What any part, stack or device may have of a dimension, in the units of `magnitude`; what is outside of it is a slip of the hand.
struct QuantityRange {
  double least;
  double most;
  std::string_view text;  // "1 kB/s to 1 PB/s"
};
QuantityRange range_of(sim::Bytes);
QuantityRange range_of(sim::BytesPerSecond);
QuantityRange range_of(sim::FlopsPerSecond);
QuantityRange range_of(sim::Duration);
QuantityRange range_of(sim::LongDuration);

/// In base units: bytes, bytes a second, operations a second, picoseconds; of long durations nanoseconds.
double magnitude(sim::Bytes value);
double magnitude(sim::BytesPerSecond value);
double magnitude(sim::FlopsPerSecond value);
double magnitude(sim::Duration value);
double magnitude(sim::LongDuration value);

}  // namespace orrery::scenarios
