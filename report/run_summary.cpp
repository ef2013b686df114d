#include "report/run_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "report/counted.h"
#include "report/nodes_text.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

constexpr int bar_width = 40;

std::string bar(double fraction) {
  const int filled = std::clamp(static_cast<int>(std::lround(fraction * bar_width)), 0, bar_width);
  std::string text;
  for (int i = 0; i < bar_width; ++i) text += i < filled ? "█" : "·";
  return text;
}

std::string title(const RunReport& report) {
  const auto& cluster = report.scenario.cluster;
  const std::string nodes = nodes_text(cluster);
  if (!report.training) {
    return fmt::format("{}\n  a Program of {} on {}\n", report.scenario.name, counted(report.simulation.gpus, "rank"), nodes);
  }
  const auto& job = *report.scenario.training;
  const auto& degrees = job.parallelism;
  std::string text = fmt::format("{}\n  {} on {} ({}): tensor {} x pipeline {} x data {}, batch {} of {} tokens\n", report.scenario.name,
                                 job.model.name, counted(job.gpus(), "GPU"), nodes, degrees.tensor, degrees.pipeline, degrees.data,
                                 grouped(job.global_batch), grouped(job.sequence_length));
  const std::int64_t all = all_gpus(cluster);
  if (job.gpus() < all) text += fmt::format("  uses {} of the cluster's {}\n", grouped(job.gpus()), counted(all, "GPU"));
  if (job.first_node > 0) text += fmt::format("  from node {} on\n", grouped(job.first_node));
  return text;
}

std::string changes(const RunReport& report) {
  std::string text;
  for (const std::string& change : report.overrides) text += (text.empty() ? "  Changed by --set: " : ", ") + change;
  return text.empty() ? text : text + "\n";
}

std::string measured(const RunReport& report, const TerminalStyle& style) {
  const auto error = published_error(report);
  if (!error) return "";
  const auto& published = *report.scenario.published;
  const std::string off = fmt::format("{:+.1f} %", 100 * *error);
  constexpr double close = 0.1;
  return fmt::format("  Measured: {:.4g} s ({}). Predicted is {} off.\n", *published.iteration_seconds, published.source,
                     std::abs(*error) <= close ? style.good(off) : style.bad(off));
}

std::string verdict(const RunReport& report, const TerminalStyle& style) {
  std::string text = "\n  An iteration takes " + style.bold(sim::to_text(report.iteration.iteration));
  if (report.training) {
    const auto& result = report.training->result;
    text += fmt::format(": {} tokens/s, {:.0f} TFLOP/s a GPU (MFU {:.1f} %)", grouped(std::llround(result.tokens_per_second)),
                        result.model_flops_per_gpu.value / 1e12, 100 * result.mfu);
    if (result.hfu > result.mfu) {
      text += fmt::format(", {:.0f} with recomputation (HFU {:.1f} %)", result.hardware_flops_per_gpu.value / 1e12, 100 * result.hfu);
    }
  }
  return text + ".\n" + measured(report, style);
}

std::string breakdown(const RunReport& report, const TerminalStyle& style) {
  std::string text = "\n  Where the time goes (the rank that ends last)\n";
  for (const auto& [name, part] : report.iteration.breakdown) {
    if (part.ticks == 0) continue;
    const double fraction = part.seconds() / report.iteration.iteration.seconds();
    const std::string line = fmt::format("    {:<18} {}  {:>9}  {:>5.1f} %", name, bar(fraction), sim::to_text(part), 100 * fraction);
    text += (name == report.iteration.bottleneck ? style.bold(line) : line) + "\n";
  }
  return text;
}

std::string memory(const RunReport& report) {
  if (!report.training) return "";
  const auto& memory = report.training->memory;
  return fmt::format(
      "\n  Memory (pipeline rank {}, the fullest): {} of {}\n    weights {}, gradients {}, optimizer {}, activations {}, buffers {}\n",
      memory.pipeline_rank, sim::to_text(memory.total()), sim::to_text(memory.capacity), sim::to_text(memory.weights),
      sim::to_text(memory.gradients), sim::to_text(memory.optimizer), sim::to_text(memory.activations), sim::to_text(memory.buffers));
}

std::string links(const RunReport& report) {
  if (report.iteration.busiest_links.empty()) return "";
  std::string text = "\n  Busiest link of each layer\n";
  for (const auto& link : report.iteration.busiest_links) {
    text += fmt::format("    {:<52} {:>5.1f} %  {:>9}\n", link.name, 100 * link.utilization, sim::to_text(link.bytes));
  }
  if (const auto& worst = report.iteration.worst_rail) {
    text += fmt::format("  The worst rail is {}: {} is used {:.1f} % of the time, the busiest link of the next rail {:.1f} %\n",
                        worst->rail, worst->link.name, 100 * worst->link.utilization, 100 * worst->others);
  }
  return text;
}

std::string bounds(const RunReport& report) {
  const auto& bounds = report.iteration.bounds;
  return fmt::format("\n  No schedule can beat: compute at peak {}, device memory {}, busiest link {}\n", sim::to_text(bounds.compute),
                     sim::to_text(bounds.memory), sim::to_text(bounds.network));
}

std::string validity(const RunReport& report, const TerminalStyle& style) {
  std::string text;
  const workloads::Validity& validity = report.validity;
  if (const auto& expected = validity.expected_error) {
    text += fmt::format("\n  Expected error: {:.1f} % on average over {}: {}\n", 100 * expected->mape,
                        counted(expected->rows, "measured run"), expected->dataset);
  }
  for (const std::string& note : validity.notes) text += style.bad("  Outside the validated range: ") + note + "\n";
  return text;
}

std::string simulation(const RunReport& report, const TerminalStyle& style) {
  const SimulationFigures& figures = report.simulation;
  const std::string kinds = figures.gpu_classes < figures.gpus ? " of " + counted(figures.gpu_classes, "kind") : "";
  return style.faint(fmt::format("\n  Simulated {}{}, {}, engine {}, in {:.2f} s and {}\n", counted(figures.gpus, "GPU"), kinds,
                                 counted(static_cast<std::int64_t>(figures.events), "event"), report.engine, figures.wall_seconds,
                                 sim::to_text(sim::Bytes{figures.peak_rss_bytes})));
}

}  // namespace

std::string run_summary(const RunReport& report, const TerminalStyle& style) {
  return title(report) + changes(report) + verdict(report, style) + breakdown(report, style) + memory(report) + links(report) +
         bounds(report) + validity(report, style) + simulation(report, style);
}

}  // namespace orrery::report
