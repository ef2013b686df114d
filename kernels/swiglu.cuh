// kernels/swiglu.h on a GPU, for float, __half and __nv_bfloat16; computed in floats.
//
//     swiglu<__nv_bfloat16>(tokens * ffn, gate, up, y, stream);
//
// Memory: forward reads gate and up and writes y; backward reads gate, up and d_y and writes d_gate and d_up.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>

namespace orrery::kernels {

/// `count` is whole packs of 16 bytes.
template <class Number>
void swiglu(std::int64_t count, const Number* gate, const Number* up, Number* y, cudaStream_t stream);

template <class Number>
void swiglu_backward(std::int64_t count, const Number* gate, const Number* up, const Number* d_y, Number* d_gate, Number* d_up,
                     cudaStream_t stream);

}  // namespace orrery::kernels
