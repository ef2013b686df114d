#include "cli/engines.h"

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "sim/simgrid_engine.h"

namespace orrery::cli {

void add_engine_options(CLI::App& command, EngineChoice& choice) {
  command
      .add_option("--engine", choice.engine,
                  "fluid: rings as one flow; transfer: a flow for each edge of a ring; simgrid: the same, played by SimGrid 3.32, up to "
                  "about 1,000 GPUs; analytic: closed forms for training jobs, at once")
      ->check(CLI::IsMember({"fluid", "transfer", "simgrid", "packet", "analytic"}))
      ->capture_default_str();
  command.add_option("--fold", choice.fold, "play GPUs that cannot be told apart once: the same result, sooner")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
}

std::unique_ptr<sim::Engine> make_engine(const EngineChoice& choice) {
  if (choice.engine == "simgrid") return sim::make_simgrid_engine();  // every GPU for itself: a second opinion folds nothing
  if (is_analytic(choice)) {
    throw sim::Error({.place = "--engine analytic",
                      .what = "knows training jobs of scenarios in closed form, and plays nothing",
                      .remedy = "use --engine fluid"},
                     sim::ErrorKind::unavailable);
  }
  if (choice.engine != "fluid" && choice.engine != "transfer") {
    throw sim::Error({.place = "", .what = "the engine \"" + choice.engine + "\" is not built yet", .remedy = "use --engine fluid"},
                     sim::ErrorKind::unavailable);
  }
  std::unique_ptr<sim::Engine> engine = sim::make_fluid_engine();
  return choice.fold == "on" ? sim::make_folding_engine(std::move(engine)) : std::move(engine);
}

workloads::Stack stack_of(const scenarios::Scenario& scenario) {
  sim::check(scenario.calibration.has_value(), "what runs has a calibration");
  return {scenario.software, *scenario.calibration, scenario.nccl};
}

workloads::Granularity granularity_for(const EngineChoice& choice) {
  return choice.engine == "fluid" ? workloads::Granularity::hyperflow : workloads::Granularity::transfer;
}

bool is_analytic(const EngineChoice& choice) { return choice.engine == "analytic"; }

workloads::Conduct conduct_of(const EngineChoice& choice, const topology::Condition& condition) {
  using workloads::Conduct;
  return {.granularity = granularity_for(choice),
          .condition = condition,
          .chance = plays_noise(choice) ? Conduct::Chance::as_calibrated : Conduct::Chance::none,
          .interference = plays_interference(choice) ? Conduct::Interference::as_of_software : Conduct::Interference::none};
}

bool plays_noise(const EngineChoice& choice) { return choice.engine != "simgrid"; }
bool plays_interference(const EngineChoice& choice) { return choice.engine != "simgrid"; }

}  // namespace orrery::cli
