// A scenario file word for word, before defaults that need the preset library are filled in (scenarios/scenario.h). Its description is the
// format.
#pragma once

#include <optional>
#include <string>

#include "scenarios/condition.h"
#include "scenarios/fields.h"
#include "scenarios/scenario.h"
#include "scenarios/training.h"
#include "workloads/price_list.h"

namespace orrery::scenarios {

struct ScenarioSpec {
  int format = format_version;
  std::string name;
  topology::ClusterSpec cluster;
  std::optional<TrainingSpec> training;
  std::optional<workloads::Software> software;
  std::optional<workloads::Calibration> calibration;
  std::optional<workloads::PriceList> prices;
  std::optional<ConditionSpec> condition;
  std::optional<Published> published;
};

void describe(Fields& fields, ScenarioSpec& scenario);
void describe(Fields& fields, Published& published);

}  // namespace orrery::scenarios
