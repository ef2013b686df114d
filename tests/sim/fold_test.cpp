#include "sim/fold.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/refinement.h"
#include "tests/sim/alike_models.h"
#include "tests/sim/random_symmetric_model.h"

namespace orrery::sim {
namespace {

std::unique_ptr<Engine> make_folding_fluid_engine() { return make_folding_engine(make_fluid_engine()); }

TEST(Fold, ARingBecomesAnActorThatSendsToItself) {
  const Folding folding = fold(ring_of(64));
  const Model& one = folding.quotient;
  validate(one);
  ASSERT_EQ(one.actors.size(), 1U);
  ASSERT_EQ(one.activities.size(), 1U);
  ASSERT_EQ(one.flows.size(), 1U);
  ASSERT_EQ(one.demands.size(), 1U);
  EXPECT_EQ(one.activities[0].participants, 2U);  // it sends by one slot and receives by the other
  EXPECT_EQ(one.bindings, (std::vector{ActivityId{0}, ActivityId{0}}));
  EXPECT_EQ(one.joiners, (std::vector<std::uint32_t>{1, 1}));
  EXPECT_EQ(one.demands[0].multiplicity, 1U);
  EXPECT_EQ(one.actors[0].multiplicity, 1U);
  EXPECT_EQ(one.flows[0].rate_cap, 1e9);
}

TEST(Fold, FlowsOfAClassThatMeetAreAddedUpAndKeepTheirRateAlone) {
  // Six actors in threes: each sends over a port of 2 GB/s, crosswise twice, and with the two others over a trunk of 5 GB/s.
  ModelMaker make;
  const std::vector trunks{make.resource(5 * gigabyte_per_second), make.resource(5 * gigabyte_per_second)};
  const ScriptId script = make_script(make, {{join(0)}}, 1);
  for (std::size_t i = 0; i < 6; ++i) {
    const ResourceId port = make.resource(2 * gigabyte_per_second);
    make_actor(make, script, make.resource(work_per_second), {make.activity(1'000, {{port, 2}, {trunks[i / 3], 1}}, 1, 1_us)});
  }
  const Model one = fold(make.model).quotient;
  validate(one);
  ASSERT_EQ(one.flows.size(), 1U);
  EXPECT_EQ(one.flows[0].rate_cap, 1e9);
  ASSERT_EQ(one.demands.size(), 2U);  // in the order of the path
  EXPECT_EQ(one.resources[index(one.demands[0].resource)].capacity, 2 * gigabyte_per_second);
  EXPECT_EQ(one.demands[0].multiplicity, 2U);
  EXPECT_EQ(one.demands[1].multiplicity, 3U);
  EXPECT_EQ(one.activities[0].participants, 1U);
  // 1 us, then 1,000 bytes at 1 GB/s: the trunk would give each 5/3 GB/s.
  EXPECT_EQ(make_fluid_engine()->play(one, {}).end, at(2_us));
}

TEST(Fold, ActorsThatShareAProcessorShareItStill) {
  // Three processors with two actors each that all meet: 1 us of work takes 2 us.
  ModelMaker make;
  const ScriptId script = make_script(make, {{work(1_us), join(0)}}, 1);
  const ActivityId meeting = make.activity(0, {}, 6, 1_us);
  for (int p = 0; p < 3; ++p) {
    const ResourceId processor = make.resource(work_per_second);
    for (int a = 0; a < 2; ++a) make_actor(make, script, processor, {meeting});
  }
  const Model one = fold(make.model).quotient;
  validate(one);
  ASSERT_EQ(one.actors.size(), 1U);
  EXPECT_EQ(one.actors[0].multiplicity, 2U);
  EXPECT_EQ(one.joiners, std::vector<std::uint32_t>{6});
  EXPECT_EQ(one.activities[0].participants, 1U);
  const Timeline timeline = make_folding_fluid_engine()->play(make.model, {});
  EXPECT_EQ(timeline.actor_end(ActorId{5}), at(3_us));
  EXPECT_EQ(timeline.served_by(ResourceId{2}), 2'000'000);
}

TEST(Fold, FlowsAlikeOfOneActivityAreOne) {
  // A ring of four cut into its edges, and the flow of another amount beside them.
  ModelMaker make;
  std::vector<ModelMaker::FlowOf> edges;
  for (int i = 0; i < 4; ++i) edges.push_back({1'000, {{make.resource(gigabyte_per_second), 1}}});
  edges.insert(edges.begin() + 2, {500, {{make.resource(gigabyte_per_second), 1}}});
  const ScriptId script = make_script(make, {{join(0)}}, 1);
  const ActivityId ring = make.activity(edges, 4);
  for (int i = 0; i < 4; ++i) make_actor(make, script, make.resource(work_per_second), {ring});
  const Folding folding = fold(make.model);
  validate(folding.quotient);
  EXPECT_EQ(folding.partition.flows, (std::vector<std::uint32_t>{0, 0, 1, 0, 0}));
  ASSERT_EQ(folding.quotient.flows.size(), 2U);
  EXPECT_EQ(folding.quotient.flows[1].amount, 500);
  EXPECT_EQ(folding.quotient.activities[0].flow_count, 2U);
}

TEST(Fold, ChangesOfAClassAreOne) {
  // At 2 us both links slow down; at 3 us both flows take to the one trunk.
  ModelMaker make;
  const ResourceId trunk = make.resource(8 * gigabyte_per_second);
  const ScriptId script = make_script(make, {{join(0)}}, 1);
  std::vector<ResourceId> links;
  for (int i = 0; i < 2; ++i) {
    links.push_back(make.resource(gigabyte_per_second));
    make_actor(make, script, make.resource(work_per_second), {make.activity(5'000, {{links.back(), 1}})});
  }
  make.model.demands.push_back({trunk, 1});
  for (const ResourceId link : links) make.model.changes.push_back({.at = at(2_us), .target = index(link), .capacity = 0});
  for (const std::uint32_t flow : {0U, 1U}) {
    make.model.changes.push_back({.at = at(3_us), .kind = Change::Kind::path, .target = flow, .first_demand = 2, .demand_count = 1});
  }
  validate(make.model);
  const Model one = fold(make.model).quotient;
  validate(one);
  ASSERT_EQ(one.changes.size(), 2U);
  EXPECT_EQ(one.changes[0].capacity, 0);
  EXPECT_EQ(one.changes[1].at, at(3_us));
  ASSERT_EQ(one.changes[1].demand_count, 1U);
  EXPECT_EQ(one.demands[one.changes[1].first_demand].multiplicity, 2U);
  // 2,000 bytes until 2 us, none until 3 us, and 3,000 more at 1 GB/s, which is what a flow has alone.
  EXPECT_EQ(make_folding_fluid_engine()->play(make.model, {}).end, at(6_us));
}

TEST(Fold, AQuotientFoldsNoFurther) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Model once = fold(random_symmetric_model(seed)).quotient;
    validate(once);
    const Model twice = fold(once).quotient;
    EXPECT_EQ(twice.actors.size(), once.actors.size());
    EXPECT_EQ(twice.joiners, once.joiners);
    EXPECT_EQ(twice.demands.size(), once.demands.size());
  }
}

TEST(Fold, WhatHoldsForAllStaysAsItIs) {
  Model model = ring_of(4);
  model.labels = 3;
  model.noise = {.actor_speed = 0.01, .steps = true};
  const Model one = fold(model).quotient;
  EXPECT_EQ(one.labels, 3);
  EXPECT_EQ(one.noise.actor_speed, 0.01);
  EXPECT_TRUE(one.noise.steps);
  EXPECT_EQ(one.scripts[0].streams.size(), 2U);
}

TEST(Fold, UnequalSharesAreRefused) {
  Model model = ring_of(3);
  EXPECT_THROW(quotient(model, {{0, 0, 0}, {0, 0, 0}, {0, 0, 0}, {0, 0, 0, 1, 1, 0}}), std::logic_error);
}

struct Outcome {
  std::optional<Timeline> timeline{};
  std::optional<Stuck> stuck{};
};
Outcome outcome(Engine& engine, const Model& model, const PlayOptions& options = {}) {
  try {
    return {.timeline = engine.play(model, options)};
  } catch (const Stuck& stuck) {
    return {.stuck = stuck};
  }
}

// Whether everyone fares alike in both.
bool same(const Model& model, const Timeline& one, const Timeline& other) {
  bool all = one.end == other.end && one.labels == other.labels && one.spans == other.spans && one.irregular == other.irregular;
  for (std::uint32_t a = 0; a < model.actors.size(); ++a) {
    all = all && one.actor_end(ActorId{a}) == other.actor_end(ActorId{a});
    for (std::uint8_t label = 0; label < model.labels; ++label)
      all = all && one.account(ActorId{a}, label) == other.account(ActorId{a}, label);
  }
  for (std::uint32_t r = 0; r < model.resources.size(); ++r) all = all && one.served_by(ResourceId{r}) == other.served_by(ResourceId{r});
  return all;
}
bool same(const Model& model, const Outcome& one, const Outcome& other) {
  if (one.timeline && other.timeline) return same(model, *one.timeline, *other.timeline);
  return one.stuck && other.stuck && one.stuck->at == other.stuck->at && one.stuck->without_capacity == other.stuck->without_capacity &&
         one.stuck->cut_off.has_value() == other.stuck->cut_off.has_value();
}

TEST(FoldingEngine, FoldedIsUnfoldedBitForBit) {
  const auto folding = make_folding_fluid_engine();
  const auto plain = make_fluid_engine();
  int folded = 0;
  int stuck = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Model model = random_symmetric_model(seed);
    const auto last = static_cast<std::uint32_t>(model.actors.size() - 1);
    const PlayOptions options{.recorded = {ActorId{last}, ActorId{0}, ActorId{last / 2}, ActorId{0}}};
    const Outcome one = outcome(*folding, model, options);
    EXPECT_TRUE(same(model, one, outcome(*plain, model, options))) << "seed " << seed;
    folded += one.timeline && !one.timeline->classes.of_actor.empty() ? 1 : 0;
    stuck += one.stuck ? 1 : 0;
  }
  EXPECT_GT(folded, 200);
  EXPECT_GT(stuck, 5);
}

// Plays what was made of the Model instead, by these classes.
Outcome outcome_of(const Model& made, const Partition& partition) {
  Outcome result = outcome(*make_fluid_engine(), made);
  if (result.timeline) result.timeline->classes = {partition.actors, partition.resources};
  return result;
}

Outcome outcome_of(const Model& model, const Folding& folding) {
  Outcome result = outcome(*make_fluid_engine(), folding.quotient, {.lean = folding.lean});
  if (result.timeline) tell_by_classes(model, folding, *result.timeline);
  return result;
}

TEST(FoldingEngine, TheComparisonSeesDemandsThatAreNotAddedUp) {
  int differ = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Model model = random_symmetric_model(seed);
    model.changes.clear();
    const Folding folding = fold(model);
    Folding wrong = folding;
    for (Demand& demand : wrong.quotient.demands) demand.multiplicity = 1;
    const Outcome whole = outcome(*make_fluid_engine(), model);
    EXPECT_TRUE(same(model, outcome_of(model, folding), whole)) << "seed " << seed;
    differ += same(model, outcome_of(model, wrong), whole) ? 0 : 1;
  }
  EXPECT_GT(differ, 50);
}

TEST(FoldingEngine, TheComparisonSeesARefinementThatEndsEarly) {
  int differ = 0;
  int refused = 0;
  int parted = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Model model = random_symmetric_model(seed);
    Refinement refinement(model);
    const Partition early = refinement.coarsest(1);
    if (early == refinement.coarsest()) continue;
    ++parted;
    refused += is_equitable(model, early) ? 0 : 1;
    try {
      const Model made = quotient(model, early);
      validate(made);
      differ += same(model, outcome_of(made, early), outcome(*make_fluid_engine(), model)) ? 0 : 1;
    } catch (const std::exception&) {
      ++differ;  // shares are not equal, or actors wait for each other
    }
  }
  EXPECT_GT(parted, 50);
  EXPECT_EQ(refused, parted);
  EXPECT_GT(differ * 2, parted);
}

TEST(FoldingEngine, OneClassIsRecordedForAllWhoWereAskedFor) {
  const Model model = ring_of(8);
  const PlayOptions options{.recorded = {ActorId{6}, ActorId{1}, ActorId{6}}};
  const Timeline timeline = make_folding_fluid_engine()->play(model, options);
  // Each works until 1 us, then sends and receives until 2 us.
  ASSERT_EQ(timeline.spans.size(), 6U);
  EXPECT_EQ(timeline.spans[0].actor, ActorId{1});
  EXPECT_EQ(timeline.spans[1].actor, ActorId{6});
  EXPECT_EQ(timeline.spans[0].ended, at(1_us));
  EXPECT_EQ(timeline.spans[3].actor, ActorId{1});
  EXPECT_EQ(timeline.spans[3].stream, 1);
  EXPECT_EQ(timeline.spans, make_fluid_engine()->play(model, options).spans);
  EXPECT_EQ(timeline.actor_ends.size(), 1U);
  EXPECT_EQ(timeline.actor_end(ActorId{7}), at(2_us));
}

TEST(FoldingEngine, WhatFoldsNothingIsPlayedAsItIs) {
  Model model = ring_of(3);
  model.resources[0].capacity /= 2;
  const Timeline timeline = make_folding_fluid_engine()->play(model, {});
  EXPECT_TRUE(timeline.classes.of_actor.empty());
  EXPECT_TRUE(timeline.classes.of_resource.empty());
  EXPECT_EQ(timeline, make_fluid_engine()->play(model, {}));
}

TEST(FoldingEngine, FlowsAlikeOfDifferentActorsAndActorsWithoutFlowsAreFolded) {
  ModelMaker lone;
  std::vector<ModelMaker::FlowOf> flows;
  for (int i = 0; i < 4; ++i) flows.push_back({1'000, {{lone.resource(gigabyte_per_second), 1}}});
  lone.actor({{join(0)}}, {lone.activity(flows)});
  EXPECT_EQ(make_folding_fluid_engine()->play(lone.model, {}).classes.of_resource, (std::vector<std::uint32_t>{0, 0, 0, 0, 1}));
  ModelMaker pair;
  const ScriptId script = make_script(pair, {{work(1_us)}}, 0);
  for (int i = 0; i < 2; ++i) make_actor(pair, script, pair.resource(work_per_second), {});
  EXPECT_EQ(make_folding_fluid_engine()->play(pair.model, {}).classes.of_actor, (std::vector<std::uint32_t>{0, 0}));
}

TEST(FoldingEngine, StuckNamesTheFirstOfTheClass) {
  // Two rings; the links of the second have no capacity from 1.5 us on, or its flows no path.
  ModelMaker make;
  make_ring(make, 4);
  const Ring second = make_ring(make, 4);
  Model model = make.model;
  for (std::uint32_t i = 0; i < 4; ++i) model.changes.push_back({.at = at(1'500_ns), .target = second.first_link + i, .capacity = 0});
  try {
    make_folding_fluid_engine()->play(model, {});
    FAIL() << "a play without capacity ended";
  } catch (const Stuck& stuck) {
    EXPECT_EQ(stuck.without_capacity, ResourceId{second.first_link});
  }
  model.changes.clear();
  for (std::uint32_t i = 0; i < 4; ++i) model.changes.push_back({.at = at(1'500_ns), .kind = Change::Kind::cut_off, .target = 4 + i});
  try {
    make_folding_fluid_engine()->play(model, {});
    FAIL() << "a play without a path ended";
  } catch (const Stuck& stuck) {
    EXPECT_EQ(stuck.cut_off, FlowId{4});
    EXPECT_EQ(stuck.at, at(1'500_ns));
  }
}

TEST(FoldingEngine, ActorsThatWaitForEachOtherAreNamedAsInTheModel) {
  // Each receives before it sends.
  Model model = ring_of(4);
  model.scripts[0].streams = {{join(1), join(0)}};
  const auto words = [&](Engine& engine) -> std::string {
    try {
      engine.play(model, {});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const std::string folded = words(*make_folding_fluid_engine());
  EXPECT_NE(folded.find("actor 3 "), std::string::npos) << folded;
  EXPECT_EQ(folded, words(*make_fluid_engine()));
}

TEST(FoldingEngine, SessionsAreThoseOfTheEngineWithin) {
  const auto session = make_folding_fluid_engine()->open({{gigabyte_per_second}});
  Time ended{};
  session->start({.amount = 1'000, .demands = {{ResourceId{0}, 1}}}, Time{}, [&](Time end) { ended = end; });
  session->run_until(Time::never());
  EXPECT_EQ(ended, at(1_us));
}

}  // namespace
}  // namespace orrery::sim
