#include "scenarios/data_set_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace orrery::scenarios {
namespace {

using Json = nlohmann::ordered_json;

/// Keys of the result of a training run, which report/ writes; a test compares the two.
struct FigureGroup {
  std::string prefix;
  std::string meaning;
  std::vector<std::string> keys;
};
std::vector<FigureGroup> result_figures() {
  return {{"",
           "of the whole run",
           {"iteration_seconds", "tokens_per_second", "cost_usd_per_iteration", "energy_joules_per_iteration", "gpu_hours"}},
          {"", "without what is computed again", {"model_tflops_per_gpu", "mfu"}},
          {"", "with what is computed again", {"hardware_tflops_per_gpu", "hfu"}},
          {"memory_bytes.",
           "of the fullest pipeline rank",
           {"total", "weights", "gradients", "optimizer", "activations", "buffers", "capacity", "host", "storage"}},
          {"bounds_seconds.", "what no schedule can beat", {"compute", "memory", "network"}},
          {"breakdown_seconds.",
           "of the rank that ends last",
           {"compute", "tensor", "pipeline_bubble", "pipeline_transfer", "data", "context", "expert", "optimizer", "other", "offload"}},
          {"energy.joules.",
           "of an iteration, at the meter",
           {"gpus_arithmetic", "gpus_memory", "gpus_waiting", "gpus_idle", "hosts", "network", "facility"}},
          {"energy.gpu_seconds.", "of all GPUs together, by what they do", {"arithmetic", "memory", "waiting", "idle"}},
          {"energy.", "of an iteration", {"watts_per_gpu", "watts_per_gpu_at_meter", "kg_co2"}},
          {"money.usd.", "of an iteration, as the terms are", {"nodes", "network", "upkeep", "space", "energy", "rent"}},
          {"money.", "all of it over that", {"usd_per_gpu_hour", "usd_per_million_tokens"}}};
}

/// Takes out that keys must be there, in objects within too. What tells the kinds of an object apart ("if") stays.
void leave_gaps(Json& schema) {
  schema.erase("required");
  for (const char* keyword : {"properties", "anyOf", "allOf"}) {
    if (!schema.contains(keyword)) continue;
    for (Json& part : schema[keyword]) leave_gaps(part);
  }
  for (const char* keyword : {"then", "items"}) {
    if (schema.contains(keyword)) leave_gaps(schema[keyword]);
  }
}

/// Every path through a schema, each with references to what it says of it: kinds of one object may say different things.
class PathSchemas {
 public:
  /// Those of `schema`, which stands at `pointer`, below `prefix`.
  void add(const Json& schema, const std::string& prefix, const std::string& pointer) {
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [key, value] : properties.items()) {
      if (key == "orrery" || key == "$schema") continue;  // of the file
      const std::string at = fmt::format("{}/properties/{}", pointer, key);
      add_one(prefix + key, value, at);
      add(value, prefix + key + ".", at);
    }
    int index = 0;
    for (const Json& form : schema.value("anyOf", Json::array())) add(form, prefix, fmt::format("{}/anyOf/{}", pointer, index++));
    index = 0;
    for (Json kind : schema.value("allOf", Json::array())) {
      for (const auto& [member, value] : kind["if"]["properties"].items()) kind["then"]["properties"].erase(member);  // said above
      add(kind["then"], prefix, fmt::format("{}/allOf/{}/then", pointer, index++));
    }
  }

  Json take() { return std::move(paths_); }

 private:
  void add_one(const std::string& path, const Json& said, const std::string& at) {
    std::vector<Json>& known = said_[path];
    if (std::ranges::find(known, said) != known.end()) return;
    known.push_back(said);
    const Json reference = {{"$ref", at}};
    if (known.size() == 1) {
      paths_[path] = reference;
    } else if (known.size() == 2) {
      paths_[path] = {{"anyOf", {paths_[path], reference}}};
    } else {
      paths_[path]["anyOf"].push_back(reference);
    }
  }

  Json paths_ = Json::object();
  std::map<std::string, std::vector<Json>> said_;
};

Json figures_schema() {
  Json properties = Json::object();
  const Json positive = {{"type", "number"}, {"exclusiveMinimum", 0}};
  for (const FigureGroup& group : result_figures()) {
    for (const std::string& key : group.keys) {
      Json& property = properties[group.prefix + key] = positive;
      property["description"] = group.meaning;
    }
  }
  properties["infeasible"] = {{"const", true}, {"description", "it ran out of memory, and nothing else was measured"}};
  return {{"type", "object"}, {"minProperties", 1}, {"properties", std::move(properties)}, {"additionalProperties", positive}};
}

}  // namespace

std::string definition_of(Content content) {
  switch (content) {
    case Content::scenario:
      return "#/definitions/scenario";
    case Content::changes:
      return "#/definitions/changes";
    case Content::figures:
      return "#/definitions/figures";
    case Content::anything:
      break;
  }
  return "#/definitions/anything";
}

nlohmann::ordered_json data_set_definitions(nlohmann::ordered_json scenario) {
  leave_gaps(scenario);
  PathSchemas paths;
  paths.add(scenario, "", definition_of(Content::scenario));
  return {
      {"scenario", std::move(scenario)}, {"changes", {{"type", "object"}, {"properties", paths.take()}}}, {"figures", figures_schema()}};
}

}  // namespace orrery::scenarios
