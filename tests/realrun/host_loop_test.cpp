// The loop: what was played for real beside the simulator's play of the same, and constants of one half of the shapes beside what the other
// half took.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <tuple>
#include <vector>

#include "realrun/rank_work.h"
#include "realrun/timeline_csv.h"
#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "sim/samples.h"
#include "tests/committed.h"
#include "tests/realrun/under_mpirun.h"
#include "workloads/fit_lines.h"
#include "workloads/kernel_times.h"
#include "workloads/training_run.h"

namespace orrery::realrun {
namespace {

class HostLoop : public test::UnderMpirun {};

/// A stream's spans in the order in which they were, which must be that of its steps.
std::vector<sim::Span> spans_in_time(const sim::Timeline& timeline, std::uint32_t rank, std::size_t stream) {
  std::vector<sim::Span> spans;
  for (const sim::Span& span : timeline.spans) {
    if (index(span.actor) == rank && span.stream == stream) spans.push_back(span);
  }
  std::ranges::sort(spans, {}, [](const sim::Span& span) { return std::tuple(span.posted, span.ended, span.step); });
  EXPECT_TRUE(std::ranges::is_sorted(spans, {}, &sim::Span::step)) << "rank " << rank << ", stream " << stream;
  return spans;
}

/// The labels of a rank's stream, step by step; kernels in a row under one label are one step, as the simulator has them.
std::vector<std::string> measured_order(const sim::Program& program, const sim::Timeline& timeline, std::uint32_t rank,
                                        std::size_t stream) {
  const RankWork work = rank_work(program, static_cast<std::int32_t>(rank));
  std::vector<std::string> labels;
  std::optional<std::size_t> kernel_before;
  for (const sim::Span& span : spans_in_time(timeline, rank, stream)) {
    const bool is_kernel = std::holds_alternative<sim::Compute>(work.at(stream, span.step).action);
    const bool goes_on = is_kernel && kernel_before && *kernel_before + 1 == span.step && labels.back() == program.labels[span.label];
    if (!goes_on) labels.push_back(program.labels[span.label]);
    kernel_before.reset();
    if (is_kernel) kernel_before = span.step;
  }
  return labels;
}

std::vector<std::string> simulated_order(const sim::Program& program, const sim::Timeline& timeline, std::uint32_t rank,
                                         std::size_t stream) {
  std::vector<std::string> labels;
  for (const sim::Span& span : spans_in_time(timeline, rank, stream)) labels.push_back(program.labels[span.label]);
  return labels;
}

TEST_F(HostLoop, SimulatedAndRealTimelinesHaveOneOrder) {
  const test::Ended ended =
      test::shell(mpirun(4, file("p", test::four_ranks).string() + " --warm-ups 0 --repeats 1 --timeline " + file("t").string()));
  ASSERT_EQ(ended.exit, 0) << ended.text;
  const sim::Program program = sim::program_from(test::four_ranks, "p");
  const sim::Timeline real = timeline_from_csv(program, test::contents(file("t")), "t");
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const workloads::Stack stack{.software = {}, .calibration = committed::a100(), .nccl = committed::nccl()};
  const sim::Timeline simulated =
      workloads::play_program(program, stack, cluster, *sim::make_fluid_engine(),
                              {.recorded = [](const sim::Program&) { return std::vector<std::int32_t>{0, 1, 2, 3}; }});
  for (const std::uint32_t rank : {0U, 1U, 2U, 3U}) {
    for (const std::size_t stream : {0U, 1U}) {
      const std::vector<std::string> order = measured_order(program, real, rank, stream);
      EXPECT_FALSE(order.empty());
      EXPECT_EQ(order, simulated_order(program, simulated, rank, stream)) << "rank " << rank << ", stream " << stream;
    }
  }
}

/// A layer of a small transformer, forward and backward, and what two replicas do after it, for a hidden size and tokens.
std::string layer_of(int hidden, int tokens) {
  const std::string h = std::to_string(hidden);
  const std::string t = std::to_string(tokens);
  const std::string rows = " fp32 rows=" + t + " columns=";
  const std::string wide = std::to_string(4 * hidden);
  const auto product = [&](const std::string& m, const std::string& n, const std::string& k) {
    return "  compute: gemm fp32 m=" + m + " n=" + n + " k=" + k + " batch=1\n";
  };
  const std::string heads = " fp32 batch=1 heads=" + std::to_string(hidden / 64) + " sequence=" + t + " head_dimension=64\n";
  const std::string parameters = std::to_string(12 * hidden * hidden);
  return "block h" + h + "t" + t + "\n  compute: layer_norm" + rows + h + "\n" + product(t, std::to_string(3 * hidden), h) +
         "  compute: attention" + heads + product(t, h, h) + "  compute: bias_dropout_add" + rows + h + "\n" + product(t, wide, h) +
         "  compute: bias_gelu" + rows + wide + "\n" + product(t, h, wide) + "  compute: bias_gelu_backward" + rows + wide + "\n" +
         product(wide, h, t) + "  compute: attention_backward" + heads + "  compute: layer_norm_backward" + rows + h +
         "\n  data: all_reduce fp32 " + parameters + " world\n  compute: adam fp32 parameters=" + parameters + "\n";
}

std::string layers_of(const std::vector<std::pair<int, int>>& shapes) {
  std::string blocks;
  std::string calls;
  for (const auto& [hidden, tokens] : shapes) {
    blocks += layer_of(hidden, tokens);
    calls += "    call h" + std::to_string(hidden) + "t" + std::to_string(tokens) + " 2\n";
  }
  return "orrery-program 1\nname \"layers\"\nranks 2\nlabels compute data\ncommunicator world groups 0 members 2*1\n" + blocks +
         "role all ranks 0+2*1 events 0\n  stream main\n" + calls;
}

/// |predicted / measured - 1| of every sample of which the calibration has a line.
std::vector<double> errors_of(const sim::Samples& samples, const workloads::Calibration& calibration) {
  topology::GpuSpec gpu = committed::dgx_a100().gpu;
  gpu.name = calibration.device;
  gpu.memory_bandwidth = {1e15};
  gpu.peak_fp32 = gpu.peak_fp16 = {1e18};
  const workloads::KernelTimes times(calibration, gpu);
  std::vector<double> errors;
  for (const sim::Sample& sample : samples.rows) {
    const auto* kernel = std::get_if<sim::Kernel>(&sample.what);
    if (kernel != nullptr) errors.push_back(std::abs(times.duration(*kernel).seconds() / sim::median_of(sample).seconds() - 1));
  }
  std::ranges::sort(errors);
  return errors;
}

// Target: 15 % on a quiet machine. Nothing that is timed is asserted: machines of tests are not quiet.
TEST_F(HostLoop, HalfOfTheShapesPredictsTheOther) {
  const auto measured = [&](const std::string& name, const std::vector<std::pair<int, int>>& shapes) {
    const test::Ended ended =
        test::shell(mpirun(2, file(name, layers_of(shapes)).string() + " --warm-ups 1 --repeats 5 --samples " + file(name + "s").string()));
    EXPECT_EQ(ended.exit, 0) << ended.text;
    return sim::samples_from(test::contents(file(name + "s")), name);
  };
  const sim::Samples fitted_to = measured("a", {{64, 64}, {128, 256}, {256, 128}, {256, 512}});
  const sim::Samples predicted = measured("b", {{64, 128}, {128, 128}, {192, 256}, {256, 256}});
  const workloads::Calibration calibration = workloads::fit_lines(fitted_to, "half");
  const std::vector<double> errors = errors_of(predicted, calibration);
  ASSERT_FALSE(errors.empty());
  const double median = errors[errors.size() / 2];
  std::printf("kernels of the other half, %zu: median error %.1f %%, p90 %.1f %%\n", errors.size(), 100 * median,
              100 * errors[errors.size() * 9 / 10]);
  for (const workloads::Residual& residual : workloads::line_residuals(predicted, calibration)) {
    std::printf("  %-32s %3d rows, median %5.1f %%, bias %+6.1f %%\n", residual.rows_of.c_str(), residual.rows, 100 * residual.median,
                100 * residual.bias);
  }
  RecordProperty("median_error_percent", static_cast<int>(std::lround(100 * median)));
}

}  // namespace
}  // namespace orrery::realrun
