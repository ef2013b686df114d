#include "sim/partition.h"

#include <gtest/gtest.h>

#include "tests/sim/alike_models.h"

namespace orrery::sim {
namespace {

using Numbers = std::vector<std::uint32_t>;

const Partition each_with_its_twin{.actors = {0, 0}, .activities = {0, 1, 0, 1}, .flows = {0, 1, 0, 1}, .resources = {0, 1, 2, 0, 1, 2}};

TEST(Partition, TwinsAreAlike) {
  validate(twins());
  EXPECT_TRUE(is_equitable(twins(), each_with_its_twin));
}

TEST(Partition, EachOnItsOwnIsAlwaysEquitable) {
  EXPECT_TRUE(is_equitable(twins(), {{0, 1}, {0, 1, 2, 3}, {0, 1, 2, 3}, {0, 1, 2, 3, 4, 5}}));
  EXPECT_TRUE(is_equitable(Model{}, Partition{}));
}

TEST(Partition, WhatDiffersInItselfIsNotAlike) {
  const auto differs = [](auto change) {
    Model model = twins();
    change(model);
    validate(model);
    EXPECT_FALSE(is_equitable(model, each_with_its_twin));
  };
  differs([](Model& m) { m.resources[3].capacity = work_per_second / 2; });
  differs([](Model& m) { m.resources[4].capacity = 5 * gigabyte_per_second; });
  differs([](Model& m) { m.activities[2].latency = 2_us; });
  differs([](Model& m) { m.activities[2].pipelined = true; });
  differs([](Model& m) { m.activities[2].takes.arithmetic = 1; });
  differs([](Model& m) { m.activities[2].takes.memory = 1; });
  differs([](Model& m) { m.flows[3].amount = 1'999; });
  differs([](Model& m) { m.flows[3].rate_cap = 1e9; });
  differs([](Model& m) { m.actors[1].multiplicity = 2; });
  differs([](Model& m) { m.joiners = {1, 1, 1, 2}; });
  differs([](Model& m) {
    m.scripts.push_back(m.scripts.front());
    m.actors[1].script = ScriptId{1};
  });
}

TEST(Partition, WhatChangesOtherwiseIsNotAlike) {
  const auto differs = [](auto change) {
    Model model = twins();
    change(model.changes);
    validate(model);
    EXPECT_FALSE(is_equitable(model, each_with_its_twin));
  };
  using Changes = std::vector<Change>;
  differs([](Changes& changes) { changes[1].at = at(1'500_ns); });
  differs([](Changes& changes) { changes[1].capacity += 1; });
  differs([](Changes& changes) { changes.erase(changes.begin()); });
  differs([](Changes& changes) { changes.erase(changes.begin() + 1); });
  differs([](Changes& changes) { changes[5].at = at(4_us); });
  differs([](Changes& changes) { changes.erase(changes.begin() + 4); });
  differs([](Changes& changes) { changes.pop_back(); });
  differs([](Changes& changes) { changes[5] = {.at = at(3_us), .kind = Change::Kind::path, .target = 3}; });  // over nothing at all
  differs([](Changes& changes) { changes[3].demand_count = 0; });
  // Both take to the detour of the first: each flow has one resource of the class, but not each resource one flow.
  differs([](Changes& changes) { changes[3].first_demand = changes[2].first_demand; });
}

TEST(Partition, ActorsAlikeHaveProcessorsAndActivitiesOfOneClass) {
  Model model = twins();
  model.actors[1].processor = ResourceId{4};
  validate(model);
  EXPECT_FALSE(is_equitable(model, each_with_its_twin));
  model = twins();
  std::swap(model.bindings[2], model.bindings[3]);
  validate(model);
  EXPECT_FALSE(is_equitable(model, each_with_its_twin));
}

TEST(Partition, BindingsOfSlotsThatNoStepJoinsByMeanNothing) {
  Model model = twins();
  model.scripts[0].slots = 3;
  model.bindings = {ActivityId{0}, ActivityId{1}, ActivityId{0}, ActivityId{2}, ActivityId{3}, ActivityId{77}};
  model.actors[1].first_binding = 3;
  validate(model);
  EXPECT_TRUE(is_equitable(model, each_with_its_twin));
}

TEST(Partition, ActivitiesAlikeHaveFlowsOfEachClassAlike) {
  // Of four flows alike two activities have one and three, or two each.
  for (const std::uint32_t of_first : {1U, 2U}) {
    ModelMaker make;
    const ResourceId link = make.resource(gigabyte_per_second);
    const std::vector<ModelMaker::FlowOf> flows(4, {1'000, {{link, 1}}});
    const ScriptId script = make_script(make, {{join(0)}}, 1);
    for (const auto& of : {std::vector(flows.begin(), flows.begin() + of_first), std::vector(flows.begin() + of_first, flows.end())}) {
      make_actor(make, script, make.resource(work_per_second), {make.activity(of)});
    }
    validate(make.model);
    EXPECT_EQ(is_equitable(make.model, {{0, 0}, {0, 0}, {0, 0, 0, 0}, {0, 1, 1}}), of_first == 2);
  }
}

// Two actors, each with an activity of its own over these.
Model two_flows(const std::vector<std::int64_t>& capacities, const std::vector<Demand>& first, const std::vector<Demand>& second) {
  ModelMaker make;
  for (const std::int64_t capacity : capacities) make.resource(capacity);
  const ScriptId script = make_script(make, {{join(0)}}, 1);
  for (const auto& demands : {first, second}) make_actor(make, script, make.resource(work_per_second), {make.activity(1'000, demands)});
  validate(make.model);
  return make.model;
}

TEST(Partition, FlowsAlikeCrossAClassOfResourcesEquallyOften) {
  const std::vector<std::int64_t> capacities{1'000, 9'000, 9'000};
  const Partition partition{{0, 0}, {0, 0}, {0, 0}, {0, 1, 1, 2, 2}};
  const auto demand = [](std::uint32_t resource) { return Demand{ResourceId{resource}, 1}; };
  // All cross resource 0, and both of 1 and 2 are crossed by one flow: by the first each, or one by each flow.
  EXPECT_FALSE(is_equitable(two_flows(capacities, {demand(0), demand(1), demand(2)}, {demand(0)}), partition));
  EXPECT_FALSE(is_equitable(two_flows(capacities, {demand(0)}, {demand(0), demand(1), demand(2)}), partition));
  EXPECT_TRUE(is_equitable(two_flows(capacities, {demand(0), demand(1)}, {demand(0), demand(2)}), partition));
}

TEST(Partition, ResourcesAlikeAreCrossedEquallyOften) {
  const Partition partition{{0, 0}, {0, 0}, {0, 0}, {0, 0, 1, 1}};
  const Demand first{ResourceId{0}, 1};
  const Demand second{ResourceId{1}, 1};
  EXPECT_FALSE(is_equitable(two_flows({1'000, 1'000}, {first}, {first}), partition));
  EXPECT_FALSE(is_equitable(two_flows({1'000, 1'000}, {second}, {second}), partition));
  EXPECT_TRUE(is_equitable(two_flows({1'000, 1'000}, {first}, {second}), partition));
}

TEST(Partition, ResourcesAlikeAreCrossedEquallyOftenByEachClass) {
  // Two actors have two transfers each, over one of two links. The first transfers are a class, and the second.
  const auto equitable = [](const std::vector<std::uint32_t>& links) {
    ModelMaker make;
    make.resource(1'000);
    make.resource(1'000);
    const ScriptId script = make_script(make, {{join(0), join(1)}}, 2);
    for (const std::size_t actor : {0U, 1U}) {
      const ResourceId processor = make.resource(work_per_second);
      make_actor(
          make, script, processor,
          {make.activity(1'000, {{ResourceId{links[2 * actor]}, 1}}), make.activity(2'000, {{ResourceId{links[2 * actor + 1]}, 1}})});
    }
    return is_equitable(make.model, {{0, 0}, {0, 1, 0, 1}, {0, 1, 0, 1}, {0, 0, 1, 1}});
  };
  EXPECT_TRUE(equitable({0, 0, 1, 1}));
  EXPECT_TRUE(equitable({0, 1, 1, 0}));
  EXPECT_FALSE(equitable({0, 0, 1, 0}));
  EXPECT_FALSE(equitable({0, 1, 0, 1})) << "each link has two, but of one class";
}

TEST(Partition, MultiplicitiesThatMeetFit) {
  const std::vector<Demand> most{{ResourceId{0}, UINT32_MAX}};
  EXPECT_THROW(is_equitable(two_flows({1'000}, most, most), {{0, 0}, {0, 0}, {0, 0}, {0, 1, 1}}), std::logic_error);
  EXPECT_TRUE(is_equitable(two_flows({1'000}, most, most), {{0, 1}, {0, 1}, {0, 1}, {0, 1, 2}})) << "one class after the other";
}

TEST(Partition, FlowsAlikeAreAsFastAlone) {
  // Four flows put 4 units on each of four resources alike, but two of them by 1 and 3, which makes them slower alone than those by 2
  // and 2.
  ModelMaker make;
  for (int r = 0; r < 4; ++r) make.resource(12'000);
  const ScriptId script = make_script(make, {{join(0)}}, 1);
  const auto add = [&](std::uint32_t resource, std::uint32_t first, std::uint32_t second) {
    const ActivityId transfer = make.activity(1'000, {{ResourceId{resource}, first}, {ResourceId{resource + 1}, second}});
    make_actor(make, script, make.resource(work_per_second), {transfer});
  };
  add(0, 1, 3);
  add(0, 3, 1);
  add(2, 2, 2);
  add(2, 2, 2);
  validate(make.model);
  EXPECT_FALSE(is_equitable(make.model, {{0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0}, {0, 0, 0, 0, 1, 1, 1, 1}}));
  EXPECT_TRUE(is_equitable(make.model, {{0, 0, 1, 1}, {0, 0, 1, 1}, {0, 0, 1, 1}, {0, 0, 1, 1, 2, 2, 3, 3}}));
}

TEST(Partition, ProcessorsAlikeAreSharedByEquallyManyActors) {
  for (const std::uint32_t second : {0U, 1U}) {
    ModelMaker make;
    const std::vector processors{make.resource(work_per_second), make.resource(work_per_second)};
    const ScriptId script = make_script(make, {{work(1_us)}}, 0);
    make_actor(make, script, processors[0], {});
    make_actor(make, script, processors[second], {});
    validate(make.model);
    EXPECT_EQ(is_equitable(make.model, {.actors = {0, 0}, .activities = {}, .flows = {}, .resources = {0, 0}}), second == 1);
  }
}

TEST(Partition, ActivitiesAlikeAreJoinedByEquallyManyActorsASlot) {
  // Two actors meet twice: by the same slot each time, or crosswise. Each activity has two participants either way.
  for (const bool crosswise : {false, true}) {
    ModelMaker make;
    const std::vector meetings{make.activity(0, {}, 2, 1_us), make.activity(0, {}, 2, 1_us)};
    const ScriptId script = make_script(make, {{join(0)}, {join(1)}}, 2);
    make_actor(make, script, make.resource(work_per_second), {meetings[0], meetings[1]});
    make_actor(make, script, make.resource(work_per_second), {meetings[crosswise ? 1 : 0], meetings[crosswise ? 0 : 1]});
    validate(make.model);
    EXPECT_EQ(is_equitable(make.model, {.actors = {0, 0}, .activities = {0, 0}, .flows = {}, .resources = {0, 0}}), crosswise);
  }
}

TEST(Partition, ClassesAreNumberedByTheirFirstMembers) {
  const auto refused = [](auto change) {
    Partition partition = each_with_its_twin;
    change(partition);
    EXPECT_FALSE(is_equitable(twins(), partition));
  };
  refused([](Partition& p) { p.actors = {0}; });
  refused([](Partition& p) { p.actors = {0, 0, 0}; });
  refused([](Partition& p) { p.actors = {1, 1}; });
  refused([](Partition& p) { p.activities = {1, 0, 1, 0}; });
  refused([](Partition& p) { p.activities.pop_back(); });
  refused([](Partition& p) { p.flows = {0, 2, 0, 2}; });
  refused([](Partition& p) { p.flows.push_back(0); });
  refused([](Partition& p) { p.resources = {0, 1, 3, 0, 1, 3}; });
  refused([](Partition& p) { p.resources.clear(); });
}

TEST(Partition, ClassesKnowTheirFirstMembersAndSizes) {
  const Classes classes(Numbers{0, 1, 0, 2, 1, 0});
  EXPECT_EQ(classes.firsts, (Numbers{0, 1, 3}));
  EXPECT_EQ(classes.sizes, (Numbers{3, 2, 1}));
}

}  // namespace
}  // namespace orrery::sim
