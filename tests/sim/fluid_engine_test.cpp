#include "sim/fluid_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <thread>

#include "sim/error.h"
#include "tests/sim/model_maker.h"

namespace orrery::sim {
namespace {

Timeline play(const ModelMaker& make, const PlayOptions& options = {}) {
  validate(make.model);
  return make_fluid_engine()->play(make.model, options);
}

TEST(FluidEngine, WorkTakesItsAmountToThePicosecond) {
  ModelMaker make;
  make.actor({{work(123'456'789_ps), work(1_ps)}});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.end, at(123'456'790_ps));
  EXPECT_EQ(timeline.served[0], 123'456'790);
}

TEST(FluidEngine, TwoStreamsShareOneProcessor) {
  ModelMaker make;
  // 10 us and 4 us of work: both at half speed until 8 us, when the short one ends; 6 us are left of the long one, at full speed.
  make.actor({{work(10_us)}, {work(4_us)}});
  const Timeline timeline = play(make, {.recorded = {ActorId{0}}});
  EXPECT_EQ(timeline.end, at(14_us));
  ASSERT_EQ(timeline.spans.size(), 2U);
  EXPECT_EQ(timeline.spans[0].ended, at(8_us));
}

TEST(FluidEngine, ARunBeginsWithItsLastParticipantAndTakesLatencyPlusFlow) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(2'000, {{link, 1}}, 2, 3_us);
  make.actor({{work(5_us), join(0)}}, {transfer});
  make.actor({{join(0), work(1_us)}}, {transfer});
  const Timeline timeline = play(make);
  // Both are there at 5 us; 3 us of latency and 2,000 bytes at 1 GB/s end at 10 us; the second works on.
  EXPECT_EQ(timeline.actor_ends[0], at(10_us));
  EXPECT_EQ(timeline.end, at(11_us));
  EXPECT_EQ(timeline.served[0], 2'000);
  EXPECT_EQ(timeline.account(ActorId{1}, 0).waiting, 5_us);
  EXPECT_EQ(timeline.account(ActorId{1}, 0).running, 6_us);
}

TEST(FluidEngine, SurvivorSpeedsUpWhenItsRivalEnds) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  // 1,000 and 500 bytes share 1 GB/s: the short one ends at 1 us (500 bytes at half rate); the long one has 500 left and ends at 1.5 us.
  make.actor({{join(0)}}, {make.activity(1'000, {{link, 1}})});
  make.actor({{join(0)}}, {make.activity(500, {{link, 1}})});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.actor_ends[1], at(1_us));
  EXPECT_EQ(timeline.end, at(1'500_ns));
}

TEST(FluidEngine, ASupersededEndMovesNoClock) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  // As above, then nothing: the end announced for the long run at half rate (2 us) is superseded and must not be the timeline's end.
  make.actor({{join(0)}}, {make.activity(1'000, {{link, 1}})});
  make.actor({{join(0)}}, {make.activity(100, {{link, 1}})});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.end, at(1'100_ns));
}

TEST(FluidEngine, RingAllReduceEqualsItsClosedForm) {
  // n ranks of 25 GB/s links, S bytes: 2 (n-1)/n S over every edge.
  for (const std::int64_t ranks : {2, 3, 8, 64, 1000}) {
    ModelMaker make;
    std::vector<Demand> edges;
    for (std::int64_t r = 0; r < ranks; ++r) edges.push_back({make.resource(25 * gigabyte_per_second), 1});
    const std::int64_t bytes = ranks * 7'000'001;
    const auto ring = make.activity(2 * (ranks - 1) * (bytes / ranks), edges, static_cast<std::uint32_t>(ranks));
    for (std::int64_t r = 0; r < ranks; ++r) make.actor({{join(0)}}, {ring});
    const double n = static_cast<double>(ranks);
    const double closed_form = 2 * (n - 1) / n * static_cast<double>(bytes) / 25e9;
    EXPECT_NEAR(play(make).end.seconds() / closed_form, 1, 1e-9) << ranks;
  }
}

TEST(FluidEngine, TwoRingsOverOneOversubscribedUplink) {
  ModelMaker make;
  const auto uplink = make.resource(3 * gigabyte_per_second);
  const auto first_links = make.resource(10 * gigabyte_per_second);
  const auto second_link = make.resource(gigabyte_per_second / 2);
  // Ring A crosses the uplink by two edges, ring B by one, and B has a slow link of its own at 0.5 GB/s.
  // Max-min: B stops at 0.5; A takes (3 - 0.5) / 2 = 1.25 GB/s. A's 2,500 bytes an edge end at 2 us. B's 3,000 bytes go on at 0.5 GB/s to 6
  // us.
  const auto a = make.activity(2'500, {{uplink, 2}, {first_links, 4}});
  const auto b = make.activity(3'000, {{uplink, 1}, {second_link, 1}});
  make.actor({{join(0)}}, {a});
  make.actor({{join(0)}}, {b});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.actor_ends[0], at(2_us));
  EXPECT_EQ(timeline.actor_ends[1], at(6_us));
  EXPECT_EQ(timeline.served[index(uplink)], 2 * 2'500 + 3'000);
}

TEST(FluidEngine, WithoutTheSlowLinkBothRingsShareTheUplinkByEdges) {
  ModelMaker make;
  const auto uplink = make.resource(3 * gigabyte_per_second);
  // 2x + y = 3, x = y = 1 GB/s. B's 1,000 bytes end at 1 us; A then has 1,500 of 2,500 left at 1.5 GB/s: 2 us.
  make.actor({{join(0)}}, {make.activity(2'500, {{uplink, 2}})});
  make.actor({{join(0)}}, {make.activity(1'000, {{uplink, 1}})});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.actor_ends[1], at(1_us));
  EXPECT_EQ(timeline.actor_ends[0], at(2_us));
}

TEST(FluidEngine, RunsOnOneActivityRepeat) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(1'000, {{link, 1}}, 2);
  make.actor({{join(0), join(0), join(0)}}, {transfer});
  make.actor({{join(0), work(1_us), join(0), join(0)}}, {transfer});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.end, at(4_us));
  EXPECT_EQ(timeline.served[0], 3'000);
}

TEST(FluidEngine, WaitsAreBookedUnderWhatTheyWaitedFor) {
  ModelMaker make;
  make.model.labels = 3;
  const auto link = make.resource(gigabyte_per_second);
  // The peer comes to the transfer at 5 us; it ends at 7 us. The main stream works 2 us, then waits 3 us for the transfer to begin and 2 us
  // for it to end, then works 1 us.
  const auto transfer = make.activity(2'000, {{link, 1}}, 2);
  const auto actor = make.actor({{work(2_us, 1), wait(0), work(1_us, 1)}, {join(0, 2), record(0)}}, {transfer}, 1);
  make.actor({{work(5_us), join(0)}}, {transfer});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.account(actor, 1), (Account{3_us, 0_ps}));
  EXPECT_EQ(timeline.account(actor, 2), (Account{2_us, 3_us}));
  EXPECT_EQ(timeline.actor_ends[index(actor)], at(8_us));
}

TEST(FluidEngine, TheKthWaitNeedsTheKthRecord) {
  ModelMaker make;
  // Three records at 1, 2 and 3 us; work of 0.1 us after each wait.
  make.actor({{wait(0, 1), work(100_ns), wait(0, 2), work(100_ns), wait(0, 3)},
              {{StepKind::pause, 0, 0, 1'000'000},
               record(0),
               {StepKind::pause, 0, 0, 1'000'000},
               record(0),
               {StepKind::pause, 0, 0, 1'000'000},
               record(0)}},
             {}, 1);
  EXPECT_EQ(play(make).end, at(3_us));
}

TEST(FluidEngine, RecordBegunIsReachedWhenTheNextStepBegins) {
  ModelMaker make;
  const auto late = make.activity(0, {}, 2, 4_us);
  // The run begins at 1 us, when the second actor joins; the first actor's other stream starts then, not at 5 us.
  make.actor({{wait(0), work(2_us)}, {record_begun(0), join(0)}}, {late}, 1);
  make.actor({{work(1_us), join(0)}}, {late});
  const Timeline timeline = play(make, {.recorded = {ActorId{0}}});
  ASSERT_EQ(timeline.spans.size(), 2U);
  EXPECT_EQ(timeline.spans[0].ended, at(3_us));
  EXPECT_EQ(timeline.end, at(5_us));
}

TEST(FluidEngine, RecordBegunLooksPastStepsThatTakeNoTime) {
  ModelMaker make;
  // Event 0 is reached when the 1 us of work begins, after event 1; nothing follows event 2, which is reached at the end, at 2 us.
  make.actor({{wait(0), work(2_us), wait(2), work(1_us)}, {record_begun(0), record(1), work(1_us), record_begun(2)}}, {}, 3);
  // Both work from 0: 1 us of each shares the processor until 2 us; the other 1 us ends at 3 us, and then 1 us more.
  EXPECT_EQ(play(make).end, at(4_us));
}

TEST(FluidEngine, StreamsOfOneActorTakeTurnsOnOneActivity) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(1'000, {{link, 1}}, 2);
  // Two streams of the first actor are there at once; the second actor comes at 0 and at 1 us. Two runs, one after the other.
  make.actor({{join(0)}, {join(0)}}, {transfer});
  make.actor({{join(0), join(0)}}, {transfer});
  const Timeline timeline = play(make);
  EXPECT_EQ(timeline.end, at(2_us));
  EXPECT_EQ(timeline.served[0], 2'000);
}

TEST(FluidEngine, ActorsThatWaitForEachOtherAreNamed) {
  ModelMaker make;
  const auto first = make.activity(0, {}, 2);
  const auto second = make.activity(0, {}, 2);
  make.actor({{join(0), join(1)}}, {first, second});
  make.actor({{join(1), join(0)}}, {first, second});
  try {
    play(make);
    FAIL() << "a deadlock ended";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("2 streams wait for each other"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("actor 1 stream 0 at step 0"), std::string::npos);
  }
}

// Random bulk-synchronous programs of one stream an actor, so that an actor ends with its accounts: groups of actors meet in transfers over
// random links, all in one global order, so they end.
Model random_model(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto draw = [&](std::uint64_t bound) { return random() % bound; };
  ModelMaker make;
  make.model.labels = 2;
  std::vector<ResourceId> links;
  for (std::uint64_t i = 0; i < 3 + draw(6); ++i)
    links.push_back(make.resource(static_cast<std::int64_t>(1 + draw(9)) * gigabyte_per_second));
  const std::size_t actors = 2 + draw(6);
  std::vector<std::vector<Step>> steps(actors);
  std::vector<std::vector<ActivityId>> slots(actors);
  for (int round = 0; round < 12; ++round) {
    std::vector<Demand> demands;
    for (const auto link : links) {
      if (draw(2) == 0) demands.push_back({link, static_cast<std::uint32_t>(1 + draw(3))});
    }
    std::vector<std::size_t> members;
    for (std::size_t a = 0; a < actors; ++a) {
      if (draw(2) == 0) members.push_back(a);
    }
    if (members.empty() || demands.empty()) continue;
    const auto activity = make.activity(static_cast<std::int64_t>(1 + draw(100'000)), demands, static_cast<std::uint32_t>(members.size()),
                                        Duration{static_cast<std::int64_t>(draw(2'000'000))});
    for (const std::size_t a : members) {
      steps[a].push_back(work(Duration{static_cast<std::int64_t>(draw(5'000'000))}));
      steps[a].push_back(join(static_cast<std::uint32_t>(slots[a].size()), 1));
      slots[a].push_back(activity);
    }
  }
  for (std::size_t a = 0; a < actors; ++a) make.actor({steps[a]}, slots[a]);
  return make.model;
}

TEST(FluidEngine, NothingBeatsAnyLinkAndAccountsSumToTheEnd) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Model model = random_model(seed);
    validate(model);
    const Timeline timeline = make_fluid_engine()->play(model, {});
    for (std::size_t r = 0; r < model.resources.size(); ++r) {
      EXPECT_GE(timeline.end.seconds() * (1 + 1e-12),
                static_cast<double>(timeline.served[r]) / static_cast<double>(model.resources[r].capacity));
    }
    for (std::uint32_t a = 0; a < model.actors.size(); ++a) {
      Duration sum{};
      for (std::uint8_t label = 0; label < model.labels; ++label) {
        sum += timeline.account(ActorId{a}, label).running + timeline.account(ActorId{a}, label).waiting;
      }
      EXPECT_EQ(Time{} + sum, timeline.actor_ends[a]) << "seed " << seed;
    }
  }
}

// Renumbers resources, activities and actors.
Model permuted(const Model& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto permutation = [&](std::size_t n) {
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), random);
    return order;
  };
  const auto resource = permutation(model.resources.size());
  const auto activity = permutation(model.activities.size());
  const auto actor = permutation(model.actors.size());
  Model result = model;
  for (std::size_t r = 0; r < resource.size(); ++r) result.resources[resource[r]] = model.resources[r];
  for (Demand& demand : result.demands) demand.resource = ResourceId{resource[index(demand.resource)]};
  for (std::size_t a = 0; a < activity.size(); ++a) result.activities[activity[a]] = model.activities[a];
  result.flows.clear();
  for (Activity& each : result.activities) {
    const auto first = model.flows.begin() + each.first_flow;
    each.first_flow = static_cast<std::uint32_t>(result.flows.size());
    result.flows.insert(result.flows.end(), first, first + each.flow_count);
  }
  for (ActivityId& binding : result.bindings) binding = ActivityId{activity[index(binding)]};
  for (std::size_t a = 0; a < actor.size(); ++a) {
    result.actors[actor[a]] = model.actors[a];
    result.actors[actor[a]].processor = ResourceId{resource[index(model.actors[a].processor)]};
  }
  return result;
}

TEST(FluidEngine, RenumberingChangesNoBit) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Model model = random_model(seed);
    auto ends = make_fluid_engine()->play(model, {}).actor_ends;
    auto permuted_ends = make_fluid_engine()->play(permuted(model, seed + 1), {}).actor_ends;
    std::sort(ends.begin(), ends.end());
    std::sort(permuted_ends.begin(), permuted_ends.end());
    EXPECT_EQ(ends, permuted_ends) << "seed " << seed;
  }
}

TEST(FluidEngine, ProgressRisesToTheEnd) {
  ModelMaker make;
  const std::vector<Step> many(100'000, work(1_us));
  make.actor({many});
  std::vector<double> told;
  play(make, {.progress = [&](double share) { told.push_back(share); }});
  ASSERT_EQ(told.size(), 100'000U / (1U << 14U));
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_NEAR(told[0], 0.16384, 1e-4);
  EXPECT_LT(told.back(), 1);
}

TEST(FluidEngine, TwoEnginesRunInTwoThreads) {
  const Model model = random_model(5);
  const Timeline alone = make_fluid_engine()->play(model, {});
  std::vector<Timeline> timelines(2);
  std::vector<std::thread> threads;
  for (Timeline& timeline : timelines) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) timeline = make_fluid_engine()->play(model, {});
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(timelines[0], alone);
  EXPECT_EQ(timelines[1], alone);
}

}  // namespace
}  // namespace orrery::sim
