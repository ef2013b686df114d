#include "sim/interference.h"

#include <algorithm>
#include <cmath>

namespace orrery::sim {

std::int64_t work_rate(const Taken& taken, const Mix& mix, std::int64_t capacity) {
  if (taken.arithmetic <= 0 && taken.memory <= 0) return std::max<std::int64_t>(capacity, 1);
  constexpr auto all = static_cast<double>(whole_processor);
  const auto left = [](std::int64_t of_kind) { return static_cast<double>(std::max(whole_processor - of_kind, least_left)); };
  const double memory = mix.memory;
  const double slower = std::max(1 - memory - mix.slack, 0.0) * (all / left(taken.arithmetic)) + memory * (all / left(taken.memory));
  if (slower <= 1) return std::max<std::int64_t>(capacity, 1);
  return std::max<std::int64_t>(std::llround(static_cast<double>(capacity) / slower), 1);
}

}  // namespace orrery::sim
