#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "kernels/cuda_error.cuh"
#include "kernels/device_array.cuh"
#include "kernels/gemm.cuh"

namespace orrery::kernels {
namespace {

constexpr std::int64_t workspace_bytes = 32 << 20;  // what cuBLASLt's guide advises for Hopper, as recalled

struct Destroy {
  void operator()(cublasLtContext* handle) const { cublasLtDestroy(reinterpret_cast<cublasLtHandle_t>(handle)); }
  void operator()(cublasLtMatmulDescOpaque_t* descriptor) const { cublasLtMatmulDescDestroy(descriptor); }
  void operator()(cublasLtMatrixLayoutOpaque_t* layout) const { cublasLtMatrixLayoutDestroy(layout); }
  void operator()(cublasLtMatmulPreferenceOpaque_t* preference) const { cublasLtMatmulPreferenceDestroy(preference); }
};

template <class Object>
using Owned = std::unique_ptr<Object, Destroy>;

template <class Number>
constexpr cudaDataType_t type_of() {
  if constexpr (std::is_same_v<Number, __half>) {
    return CUDA_R_16F;
  } else if constexpr (std::is_same_v<Number, __nv_bfloat16>) {
    return CUDA_R_16BF;
  } else {
    return CUDA_R_32F;
  }
}

cublasLtEpilogue_t code_of(GemmEpilogue epilogue) {
  switch (epilogue) {
    case GemmEpilogue::none:
      return CUBLASLT_EPILOGUE_DEFAULT;
    case GemmEpilogue::bias:
      return CUBLASLT_EPILOGUE_BIAS;
    case GemmEpilogue::bias_gelu:
      return CUBLASLT_EPILOGUE_GELU_BIAS;
  }
  throw std::invalid_argument("no such epilogue");
}

Owned<cublasLtContext> new_handle() {
  cublasLtHandle_t handle = nullptr;
  CUDA_CHECK(cublasLtCreate(&handle));
  return Owned<cublasLtContext>(handle);
}

Owned<cublasLtMatmulDescOpaque_t> new_operation(GemmEpilogue epilogue) {
  cublasLtMatmulDesc_t descriptor = nullptr;
  CUDA_CHECK(cublasLtMatmulDescCreate(&descriptor, CUBLAS_COMPUTE_32F, CUDA_R_32F));
  Owned<cublasLtMatmulDescOpaque_t> owned(descriptor);
  const cublasLtEpilogue_t code = code_of(epilogue);
  CUDA_CHECK(cublasLtMatmulDescSetAttribute(descriptor, CUBLASLT_MATMUL_DESC_EPILOGUE, &code, sizeof(code)));
  return owned;
}

/// cuBLASLt counts by columns: a row-major matrix is its transpose there, and C^T = B^T A^T.
Owned<cublasLtMatrixLayoutOpaque_t> new_layout(cudaDataType_t type, const MatrixShape& shape, std::int64_t batch) {
  cublasLtMatrixLayout_t layout = nullptr;
  CUDA_CHECK(cublasLtMatrixLayoutCreate(&layout, type, static_cast<std::uint64_t>(shape.columns), static_cast<std::uint64_t>(shape.rows),
                                        shape.columns));
  Owned<cublasLtMatrixLayoutOpaque_t> owned(layout);
  const auto count = static_cast<std::int32_t>(batch);
  const std::int64_t stride = shape.rows * shape.columns;
  CUDA_CHECK(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &count, sizeof(count)));
  CUDA_CHECK(cublasLtMatrixLayoutSetAttribute(layout, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &stride, sizeof(stride)));
  return owned;
}

Owned<cublasLtMatmulPreferenceOpaque_t> new_preference() {
  cublasLtMatmulPreference_t preference = nullptr;
  CUDA_CHECK(cublasLtMatmulPreferenceCreate(&preference));
  Owned<cublasLtMatmulPreferenceOpaque_t> owned(preference);
  const auto bytes = static_cast<std::size_t>(workspace_bytes);
  CUDA_CHECK(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &bytes, sizeof(bytes)));
  return owned;
}

}  // namespace

template <class Number>
struct Gemm<Number>::Plan {
  Plan(const GemmShape& shape, GemmEpilogue with)
      : epilogue(with),
        handle(new_handle()),
        operation(new_operation(with)),
        a(new_layout(type_of<Number>(), {shape.m, shape.k}, shape.batch)),
        b(new_layout(type_of<Number>(), {shape.k, shape.n}, shape.batch)),
        c(new_layout(type_of<Number>(), {shape.m, shape.n}, shape.batch)) {
    int found = 0;
    CUDA_CHECK(cublasLtMatmulAlgoGetHeuristic(handle.get(), operation.get(), b.get(), a.get(), c.get(), c.get(), new_preference().get(), 1,
                                              &choice, &found));
    CUDA_CHECK(found > 0 ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_NOT_SUPPORTED);
  }

  GemmEpilogue epilogue;
  Owned<cublasLtContext> handle;
  Owned<cublasLtMatmulDescOpaque_t> operation;
  Owned<cublasLtMatrixLayoutOpaque_t> a;
  Owned<cublasLtMatrixLayoutOpaque_t> b;
  Owned<cublasLtMatrixLayoutOpaque_t> c;
  cublasLtMatmulHeuristicResult_t choice{};
  DeviceArray<unsigned char> workspace{workspace_bytes};
};

template <class Number>
Gemm<Number>::Gemm(const GemmShape& shape, GemmEpilogue epilogue) : plan_(std::make_unique<Plan>(shape, epilogue)) {}

template <class Number>
Gemm<Number>::~Gemm() = default;

template <class Number>
void Gemm<Number>::run(const Number* a, const Number* b, const Number* bias, Number* c, cudaStream_t stream) {
  const float one = 1;
  const float zero = 0;
  Plan& plan = *plan_;
  if (plan.epilogue != GemmEpilogue::none) {
    CUDA_CHECK(cublasLtMatmulDescSetAttribute(plan.operation.get(), CUBLASLT_MATMUL_DESC_BIAS_POINTER, &bias, sizeof(bias)));
  }
  CUDA_CHECK(cublasLtMatmul(plan.handle.get(), plan.operation.get(), &one, b, plan.b.get(), a, plan.a.get(), &zero, c, plan.c.get(), c,
                            plan.c.get(), &plan.choice.algo, plan.workspace.data(), static_cast<std::size_t>(workspace_bytes), stream));
}

template class Gemm<float>;
template class Gemm<__half>;
template class Gemm<__nv_bfloat16>;

}  // namespace orrery::kernels
