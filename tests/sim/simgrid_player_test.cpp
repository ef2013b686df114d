#include "sim/simgrid_player.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/error.h"
#include "tests/sim/model_maker.h"
#include "tests/sim/simgrid_test.h"

namespace orrery::sim {
namespace {

using SimGridPlayer = SimGridTest;

// SimGrid's clock is in seconds; a tick of 1 ps is the least that it tells apart, here and there.
void expect_at(Time time, Duration since_start) { EXPECT_NEAR(static_cast<double>(time.ticks), static_cast<double>(since_start.ticks), 1); }

TEST_F(SimGridPlayer, WorkTakesItsAmount) {
  ModelMaker make;
  make.actor({{work(123'456'789_ps), work(1_us)}});
  const Timeline timeline = play(make);
  expect_at(timeline.end, 124'456'789_ps);
  EXPECT_EQ(timeline.served[0], 124'456'789);
  EXPECT_EQ(timeline.events, 2U);
}

TEST_F(SimGridPlayer, TwoStreamsShareOneProcessor) {
  ModelMaker make;
  // 10 us and 4 us of work: both at half speed until 8 us, when the short one ends; 6 us are left of the long one, at full speed.
  make.actor({{work(10_us)}, {work(4_us)}});
  const Timeline timeline = play(make, {.recorded = {ActorId{0}}});
  expect_at(timeline.end, 14_us);
  ASSERT_EQ(timeline.spans.size(), 2U);
  expect_at(timeline.spans[0].ended, 8_us);
  EXPECT_EQ(timeline.spans[0].stream, 1U);
}

TEST_F(SimGridPlayer, TwoActorsShareOneProcessor) {
  ModelMaker make;
  const auto processor = make.resource(work_per_second);
  // As above, by streams of two actors.
  make.actor_on(processor, {{work(10_us)}});
  make.actor_on(processor, {{work(4_us)}});
  const Timeline timeline = play(make);
  expect_at(timeline.actor_ends[0], 14_us);
  expect_at(timeline.actor_ends[1], 8_us);
  EXPECT_EQ(timeline.served[0], 14'000'000);
}

TEST_F(SimGridPlayer, ARunBeginsWithItsLastParticipantAndTakesLatencyPlusFlow) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(2'000, {{link, 1}}, 2, 3_us);
  make.actor({{work(5_us), join(0)}}, {transfer});
  make.actor({{join(0), work(1_us)}}, {transfer});
  const Timeline timeline = play(make);
  // Both are there at 5 us; 3 us of latency and 2,000 bytes at 1 GB/s end at 10 us; the second works on.
  expect_at(timeline.actor_ends[0], 10_us);
  expect_at(timeline.end, 11_us);
  EXPECT_EQ(timeline.served[0], 2'000);
  expect_at(Time{} + timeline.account(ActorId{1}, 0).waiting, 5_us);
  expect_at(Time{} + timeline.account(ActorId{1}, 0).running, 6_us);
}

TEST_F(SimGridPlayer, LatencyDoesNotWeighInSharing) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  // After 1 us and 2 us of latency, 4,000 bytes each over 1 GB/s: from 1 to 2 us the first is alone and moves 1,000; then both have half,
  // so that the first's 3,000 end at 8 us and the second's last 1,000 at 9 us.
  make.actor({{join(0)}}, {make.activity(4'000, {{link, 1}}, 1, 1_us)});
  make.actor({{join(0)}}, {make.activity(4'000, {{link, 1}}, 1, 2_us)});
  const Timeline timeline = play(make);
  expect_at(timeline.actor_ends[0], 8_us);
  expect_at(timeline.actor_ends[1], 9_us);
}

TEST_F(SimGridPlayer, SurvivorSpeedsUpWhenItsRivalEnds) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  // 1,000 and 500 bytes share 1 GB/s: the short one ends at 1 us (500 bytes at half rate); the long one has 500 left and ends at 1.5 us.
  make.actor({{join(0)}}, {make.activity(1'000, {{link, 1}})});
  make.actor({{join(0)}}, {make.activity(500, {{link, 1}})});
  const Timeline timeline = play(make);
  expect_at(timeline.actor_ends[1], 1_us);
  expect_at(timeline.end, 1'500_ns);
}

TEST_F(SimGridPlayer, AFlowCountsOnALinkAsOftenAsItCrossesIt) {
  ModelMaker make;
  const auto uplink = make.resource(3 * gigabyte_per_second);
  // 2x + y = 3, x = y = 1 GB/s. B's 1,000 bytes end at 1 us; A then has 1,500 of 2,500 left at 1.5 GB/s: 2 us.
  make.actor({{join(0)}}, {make.activity(2'500, {{uplink, 2}})});
  make.actor({{join(0)}}, {make.activity(1'000, {{uplink, 1}})});
  const Timeline timeline = play(make);
  expect_at(timeline.actor_ends[1], 1_us);
  expect_at(timeline.actor_ends[0], 2_us);
  EXPECT_EQ(timeline.served[index(uplink)], 2 * 2'500 + 1'000);
}

TEST_F(SimGridPlayer, WhatASlowLinkLeavesGoesToTheOthers) {
  ModelMaker make;
  const auto uplink = make.resource(3 * gigabyte_per_second);
  const auto slow = make.resource(gigabyte_per_second / 2);
  // B stops at the 0.5 GB/s of its own link; A takes (3 - 0.5) / 2 = 1.25 GB/s. A's 2,500 bytes end at 2 us, B's 3,000 at 6 us.
  make.actor({{join(0)}}, {make.activity(2'500, {{uplink, 2}})});
  make.actor({{join(0)}}, {make.activity(3'000, {{uplink, 1}, {slow, 1}})});
  const Timeline timeline = play(make);
  expect_at(timeline.actor_ends[0], 2_us);
  expect_at(timeline.actor_ends[1], 6_us);
}

TEST_F(SimGridPlayer, WhatARateCapLeavesGoesToTheOthers) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  // Capped at 0.25 GB/s, 1,000 bytes end at 4 us. The rival has 0.75 GB/s, so its 3,750 bytes have 750 left then, and end at 4.75 us.
  make.actor({{join(0)}}, {make.activity(1'000, {{link, 1}}, 1, {}, 0.25e9)});
  make.actor({{join(0)}}, {make.activity(3'750, {{link, 1}})});
  const Timeline timeline = play(make);
  expect_at(timeline.actor_ends[0], 4_us);
  expect_at(timeline.actor_ends[1], 4'750_ns);
}

TEST_F(SimGridPlayer, TheLittleThatALinkHasLeftCounts) {
  ModelMaker make;
  const auto link = make.resource(150'000 * 6'666 + 8'500);
  // A capped flow that crosses a link 150,000 times leaves 9 millionths of it: 8,500 B/s. By its defaults SimGrid takes that for none.
  make.actor({{join(0)}}, {make.activity(2 * 6'666, {{link, 150'000}}, 1, {}, 6'666)});
  make.actor({{join(0)}}, {make.activity(8'500, {{link, 1}})});
  const Timeline timeline = play(make);
  EXPECT_NEAR(timeline.actor_ends[0].seconds(), 2, 1e-9);
  EXPECT_NEAR(timeline.actor_ends[1].seconds(), 1, 1e-9);
}

TEST_F(SimGridPlayer, AFlowOverNothingMovesAtItsRateCap) {
  ModelMaker make;
  make.actor({{join(0), join(0)}}, {make.activity(1'000, {}, 1, {}, 0.5e9)});
  expect_at(play(make).end, 4_us);
}

TEST_F(SimGridPlayer, AnActivityEndsWithTheLastOfItsFlows) {
  ModelMaker make;
  const auto first = make.resource(gigabyte_per_second);
  const auto second = make.resource(gigabyte_per_second);
  // 2,000 bytes alone on one link take 2 us; 3,000 and 1,000 on the other end at 4 us and, at half rate, 2 us.
  const std::vector<ModelMaker::FlowOf> flows = {{2'000, {{first, 1}}}, {3'000, {{second, 1}}}, {1'000, {{second, 1}}}};
  make.actor({{join(0), join(0)}}, {make.activity(flows)});
  const Timeline timeline = play(make);
  expect_at(timeline.end, 8_us);
  EXPECT_EQ(timeline.served[index(second)], 8'000);
  EXPECT_EQ(timeline.events, 4U);  // two runs, two steps
}

TEST_F(SimGridPlayer, RingAllReduceEqualsItsClosedForm) {
  // n ranks of 25 GB/s links, S bytes: 2 (n-1)/n S over every edge.
  for (const std::int64_t ranks : {2, 3, 8, 64}) {
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

TEST_F(SimGridPlayer, RunsOnOneActivityRepeat) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(1'000, {{link, 1}}, 2);
  make.actor({{join(0), join(0), join(0)}}, {transfer});
  make.actor({{join(0), work(1_us), join(0), join(0)}}, {transfer});
  const Timeline timeline = play(make);
  expect_at(timeline.end, 4_us);
  EXPECT_EQ(timeline.served[0], 3'000);
}

TEST_F(SimGridPlayer, WaitsAreBookedUnderWhatTheyWaitedFor) {
  ModelMaker make;
  make.model.labels = 3;
  const auto link = make.resource(gigabyte_per_second);
  // The peer comes to the transfer at 5 us; it ends at 7 us. The main stream works 2 us, then waits 3 us for the transfer to begin and 2 us
  // for it to end, then works 1 us.
  const auto transfer = make.activity(2'000, {{link, 1}}, 2);
  const auto actor = make.actor({{work(2_us, 1), wait(0), work(1_us, 1)}, {join(0, 2), record(0)}}, {transfer}, 1);
  make.actor({{work(5_us), join(0)}}, {transfer});
  const Timeline timeline = play(make);
  expect_at(Time{} + timeline.account(actor, 1).running, 3_us);
  expect_at(Time{} + timeline.account(actor, 2).running, 2_us);
  expect_at(Time{} + timeline.account(actor, 2).waiting, 3_us);
  expect_at(timeline.actor_ends[index(actor)], 8_us);
}

TEST_F(SimGridPlayer, TheKthWaitNeedsTheKthRecord) {
  ModelMaker make;
  // Three records at 1, 2 and 3 us; work of 0.1 us after each wait.
  make.actor({{wait(0, 1), work(100_ns), wait(0, 2), work(100_ns), wait(0, 3)},
              {pause(1_us), record(0), pause(1_us), record(0), pause(1_us), record(0)}},
             {}, 1);
  expect_at(play(make).end, 3_us);
}

TEST_F(SimGridPlayer, AWaitIsForItsOwnEventAndAsOftenAsItSays) {
  ModelMaker make;
  // Event 0 at 1 and 2 us, event 1 at 3 us; 5 us of work after two of the one, and after one of the other.
  const std::vector<Step> records = {pause(1_us), record(0), pause(1_us), record(0), pause(1_us), record(1)};
  make.actor({{wait(0, 2), work(5_us)}, records}, {}, 2);
  make.actor({{wait(1, 1), work(5_us)}, records}, {}, 2);
  const Timeline timeline = play(make);
  expect_at(timeline.actor_ends[0], 7_us);
  expect_at(timeline.actor_ends[1], 8_us);
}

TEST_F(SimGridPlayer, NoWorkIsNoEvent) {
  ModelMaker make;
  make.actor({{work(0_ps), work(1_us), work(0_ps)}});
  const Timeline timeline = play(make, {.recorded = {ActorId{0}}});
  expect_at(timeline.end, 1_us);
  EXPECT_EQ(timeline.events, 1U);
  EXPECT_EQ(timeline.spans.size(), 1U);
}

TEST_F(SimGridPlayer, PausesAreExactBelowANanosecond) {
  ModelMaker make;
  make.actor({{pause(300_ps), pause(300_ps), pause(300_ps)}});
  expect_at(play(make).end, 900_ps);
}

TEST_F(SimGridPlayer, RecordBegunIsReachedWhenTheNextStepBegins) {
  ModelMaker make;
  const auto late = make.activity(0, {}, 2, 4_us);
  // The run begins at 1 us, when the second actor joins; the first actor's other stream starts then, not at 5 us.
  make.actor({{wait(0), work(2_us)}, {record_begun(0), join(0)}}, {late}, 1);
  make.actor({{work(1_us), join(0)}}, {late});
  const Timeline timeline = play(make, {.recorded = {ActorId{0}}});
  ASSERT_EQ(timeline.spans.size(), 2U);
  expect_at(timeline.spans[0].ended, 3_us);
  expect_at(timeline.end, 5_us);
}

TEST_F(SimGridPlayer, RecordBegunLooksPastStepsThatTakeNoTime) {
  ModelMaker make;
  // Event 0 is reached when the 1 us of work begins, after event 1; nothing follows event 2, which is reached at the end, at 2 us.
  make.actor({{wait(0), work(2_us), wait(2), work(1_us)}, {record_begun(0), record(1), work(1_us), record_begun(2)}}, {}, 3);
  // Both work from 0: 1 us of each shares the processor until 2 us; the other 1 us ends at 3 us, and then 1 us more.
  expect_at(play(make).end, 4_us);
}

TEST_F(SimGridPlayer, StreamsOfOneActorTakeTurnsOnOneSlot) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(1'000, {{link, 1}}, 2);
  // Two streams of the first actor are there at once; the second actor comes at 0 and at 1 us. Two runs, one after the other.
  make.actor({{join(0)}, {join(0)}}, {transfer});
  make.actor({{join(0), join(0)}}, {transfer});
  const Timeline timeline = play(make);
  expect_at(timeline.end, 2_us);
  EXPECT_EQ(timeline.served[0], 2'000);
}

TEST_F(SimGridPlayer, TwoSlotsOfOneActorAreTwoParticipants) {
  ModelMaker make;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(1'000, {{link, 1}}, 2);
  // Its streams meet each other, at 3 us.
  make.actor({{join(0)}, {work(3_us), join(1)}}, {transfer, transfer});
  expect_at(play(make).end, 4_us);
}

TEST_F(SimGridPlayer, ActorsThatWaitForEachOtherAreNamed) {
  ModelMaker make;
  const auto first = make.activity(0, {}, 2);
  const auto second = make.activity(0, {}, 2);
  make.actor({{join(0), join(1)}}, {first, second});
  make.actor({{join(1), join(0)}, {wait(0)}}, {first, second}, 1);
  try {
    play(make);
    FAIL() << "a deadlock ended";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    EXPECT_EQ(error.faults().front().what,
              "3 streams wait for each other for ever: actor 0 stream 0 at step 0 for its peers; actor 1 stream 0 at step 0 for its peers; "
              "actor 1 stream 1 at step 0 for an event");
  }
}

}  // namespace
}  // namespace orrery::sim
