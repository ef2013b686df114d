#include "sim/random.h"

#include <Random123/philox.h>

#include <cmath>

#include "sim/error.h"

namespace orrery::sim {

Random::Random(std::uint64_t seed, std::uint64_t stream) : seed_(seed), stream_(stream) {}

std::uint64_t Random::bits() {
  if (left_ == 0) {
    const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
    const auto high = [](std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); };
    const r123::Philox4x32::ctr_type counter = {{low(block_), high(block_), low(stream_), high(stream_)}};
    const r123::Philox4x32::key_type key = {{low(seed_), high(seed_)}};
    const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(counter, key);
    buffer_ = {words[0] | std::uint64_t{words[1]} << 32, words[2] | std::uint64_t{words[3]} << 32};
    left_ = 2;
    ++block_;
  }
  return buffer_[static_cast<std::size_t>(2 - left_--)];
}

double Random::uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

std::uint64_t Random::below(std::uint64_t bound) {
  check(bound > 0, "a bound is positive");
  // 2^64 mod bound draws are thrown away, so that what is left is a whole number of rounds through [0, bound).
  const std::uint64_t discarded = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t draw = bits();
    if (draw >= discarded) return draw % bound;
  }
}

double Random::exponential(double mean) {
  check(mean > 0, "a mean is positive");
  return -mean * std::log1p(-uniform());
}

}  // namespace orrery::sim
