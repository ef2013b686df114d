// The least time that a kernel takes on a device, from datasheet rates alone: no implementation and no schedule beats it.
//
//     least_compute_seconds(kernel, gpu)     // floating-point operations that must be done, at the peak of their type
//     least_memory_seconds(kernel, gpu)      // bytes that must be moved, at full memory bandwidth
#pragma once

#include "sim/kernel.h"
#include "topology/node_spec.h"

namespace orrery::workloads {

/// Peak rate of matrix products in a type. int8 runs at fp8's rate, or at twice that of 16 bits; fp8 on a GPU without it throws sim::Error
/// (unavailable).
sim::FlopsPerSecond peak_rate(const topology::GpuSpec& gpu, sim::DataType type);

/// Causal attention counts the scores that its mask leaves, s (s + 1) / 2 of s * s; kernels bound by memory count as 0.
double least_compute_seconds(const sim::Kernel& kernel, const topology::GpuSpec& gpu);
double least_memory_seconds(const sim::Kernel& kernel, const topology::GpuSpec& gpu);

}  // namespace orrery::workloads
