// kernels/gradient_norm.h on a GPU, for float, __half and __nv_bfloat16. Packs are summed up in floats, everything else in doubles and in a
// fixed order: same input on the same device, same bits.
//
//     gradient_norm<__half>(n, gradients, norm, stream);      // norm is on the device
//
// Memory: reads the gradients.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace orrery::kernels {

/// `count` is whole packs of 16 bytes.
template <class Number>
void gradient_norm(std::int64_t count, const Number* gradients, double* norm, cudaStream_t stream);

}  // namespace orrery::kernels
