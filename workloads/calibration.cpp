#include "workloads/calibration.h"

#include "sim/error.h"

namespace orrery::workloads {

bool covers(const Calibration& calibration, const topology::GpuSpec& gpu) {
  if (calibration.device == gpu.name) return true;
  const std::optional<Datasheet>& datasheet = calibration.datasheet;
  return datasheet && datasheet->compute_capability == gpu.compute_capability && datasheet->multiprocessors == gpu.multiprocessors;
}

Calibration carried_to(const topology::GpuSpec& gpu, Calibration calibration) {
  if (calibration.device == gpu.name) return calibration;
  sim::check(calibration.datasheet.has_value(), "a calibration is carried to another device by the datasheets of both");
  sim::check(!calibration.lines, "what was measured kind by kind is of its own device alone");
  if (!covers(calibration, gpu)) {
    calibration.other_chip = true;
    calibration.collectives = {};
    calibration.collectives.provenance.source = "none measured: NCCL's own model";
  }
  const double rate = gpu.peak_fp16.value / calibration.datasheet->peak_fp16.value;
  const double memory = gpu.memory_bandwidth.value / calibration.datasheet->memory_bandwidth.value;
  for (GemmTile& tile : calibration.gemm.tiles) tile.rate = tile.rate * rate;
  calibration.gemm.unaligned_rate = calibration.gemm.unaligned_rate * rate;
  calibration.gemm.unaligned_batched_rate = calibration.gemm.unaligned_batched_rate * rate;
  for (sim::BytesPerSecond* of : {&calibration.gemm.memory_bandwidth, &calibration.gemm.write_bandwidth, &calibration.gemm.store_bandwidth})
    *of = *of * memory;
  calibration.attention.rate = calibration.attention.rate * rate;
  calibration.memory.stream_bandwidth = calibration.memory.stream_bandwidth * memory;
  calibration.memory.row_bandwidth = calibration.memory.row_bandwidth * memory;
  if (auto& on_node = calibration.collectives.on_node) {
    for (sim::BytesPerSecond* own : {&on_node->ring.own_all_reduce, &on_node->ring.own_all_gather, &on_node->ring.own_reduce_scatter}) {
      *own = *own * memory;
    }
  }
  if (calibration.carried_from.empty()) calibration.carried_from = calibration.device;
  calibration.device = gpu.name;
  calibration.datasheet = {gpu.compute_capability, gpu.multiprocessors, gpu.peak_fp16, gpu.memory_bandwidth};
  return calibration;
}

}  // namespace orrery::workloads
