#include "report/sources.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/counted.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

using workloads::Calibration;

// "NVLink 12 x 25.0 GB/s, PCIe 26.0 GB/s, ..."
std::string rates_of(const topology::NodeSpec& node) {
  return fmt::format("as sold: {} x {} of {}, {} of memory; NVLink {} x {} a GPU, PCIe {}, {} x {} of {} x {} in {}, switches in {}",
                     node.gpus, node.gpu.name, sim::to_text(node.gpu.peak_fp16), sim::to_text(node.gpu.memory_bandwidth),
                     node.nvlink.links_per_gpu, sim::to_text(node.nvlink.link_bandwidth), sim::to_text(node.pcie_bandwidth), node.nics,
                     node.nic.name, sim::to_text(node.nic.bandwidth), node.nic.efficiency, sim::to_text(node.nic.latency),
                     sim::to_text(node.fabric_switch.latency));
}

std::string compared_with(const workloads::Software& software) {
  if (!software.validated) return "no measured run was compared with it";
  const workloads::Validation& with = *software.validated;
  return fmt::format("{:.1f} % off on average over {}: {}", 100 * with.mape, counted(with.rows, "measured run"), with.dataset);
}

std::string gpus_known_to(const workloads::NcclConstants& nccl) {
  const int newest = nccl.newest_compute_capability;
  if (newest == 0) return "of its sources; for every GPU here";
  return fmt::format("of its sources; for GPUs of compute capability up to {}.{}", newest / 10, newest % 10);
}

// "of A100-SXM4-80GB: 1,204 rows, median error 1.2 to 4.0 %"
std::string fit_of(const Calibration& calibration, const workloads::Provenance& provenance) {
  std::string text = "of " + calibration.device;
  if (!calibration.carried_from.empty()) text += ", by the datasheets from " + calibration.carried_from;
  std::int64_t rows = 0;
  double least = 1e9;
  double most = 0;
  for (const workloads::Residual& residual : provenance.residuals) {
    rows += residual.rows;
    least = std::min(least, 100 * residual.median);
    most = std::max(most, 100 * residual.median);
  }
  if (rows == 0) return text + "; how well it fits is not known";
  text += fmt::format("; {}, median error {:.1f}", counted(rows, "measured row"), least);
  return text + (provenance.residuals.size() > 1 ? fmt::format(" to {:.1f} % by kind", most) : std::string(" %"));
}

}  // namespace

std::vector<SourceOf> sources_of(const scenarios::Scenario& scenario, Played played) {
  std::vector<SourceOf> sources;
  const auto add = [&sources](std::string what, const std::string& preset, const std::string& source, std::string validity) {
    sources.push_back({std::move(what), preset, source.empty() ? "as the scenario says; no source given" : source, std::move(validity)});
  };
  if (scenario.training) {
    const auto& model = scenario.training->model;
    add("model", model.name, model.source, "");
  }
  for (int group = 0; group < groups(scenario.cluster); ++group) {
    const topology::NodeSpec& node = node_of_group(scenario.cluster, group);
    add("node", node.name, node.source, rates_of(node));
  }
  if (!scenario.software.name.empty()) {
    add("software stack", scenario.software.name, scenario.software.source, compared_with(scenario.software));
  }
  add("NCCL", scenario.nccl.version, scenario.nccl.source, gpus_known_to(scenario.nccl));
  if (played == Played::iteration_with_costs && scenario.prices) {
    add("prices and power", scenario.prices->name, scenario.prices->source, "as of " + scenario.prices->date);
  }
  if (!scenario.calibration) return sources;
  const Calibration& calibration = *scenario.calibration;
  const auto add_fit = [&](const char* what, const workloads::Provenance& provenance) {
    add(what, calibration.name, provenance.source, fit_of(calibration, provenance));
  };
  add_fit("collectives", calibration.collectives.provenance);
  if (played == Played::collectives) return sources;
  add_fit("matrix products", calibration.gemm.provenance);
  add_fit("attention", calibration.attention.provenance);
  add_fit("kernels bound by memory", calibration.memory.provenance);
  if (calibration.noise) add_fit("noise", calibration.noise->provenance);
  return sources;
}

}  // namespace orrery::report
