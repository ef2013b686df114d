// A length of time that differs from one occasion to the next: how long it takes to notice a failure, to swap a node, to mend it.
//
//     const Delay reset = fixed(minutes(2));
//     const Delay repair = lognormal(hours(3), hours(24));       // half of them take 3 h, nine of ten at most 24 h
//     const sim::LongDuration drawn = draw(repair, random);
#pragma once

#include <cstdint>

#include "sim/random.h"
#include "sim/units.h"

namespace orrery::workloads::campaign {

struct Delay {
  enum class Shape : std::uint8_t { fixed, uniform, exponential, lognormal };
  Shape shape = Shape::fixed;
  sim::LongDuration first{};   // the value, the least, the mean, the median
  sim::LongDuration second{};  // -, the most, -, what nine of ten stay under: at least the median
  bool operator==(const Delay&) const = default;
};

Delay fixed(sim::LongDuration value);
Delay uniform(sim::LongDuration least, sim::LongDuration most);
Delay exponential(sim::LongDuration mean);
Delay lognormal(sim::LongDuration median, sim::LongDuration nine_of_ten);

inline sim::LongDuration seconds(double count) { return sim::LongDuration::from_seconds(count); }
inline sim::LongDuration minutes(double count) { return seconds(60 * count); }
inline sim::LongDuration hours(double count) { return seconds(3600 * count); }
inline sim::LongDuration days(double count) { return hours(24 * count); }

/// Two draws of `random` at most; never negative. A lognormal one is cut off at a hundred times its median.
sim::LongDuration draw(const Delay& delay, sim::Random& random);
sim::LongDuration mean(const Delay& delay);

}  // namespace orrery::workloads::campaign
