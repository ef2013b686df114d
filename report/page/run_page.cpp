#include "report/page/run_page.h"

#include <utility>

#include "report/page/assumptions_section.h"
#include "report/page/blame_section.h"
#include "report/page/collectives_section.h"
#include "report/page/costs_section.h"
#include "report/page/fabric_section.h"
#include "report/page/figures_section.h"
#include "report/page/limits_section.h"
#include "report/page/memory_section.h"
#include "report/page/reproduce_section.h"
#include "report/page/timeline_section.h"
#include "report/page/verdict_section.h"
#include "report/run_sentences.h"
#include "sim/error.h"
#include "workloads/kernel_times.h"

namespace orrery::report {
namespace {

// What a browser draws at once, and a page holds in some hundred kilobytes.
constexpr std::size_t most_passes = 12'000;
// Colours that can be told apart.
constexpr std::size_t most_curves = 6;

Section memory_of_ranks(const PlayedRun& run) {
  const scenarios::Scenario& scenario = run.report.scenario;
  const workloads::TrainingJob& job = *scenario.training;
  const topology::GpuSpec& gpu = workloads::gpu_of(job, scenario.cluster);
  std::vector<workloads::MemoryUse> ranks;
  for (int rank = 0; rank < job.parallelism.pipeline; ++rank) {
    ranks.push_back(workloads::rank_memory(job, scenario.software, gpu, rank));
  }
  return memory_section(ranks);
}

Section collectives_of_run(const PlayedRun& run) {
  return collectives_section(collective_curves(run.program, placement_of(run), collective_model_of(run), most_curves));
}

Passes passes_of(const PlayedRun& run) {
  const auto& calibration = run.report.scenario.calibration;
  sim::check(calibration.has_value(), "what runs has a calibration");
  const workloads::KernelTimes times(*calibration, workloads::gpu_of(run.program, run.cluster, placement_of(run), *calibration));
  return passes(run.program, run.timeline, [&times](const sim::Kernel& kernel) { return times.estimate(kernel).duration; }, most_passes);
}

}  // namespace

workloads::Placement placement_of(const PlayedRun& run) {
  const scenarios::Scenario& scenario = run.report.scenario;
  const topology::GpuId first = scenario.training ? workloads::first_gpu(*scenario.training, scenario.cluster) : topology::GpuId{};
  return workloads::packed_placement(run.program.ranks, first);
}

workloads::CollectiveModel collective_model_of(const PlayedRun& run) {
  const scenarios::Scenario& scenario = run.report.scenario;
  sim::check(scenario.calibration.has_value(), "what runs has a calibration");
  const workloads::Stack stack{scenario.software, *scenario.calibration, scenario.nccl};
  return {run.cluster, scenario.nccl, workloads::collectives_of(stack)};
}

std::string run_page(const PlayedRun& run, std::string charts) {
  const RunReport& report = run.report;
  Page page{.title = report.scenario.name,
            .subtitle = job_sentence(report),
            .version = report.version,
            .sections = {verdict_section(report), figures_section(report), blame_section(report.iteration), limits_section(report)},
            .charts = std::move(charts)};
  const Passes drawn = passes_of(run);
  if (!drawn.ranks.empty())
    page.sections.push_back(timeline_section(drawn, report.iteration.iteration, report.training ? "pipeline stage" : "role"));
  if (report.training) page.sections.push_back(memory_of_ranks(run));
  if (report.iteration.sees_links)
    page.sections.push_back(fabric_section(link_loads(run.cluster, run.timeline, report.scenario.condition)));
  page.sections.push_back(collectives_of_run(run));
  page.sections.push_back(costs_section(report));
  page.sections.push_back(assumptions_section(report.scenario, Played::iteration_with_costs, report.validity.notes));
  page.sections.push_back(reproduce_section({.command = run.command,
                                             .version = report.version,
                                             .engine = report.engine,
                                             .resolved = report.scenario.resolved,
                                             .seed = std::to_string(report.seed)}));
  return to_html(page);
}

}  // namespace orrery::report
