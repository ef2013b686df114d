#include "realrun/host_kernel.h"

#include <cblas.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/adam.h"
#include "kernels/attention.h"
#include "kernels/cross_entropy.h"
#include "kernels/dropout.h"
#include "kernels/elementwise.h"
#include "kernels/embedding.h"
#include "kernels/gelu.h"
#include "kernels/gradient_norm.h"
#include "kernels/layer_norm.h"
#include "kernels/softmax.h"
#include "realrun/host_memory.h"
#include "sim/error.h"

namespace orrery::realrun {
namespace {

using sim::KernelKind;

constexpr kernels::Dropout host_dropout{.rate = 0.1, .seed = 1};

kernels::AttentionShape attention_shape(const sim::Kernel& kernel) {
  const auto& [a, b, c, d] = kernel.shape;
  if (kernel.kind == KernelKind::attention || kernel.kind == KernelKind::attention_backward) {
    return {.heads = a * b, .queries = c, .keys = c, .dimension = d, .mask = kernels::AttentionMask::causal};
  }
  return {.heads = a, .queries = b, .keys = c, .dimension = d, .mask = kernels::AttentionMask::none};
}

void check_dimensions(const sim::Kernel& kernel) {
  for (const std::int64_t size : kernel.shape) {
    if (kernel.kind != KernelKind::gemm || size <= std::numeric_limits<blasint>::max()) continue;
    throw sim::Error({.place = "gemm",
                      .what = "has " + std::to_string(size) + " rows or columns, more than BLAS counts",
                      .remedy = "play smaller shapes"},
                     sim::ErrorKind::infeasible);
  }
}

}  // namespace

HostKernel::HostKernel(const sim::Kernel& kernel) : kernel_(kernel) {
  sim::check(kernel.type == sim::DataType::fp32, "the host computes in fp32");
  check_dimensions(kernel);
  const HostOperands operands = host_operands(kernel);
  for (const std::int64_t elements : operands.floats) {
    fill_drawn(floats_.emplace_back(static_cast<std::size_t>(elements)), floats_.size());
  }
  mask_.assign(static_cast<std::size_t>(operands.mask), 1);
  // Far apart, so that neighbours do not help each other; within the rows of the table, or the columns of the loss.
  const bool is_loss = kernel.kind == KernelKind::cross_entropy || kernel.kind == KernelKind::cross_entropy_backward;
  const std::int64_t choices = is_loss ? kernel.shape[1] : kernel.shape[0];
  for (std::int64_t i = 0; i < operands.tokens; ++i) tokens_.push_back(static_cast<std::int32_t>(i * 7919 % choices));
  if (kernel.kind == KernelKind::adam) std::ranges::fill(floats_[3], 1.0F);  // squares are not negative
}

void HostKernel::run() {
  switch (kernel_.kind) {
    case KernelKind::gemm:
      return run_gemm();
    case KernelKind::attention:
    case KernelKind::attention_backward:
    case KernelKind::attention_block:
    case KernelKind::attention_block_backward:
      return run_attention();
    case KernelKind::softmax:
    case KernelKind::softmax_backward:
    case KernelKind::layer_norm:
    case KernelKind::layer_norm_backward:
    case KernelKind::bias_gelu:
    case KernelKind::bias_gelu_backward:
      return run_rows();
    case KernelKind::dropout:
    case KernelKind::dropout_backward:
    case KernelKind::bias_dropout_add:
    case KernelKind::bias_dropout_add_backward:
    case KernelKind::elementwise:
    case KernelKind::adam:
    case KernelKind::gradient_norm:
      return run_elements();
    case KernelKind::embedding:
    case KernelKind::embedding_backward:
    case KernelKind::cross_entropy:
    case KernelKind::cross_entropy_backward:
      return run_tokens();
    case KernelKind::counted:
      return run_counted();
  }
}

void HostKernel::run_gemm() {
  const auto m = static_cast<blasint>(kernel_.shape[0]);
  const auto n = static_cast<blasint>(kernel_.shape[1]);
  const auto k = static_cast<blasint>(kernel_.shape[2]);
  for (std::int64_t i = 0; i < kernel_.shape[3]; ++i) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, floats_[0].data() + i * m * k, k, floats_[1].data() + i * k * n, n,
                0, floats_[2].data() + i * m * n, n);
  }
}

