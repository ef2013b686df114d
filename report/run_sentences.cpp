#include "report/run_sentences.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <vector>

#include "report/counted.h"
#include "report/nodes_text.h"
#include "sim/units_text.h"

namespace orrery::report {

std::string job_sentence(const RunReport& report) {
  const auto& cluster = report.scenario.cluster;
  const std::string nodes = nodes_text(cluster);
  if (!report.training) return fmt::format("a Program of {} on {}", counted(report.simulation.gpus, "rank"), nodes);
  const auto& job = *report.scenario.training;
  const auto& degrees = job.parallelism;
  std::string text =
      fmt::format("{} on {} ({}): tensor {} x pipeline {} x data {}, batch {} of {} tokens", job.model.name, counted(job.gpus(), "GPU"),
                  nodes, degrees.tensor, degrees.pipeline, degrees.data, grouped(job.global_batch), grouped(job.sequence_length));
  const std::int64_t all = all_gpus(cluster);
  if (job.gpus() < all) text += fmt::format("\nuses {} of the cluster's {}", grouped(job.gpus()), counted(all, "GPU"));
  if (job.first_node > 0) text += fmt::format("\nfrom node {} on", grouped(job.first_node));
  return text;
}

std::string verdict_sentence(const RunReport& report, const TerminalStyle& style) {
  std::string text = "An iteration takes " + style.bold(sim::to_text(report.iteration.iteration));
  if (report.training) {
    const auto& result = report.training->result;
    text += fmt::format(": {} tokens/s, {:.0f} TFLOP/s a GPU (MFU {:.1f} %)", grouped(std::llround(result.tokens_per_second)),
                        result.model_flops_per_gpu.value / 1e12, 100 * result.mfu);
    if (result.hfu > result.mfu) {
      text += fmt::format(", {:.0f} with recomputation (HFU {:.1f} %)", result.hardware_flops_per_gpu.value / 1e12, 100 * result.hfu);
    }
  }
  return text + ".";
}

std::string measured_sentence(const RunReport& report, const TerminalStyle& style) {
  const auto error = published_error(report);
  if (!error) return "";
  const auto& published = *report.scenario.published;
  const std::string off = fmt::format("{:+.1f} %", 100 * *error);
  constexpr double close = 0.1;
  return fmt::format("Measured: {:.4g} s ({}). Predicted is {} off.", *published.iteration_seconds, published.source,
                     std::abs(*error) <= close ? style.good(off) : style.bad(off));
}

std::string expected_error_sentence(const RunReport& report) {
  const auto& expected = report.validity.expected_error;
  if (!expected) return "";
  return fmt::format("Expected error: {:.1f} % on average over {}: {}", 100 * expected->mape, counted(expected->rows, "measured run"),
                     expected->dataset);
}

std::string energy_sentence(const RunReport& report) {
  if (!report.costs.energy) return "";
  const workloads::Energy& energy = *report.costs.energy;
  const double gpu_seconds = report.costs.gpu_seconds.all();
  return fmt::format(
      "An iteration takes {:.4g} kWh and emits {:.3g} kg of CO2: a GPU draws {:.0f} W, with its share of all around it {:.0f} W.",
      energy.kwh(), energy.kg_co2, energy.gpus.all() / gpu_seconds, energy.total() / gpu_seconds);
}

std::string money_sentence(const RunReport& report) {
  if (!report.costs.money) return "";
  const workloads::Money& money = *report.costs.money;
  const auto tokens = usd_per_million_tokens(report.iteration, report.training, report.costs);
  return fmt::format("It costs {:.4g} USD to {}: {:.3g} USD a GPU-hour{} (prices {}).", money.total(),
                     money.terms == workloads::Terms::own ? "own" : "rent", money.total() / report.costs.gpu_hours,
                     tokens ? fmt::format(", {:.3g} USD a million tokens", *tokens) : "",
                     report.scenario.prices->name.empty() ? "of the scenario" : report.scenario.prices->name);
}

std::string unknown_costs_sentence(const workloads::Costs& costs) {
  const std::vector<std::string>& energy = costs.no_energy;
  const std::vector<std::string>& money = costs.no_money;
  if (energy.empty() && money.empty()) return "";
  if (energy == money) return fmt::format("Energy and money are not known: {}.", fmt::join(energy, "; "));
  std::string text;
  if (!energy.empty()) text = fmt::format("Energy is not known: {}.", fmt::join(energy, "; "));
  if (!money.empty()) text += fmt::format("{}Money is not known: {}.", text.empty() ? "" : " ", fmt::join(money, "; "));
  return text;
}

}  // namespace orrery::report
