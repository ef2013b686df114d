// The analytic engine as a search asks it: every layout of a GPT-3 175B, batch 1,536, on up to 2,048 A100s, each once, from empty tables
// on; whether it fits the memory is part of the answer. `again` is the same with tables filled.
#include <benchmark/benchmark.h>

#include <vector>

#include "tests/benchmarks/gpt3.h"
#include "workloads/analytic.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

Stack stack_named(const std::string& software) {
  const Software of = committed::software(software);
  return {of, committed::a100(), committed::nccl(of.nccl)};
}

void append_ways(TrainingJob job, const Stack& stack, const topology::ClusterSpec& cluster, std::vector<TrainingJob>& jobs) {
  for (const std::int64_t micro_batch : {1, 2, 4, 8}) {
    for (const int interleave : {1, 2, 3, 4, 6}) {
      for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
        for (const bool sequence : {false, true}) {
          for (const int zero : {0, 1, 2, 3}) {
            job.micro_batch = micro_batch;
            job.parallelism.interleave = interleave;
            job.schedule = interleave > 1 ? Schedule::interleaved : Schedule::one_f_one_b;
            job.recompute = recompute;
            job.parallelism.sequence = sequence;
            job.parallelism.zero = zero;
            if (validate_job(job, stack.software, cluster).empty()) jobs.push_back(job);
          }
        }
      }
    }
  }
}

std::vector<TrainingJob> all_layouts(const Stack& stack, const topology::ClusterSpec& cluster) {
  TrainingJob job = Gpt3(64).job;
  job.global_batch = 1536;
  std::vector<TrainingJob> jobs;
  for (const int tensor : {1, 2, 4, 8}) {
    for (const int pipeline : {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 96}) {
      for (int data = 1; data <= 512; data *= 2) {
        job.parallelism = {.tensor = tensor, .pipeline = pipeline, .data = data};
        if (job.gpus() <= 2'048) append_ways(job, stack, cluster, jobs);
      }
    }
  }
  return jobs;
}

void evaluate_all(AnalyticModel& model, const std::vector<TrainingJob>& jobs, benchmark::State& state) {
  std::int64_t fit = 0;
  for (const TrainingJob& job : jobs) fit += model.evaluate(job).fits() ? 1 : 0;
  state.counters["fit"] = static_cast<double>(fit);
}

void say_how_many(const std::vector<TrainingJob>& jobs, benchmark::State& state) {
  state.counters["layouts"] = static_cast<double>(jobs.size());
  state.counters["evaluations"] = benchmark::Counter(static_cast<double>(jobs.size()), benchmark::Counter::kIsIterationInvariantRate);
}

topology::ClusterSpec a100s() { return {.node = committed::dgx_a100(), .nodes = 256, .fabric = {.switch_radix = 40}}; }

void analytic_search(benchmark::State& state, const std::string& software) {
  const topology::Cluster cluster(a100s());
  const Stack stack = stack_named(software);
  const std::vector<TrainingJob> jobs = all_layouts(stack, cluster.spec());
  for (auto _ : state) {
    AnalyticModel model(stack, cluster);
    evaluate_all(model, jobs, state);
  }
  say_how_many(jobs, state);
}
BENCHMARK_CAPTURE(analytic_search, megatron_lm_2021, std::string("megatron-lm-2021"))->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(analytic_search, megatron_core_2024, std::string("megatron-core-2024"))->Unit(benchmark::kMillisecond);

void analytic_search_again(benchmark::State& state) {
  const topology::Cluster cluster(a100s());
  const Stack stack = stack_named("megatron-lm-2021");
  const std::vector<TrainingJob> jobs = all_layouts(stack, cluster.spec());
  AnalyticModel model(stack, cluster);
  evaluate_all(model, jobs, state);
  for (auto _ : state) evaluate_all(model, jobs, state);
  say_how_many(jobs, state);
}
BENCHMARK(analytic_search_again)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace orrery::workloads
