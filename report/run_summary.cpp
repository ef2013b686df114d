#include "report/run_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "report/counted.h"
#include "report/run_sentences.h"
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
  std::string text = report.scenario.name + "\n  ";
  for (const char c : job_sentence(report)) text += c == '\n' ? std::string("\n  ") : std::string(1, c);
  return text + "\n";
}

std::string changes(const RunReport& report) {
  std::string text;
  for (const std::string& change : report.overrides) text += (text.empty() ? "  Changed by --set: " : ", ") + change;
  return text.empty() ? text : text + "\n";
}

std::string verdict(const RunReport& report, const TerminalStyle& style) {
  const std::string measured = measured_sentence(report, style);
  return "\n  " + verdict_sentence(report, style) + "\n" + (measured.empty() ? "" : "  " + measured + "\n");
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
  std::string text = fmt::format(
      "\n  Memory (pipeline rank {}, the fullest): {} of {}\n    weights {}, gradients {}, optimizer {}, activations {}, buffers {}\n",
      memory.pipeline_rank, sim::to_text(memory.total()), sim::to_text(memory.capacity), sim::to_text(memory.weights),
      sim::to_text(memory.gradients), sim::to_text(memory.optimizer), sim::to_text(memory.activations), sim::to_text(memory.buffers));
  if (memory.host.count + memory.storage.count > 0) {
    text +=
        fmt::format("    offloaded by each GPU: to the host {}, to storage {}\n", sim::to_text(memory.host), sim::to_text(memory.storage));
  }
  return text;
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
  return fmt::format("\n  No schedule can beat: compute at peak {}, device memory {}{}\n", sim::to_text(bounds.compute),
                     sim::to_text(bounds.memory),
                     report.iteration.sees_links ? ", busiest link " + sim::to_text(bounds.network) : "; this engine sees no links");
}

std::string costs(const RunReport& report) {
  std::string text;
  for (const std::string& sentence : {energy_sentence(report), money_sentence(report), unknown_costs_sentence(report.costs)}) {
    if (!sentence.empty()) text += "  " + sentence + "\n";
  }
  return text.empty() ? text : "\n" + text;
}

std::string validity(const RunReport& report, const TerminalStyle& style) {
  std::string text;
  const workloads::Validity& validity = report.validity;
  if (validity.expected_error) text += "\n  " + expected_error_sentence(report) + "\n";
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
         bounds(report) + costs(report) + validity(report, style) + simulation(report, style);
}

}  // namespace orrery::report
