#include "scenarios/scenario_spec.h"

#include "scenarios/calibrations.h"
#include "scenarios/machine.h"
#include "scenarios/prices.h"
#include "scenarios/software.h"

namespace orrery::scenarios {

void describe(Fields& fields, ScenarioSpec& scenario) {
  fields.required("orrery", "version of this format: 1", integer(scenario.format, format_version, format_version));
  fields.optional("name", "what the scenario is, in a line", text(scenario.name));
  fields.required("cluster", "the machine", object(scenario.cluster));
  fields.optional("workload", "what runs on it",
                  KindValue{{{"training", object(scenario.training)}}, {"collective", "serving", "campaign", "fleet", "replay"}});
  fields.optional("software", "the stack; required by a workload", preset(PresetKind::software, scenario.software));
  fields.optional("calibration", "the device as measured; default: the one of the node's GPU",
                  preset(PresetKind::calibrations, scenario.calibration));
  fields.optional("prices", "what the machine costs and draws; default: estimates-2025", preset(PresetKind::prices, scenario.prices));
  fields.optional("condition", "what is broken or slow, or becomes so during the iteration; default: as new", object(scenario.condition));
  fields.optional("published", "what was measured of this run", object(scenario.published));
}

void describe(Fields& fields, Published& published) {
  fields.optional("iteration_seconds", "of one iteration", real(published.iteration_seconds, 1e-9, 1e9));
  fields.optional("tflops_per_gpu", "as the source counts them", real(published.tflops_per_gpu, 1e-9, 1e9));
  fields.required("source", "where, and how it counts", text(published.source));
}

}  // namespace orrery::scenarios
