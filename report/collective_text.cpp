#include "report/collective_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/counted.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

/// Of the algorithms' column: as nccl-tests would have it, wider where a name is longer.
std::size_t algorithm_width(const CollectiveBlock& block) {
  std::size_t width = 15;
  for (const workloads::CollectiveRow& row : block.rows) width = std::max(width, algorithm_name(row).size());
  return width;
}

std::string header(const CollectiveReport& report, const CollectiveBlock& block) {
  const std::size_t width = algorithm_width(block);
  std::string text = fmt::format("# {} on {}: {}, {} a node\n", name_of(report.operation), machine_text(block),
                                 counted(std::int64_t{block.nodes} * block.gpus_a_node, "rank"), block.gpus_a_node);
  text += fmt::format("# NCCL {}, calibration {}, engine {}\n#\n", block.scenario.software.nccl, calibration_name(block.scenario),
                      report.engine);
  if (const int calls = block.rows.empty() ? 1 : block.rows.front().calls; calls > 1)
    text += fmt::format("# of {} calls in one group, the time of one\n#\n", calls);
  text += fmt::format("#{:>11} {:>13} {:>9} {:>{}} {:>9} {:>9} {:>12} {:>8} {:>8}\n", "size", "count", "type", "algorithm", width,
                      "protocol", "channels", "time", "algbw", "busbw");
  text += fmt::format("#{:>11} {:>13} {:>9} {:>{}} {:>9} {:>9} {:>12} {:>8} {:>8}\n", "(B)", "(elements)", "", "", width, "", "", "(us)",
                      "(GB/s)", "(GB/s)");
  return text;
}

std::string line(const workloads::CollectiveRow& row, const CollectiveReport& report, std::size_t width) {
  const workloads::CollectivePlan& plan = row.plan;
  const bool idle = plan.algorithm == workloads::Algorithm::none;
  return fmt::format("{:>12} {:>13} {:>9} {:>{}} {:>9} {:>9} {:>12.2f} {:>8.2f} {:>8.2f}\n", row.asked.count, row.count, report.type.name,
                     algorithm_name(row), width, idle ? "-" : name_of(plan.protocol), plan.thread_blocks, row.time.seconds() * 1e6,
                     row.algorithm_bandwidth().value / 1e9, row.bus_bandwidth().value / 1e9);
}

}  // namespace

std::string collective_text(const CollectiveReport& report, const TerminalStyle& style) {
  std::string text;
  for (const CollectiveBlock& block : report.blocks) {
    if (!text.empty()) text += "\n";
    text += header(report, block);
    double sum = 0;
    for (const workloads::CollectiveRow& row : block.rows) {
      text += line(row, report, algorithm_width(block));
      sum += row.bus_bandwidth().value / 1e9;
    }
    text += fmt::format("# Avg bus bandwidth    : {:.4g}\n", sum / static_cast<double>(block.rows.size()));
  }
  for (const std::string& note : report.validity.notes) text += style.faint("# Note: " + note) + "\n";
  const SimulationFigures& figures = report.simulation;
  text += style.faint(fmt::format("# Simulated {}, {}, in {:.2f} s of processor time and {}", counted(figures.gpus, "GPU"),
                                  counted(static_cast<std::int64_t>(figures.events), "event"), figures.cpu_seconds,
                                  sim::to_text(sim::Bytes{figures.peak_rss_bytes})));
  return text + "\n";
}

}  // namespace orrery::report
