#include "sim/simgrid_engine.h"

#include <dlfcn.h>

#include <algorithm>
#include <string>
#include <utility>

#include "sim/child_process.h"
#include "sim/error.h"
#include "sim/simgrid_player.h"

namespace orrery::sim {
namespace {

constexpr std::string_view simgrid_module = ORRERY_SIMGRID_MODULE;  // of the build; empty where that found no SimGrid

[[noreturn]] void refuse_simgrid(std::string what, std::string remedy = "take the fluid engine") {
  throw Error({.place = "", .what = std::move(what), .remedy = std::move(remedy)}, ErrorKind::unavailable);
}

void refuse_what_simgrid_lacks(const Model& model) {
  if (std::any_of(model.activities.begin(), model.activities.end(), [](const Activity& activity) { return activity.takes != Takes{}; })) {
    refuse_simgrid("the SimGrid engine slows no work down beside what runs");
  }
  if (!model.changes.empty()) refuse_simgrid("the SimGrid engine changes nothing while it plays");
  if (model.noise.actor_speed != 0 || model.noise.steps) refuse_simgrid("the SimGrid engine knows no noise");
  const bool joined_once = std::all_of(model.joiners.begin(), model.joiners.end(), [](std::uint32_t joiners) { return joiners == 1; });
  const bool alone = std::all_of(model.actors.begin(), model.actors.end(), [](const Actor& actor) { return actor.multiplicity == 1; });
  if (!joined_once || !alone) refuse_simgrid("the SimGrid engine plays every actor by itself", "play unfolded, or take the fluid engine");
  std::vector<bool> is_processor(model.resources.size(), false);
  for (const Actor& actor : model.actors) is_processor[index(actor.processor)] = true;
  for (const Demand& demand : model.demands) {
    if (is_processor[index(demand.resource)]) refuse_simgrid("the SimGrid engine has no processors that flows cross");
  }
}

// What all actors of a script do, counted once.
struct SimGridScriptSize {
  std::uint64_t steps = 0;           // that take time
  std::vector<std::uint64_t> joins;  // by slot

  explicit SimGridScriptSize(const Script& script) : joins(script.slots) {
    for (const auto& stream : script.streams) {
      for (const Step& step : stream) {
        if (takes_time(step.kind)) ++steps;
        if (step.kind == StepKind::join) ++joins[step.target];
      }
    }
  }
};

// Flows run and steps that take time; more than most_simgrid_steps where it is more than that.
std::uint64_t simgrid_steps(const Model& model) {
  std::vector<SimGridScriptSize> scripts;
  scripts.reserve(model.scripts.size());
  for (const Script& script : model.scripts) scripts.emplace_back(script);
  std::uint64_t steps = 0;
  std::vector<std::uint64_t> joins(model.activities.size(), 0);
  for (const Actor& actor : model.actors) {
    const SimGridScriptSize& script = scripts[index(actor.script)];
    steps += script.steps;
    if (steps > most_simgrid_steps) return steps;
    for (std::size_t slot = 0; slot < script.joins.size(); ++slot) {
      if (script.joins[slot] > 0) joins[index(model.bindings[actor.first_binding + slot])] += script.joins[slot];
    }
  }
  for (std::size_t a = 0; a < joins.size(); ++a) steps += joins[a] / model.activities[a].participants * model.activities[a].flow_count;
  return steps;
}

class SimGridEngine final : public Engine {
 public:
  explicit SimGridEngine(decltype(&orrery_play_with_simgrid) entry) : play_(entry) {}

  Timeline play(const Model& model, const PlayOptions& options) override {
    refuse_what_simgrid_lacks(model);
    const std::uint64_t steps = simgrid_steps(model);
    if (steps > most_simgrid_steps) {
      refuse_simgrid("the SimGrid engine plays " + std::to_string(most_simgrid_steps) + " flows and steps at the most; here are " +
                         std::to_string(steps) + " or more",
                     "play a smaller machine, fewer micro-batches or fewer layers, or take the fluid engine");
    }
    const auto play_once = [&](const PlayOptions& told) {
      SimGridOutcome outcome;
      play_(model, told, outcome);
      if (!outcome.fault.what.empty()) throw Error(std::move(outcome.fault), outcome.kind);
      return std::move(outcome.timeline);
    };
    return play_in_child("SimGrid", play_once, options);
  }

  std::unique_ptr<Session> open(std::vector<Resource>) override { refuse_simgrid("the SimGrid engine plays no online sessions"); }

 private:
  decltype(&orrery_play_with_simgrid) play_;
};

}  // namespace

bool has_simgrid() { return !simgrid_module.empty(); }

std::unique_ptr<Engine> make_simgrid_engine() {
  if (!has_simgrid()) refuse_simgrid("SimGrid was not built in", "apt-get install libsimgrid-dev pkg-config, and build again");
  void* const module = dlopen(simgrid_module.data(), RTLD_NOW | RTLD_LOCAL);  // for good: SimGrid cannot be unloaded
  void* const play = module == nullptr ? nullptr : dlsym(module, "orrery_play_with_simgrid");
  if (play == nullptr) refuse_simgrid("SimGrid cannot be loaded: " + std::string(dlerror()), "build again");
  return std::make_unique<SimGridEngine>(reinterpret_cast<decltype(&orrery_play_with_simgrid)>(play));
}

}  // namespace orrery::sim
