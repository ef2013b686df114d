#include "sim/model.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace orrery::sim {
namespace {

// Two actors that meet once over one link.
Model meeting() {
  Model model;
  model.resources = {{work_per_second}, {work_per_second}, {1'000}};
  model.demands = {{ResourceId{2}, 1}};
  model.flows = {{.amount = 10, .first_demand = 0, .demand_count = 1}};
  model.activities = {{.first_flow = 0, .flow_count = 1, .participants = 2}};
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
  breaks([](Model& m) { m.flows[0].demand_count = 2; });
  breaks([](Model& m) { m.flows[0].demand_count = 0; });
  breaks([](Model& m) { m.flows[0].amount = 0; });
  breaks([](Model& m) { m.activities[0].flow_count = 0; });
  breaks([](Model& m) { m.activities[0].first_flow = 1; });
  breaks([](Model& m) { m.activities.push_back(m.activities[0]); });
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
    m.flows[0].demand_count = 2;  // the same resource twice
  });
  breaks([](Model& m) {
    m.demands.insert(m.demands.end(), {{ResourceId{1}, 1}, {ResourceId{2}, 1}});
    m.flows[0].demand_count = 3;  // and with another in between
  });
}

TEST(Model, WaysAreInAnyOrderAndWhatNobodyUsesNeedsNoCapacity) {
  Model model = meeting();
  model.resources.push_back({0});
  model.demands.insert(model.demands.end(), {{ResourceId{0}, 1}, {ResourceId{1}, 1}});
  model.flows[0].demand_count = 3;
  EXPECT_NO_THROW(validate(model));
  model.demands[1].resource = ResourceId{3};
  EXPECT_THROW(validate(model), std::logic_error);
}

TEST(Model, ChangesAreInOrderAndOfSomething) {
  const auto with = [](std::vector<Change> changes) {
    Model model = meeting();
    model.changes = std::move(changes);
    validate(model);
  };
  const Time early{1};
  const Time late{2};
  EXPECT_NO_THROW(with({{.at = early, .kind = Change::Kind::capacity, .target = 2, .capacity = 0},
                        {.at = late, .kind = Change::Kind::path, .target = 0, .first_demand = 0, .demand_count = 1},
                        {.at = late, .kind = Change::Kind::cut_off, .target = 0}}));
  EXPECT_THROW(with({{.at = late, .target = 2}, {.at = early, .target = 2}}), std::logic_error);
  EXPECT_THROW(with({{.at = early, .kind = Change::Kind::capacity, .target = 3}}), std::logic_error);
  EXPECT_THROW(with({{.at = early, .kind = Change::Kind::cut_off, .target = 1}}), std::logic_error);
  EXPECT_THROW(with({{.at = early, .kind = Change::Kind::path, .target = 0, .first_demand = 1, .demand_count = 1}}), std::logic_error);
}

TEST(Model, TwoModelsSideBySideKeepTheirOwn) {
  Model second = meeting();
  second.changes = {{.at = Time{1}, .kind = Change::Kind::cut_off, .target = 0}};
  const Model both = side_by_side(meeting(), second);
  EXPECT_NO_THROW(validate(both));
  EXPECT_EQ(both.actors.size(), 4U);
  EXPECT_EQ(index(both.bindings[both.actors[3].first_binding]), 1U);
  EXPECT_EQ(both.changes[0].target, 1U);
  second.resources[2].capacity += 1;
  EXPECT_THROW(side_by_side(meeting(), second), std::logic_error);
}

TEST(Model, StreamsOfOneActorCountOnceAsParticipant) {
  Model model = meeting();
  model.scripts[0].streams.push_back({{StepKind::join, 0, 0, 0}});
  EXPECT_NO_THROW(validate(model));
}

}  // namespace
}  // namespace orrery::sim
