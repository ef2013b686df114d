#include "workloads/kernel_times.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/error.h"
#include "workloads/roofline.h"

namespace orrery::workloads {
namespace {

using sim::Kernel;
using sim::KernelKind;

constexpr std::int64_t tile_edge = 128;  // of flash attention's tiles of scores
constexpr double backward_work = 2.5;    // five matrix products instead of two (FlashAttention-2, arXiv 2307.08691, section 3.1.2)
constexpr std::array<std::int64_t, 5> splits = {1, 2, 4, 8, 16};  // into how many parts libraries cut k

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

/// Waves of `tiles` over the multiprocessors; the last one, partly filled, counts for less, since fewer tiles share the memory and the
/// clock.
double wave_count(std::int64_t tiles, int multiprocessors, double partial_wave_floor) {
  const std::int64_t full = tiles / multiprocessors;
  const std::int64_t rest = tiles % multiprocessors;
  if (rest == 0) return static_cast<double>(full);
  const double fill = static_cast<double>(rest) / multiprocessors;
  return static_cast<double>(full) + partial_wave_floor + (1 - partial_wave_floor) * fill;
}

struct GemmShape {
  std::int64_t m, n, k, batch;
};

/// What a product has of tiles of one shape, but for how they lie.
struct TilesAtRate {
  std::int64_t rows, columns, split;  // of C, and into how many parts k is cut
  double rate;
  double overhead;  // seconds a tile
};

/// Seconds on the multiprocessors.
double tiled_seconds(const GemmShape& shape, const TilesAtRate& tile, const GemmCalibration& gemm, int multiprocessors) {
  const std::int64_t tiles = ceil_divide(shape.m, tile.rows) * ceil_divide(shape.n, tile.columns) * shape.batch * tile.split;
  const double tile_flops = 2.0 * static_cast<double>(tile.rows * tile.columns * ceil_divide(shape.k, tile.split));
  return wave_count(tiles, multiprocessors, gemm.partial_wave_floor) * (tile.overhead + tile_flops * multiprocessors / tile.rate);
}

/// Of a tile of that many elements: prologue and epilogue, and what it stores, all multiprocessors at once.
double tile_overhead(std::int64_t elements, std::int64_t element_size, const GemmCalibration& gemm, int multiprocessors) {
  if (gemm.store_bandwidth.value == 0) return gemm.tile_overhead.seconds();
  return gemm.tile_overhead.seconds() + static_cast<double>(elements * element_size) * multiprocessors / gemm.store_bandwidth.value;
}

/// Of two that go on together and hide each other but not wholly; the longer is not zero.
double both(double longer, double shorter, double overlap) {
  return longer * std::pow(1 + std::pow(shorter / longer, overlap), 1 / overlap);
}

/// Tiles and waves: NVIDIA, "Matrix Multiplication Background" (tile and wave quantisation), with the constants of the calibration.
struct Seconds {
  double count = std::numeric_limits<double>::infinity();
  bool bound_by_memory = false;
};

Seconds gemm_seconds(const Kernel& kernel, const GemmCalibration& gemm, const topology::GpuSpec& gpu) {
  const GemmShape shape{kernel.shape[0], kernel.shape[1], kernel.shape[2], kernel.shape[3]};
  const double speed = peak_rate(gpu, kernel.type).value / gpu.peak_fp16.value;  // of this type over the one measured
  const std::int64_t vector = 16 / sim::size_of(kernel.type);
  const bool aligned = shape.n % vector == 0 && shape.k % vector == 0;
  const sim::FlopsPerSecond unaligned = shape.batch > 1 ? gemm.unaligned_batched_rate : gemm.unaligned_rate;
  const auto outputs = static_cast<double>(shape.m * shape.n * shape.batch);
  const double written = outputs * static_cast<double>(sim::size_of(kernel.type));
  const double read = static_cast<double>(sim::memory_bytes(kernel).count) - written;
  const double write_bandwidth = gemm.write_bandwidth.value > 0 ? gemm.write_bandwidth.value : gemm.memory_bandwidth.value;

  Seconds best;
  for (const std::int64_t split : splits) {
    if (split > 1 && shape.k / split < tile_edge) break;
    const bool cut = split > 1;
    // Partial sums are fp32, written once and read once.
    const double sums = cut ? 8.0 * outputs * static_cast<double>(split) : 0.0;
    const double memory = (read + sums) / gemm.memory_bandwidth.value + written / write_bandwidth;
    const double fixed = cut ? gemm.split_overhead.seconds() : 0.0;
    for (const GemmTile& tile : gemm.tiles) {
      const double rate = aligned ? tile.rate.value * speed : std::min(unaligned.value, tile.rate.value) * speed;
      const double overhead = tile_overhead(std::int64_t{tile.rows} * tile.columns, sim::size_of(kernel.type), gemm, gpu.multiprocessors);
      const double upright = tiled_seconds(shape, {tile.rows, tile.columns, split, rate, overhead}, gemm, gpu.multiprocessors);
      const double lying = tiled_seconds(shape, {tile.columns, tile.rows, split, rate, overhead}, gemm, gpu.multiprocessors);
      const double tiles = std::min(upright, lying);
      const double longer = std::max(tiles, memory);
      if (fixed + longer >= best.count) continue;
      const double all = fixed + both(longer, std::min(tiles, memory), gemm.overlap);
      if (all < best.count) best = {all, memory > tiles};
    }
  }
  return {gemm.launch.seconds() + best.count, best.bound_by_memory};
}

/// Strips of tiles are handed out to multiprocessors as these fall free: the total work, spread evenly, and a tail.
double attention_seconds(const Kernel& kernel, const AttentionCalibration& attention, const topology::GpuSpec& gpu) {
  const bool is_block = kernel.kind == KernelKind::attention_block || kernel.kind == KernelKind::attention_block_backward;
  const bool backward = kernel.kind == KernelKind::attention_backward || kernel.kind == KernelKind::attention_block_backward;
  const auto [batch, heads, sequence, head_dimension] =
      is_block ? std::array<std::int64_t, 4>{1, kernel.shape[0], kernel.shape[1], kernel.shape[3]} : kernel.shape;
  const double speed = peak_rate(gpu, kernel.type).value / gpu.peak_fp16.value;
  const double rate = attention.rate.value * speed * (backward ? attention.backward_ratio / backward_work : 1.0);
  const std::int64_t strips_a_head = ceil_divide(sequence, tile_edge);
  const std::int64_t rows = std::min(sequence, tile_edge);
  // 4 operations a score and element of the head dimension: a multiply and an add for Q K^T and for P V.
  const double tile_seconds = 4.0 * static_cast<double>(rows * rows * head_dimension) * gpu.multiprocessors / rate;
  const double overhead = attention.strip_overhead.seconds();
  const auto count = static_cast<double>(strips_a_head);
  // Tiles of the longest strip, and of all: without a mask all strips are as long.
  const double tiles = is_block ? static_cast<double>(kernel.shape[2]) / static_cast<double>(rows) : count;
  const double a_head = count * overhead + (is_block ? count * tiles : count * (count + 1) / 2) * tile_seconds;
  const double spread = static_cast<double>(batch * heads) * a_head / gpu.multiprocessors;
  const double longest = overhead + tiles * tile_seconds;
  return attention.launch.seconds() + spread + attention.tail * longest;
}

bool only_streams(KernelKind kind) {
  switch (kind) {
    case KernelKind::dropout:
    case KernelKind::dropout_backward:
    case KernelKind::bias_dropout_add:
    case KernelKind::bias_dropout_add_backward:
    case KernelKind::elementwise:
    case KernelKind::embedding:
    case KernelKind::embedding_backward:
    case KernelKind::adam:
    case KernelKind::gradient_norm:
      return true;
    default:
      return false;
  }
}

/// A roofline of what is reached (Williams, Waterman and Patterson, CACM 52(4), 2009): operations at the rate of the fastest tile, bytes at
/// the rate of streams.
Seconds counted_seconds(const Kernel& kernel, const Calibration& calibration, const topology::GpuSpec& gpu) {
  double rate = 0;
  for (const GemmTile& tile : calibration.gemm.tiles) rate = std::max(rate, tile.rate.value);
  rate *= peak_rate(gpu, kernel.type).value / gpu.peak_fp16.value;
  const double operations = sim::flops(kernel).count / rate;
  const double bytes = static_cast<double>(sim::memory_bytes(kernel).count) / calibration.memory.stream_bandwidth.value;
  return {calibration.memory.launch.seconds() + std::max(operations, bytes), bytes > operations};
}

double memory_seconds(const Kernel& kernel, const MemoryCalibration& memory) {
  const sim::BytesPerSecond bandwidth = only_streams(kernel.kind) ? memory.stream_bandwidth : memory.row_bandwidth;
  return memory.launch.seconds() + static_cast<double>(sim::memory_bytes(kernel).count) / bandwidth.value;
}

/// As it was measured for itself.
Seconds line_seconds(const Kernel& kernel, const LineCalibration& measured, const std::string& name) {
  const double operations = sim::flops(kernel).count;
  const auto tells_of_it = [&](const KernelLine& line) {
    return line.kernel == kernel.kind && line.type == kernel.type && (operations > 0 ? line.rate.value : line.bandwidth.value) > 0;
  };
  const auto line = std::ranges::find_if(measured.kernels, tells_of_it);
  if (line == measured.kernels.end()) {
    throw sim::Error({.place = "calibration \"" + name + "\"",
                      .what = "has no measured " + std::string(sim::name_of(kernel.kind)) + " in " + std::string(sim::name_of(kernel.type)),
                      .remedy = "calibrate with samples of it"});
  }
  if (operations > 0) return {line->fixed.seconds() + operations / line->rate.value, false};
  return {line->fixed.seconds() + static_cast<double>(sim::memory_bytes(kernel).count) / line->bandwidth.value, true};
}

}  // namespace

KernelTimes::KernelTimes(Calibration calibration, const topology::GpuSpec& gpu) : calibration_(std::move(calibration)), gpu_(gpu) {
  if (calibration_.device != gpu_.name) {
    throw sim::Error({.place = "calibration \"" + calibration_.name + "\"",
                      .what = "was measured on " + calibration_.device + ", the node has " + gpu_.name,
                      .remedy = "name a calibration of that device"});
  }
}

sim::Duration KernelTimes::roofline(const Kernel& kernel) const {
  return sim::Duration::ceil_seconds(std::max(least_compute_seconds(kernel, gpu_), least_memory_seconds(kernel, gpu_)));
}

KernelTimes::Estimate KernelTimes::estimate(const Kernel& kernel) const {
  Seconds seconds;
  if (calibration_.lines) {
    seconds = line_seconds(kernel, *calibration_.lines, calibration_.name);
  } else if (kernel.kind == KernelKind::gemm) {
    seconds = gemm_seconds(kernel, calibration_.gemm, gpu_);
  } else if (sim::is_attention(kernel.kind)) {
    seconds = {attention_seconds(kernel, calibration_.attention, gpu_), false};
  } else if (kernel.kind == KernelKind::counted) {
    seconds = counted_seconds(kernel, calibration_, gpu_);
  } else {
    seconds = {memory_seconds(kernel, calibration_.memory), true};
  }
  return {std::max(sim::Duration::ceil_seconds(seconds.count), roofline(kernel)), seconds.bound_by_memory};
}

}  // namespace orrery::workloads
