// How long one kernel takes on one device, alone: the calibrated model of matrix products, attention and memory-bound kernels.
//
//     const KernelTimes times(calibration, gpu);
//     times.duration({KernelKind::gemm, DataType::fp16, {2048, 7680, 20480, 1}});        // 2.6 ms on an A100
//
// Never faster than the datasheet's roofline: max(flops / peak, bytes / memory bandwidth). The model of each kind stands above its function
// in kernel_times.cpp, with its source. Leaves out: what shares the device meanwhile (workloads/interference.h) and the host's launch rate
// (lower's).
#pragma once

#include "sim/kernel.h"
#include "topology/node_spec.h"
#include "workloads/calibration.h"

namespace orrery::workloads {

class KernelTimes {
 public:
  /// Throws sim::Error where the calibration is of another device.
  KernelTimes(Calibration calibration, const topology::GpuSpec& gpu);

  sim::Duration duration(const sim::Kernel& kernel) const { return estimate(kernel).duration; }
  /// The same, and what holds the kernel up most: its bytes, or what it does with them.
  struct Estimate {
    sim::Duration duration{};
    bool bound_by_memory = false;
  };
  Estimate estimate(const sim::Kernel& kernel) const;
  /// The bound that no implementation beats: max(flops / peak of its type, bytes / memory bandwidth).
  sim::Duration roofline(const sim::Kernel& kernel) const;

  int multiprocessors() const { return gpu_.multiprocessors; }
  /// As measured, of kernels that only stream.
  sim::BytesPerSecond memory_bandwidth() const { return calibration_.memory.stream_bandwidth; }

 private:
  Calibration calibration_;
  topology::GpuSpec gpu_;
};

}  // namespace orrery::workloads
