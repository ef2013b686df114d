#include "report/result_json.h"

#include <nlohmann/json.hpp>

namespace orrery::report {

using Json = nlohmann::ordered_json;

Json simulation_json(const SimulationFigures& figures) {
  return {{"wall_seconds", figures.wall_seconds},
          {"cpu_seconds", figures.cpu_seconds},
          {"peak_rss_bytes", figures.peak_rss_bytes},
          {"events", figures.events},
          {"gpus", figures.gpus},
          {"gpu_classes", figures.gpu_classes}};
}

Json validity_json(const workloads::Validity& validity) {
  Json expected = nullptr;
  if (validity.expected_error) {
    expected = {
        {"mape", validity.expected_error->mape}, {"n", validity.expected_error->rows}, {"dataset", validity.expected_error->dataset}};
  }
  return {{"inside_range", validity.inside_range}, {"expected_error", expected}, {"notes", validity.notes}};
}

namespace {

Json memory_json(const workloads::MemoryUse& memory) {
  return {{"weights", memory.weights.count},         {"gradients", memory.gradients.count}, {"optimizer", memory.optimizer.count},
          {"activations", memory.activations.count}, {"buffers", memory.buffers.count},     {"total", memory.total().count},
          {"capacity", memory.capacity.count},       {"host", memory.host.count},           {"storage", memory.storage.count}};
}

Json iteration_json(const workloads::IterationResult& iteration) {
  const workloads::Bounds& bounds = iteration.bounds;
  Json breakdown = Json::object();
  for (const auto& [name, part] : iteration.breakdown) breakdown[name] = part.seconds();
  Json links = Json::array();
  for (const auto& link : iteration.busiest_links)
    links.push_back({{"name", link.name}, {"utilization", link.utilization}, {"bytes", link.bytes.count}});
  Json result = {{"iteration_seconds", iteration.iteration.seconds()},
                 {"bottleneck", iteration.bottleneck},
                 {"bounds_seconds",
                  {{"compute", bounds.compute.seconds()},
                   {"memory", bounds.memory.seconds()},
                   {"network", iteration.sees_links ? Json(bounds.network.seconds()) : Json(nullptr)}}},
                 {"breakdown_seconds", breakdown},
                 {"busiest_links", links}};
  if (const auto& worst = iteration.worst_rail) {
    result["worst_rail"] = {
        {"rail", worst->rail}, {"link", worst->link.name}, {"utilization", worst->link.utilization}, {"next_utilization", worst->others}};
  }
  return result;
}

Json training_json(const TrainingPart& training) {
  return {{"tokens_per_second", training.result.tokens_per_second},
          {"model_tflops_per_gpu", training.result.model_flops_per_gpu.value / 1e12},
          {"hardware_tflops_per_gpu", training.result.hardware_flops_per_gpu.value / 1e12},
          {"mfu", training.result.mfu},
          {"hfu", training.result.hfu},
          {"memory_bytes", memory_json(training.memory)}};
}

Json by_activity(const workloads::ByActivity& what, const std::string& prefix) {
  return {{prefix + "arithmetic", what.arithmetic},
          {prefix + "memory", what.memory},
          {prefix + "waiting", what.waiting},
          {prefix + "idle", what.idle}};
}

Json energy_json(const workloads::Costs& costs) {
  if (!costs.energy) return nullptr;
  const workloads::Energy& energy = *costs.energy;
  Json joules = by_activity(energy.gpus, "gpus_");
  joules.update({{"hosts", energy.hosts}, {"network", energy.network}, {"facility", energy.facility}});
  const double gpu_seconds = costs.gpu_seconds.all();
  return {{"joules", std::move(joules)},
          {"gpu_seconds", by_activity(costs.gpu_seconds, "")},
          {"watts_per_gpu", energy.gpus.all() / gpu_seconds},
          {"watts_per_gpu_at_meter", energy.total() / gpu_seconds},
          {"kg_co2", energy.kg_co2}};
}

Json money_json(const workloads::Costs& costs, const std::optional<double>& usd_per_million_tokens) {
  if (!costs.money) return nullptr;
  const workloads::Money& money = *costs.money;
  const bool is_owned = money.terms == workloads::Terms::own;
  Json json = {{"terms", is_owned ? "own" : "rent"}};
  if (is_owned) {
    json["usd"] = {
        {"nodes", money.nodes}, {"network", money.network}, {"upkeep", money.upkeep}, {"space", money.space}, {"energy", money.energy}};
  } else {
    json["usd"] = {{"rent", money.rent}};
  }
  json["usd_per_gpu_hour"] = money.total() / costs.gpu_hours;
  if (usd_per_million_tokens) json["usd_per_million_tokens"] = *usd_per_million_tokens;
  return json;
}

}  // namespace

Json result_of(const workloads::IterationResult& iteration, const std::optional<TrainingPart>& training, const workloads::Costs& costs) {
  Json result = iteration_json(iteration);
  if (training) result.update(training_json(*training));
  result["cost_usd_per_iteration"] = costs.money ? Json(costs.money->total()) : Json(nullptr);
  result["energy_joules_per_iteration"] = costs.energy ? Json(costs.energy->total()) : Json(nullptr);
  result["gpu_hours"] = costs.gpu_hours;
  result["energy"] = energy_json(costs);
  result["money"] = money_json(costs, usd_per_million_tokens(iteration, training, costs));
  if (!costs.no_energy.empty() || !costs.no_money.empty())
    result["costs_not_known"] = {{"energy", costs.no_energy}, {"money", costs.no_money}};
  return result;
}

std::string result_json(const RunReport& report) {
  const Json document = {{"orrery", report.version},
                         {"scenario", Json::parse(report.scenario.resolved)},
                         {"engine", report.engine},
                         {"seed", report.seed},
                         {"kind", report.training ? "training" : "replay"},
                         {"simulation", simulation_json(report.simulation)},
                         {"validity", validity_json(report.validity)},
                         {"result", result_of(report.iteration, report.training, report.costs)}};
  return document.dump(2) + "\n";
}

}  // namespace orrery::report
