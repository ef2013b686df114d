// kernels/adam.h on a GPU: parameters and moments in floats, gradients as float, __half or __nv_bfloat16, and with these also a copy of the
// parameters in the gradients' type, as mixed precision keeps it.
//
//     adam<__half>({.learning_rate = 1e-4, .step = 1}, n, gradient, parameters, first_moment, second_moment, working, stream);
//
// Memory: reads the gradient, parameters and moments, writes parameters, moments and the copy: 28 bytes an element in all with a 16-bit
// copy and gradient, 28 in floats without a copy.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/adam.h"

namespace orrery::kernels {

/// `count` is a multiple of 4. `working` may be null: no copy is written.
template <class Number>
void adam(const AdamStep& step, std::int64_t count, const Number* gradient, float* parameters, float* first_moment, float* second_moment,
          Number* working, cudaStream_t stream);

}  // namespace orrery::kernels
