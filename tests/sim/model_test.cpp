#include "sim/model.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace orrery::sim {
namespace {

// Two actors that meet once over one link.
Model meeting() {
  Model model;
  model.resources = {{work_per_second}, {work_per_second}, {1'000}};
  model.demands = {{ResourceId{2}, 1}};
  model.activities = {{.amount = 10, .first_demand = 0, .demand_count = 1, .participants = 2}};
  model.scripts = {{.streams = {{{StepKind::join, 0, 0, 0}}}, .slots = 1}};
  model.bindings = {ActivityId{0}, ActivityId{0}};
  model.actors = {{ScriptId{0}, ResourceId{0}, 0}, {ScriptId{0}, ResourceId{1}, 1}};
  return model;
}

TEST(Model, ASoundModelIsValid) { EXPECT_NO_THROW(validate(meeting())); }

TEST(Model, EveryBrokenIndexIsFound) {
  const auto breaks = [](auto change) {
    Model model = meeting();
    change(model);
    EXPECT_THROW(validate(model), std::logic_error);
  };
  breaks([](Model& m) { m.demands[0].resource = ResourceId{3}; });
  breaks([](Model& m) { m.demands[0].multiplicity = 0; });
  breaks([](Model& m) { m.resources[2].capacity = 0; });
  breaks([](Model& m) { m.activities[0].demand_count = 2; });
  breaks([](Model& m) { m.activities[0].participants = 3; });
  breaks([](Model& m) { m.activities[0].participants = 1; });
  breaks([](Model& m) { m.scripts[0].streams[0][0].target = 1; });
  breaks([](Model& m) { m.scripts[0].streams[0][0].label = 1; });
  breaks([](Model& m) { m.scripts[0].streams[0][0] = {StepKind::wait, 0, 0, 1}; });
  breaks([](Model& m) { m.scripts[0].streams.clear(); });
  breaks([](Model& m) { m.bindings.pop_back(); });
  breaks([](Model& m) { m.bindings[0] = ActivityId{1}; });
  breaks([](Model& m) { m.actors[0].script = ScriptId{1}; });
  breaks([](Model& m) { m.actors[0].processor = ResourceId{3}; });
  breaks([](Model& m) {
    m.demands.push_back({ResourceId{2}, 1});
    m.activities[0].demand_count = 2;  // the same resource twice
  });
}

TEST(Model, StreamsOfOneActorCountOnceAsParticipant) {
  Model model = meeting();
  model.scripts[0].streams.push_back({{StepKind::join, 0, 0, 0}});
  EXPECT_NO_THROW(validate(model));
}

}  // namespace
}  // namespace orrery::sim
