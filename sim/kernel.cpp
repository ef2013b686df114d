#include "sim/kernel.h"

#include "sim/error.h"

namespace orrery::sim {
namespace {

constexpr std::string_view gemm_parameters[] = {"m", "n", "k", "batch"};
constexpr std::string_view attention_parameters[] = {"batch", "heads", "sequence", "head_dimension"};
constexpr std::string_view attention_block_parameters[] = {"heads", "queries", "keys", "head_dimension"};
constexpr std::string_view matrix_parameters[] = {"rows", "columns"};
constexpr std::string_view vector_parameters[] = {"elements"};
constexpr std::string_view elementwise_parameters[] = {"elements", "reads", "writes"};
constexpr std::string_view adam_parameters[] = {"parameters"};
constexpr std::string_view counted_parameters[] = {"operations", "bytes"};

// In the order of KernelKind.
constexpr KernelTraits traits_by_kind[] = {
    {"gemm", gemm_parameters},
    {"attention", attention_parameters},
    {"attention_backward", attention_parameters},
    {"attention_block", attention_block_parameters},
    {"attention_block_backward", attention_block_parameters},
    {"softmax", matrix_parameters},
    {"softmax_backward", matrix_parameters},
    {"dropout", vector_parameters},
    {"dropout_backward", vector_parameters},
    {"layer_norm", matrix_parameters},
    {"layer_norm_backward", matrix_parameters},
    {"bias_gelu", matrix_parameters},
    {"bias_gelu_backward", matrix_parameters},
    {"bias_dropout_add", matrix_parameters},
    {"bias_dropout_add_backward", matrix_parameters},
    {"elementwise", elementwise_parameters},
    {"embedding", matrix_parameters},
    {"embedding_backward", matrix_parameters},
    {"cross_entropy", matrix_parameters},
    {"cross_entropy_backward", matrix_parameters},
    {"adam", adam_parameters},
    {"gradient_norm", vector_parameters},
    {"counted", counted_parameters},
};
static_assert(std::size(traits_by_kind) == kernel_kind_count);

constexpr std::int64_t mask_bytes = 1;
constexpr std::int64_t optimizer_state_bytes = 3 * 4;  // master, first and second moment, 4 bytes each

/// A count of something that remembers whether 64 bits were too few for it.
struct KernelCount {
  std::int64_t value = 0;
  bool overflowed = false;
};
KernelCount operator+(KernelCount a, KernelCount b) {
  KernelCount sum{0, a.overflowed || b.overflowed};
  sum.overflowed |= __builtin_add_overflow(a.value, b.value, &sum.value);
  return sum;
}
KernelCount operator*(KernelCount a, KernelCount b) {
  KernelCount product{0, a.overflowed || b.overflowed};
  product.overflowed |= __builtin_mul_overflow(a.value, b.value, &product.value);
  return product;
}

/// Tensors of rows x columns moved, vectors of one value a column moved, and byte masks of rows x columns moved.
struct MatrixMoves {
  std::int64_t tensors;
  std::int64_t columns = 0;
  std::int64_t masks = 0;
};
KernelCount matrix_bytes(const Kernel& kernel, MatrixMoves moves) {
  const KernelCount columns{kernel.shape[1]};
  const KernelCount elements = KernelCount{kernel.shape[0]} * columns;
  const KernelCount size{size_of(kernel.type)};
  return (KernelCount{moves.tensors} * elements + KernelCount{moves.columns} * columns) * size +
         KernelCount{moves.masks * mask_bytes} * elements;
}

/// One of A[m x k], B[k x n] and C[m x n], `batch` times.
KernelCount gemm_bytes(const Kernel& kernel) {
  const KernelCount m{kernel.shape[0]};
  const KernelCount n{kernel.shape[1]};
  const KernelCount k{kernel.shape[2]};
  return (m * k + k * n + m * n) * KernelCount{kernel.shape[3]} * KernelCount{size_of(kernel.type)};
}

/// Tensors of batch x heads x sequence x head_dimension: flash attention moves no scores.
KernelCount attention_bytes(const Kernel& kernel, std::int64_t tensors) {
  const auto& [batch, heads, sequence, head_dimension] = kernel.shape;
  const KernelCount elements = KernelCount{batch} * KernelCount{heads} * KernelCount{sequence} * KernelCount{head_dimension};
  return KernelCount{tensors} * elements * KernelCount{size_of(kernel.type)};
}

/// As many tensors of heads x queries x head_dimension as of heads x keys x head_dimension.
KernelCount attention_block_bytes(const Kernel& kernel, std::int64_t tensors) {
  const auto& [heads, queries, keys, head_dimension] = kernel.shape;
  const KernelCount rows = KernelCount{queries} + KernelCount{keys};
  return KernelCount{tensors} * KernelCount{heads} * rows * KernelCount{head_dimension} * KernelCount{size_of(kernel.type)};
}

/// State read and written (24), gradient read, and, unless the master is itself the parameter that the next step reads, the copy written.
std::int64_t adam_bytes_per_parameter(DataType type) {
  const std::int64_t copy = type == DataType::fp32 ? 0 : size_of(type);
  return 2 * optimizer_state_bytes + size_of(type) + copy;
}

KernelCount moved_bytes(const Kernel& kernel) {
  const KernelCount size{size_of(kernel.type)};
  const KernelCount first{kernel.shape[0]};
  switch (kernel.kind) {
    case KernelKind::gemm:
      return gemm_bytes(kernel);
    case KernelKind::attention:
      return attention_bytes(kernel, 4);  // Q K V, O
    case KernelKind::attention_backward:
      return attention_bytes(kernel, 8);  // Q K V O dO, dQ dK dV
    case KernelKind::attention_block:
      return attention_block_bytes(kernel, 2);  // Q O, K V
    case KernelKind::attention_block_backward:
      return attention_block_bytes(kernel, 4);  // Q O dO dQ, K V dK dV
    case KernelKind::softmax:
      return matrix_bytes(kernel, {.tensors = 2});
    case KernelKind::softmax_backward:
      return matrix_bytes(kernel, {.tensors = 3});  // probabilities, their gradient; the scores' gradient
    case KernelKind::dropout:
    case KernelKind::dropout_backward:
      return first * (KernelCount{2} * size + KernelCount{mask_bytes});
    case KernelKind::layer_norm:
      return matrix_bytes(kernel, {.tensors = 2, .columns = 2});  // gain and shift
    case KernelKind::layer_norm_backward:
      return matrix_bytes(kernel, {.tensors = 3, .columns = 3});  // gain; both gradients
    case KernelKind::bias_gelu:
      return matrix_bytes(kernel, {.tensors = 2, .columns = 1});
    case KernelKind::bias_gelu_backward:
      return matrix_bytes(kernel, {.tensors = 3, .columns = 2});
    case KernelKind::bias_dropout_add:
      return matrix_bytes(kernel, {.tensors = 3, .columns = 1, .masks = 1});
    case KernelKind::bias_dropout_add_backward:
      return matrix_bytes(kernel, {.tensors = 2, .columns = 1, .masks = 1});
    case KernelKind::elementwise:
      return first * (KernelCount{kernel.shape[1]} + KernelCount{kernel.shape[2]}) * size;
    case KernelKind::embedding:
      return matrix_bytes(kernel, {.tensors = 2});
    case KernelKind::embedding_backward:
      return matrix_bytes(kernel, {.tensors = 3});
    case KernelKind::cross_entropy:
      return matrix_bytes(kernel, {.tensors = 1});
    case KernelKind::cross_entropy_backward:
      return matrix_bytes(kernel, {.tensors = 2});
    case KernelKind::adam:
      return first * KernelCount{adam_bytes_per_parameter(kernel.type)};
    case KernelKind::gradient_norm:
      return first * size;
    case KernelKind::counted:
      return {kernel.shape[1]};
  }
  check(false, "a kernel is of a known kind");
  return {};
}

}  // namespace

std::int64_t size_of(DataType type) {
  switch (type) {
    case DataType::fp32:
      return 4;
    case DataType::fp16:
    case DataType::bf16:
      return 2;
    case DataType::fp8:
    case DataType::int8:
      return 1;
  }
  check(false, "a data type is a known one");
  return 0;
}

std::string_view name_of(DataType type) {
  constexpr std::string_view names[] = {"fp32", "fp16", "bf16", "fp8", "int8"};
  static_assert(std::size(names) == data_type_count);
  check(static_cast<int>(type) < data_type_count, "a data type is a known one");
  return names[static_cast<std::size_t>(type)];
}

const KernelTraits& kernel_traits(KernelKind kind) {
  check(static_cast<int>(kind) < kernel_kind_count, "a kernel is of a known kind");
  return traits_by_kind[static_cast<std::size_t>(kind)];
}

std::string_view name_of(KernelKind kind) { return kernel_traits(kind).name; }

bool is_attention(KernelKind kind) {
  return kind == KernelKind::attention || kind == KernelKind::attention_backward || kind == KernelKind::attention_block ||
         kind == KernelKind::attention_block_backward;
}

std::string fault_of(const Kernel& kernel) {
  if (static_cast<int>(kernel.kind) >= kernel_kind_count) return "a kernel of unknown kind";
  if (static_cast<int>(kernel.type) >= data_type_count) return "a kernel of unknown data type";
  const auto& [name, parameters] = kernel_traits(kernel.kind);
  for (std::size_t i = 0; i < kernel.shape.size(); ++i) {
    const std::int64_t value = kernel.shape[i];
    if (i >= parameters.size()) {
      if (value != 1) return std::string(name) + " has " + std::to_string(parameters.size()) + " sizes; the unused ones must be 1";
      continue;
    }
    const bool may_be_none = (kernel.kind == KernelKind::elementwise && i > 0) ||  // a fill reads nothing, a reduction writes nothing
                             (kernel.kind == KernelKind::counted && i == 0);       // what only moves
    const std::int64_t least = may_be_none ? 0 : 1;
    if (value < least) return std::string(name) + " with " + std::string(parameters[i]) + " = " + std::to_string(value);
  }
  const KernelCount bytes = moved_bytes(kernel);
  if (bytes.overflowed || bytes.value > max_kernel_bytes) return std::string(name) + " moves more than 1 PiB";
  if (bytes.value == 0) return std::string(name) + " moves nothing";
  return "";
}

Flops flops(const Kernel& kernel) {
  double product = 1;
  for (const std::int64_t size : kernel.shape) product *= static_cast<double>(size);
  switch (kernel.kind) {
    case KernelKind::gemm:
      return {2 * product};  // m n k multiplications and as many additions
    // Scores Q K^T and output P V: two products of s x s x d for each head, 2 operations an element. The shape's product has one s.
    case KernelKind::attention:
      return {4 * product * static_cast<double>(kernel.shape[2])};
    // Five such products: the scores again, dV, dP, dQ, dK.
    case KernelKind::attention_backward:
      return {10 * product * static_cast<double>(kernel.shape[2])};
    case KernelKind::counted:
      return {static_cast<double>(kernel.shape[0])};
    case KernelKind::attention_block:
      return {4 * product};
    case KernelKind::attention_block_backward:
      return {10 * product};
    default:
      return {0};
  }
}

Bytes memory_bytes(const Kernel& kernel) {
  const KernelCount bytes = moved_bytes(kernel);
  check(!bytes.overflowed, "a kernel's bytes fit 64 bits");
  return {bytes.value};
}

}  // namespace orrery::sim
