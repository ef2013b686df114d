#include "kernels/gradient_norm.h"

#include <cmath>

namespace orrery::kernels {

template <class Real>
double gradient_norm(Input<Real> gradients) {
  double sums[4] = {};  // side by side, so that no addition waits for the one before
  for (std::size_t i = 0; i < gradients.size(); ++i) sums[i % 4] += static_cast<double>(gradients[i]) * static_cast<double>(gradients[i]);
  return std::sqrt((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

template double gradient_norm<float>(Input<float>);
template double gradient_norm<double>(Input<double>);

}  // namespace orrery::kernels
