#include "sim/simgrid_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "tests/sim/model_maker.h"
#include "tests/sim/random_model.h"
#include "tests/sim/simgrid_test.h"

namespace orrery::sim {
namespace {

class SimGridEngine : public SimGridTest {
 protected:
  /// What it is refused with.
  std::string refusal(const Model& model) {
    try {
      engine->play(model, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unavailable);
      EXPECT_NE(error.faults().front().remedy, "");
      return error.faults().front().what;
    }
    return "";
  }
};

TEST_F(SimGridEngine, WhatItCannotPlayIsRefused) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  make.actor({{work(1_us), join(0)}}, {make.activity(1'000, {{link, 1}})});
  EXPECT_EQ(refusal(make.model), "");
  Model model = make.model;
  model.changes = {{.at = Time{}, .kind = Change::Kind::capacity, .target = 0, .capacity = 1}};
  EXPECT_NE(refusal(model), "");
  model = make.model;
  model.noise.actor_speed = 0.01;
  EXPECT_NE(refusal(model), "");
  model = make.model;
  model.noise.steps = true;
  EXPECT_NE(refusal(model), "");
  model = make.model;
  model.activities[0].takes.arithmetic = 1;
  EXPECT_NE(refusal(model), "");
  model = make.model;
  model.joiners = {2};
  EXPECT_NE(refusal(model), "");
  model = make.model;
  model.actors[0].multiplicity = 2;
  EXPECT_NE(refusal(model), "");
  model = make.model;
  model.demands[0].resource = model.actors[0].processor;
  EXPECT_NE(refusal(model), "");
  EXPECT_THROW(engine->open({{gigabyte_per_second}}), Error);
}

TEST_F(SimGridEngine, RefusesAboveItsStatedSize) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(std::vector<ModelMaker::FlowOf>(9, {1'000, {{link, 1}}}), 2);
  // A join counts as a step, and its run as nine flows: two actors that join k times are 2 k + 9 k.
  const std::vector<Step> joins(most_simgrid_steps / 11 + 1, join(0));
  make.actor({joins}, {transfer});
  make.actor({joins}, {transfer});
  EXPECT_EQ(refusal(make.model), "the SimGrid engine plays 8000000 flows and steps at the most; here are 8000003 or more");
  // So is work alone; and the size is known without looking at every actor.
  ModelMaker busy;
  busy.actor({std::vector<Step>(2'000, work(1_us))});
  busy.model.actors.resize(1'000'000, busy.model.actors[0]);
  EXPECT_NE(refusal(busy.model).find("here are 8002000 or more"), std::string::npos);
}

TEST_F(SimGridEngine, WhatSimGridLosesSightOfIsAnError) {
  ModelMaker make;
  // 38 days: there doubles are further apart than SimGrid is told to look for ends, and with these numbers it steps past one.
  make.actor({std::vector<Step>(20, join(0))}, {make.activity(499'394, {{make.resource(3), 1}})});
  make.actor({std::vector<Step>(20, join(0))}, {make.activity(11'988, {{make.resource(7), 1}})});
  EXPECT_EQ(refusal(make.model), "SimGrid lost sight of what was under way, as it may after hours of simulated time");
}

TEST_F(SimGridEngine, ProgressRisesToTheEnd) {
  ModelMaker make;
  make.actor({std::vector<Step>(50'000, work(1_us))});
  std::vector<double> told;
  play(make, {.progress = [&](double share) { told.push_back(share); }});
  ASSERT_EQ(told.size(), 50'000U / (1U << 14U));
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_NEAR(told[0], 0.32768, 1e-4);
  EXPECT_LT(told.back(), 1);
}

TEST_F(SimGridEngine, TwoPlaysInOneProcessAreTheSame) {
  const Model model = random_model(5);
  PlayOptions options;
  for (std::uint32_t a = 0; a < model.actors.size(); ++a) options.recorded.push_back(ActorId{a});
  const Timeline first = engine->play(model, options);
  EXPECT_FALSE(first.spans.empty());
  EXPECT_EQ(engine->play(model, options), first);
  EXPECT_EQ(make_simgrid_engine()->play(model, options), first);
}

TEST_F(SimGridEngine, PlaysInSeveralThreadsAtOnce) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "a fork copies the lock of AddressSanitizer's allocator (GCC 12) as another thread holds it: 1 run in 100 waits for ever";
#endif
  const Model model = random_model(5);
  const Timeline alone = engine->play(model, {});
  std::vector<Timeline> timelines(4);
  std::vector<std::thread> threads;
  for (Timeline& timeline : timelines) {
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) timeline = engine->play(model, {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Timeline& timeline : timelines) EXPECT_EQ(timeline, alone);
}

// The fluid engine and SimGrid on one Model: who ends when, what is booked where, and what every resource served.
void expect_agreement(const Model& model, const Timeline& fluid, const Timeline& simgrid) {
  ASSERT_EQ(fluid.spans.size(), simgrid.spans.size());
  // Each step is rounded up to 1 ps here and may end 1 ps early there; all steps are more than those that follow each other.
  const double bound = std::max(1e-8 * static_cast<double>(fluid.end.ticks), 2.0 * static_cast<double>(fluid.events));
  for (std::size_t a = 0; a < model.actors.size(); ++a) {
    EXPECT_NEAR(static_cast<double>(fluid.actor_ends[a].ticks), static_cast<double>(simgrid.actor_ends[a].ticks), bound);
  }
  for (std::size_t i = 0; i < fluid.accounts.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(fluid.accounts[i].running.ticks), static_cast<double>(simgrid.accounts[i].running.ticks), 2 * bound);
    EXPECT_NEAR(static_cast<double>(fluid.accounts[i].waiting.ticks), static_cast<double>(simgrid.accounts[i].waiting.ticks), 2 * bound);
  }
  EXPECT_EQ(fluid.served, simgrid.served);
  EXPECT_EQ(fluid.events, simgrid.events);
}

TEST_F(SimGridEngine, TheFluidEngineAgreesOnRandomModels) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    const Model model = random_model(seed);
    validate(model);
    expect_agreement(model, make_fluid_engine()->play(model, {}), engine->play(model, {}));
    if (HasFailure()) return;
  }
}

TEST(NoSimGridEngine, SaysHowToGetIt) {
  if (has_simgrid()) GTEST_SKIP() << "SimGrid was built in";
  try {
    make_simgrid_engine();
    FAIL() << "an engine that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_NE(error.faults().front().remedy.find("apt-get install libsimgrid-dev"), std::string::npos);
  }
}

}  // namespace
}  // namespace orrery::sim
