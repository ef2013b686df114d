#include "workloads/campaign/delay.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sim/error.h"

namespace orrery::workloads::campaign {

namespace {

/// The standard normal's ninth decile.
constexpr double ninth_decile = 1.2815515655446004;

double standard_normal(sim::Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

double sigma_of(const Delay& delay) { return std::log(delay.second.seconds() / delay.first.seconds()) / ninth_decile; }

}  // namespace

Delay fixed(sim::LongDuration value) { return {.shape = Delay::Shape::fixed, .first = value}; }
Delay uniform(sim::LongDuration least, sim::LongDuration most) {
  sim::check(least <= most, "a uniform delay has its least first");
  return {.shape = Delay::Shape::uniform, .first = least, .second = most};
}
Delay exponential(sim::LongDuration mean) { return {.shape = Delay::Shape::exponential, .first = mean}; }
Delay lognormal(sim::LongDuration median, sim::LongDuration nine_of_ten) {
  sim::check(median.ticks > 0 && median <= nine_of_ten, "a lognormal delay has a positive median first");
  return {.shape = Delay::Shape::lognormal, .first = median, .second = nine_of_ten};
}

sim::LongDuration draw(const Delay& delay, sim::Random& random) {
  const double first = delay.first.seconds();
  switch (delay.shape) {
    case Delay::Shape::fixed:
      return delay.first;
    case Delay::Shape::uniform:
      return seconds(first + (delay.second.seconds() - first) * random.uniform());
    case Delay::Shape::exponential:
      return seconds(first > 0 ? random.exponential(first) : 0);
    case Delay::Shape::lognormal:
      return seconds(first * std::min(100.0, std::exp(sigma_of(delay) * standard_normal(random))));
  }
  return {};
}

sim::LongDuration mean(const Delay& delay) {
  switch (delay.shape) {
    case Delay::Shape::fixed:
    case Delay::Shape::exponential:
      return delay.first;
    case Delay::Shape::uniform:
      return seconds((delay.first.seconds() + delay.second.seconds()) / 2);
    case Delay::Shape::lognormal: {
      const double sigma = sigma_of(delay);
      return seconds(delay.first.seconds() * std::exp(sigma * sigma / 2));
    }
  }
  return {};
}

}  // namespace orrery::workloads::campaign
