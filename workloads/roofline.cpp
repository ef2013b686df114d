#include "workloads/roofline.h"

#include "sim/error.h"

namespace orrery::workloads {

using sim::DataType;
using sim::KernelKind;

sim::FlopsPerSecond peak_rate(const topology::GpuSpec& gpu, DataType type) {
  switch (type) {
    case DataType::fp32:
      return gpu.peak_fp32;
    case DataType::fp16:
    case DataType::bf16:
      return gpu.peak_fp16;
    case DataType::int8:
      return gpu.peak_fp8.value > 0 ? gpu.peak_fp8 : gpu.peak_fp16 * 2;
    case DataType::fp8:
      break;
  }
  if (gpu.peak_fp8.value > 0) return gpu.peak_fp8;
  throw sim::Error({.place = gpu.name, .what = "has no fp8 matrix rate", .remedy = "use fp16 or bf16"}, sim::ErrorKind::unavailable);
}

double least_compute_seconds(const sim::Kernel& kernel, const topology::GpuSpec& gpu) {
  const double flops = sim::flops(kernel).count;
  if (flops == 0) return 0;
  double needed = 1;
  if (kernel.kind == KernelKind::attention || kernel.kind == KernelKind::attention_backward) {
    const auto sequence = static_cast<double>(kernel.shape[2]);
    needed = (sequence + 1) / (2 * sequence);
  }
  return flops * needed / peak_rate(gpu, kernel.type).value;
}

double least_memory_seconds(const sim::Kernel& kernel, const topology::GpuSpec& gpu) {
  return static_cast<double>(sim::memory_bytes(kernel).count) / gpu.memory_bandwidth.value;
}

}  // namespace orrery::workloads
