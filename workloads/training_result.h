// What a planner asks of a training iteration beyond its time: tokens, FLOPs as papers count them, and how much of the peak that is.
#pragma once

#include <optional>
#include <string_view>

#include "topology/cluster.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

struct TrainingResult {
  double tokens_per_second = 0;
  sim::FlopsPerSecond model_flops_per_gpu{};     // without recomputation
  sim::FlopsPerSecond hardware_flops_per_gpu{};  // with it
  double mfu = 0;                                // over the peak of the type of its products
  double hfu = 0;
};

/// Hardware FLOPs of an iteration: model FLOPs and what recomputation repeats (96 b s l h^2 (1 + s/6h + V/16lh) in full; Narayanan et al.,
/// eq. 3).
sim::Flops hardware_flops(const TrainingJob& job);

/// Of an iteration that takes `iteration` > 0.
TrainingResult training_result(const TrainingJob& job, const topology::GpuSpec& gpu, sim::Duration iteration);

/// A figure of an iteration on GPUs that are busy at their peak all the time (MFU 1), and how it goes with MFU: a time falls, a rate rises.
struct PeakFigure {
  double value = 0;
  bool is_rate = false;
};
/// Of a key of the result; nothing where it does not follow from MFU.
std::optional<PeakFigure> figure_at_peak(std::string_view metric, const TrainingJob& job, const topology::GpuSpec& gpu);

}  // namespace orrery::workloads
