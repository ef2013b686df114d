// Switches on a grid of any number of dimensions: coordinates and numbers of torus and HyperX.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace orrery::topology {

class Grid {
 public:
  explicit Grid(std::vector<int> sides) : sides_(std::move(sides)) {}

  const std::vector<int>& sides() const { return sides_; }
  /// No more than 2^40 is told.
  std::int64_t switches() const {
    std::int64_t product = 1;
    for (const int side : sides_) product = std::min(product * side, std::int64_t{1} << 40);
    return product;
  }
  /// Whether it can be built: up to 2^22 switches, and no way of 2^16 links.
  bool is_buildable() const {
    std::int64_t sum = 0;
    for (const int side : sides_) sum += side;
    return switches() <= 1 << 22 && sum < 1 << 16;
  }
  /// The last coordinate counts fastest.
  std::vector<int> coordinates(std::int64_t number) const {
    std::vector<int> at(sides_.size());
    for (std::size_t d = sides_.size(); d-- > 0; number /= sides_[d]) at[d] = static_cast<int>(number % sides_[d]);
    return at;
  }
  std::int64_t number(const std::vector<int>& at) const {
    std::int64_t number = 0;
    for (std::size_t d = 0; d < sides_.size(); ++d) number = number * sides_[d] + at[d];
    return number;
  }
  /// The number of the switch that differs in one coordinate.
  std::int64_t moved(std::int64_t from, std::size_t dimension, int to) const {
    std::vector<int> at = coordinates(from);
    at[dimension] = to;
    return number(at);
  }
  /// "switch3.5".
  std::string name(std::int64_t number) const { return fmt::format("switch{}", fmt::join(coordinates(number), ".")); }
  /// "8 x 4 x 4".
  std::string text() const { return fmt::format("{}", fmt::join(sides_, " x ")); }

 private:
  std::vector<int> sides_;
};

}  // namespace orrery::topology
