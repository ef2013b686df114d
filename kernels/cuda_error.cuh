// A call of CUDA or cuBLASLt that fails throws CudaError, which says file, line and call:
//
//     CUDA_CHECK(cudaMalloc(&pointer, bytes));
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <stdexcept>
#include <string>

namespace orrery::kernels {

struct CudaError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct CallPlace {
  const char* call;
  const char* file;
  int line;
};

[[noreturn]] inline void throw_cuda_error(const CallPlace& place, const char* reason) {
  throw CudaError(std::string(place.file) + ":" + std::to_string(place.line) + ": " + place.call + ": " + reason);
}

inline void check_cuda(cudaError_t error, const CallPlace& place) {
  if (error != cudaSuccess) throw_cuda_error(place, cudaGetErrorString(error));
}

inline void check_cuda(cublasStatus_t status, const CallPlace& place) {
  if (status != CUBLAS_STATUS_SUCCESS) throw_cuda_error(place, cublasLtGetStatusString(status));
}

}  // namespace orrery::kernels

#define CUDA_CHECK(call) ::orrery::kernels::check_cuda((call), {#call, __FILE__, __LINE__})
