#include "workloads/training_result.h"

#include "workloads/roofline.h"

namespace orrery::workloads {

sim::Flops hardware_flops(const TrainingJob& job) {
  const sim::Flops model = model_flops(job.model, job.global_batch, job.lengths());
  switch (job.recompute) {
    case Recompute::none:
      return model;
    case Recompute::selective:
      return model + attention_core_flops(job.model, job.global_batch, job.lengths());
    case Recompute::full:
      return model + layers_forward_flops(job.model, job.global_batch, job.lengths());
  }
  return model;
}

TrainingResult training_result(const TrainingJob& job, const topology::GpuSpec& gpu, sim::Duration iteration) {
  const double gpu_seconds = iteration.seconds() * static_cast<double>(job.gpus());
  const double peak = peak_rate(gpu, job.product_type()).value;
  const std::int64_t tokens = job.sequence_length + (job.model.has_encoder() ? job.decoder_length() : 0);
  TrainingResult result;
  result.tokens_per_second = static_cast<double>(job.global_batch * tokens) / iteration.seconds();
  result.model_flops_per_gpu = {model_flops(job.model, job.global_batch, job.lengths()).count / gpu_seconds};
  result.hardware_flops_per_gpu = {hardware_flops(job).count / gpu_seconds};
  result.mfu = result.model_flops_per_gpu.value / peak;
  result.hfu = result.hardware_flops_per_gpu.value / peak;
  return result;
}

std::optional<PeakFigure> figure_at_peak(std::string_view metric, const TrainingJob& job, const topology::GpuSpec& gpu) {
  const TrainingResult in_a_second = training_result(job, gpu, sim::Duration::from_seconds(1));
  const double seconds = in_a_second.mfu;
  if (metric == "iteration_seconds") return PeakFigure{seconds, false};
  if (metric == "tokens_per_second") return PeakFigure{in_a_second.tokens_per_second / seconds, true};
  if (metric == "model_tflops_per_gpu") return PeakFigure{in_a_second.model_flops_per_gpu.value / seconds / 1e12, true};
  if (metric == "hardware_tflops_per_gpu") return PeakFigure{in_a_second.hardware_flops_per_gpu.value / seconds / 1e12, true};
  if (metric == "mfu") return PeakFigure{1, true};
  if (metric == "hfu") return PeakFigure{in_a_second.hfu / seconds, true};
  return std::nullopt;
}

}  // namespace orrery::workloads
