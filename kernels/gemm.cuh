// kernels/gemm.h on a GPU by cuBLASLt, with what Megatron-LM fuses behind it: C = epilogue(A * B), row-major, for float, __half and
// __nv_bfloat16, summed up in floats (float without TF32).
//
//     const Gemm<__half> gemm({.m = tokens, .n = ffn, .k = hidden}, GemmEpilogue::bias_gelu);
//     gemm.run(a, b, bias, c, stream);
//
// Choosing an algorithm costs some 10 us to ms of the CPU (an estimate), so it happens once. Takes the first algorithm that cuBLASLt's
// heuristics offer for a workspace of 32 MiB.
#pragma once

#include <cuda_runtime_api.h>

#include <memory>

#include "kernels/gemm.h"

namespace orrery::kernels {

enum class GemmEpilogue { none, bias, bias_gelu };  // GeLU in the form with tanh

template <class Number>
class Gemm {
 public:
  /// Throws CudaError where cuBLASLt knows no algorithm for the shape.
  Gemm(const GemmShape& shape, GemmEpilogue epilogue);
  ~Gemm();

  /// One stream at a time. `bias` has n values, for all of the batch; null without an epilogue.
  void run(const Number* a, const Number* b, const Number* bias, Number* c, cudaStream_t stream);

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

}  // namespace orrery::kernels
