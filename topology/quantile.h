// Quantiles of a list of numbers, by nearest rank: the least of them that so many tenths do not exceed. One of the numbers itself, so that
// no interpolation rounds.
//
//     quantile({3, 1, 2}, 5);       // 2
//     quantile({3, 1, 2}, 9);       // 3
//
// Linear in the list.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/error.h"

namespace orrery::topology {

/// 0 < tenths <= 10; 0 of an empty list.
inline double quantile(std::vector<double> numbers, int tenths) {
  sim::check(tenths > 0 && tenths <= 10, "a quantile in tenths");
  if (numbers.empty()) return 0;
  const std::size_t rank = (numbers.size() * static_cast<std::size_t>(tenths) + 9) / 10;
  const auto at = numbers.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(numbers.begin(), at, numbers.end());
  return *at;
}

}  // namespace orrery::topology