void HostKernel::run_attention() {
  const kernels::AttentionShape shape = attention_shape(kernel_);
  if (kernel_.kind == KernelKind::attention || kernel_.kind == KernelKind::attention_block) {
    return kernels::attention<float>(shape, floats_[0], floats_[2], floats_[3], floats_[1], floats_[4]);
  }
  kernels::attention_backward<float>(shape, floats_[0], floats_[4], floats_[5], floats_[1], floats_[2], floats_[8], floats_[3], floats_[6],
                                     floats_[7]);
}

void HostKernel::run_rows() {
  const kernels::MatrixShape shape{kernel_.shape[0], kernel_.shape[1]};
  std::vector<std::vector<float>>& f = floats_;
  switch (kernel_.kind) {
    case KernelKind::softmax:
      return kernels::softmax<float>(shape, 1, f[0], f[1]);
    case KernelKind::softmax_backward:
      return kernels::softmax_backward<float>(shape, 1, f[0], f[1], f[2]);
    case KernelKind::layer_norm:
      return kernels::layer_norm<float>(shape, f[0], f[2], f[3], f[1]);
    case KernelKind::layer_norm_backward:
      return kernels::layer_norm_backward<float>(shape, f[0], f[3], f[1], f[2], f[4], f[5]);
    case KernelKind::bias_gelu:
      return kernels::bias_gelu<float>(shape, f[0], f[2], f[1]);
    default:
      return kernels::bias_gelu_backward<float>(shape, f[0], f[3], f[1], f[2], f[4]);
  }
}

void HostKernel::run_elements() {
  const kernels::MatrixShape shape{kernel_.shape[0], kernel_.shape[1]};
  std::vector<std::vector<float>>& f = floats_;
  switch (kernel_.kind) {
    case KernelKind::dropout:
      return kernels::dropout<float>(host_dropout, f[0], f[1], mask_);
    case KernelKind::dropout_backward:
      return kernels::dropout_backward<float>(host_dropout, f[0], mask_, f[1]);
    case KernelKind::bias_dropout_add:
      return kernels::bias_dropout_add<float>(shape, host_dropout, f[0], f[3], f[1], f[2], mask_);
    case KernelKind::bias_dropout_add_backward:
      return kernels::bias_dropout_add_backward<float>(shape, host_dropout, f[0], mask_, f[1], f[2]);
    case KernelKind::elementwise:
      sink_ += kernels::elementwise<float>({kernel_.shape[0], kernel_.shape[1], kernel_.shape[2]}, f[0], f[1]);
      return;
    case KernelKind::adam:
      return kernels::adam<float>({}, f[0], f[1], f[2], f[3]);
    default:
      sink_ += static_cast<float>(kernels::gradient_norm<float>(f[0]));
  }
}

void HostKernel::run_tokens() {
  const kernels::MatrixShape shape{kernel_.shape[0], kernel_.shape[1]};
  switch (kernel_.kind) {
    case KernelKind::embedding:
      return kernels::embedding<float>(shape, floats_[0], tokens_, floats_[1]);
    case KernelKind::embedding_backward:
      return kernels::embedding_backward<float>(shape, tokens_, floats_[1], floats_[0]);
    case KernelKind::cross_entropy:
      return kernels::cross_entropy<float>(shape, floats_[0], tokens_, floats_[1]);
    default:
      return kernels::cross_entropy_backward<float>(shape, floats_[0], tokens_, 1, floats_[1]);
  }
}

void HostKernel::run_counted() {
  std::array<float, 8> sums{};
  const std::vector<float>& bytes = floats_[0];
  for (std::size_t i = 0; i < bytes.size(); ++i) sums[i % sums.size()] += bytes[i];
  for (std::int64_t done = 0; done < kernel_.shape[0]; done += 2 * std::ssize(sums)) {
    for (float& sum : sums) sum = sum * 0.999F + 1.0F;
  }
  for (const float sum : sums) sink_ += sum;
}

void fill_drawn(std::span<float> numbers, std::uint64_t seed) {
  std::uint64_t state = seed * 0x9e3779b97f4a7c15U + 1;
  for (float& number : numbers) {
    state = state * 6364136223846793005U + 1442695040888963407U;  // Knuth's linear congruential generator (MMIX)
    number = static_cast<float>(state >> 40U) * 0x1p-23F - 1.0F;
  }
}

void use_one_core() { openblas_set_num_threads(1); }

std::string blas_version() {
  std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_AFFINITY USE_OPENMP ..."
  const std::size_t name = config.find(' ');
  const std::size_t version = name == std::string::npos ? name : config.find(' ', name + 1);
  return config.substr(0, version) + " " + openblas_get_corename();
}

}  // namespace orrery::realrun
