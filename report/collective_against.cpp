#include "report/collective_against.h"

#include <fmt/format.h>

#include <cmath>

#include "report/counted.h"
#include "sim/error.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

constexpr double healthy_error = 0.1;  // what the model is off on healthy machines (docs/collectives.md)

std::string line(const workloads::CollectiveRow& row, sim::Duration measured, const TerminalStyle& style) {
  const double off = measured.seconds() / row.time.seconds() - 1;
  const std::string shown = row.time.ticks == 0 ? fmt::format("{:>9}", "-") : fmt::format("{:>+7.1f} %", 100 * off);
  return fmt::format("{:>12} {:>14.2f} {:>14.2f} {} {:>15} {:>9}\n", row.asked.count, measured.seconds() * 1e6, row.time.seconds() * 1e6,
                     std::abs(off) <= healthy_error ? shown : style.bad(shown), algorithm_name(row), name_of(row.plan.protocol));
}

/// Above the faults.
std::string_view heading(const std::vector<workloads::CollectiveSuspect>& suspects) {
  if (suspects[0].error <= healthy_error) return "# That is as near as the model is on healthy machines. With a fault it would be:\n";
  return suspects[1].error < suspects[0].error ? "# What would explain it, by the mean error that is left:\n"
                                               : "# No fault that is looked for explains it; the mean error would be:\n";
}

}  // namespace

std::string collective_against_text(const CollectiveReport& report, const TerminalStyle& style) {
  sim::check(report.against.has_value(), "there is a log");
  const CollectiveAgainst& against = *report.against;
  const CollectiveBlock& block = report.blocks.front();
  std::string text = fmt::format("# {} on {}: {}, NCCL {}, calibration {}; against {}\n#\n", name_of(report.operation), machine_text(block),
                                 counted(std::int64_t{block.nodes} * block.gpus_a_node, "rank"), block.scenario.software.nccl,
                                 calibration_name(block.scenario), against.log);
  text += fmt::format("#{:>11} {:>14} {:>14} {:>9} {:>15} {:>9}\n#{:>11} {:>14} {:>14}\n", "size", "measured", "expected", "longer",
                      "algorithm", "protocol", "(B)", "(us)", "(us)");
  for (std::size_t i = 0; i < block.rows.size(); ++i) text += line(block.rows[i], against.measured[i], style);
  const workloads::CollectiveSuspect& as_is = against.suspects.front();
  const std::string compared = workloads::any_is_large(block.rows)
                                   ? fmt::format("sizes from {} on", sim::to_text(workloads::least_compared))
                                   : fmt::format("all sizes, none of which reaches {}", sim::to_text(workloads::least_compared));
  text += fmt::format("# Mean error of {}: {:.1f} %\n", compared, 100 * as_is.error);
  if (against.suspects.size() == 1) return text + "# On one node no faults are looked for.\n";
  const bool is_faster = as_is.longer < 0;
  if (as_is.error > healthy_error && is_faster) {
    return text + "# That is faster than expected, which no fault explains: is the log of this machine, and of this NCCL?\n";
  }
  text += heading(against.suspects);
  for (std::size_t i = 1; i < against.suspects.size(); ++i) {
    const workloads::CollectiveSuspect& suspect = against.suspects[i];
    const std::string told = fmt::format("# {:>9.1f} %  {}", 100 * suspect.error, suspect.fault);
    const bool is_nearest = suspect.error == against.suspects[1].error;  // several may come to the same
    const bool explains = is_nearest && as_is.error > healthy_error && suspect.error < as_is.error;
    text += (explains ? style.bold(told) : told) + "\n";
  }
  return text;
}

}  // namespace orrery::report
