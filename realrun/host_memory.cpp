#include "realrun/host_memory.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <string>

#include "realrun/rehearsal.h"
#include "sim/error.h"
#include "sim/units_text.h"

namespace orrery::realrun {
namespace {

constexpr std::int64_t float_bytes = 4;
constexpr std::int64_t token_bytes = 4;

HostOperands attention_operands(std::int64_t query_rows, std::int64_t key_rows, std::int64_t dimension, int query_arrays, int key_arrays) {
  HostOperands operands;
  operands.floats.assign(static_cast<std::size_t>(query_arrays), query_rows * dimension);
  operands.floats.insert(operands.floats.end(), static_cast<std::size_t>(key_arrays), key_rows * dimension);
  operands.floats.push_back(query_rows);  // sums of exponentials
  return operands;
}

/// Bytes of one operation's buffers.
std::int64_t operation_bytes(const sim::Program& program, const sim::Operation& operation, std::int32_t rank) {
  if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) {
    const HostOperands operands = host_operands(compute->kernel);
    std::int64_t bytes = operands.mask + token_bytes * operands.tokens;
    for (const std::int64_t elements : operands.floats) bytes += float_bytes * elements;
    return bytes;
  }
  if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
    const auto& communicator = program.communicators[static_cast<std::size_t>(collect->communicator)];
    const HostBuffers buffers = host_buffers(*collect, std::ssize(group_of(communicator, rank)));
    return float_bytes * (buffers.given + buffers.taken);
  }
  if (const auto* send = std::get_if<sim::Send>(&operation.action)) return send->bytes.count;
  if (const auto* receive = std::get_if<sim::Receive>(&operation.action)) return receive->bytes.count;
  if (const auto* copy = std::get_if<sim::Copy>(&operation.action)) return 2 * copy->bytes.count;
  return 0;
}

}  // namespace

HostOperands host_operands(const sim::Kernel& kernel) {
  const auto& [a, b, c, d] = kernel.shape;
  const std::int64_t elements = a * b;
  switch (kernel.kind) {
    case sim::KernelKind::gemm:
      return {{a * c * d, c * b * d, a * b * d}};  // A, B, C
    case sim::KernelKind::attention:
      return attention_operands(a * b * c, a * b * c, d, 2, 2);  // Q O, K V
    case sim::KernelKind::attention_backward:
      return attention_operands(a * b * c, a * b * c, d, 4, 4);  // Q O dO dQ, K V dK dV
    case sim::KernelKind::attention_block:
      return attention_operands(a * b, a * c, d, 2, 2);
    case sim::KernelKind::attention_block_backward:
      return attention_operands(a * b, a * c, d, 4, 4);
    case sim::KernelKind::softmax:
      return {{elements, elements}};
    case sim::KernelKind::softmax_backward:
      return {{elements, elements, elements}};
    case sim::KernelKind::dropout:
    case sim::KernelKind::dropout_backward:
      return {.floats = {a, a}, .mask = a};
    case sim::KernelKind::layer_norm:
      return {{elements, elements, b, b}};  // x, y; gain, shift
    case sim::KernelKind::layer_norm_backward:
      return {{elements, elements, elements, b, b, b}};  // x, dy, dx; gain and both gradients
    case sim::KernelKind::bias_gelu:
      return {{elements, elements, b}};
    case sim::KernelKind::bias_gelu_backward:
      return {{elements, elements, elements, b, b}};  // x, dy, dx; bias and its gradient
    case sim::KernelKind::bias_dropout_add:
      return {.floats = {elements, elements, elements, b}, .mask = elements};  // x, residual, y; bias
    case sim::KernelKind::bias_dropout_add_backward:
      return {.floats = {elements, elements, b}, .mask = elements};  // dy, dx; the bias' gradient
    case sim::KernelKind::elementwise:
      return {{a * b, a * c}};  // all that is read, all that is written
    case sim::KernelKind::embedding:
    case sim::KernelKind::embedding_backward:
      return {.floats = {elements, elements}, .tokens = a};  // a table of as many rows, and the rows
    case sim::KernelKind::cross_entropy:
      return {.floats = {elements, a}, .tokens = a};  // logits; losses
    case sim::KernelKind::cross_entropy_backward:
      return {.floats = {elements, elements}, .tokens = a};
    case sim::KernelKind::adam:
      return {{a, a, a, a}};  // gradient, parameters, moments
    case sim::KernelKind::gradient_norm:
      return {{a}};
    case sim::KernelKind::counted:
      return {{(b + float_bytes - 1) / float_bytes}};
  }
  sim::check(false, "a kernel is of a known kind");
  return {};
}

HostBuffers host_buffers(const sim::Collect& collect, std::int64_t members) {
  switch (collect.kind) {
    case sim::CollectiveKind::all_reduce:
    case sim::CollectiveKind::reduce:
      return {collect.count, collect.count};
    case sim::CollectiveKind::all_gather:
    case sim::CollectiveKind::gather:
      return {collect.count, collect.count * members};
    case sim::CollectiveKind::reduce_scatter:
    case sim::CollectiveKind::scatter:
      return {collect.count * members, collect.count};
    case sim::CollectiveKind::broadcast:
      return {0, collect.count};
    case sim::CollectiveKind::all_to_all: {
      const std::int64_t each = (collect.count + members - 1) / members;
      return {each * members, each * members};
    }
    case sim::CollectiveKind::barrier:
      return {};
  }
  sim::check(false, "a collective is of a known kind");
  return {};
}

sim::Bytes host_bytes(const sim::Program& program, const RankWork& work, std::int32_t rank) {
  std::int64_t bytes = 0;
  for (const RankStream& stream : work.streams) {
    for (const std::uint32_t number : std::set<std::uint32_t>(stream.steps.begin(), stream.steps.end())) {
      bytes += operation_bytes(program, work.operations[number], rank);
    }
  }
  return {bytes};
}

sim::Bytes available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  std::int64_t kibibytes = 0;
  std::string unit;
  while (file >> key >> kibibytes) {
    if (key == "MemAvailable:") return {kibibytes * 1024};
    std::getline(file, unit);
  }
  return {-1};
}

sim::Bytes available_to_all(World& world) {
  sim::Bytes least = available_memory();
  for (const std::string& bytes : world.gather(std::to_string(least.count))) least = std::min(least, sim::Bytes{std::stoll(bytes)});
  return least;
}

void check_host_memory(const sim::Program& program, const std::vector<RankWork>& works, sim::Bytes available) {
  sim::Bytes needed{};
  for (std::size_t rank = 0; rank < works.size(); ++rank) needed += host_bytes(program, works[rank], static_cast<std::int32_t>(rank));
  if (available.count < 0 || needed.count <= available.count / 10 * 9) return;
  throw sim::Error(
      {.place = program.name,
       .what = "needs " + sim::to_text(needed) + " for the buffers of " + std::to_string(works.size()) +
               (works.size() == 1 ? " rank" : " ranks") + " on this machine, which has " + sim::to_text(available) + " available",
       .remedy = "play fewer layers or ranks, or smaller shapes"},
      sim::ErrorKind::infeasible);
}

}  // namespace orrery::realrun
