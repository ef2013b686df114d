// Kernel descriptors: what a device computes, by kind, shape and data type. How long it takes is the machine's affair
// (workloads/kernel_times.h), how it is done is realrun's.
//
//     Kernel{KernelKind::gemm, DataType::fp16, {2048, 7680, 20480, 1}}       // C[2048 x 7680] = A[2048 x 20480] * B, one of them
//
// Each kind fixes the meaning of the four numbers of `shape`; unused ones are 1. `kernel_traits` is the one table of names, `flops` and
// `memory_bytes` the one place of the formulas.
//
// Leaves out: token ids, saved means and variances, and the log-sum-exp of attention: bytes by the row, not by the element.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sim/units.h"

namespace orrery::sim {

enum class DataType : std::uint8_t { fp32, fp16, bf16, fp8, int8 };
inline constexpr int data_type_count = 5;
/// Bytes of one element.
std::int64_t size_of(DataType type);
std::string_view name_of(DataType type);

// "Reads two, writes one" counts tensors of as many elements as the shape has, of the kernel's type; masks are 1 byte an element.
// clang-format off
enum class KernelKind : std::uint8_t {
  gemm,                      // m n k batch         reads A[m x k] and B[k x n], writes C[m x n], `batch` of them; on the tensor cores
  attention,                 // batch heads sequence head_dimension   fused (flash), causal; reads Q K V, writes O
  attention_backward,        //                     recomputes the scores; reads Q K V O dO, writes dQ dK dV
  attention_block,           // heads queries keys head_dimension     fused, every query sees every key: a block of a longer sequence's
  attention_block_backward,  //                     square; reads Q K V (and O dO), writes O (dQ dK dV); batch counts as heads
  softmax,                   // rows columns        scaled, causally masked, over attention scores; reads one, writes one
  softmax_backward,          // rows columns        reads two, writes one
  dropout,                   // elements            reads one, writes one and a mask
  dropout_backward,          // elements            reads one and the mask, writes one
  layer_norm,                // rows columns        reads one and two parameters a column, writes one
  layer_norm_backward,       // rows columns        reads two and one parameter a column, writes one and two gradients a column
  bias_gelu,                 // rows columns        reads one and the bias, writes one
  bias_gelu_backward,        // rows columns        reads two and the bias, writes one and the bias' gradient
  bias_dropout_add,          // rows columns        bias + dropout + residual: reads two and the bias, writes one and a mask
  bias_dropout_add_backward, // rows columns        reads one and the mask, writes one and the bias' gradient; the residual's is what was read
  elementwise,               // elements reads writes   reads `reads`, writes `writes` (transposes, casts, adds, fills); one of them may be 0
  embedding,                 // rows columns        gathers `rows` rows of a table: reads one, writes one
  embedding_backward,        // rows columns        scatter-add: reads the gradient and the table's, writes the table's
  cross_entropy,             // rows columns        over the vocabulary, in fp32 from `type` logits: one read; real ones take several passes
  cross_entropy_backward,    // rows columns        reads one, writes one
  adam,                      // parameters          mixed precision: reads and writes a 4-byte master and two 4-byte moments, reads a gradient of
                             //                     `type`, writes a copy of `type` (none where that is fp32)
  gradient_norm,             // elements            reads one
  counted,                   // operations bytes    a kernel of which a trace knows its floating-point operations and the bytes it moves alone
};
// clang-format on
inline constexpr int kernel_kind_count = 23;

struct Kernel {
  KernelKind kind = KernelKind::gemm;
  DataType type = DataType::fp16;
  std::array<std::int64_t, 4> shape{1, 1, 1, 1};
  bool operator==(const Kernel&) const = default;
};

struct KernelTraits {
  std::string_view name;                         // "layer_norm", as in the Program's text
  std::span<const std::string_view> parameters;  // names of the used entries of `shape`, e.g. {"rows", "columns"}
};
const KernelTraits& kernel_traits(KernelKind kind);
std::string_view name_of(KernelKind kind);
/// Whether it is one of the fused attention kernels.
bool is_attention(KernelKind kind);

/// What keeps `kernel` from being one, or "": a size that is not positive, an unused one that is not 1, more than `max_kernel_bytes`.
inline constexpr std::int64_t max_kernel_bytes = std::int64_t{1} << 50;
std::string fault_of(const Kernel& kernel);

/// Floating-point operations, multiply and add counted apart. Matrix kinds and counted ones only; the rest count as 0 (they are bound by
/// memory). Causal attention counts the whole square, as published FLOP formulas do.
Flops flops(const Kernel& kernel);
/// Bytes to and from device memory when every input is read once and every output written once: no implementation can move fewer.
/// The kernel must be without fault.
Bytes memory_bytes(const Kernel& kernel);

}  // namespace orrery::sim
