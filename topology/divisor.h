// A whole number that many others are divided by: its reciprocal is computed once, and a division becomes a multiplication and a shift
// (Granlund and Montgomery 1994). Routes through a tree are little else than such divisions.
//
//     const Divisor columns = 20;
//     port / columns; port % columns;              // as with an int
//
// Leaves out: negative numbers, and those that 31 bits do not hold.
#pragma once

#include <bit>
#include <cstdint>

namespace orrery::topology {

class Divisor {
 public:
  /// `by` is at least 1; of 0, which a tree's unused parts have, there is no quotient.
  constexpr Divisor(int by = 1) : by_(by), shift_(31 + std::bit_width(unsigned(by > 1 ? by - 1 : 0))) {  // NOLINT: stands for an int
    if (by > 0) reciprocal_ = ((std::uint64_t{1} << shift_) + unsigned(by) - 1) / unsigned(by);
  }
  constexpr operator int() const { return by_; }  // NOLINT: stands for an int

  /// Of 0 <= `of`.
  friend constexpr int operator/(int of, const Divisor& divisor) {
    return static_cast<int>(divisor.reciprocal_ * static_cast<unsigned>(of) >> divisor.shift_);
  }
  friend constexpr int operator%(int of, const Divisor& divisor) { return of - of / divisor * divisor.by_; }

 private:
  int by_;
  int shift_;
  std::uint64_t reciprocal_ = 0;  // 2^shift / by, rounded up: below 2^32
};

}  // namespace orrery::topology
