// A kernel of a Program on the host: its operands, and the computing. Matrix products by OpenBLAS, the rest by the references of kernels/,
// all in fp32 on one core.
//
//     HostKernel kernel({sim::KernelKind::gemm, sim::DataType::fp32, {128, 128, 128, 1}});
//     kernel.run();
//
// Operands are drawn once, from -1 to 1, without a pattern; what a kernel accumulates (moments, gradients of a table) grows from run to
// run. A counted kernel reads its bytes once and then does its operations in registers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/kernel.h"

namespace orrery::realrun {

class HostKernel {
 public:
  /// Of type fp32. Throws sim::Error (infeasible) for a matrix that BLAS cannot count (2^31 rows).
  explicit HostKernel(const sim::Kernel& kernel);
  void run();

  /// The arrays that host_operands tells of.
  std::span<float> operand(std::size_t index) { return floats_[index]; }

 private:
  void run_gemm();
  void run_attention();
  void run_rows();      // norms, softmax, activations
  void run_elements();  // dropout, sums, optimizer
  void run_tokens();    // embedding, loss
  void run_counted();

  sim::Kernel kernel_;
  std::vector<std::vector<float>> floats_;
  std::vector<std::uint8_t> mask_;
  std::vector<std::int32_t> tokens_;
  float sink_ = 0;  // of sums that nobody asks for
};

/// Numbers from -1 to 1, the same for the same seed.
void fill_drawn(std::span<float> numbers, std::uint64_t seed);

/// Each rank computes on one core: as many ranks as cores fill a machine. Once a process.
void use_one_core();

/// "OpenBLAS 0.3.21 Zen".
std::string blas_version();

}  // namespace orrery::realrun
