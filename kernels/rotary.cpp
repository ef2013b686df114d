#include "kernels/rotary.h"

#include <cmath>
#include <vector>

namespace orrery::kernels {
namespace {

struct Angle {
  double cosine = 1;
  double sine = 0;
};

/// Of each pair of a head at a position.
std::vector<Angle> angles_at(const RotaryShape& shape, Turn turn, std::int64_t position) {
  std::vector<Angle> angles;
  for (std::int64_t i = 0; i < shape.dimension / 2; ++i) {
    const double frequency = std::pow(shape.base, -2.0 * static_cast<double>(i) / static_cast<double>(shape.dimension));
    const double angle = static_cast<double>(position) * frequency * (turn == Turn::forward ? 1 : -1);
    angles.push_back({std::cos(angle), std::sin(angle)});
  }
  return angles;
}

}  // namespace

template <class Real>
void rotary(const RotaryShape& shape, Turn turn, Input<Real> x, Output<Real> y) {
  if (shape.dimension % 2 != 0) throw std::invalid_argument("a head that turns has an even dimension");
  expect_size(x.size(), shape.tokens * shape.heads * shape.dimension, "x");
  expect_size(y.size(), shape.tokens * shape.heads * shape.dimension, "y");
  for (std::int64_t token = 0; token < shape.tokens; ++token) {
    const std::vector<Angle> angles = angles_at(shape, turn, token);
    for (std::int64_t row = token * shape.heads; row < (token + 1) * shape.heads; ++row) {
      const Input<Real> from = row_of(x, row, shape.dimension);
      const Output<Real> to = row_of(y, row, shape.dimension);
      for (std::size_t i = 0; i < angles.size(); ++i) {
        const Real a = from[i];
        const Real b = from[i + angles.size()];
        const auto cosine = static_cast<Real>(angles[i].cosine);
        const auto sine = static_cast<Real>(angles[i].sine);
        to[i] = a * cosine - b * sine;
        to[i + angles.size()] = b * cosine + a * sine;
      }
    }
  }
}

template void rotary<float>(const RotaryShape&, Turn, Input<float>, Output<float>);
template void rotary<double>(const RotaryShape&, Turn, Input<double>, Output<double>);

}  // namespace orrery::kernels
