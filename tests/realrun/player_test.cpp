#include "realrun/player.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <stdexcept>

#include "realrun/host_memory.h"
#include "realrun/host_program.h"
#include "realrun/measured_timeline.h"
#include "realrun/timeline_csv.h"
#include "sim/error.h"
#include "sim/program_text.h"

namespace orrery::realrun {
namespace {

/// One rank, alone.
class LoneWorld : public World {
 public:
  std::int32_t rank() const override { return 0; }
  std::int32_t ranks() const override { return 1; }
  std::vector<std::string> gather(const std::string& text) override { return {text}; }
  [[noreturn]] void abort(const std::string& message) override { throw std::runtime_error(message); }
};

/// Every operation takes 10 ps times the number of the play, one after the other, whatever its stream; its marks are looked after.
class StepDevice : public Device {
 public:
  DeviceFacts facts() const override { return {"steps", "none", {"nothing 1"}}; }
  void prepare(const sim::Program& /*program*/, const RankWork& /*work*/, std::size_t marks) override {
    if (refuses) throw sim::Error(sim::Fault{.what = "no room"});
    marks_ = marks;
  }
  void connect() override { connected = true; }
  void begin() override {
    ++plays;
    set_.clear();
    times_.clear();
  }
  void enqueue(std::size_t /*stream*/, std::uint32_t /*operation*/, std::size_t slot) override {
    EXPECT_EQ(slot, times_.size());
    const auto length = std::int64_t{10} * plays;
    const auto from = static_cast<std::int64_t>(slot) * length;
    times_.push_back({sim::Time{from}, sim::Time{from + length}});
  }
  void enqueue_mark(std::size_t /*stream*/, std::size_t mark) override {
    EXPECT_LT(mark, marks_);
    EXPECT_TRUE(set_.emplace(mark, true).second) << "a mark is set once a play";
  }
  void enqueue_wait(std::size_t /*stream*/, std::size_t mark) override { EXPECT_TRUE(set_.contains(mark)) << "it is set before"; }
  std::vector<StepTimes> finish() override { return times_; }

  bool refuses = false;
  bool connected = false;
  std::int32_t plays = 0;

 private:
  std::size_t marks_ = 0;
  std::map<std::size_t, bool> set_;
  std::vector<StepTimes> times_;
};

sim::Program two_streams() {
  return sim::program_from(
      "orrery-program 1\nname \"t\"\nranks 1\nlabels a b\nblock pair\n  a: elementwise fp32 elements=4 reads=1 writes=1\n  record 0\n"
      "role r ranks 0 events 1\n  stream main\n    call pair 2\n    a: copy host 8\n  stream side\n    wait 0\n    wait 0\n"
      "    b: busy 5ps\n",
      "t");
}

// Plays 1 to 4 of 4 steps end at 40 to 160 ps; the first warms up, the median of 80, 120 and 160 is 120: play 3, 30 ps a step.
TEST(Player, TellsOfTheMedianPlayAndOfAllDurations) {
  LoneWorld world;
  StepDevice device;
  const Measured measured = play_for_real(two_streams(), device, world, {.warm_ups = 1, .repeats = 3});
  EXPECT_EQ(device.plays, 4);
  EXPECT_TRUE(device.connected);
  EXPECT_EQ(measured.ends, (std::vector<sim::Duration>{{80}, {120}, {160}}));
  EXPECT_EQ(measured.timeline.end, sim::Time{120});
  EXPECT_EQ(measured.timeline.spans.size(), 4U);
  ASSERT_EQ(measured.samples.rows.size(), 2U);  // the busy step is none
  EXPECT_EQ(measured.samples.rows[0].durations, (std::vector<sim::Duration>{{20}, {20}, {30}, {30}, {40}, {40}}));
  EXPECT_EQ(sim::title_of(measured.samples.rows[1]), "copy host 8");
  EXPECT_EQ(measured.samples.device, "steps");
  EXPECT_EQ(measured.samples.libraries, std::vector<std::string>{"nothing 1"});
}

TEST(Player, ATableHasALineASpan) {
  LoneWorld world;
  StepDevice device;
  const sim::Program program = two_streams();
  const Measured measured = play_for_real(program, device, world, {.warm_ups = 0, .repeats = 1});
  EXPECT_EQ(timeline_csv(program, measured.timeline),
            "rank,stream,step,label,operation,posted_ps,begun_ps,ended_ps\n"
            "0,main,1,a,elementwise fp32 elements=4 reads=1 writes=1,0,0,10\n"
            "0,main,3,a,elementwise fp32 elements=4 reads=1 writes=1,10,10,20\n"
            "0,main,5,a,copy host 8,20,20,30\n"
            "0,side,3,b,busy 5ps,30,30,40\n");
  EXPECT_EQ(timeline_from_csv(program, timeline_csv(program, measured.timeline), "t"), measured.timeline);
  EXPECT_THROW(timeline_from_csv(program, "rank\n", "t"), sim::Error);
  EXPECT_THROW(timeline_from_csv(program, timeline_csv(program, measured.timeline) + "0,main,9,a,x,0,0,1\n", "t"), sim::Error);
}

TEST(Player, AProgramOfOtherRanksIsRefused) {
  LoneWorld world;
  StepDevice device;
  const sim::Program program = sim::program_from(
      "orrery-program 1\nname \"t\"\nranks 2\nlabels a\nrole r ranks 0+2*1 events 0\n  stream main\n    a: busy 5ps\n", "t");
  try {
    play_for_real(program, device, world, {});
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_STREQ(error.what(), "t: is a Program of 2 ranks, and 1 was started; start it with mpirun -n 2");
  }
  EXPECT_EQ(device.plays, 0);
}

TEST(Player, WhatOneRankCannotDoEndsAll) {
  LoneWorld world;
  StepDevice device;
  device.refuses = true;
  try {
    play_for_real(two_streams(), device, world, {});
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_STREQ(error.what(), "no room");
    EXPECT_EQ(error.kind(), sim::ErrorKind::bad_input);
  }
  EXPECT_FALSE(device.connected);
}

/// The first of three ranks; the second is well, the third says `third`, or what this one says where that is empty.
class ThreeRanks : public LoneWorld {
 public:
  explicit ThreeRanks(std::string third) : third_(std::move(third)) {}
  std::int32_t ranks() const override { return 3; }
  std::vector<std::string> gather(const std::string& text) override { return {text, "", third_.empty() ? text : third_}; }

 private:
  std::string third_;
};

// A fault on rank 2 alone ends this rank too, which is well; one on both is told of both, with the kind of the first.
TEST(World, AFaultOfOneRankIsThrownOnAll) {
  const auto fails = [] { throw sim::Error(sim::Fault{.place = "p", .what = "is gone"}, sim::ErrorKind::infeasible); };
  const auto fault_in = [](World& world, const std::function<void()>& action) {
    try {
      together(world, action);
    } catch (const sim::Error& error) {
      return std::pair(std::string(error.what()), error.kind());
    }
    return std::pair(std::string(), sim::ErrorKind::threshold);
  };
  ThreeRanks alike("");
  ThreeRanks another("2no room");
  LoneWorld lone;
  EXPECT_EQ(fault_in(alike, [] {}).first, "");
  EXPECT_EQ(fault_in(lone, fails), std::pair(std::string("p: is gone"), sim::ErrorKind::infeasible));
  EXPECT_EQ(fault_in(alike, fails), std::pair(std::string("rank 0: p: is gone\nrank 2: p: is gone"), sim::ErrorKind::infeasible));
  EXPECT_EQ(fault_in(another, [] {}), std::pair(std::string("rank 2: no room"), sim::ErrorKind::unavailable));
}

// Rank 0 comes to the collective at 5, rank 1 at 20; it ends at 30 and 31. Rank 0's gap of 2 before it and its waiting until 20 are the
// collective's waiting; then it waits for its side stream, whose step runs from 25 to 40, and goes on at 42.
TEST(MeasuredTimeline, AccountsSumToTheEndOfTheFirstStream) {
  const sim::Program program = sim::program_from(
      "orrery-program 1\nname \"t\"\nranks 2\nlabels work meet side\ncommunicator world groups 0 members 2*1\n"
      "role r ranks 0 events 1\n  stream main\n    work: busy 3ps\n    meet: all_reduce fp32 8 world\n    wait 0\n    work: busy 8ps\n"
      "  stream other\n    side: busy 15ps\n    record 0\n"
      "role s ranks 1 events 0\n  stream main\n    meet: all_reduce fp32 8 world\n",
      "t");
  const std::vector<RankWork> works = {rank_work(program, 0), rank_work(program, 1)};
  const auto times = [](std::int64_t posted, std::int64_t ended) { return StepTimes{sim::Time{posted}, sim::Time{ended}}; };
  const std::vector<RankTimes> measured = {{{times(0, 3), times(5, 30), {}, times(42, 50)}, {times(25, 40), {}}}, {{times(20, 31)}}};
  const sim::Timeline timeline = measured_timeline(program, works, rehearse(program, works), measured);
  const auto account = [](std::int64_t running, std::int64_t waiting) { return sim::Account{{running}, {waiting}}; };
  // work: 3 + 8 running; meet: 20 to 30 running, 3 to 20 waiting; side: 30 to 42 running.
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 0), account(11, 0));
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 1), account(10, 17));
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 2), account(12, 0));
  EXPECT_EQ(timeline.account(sim::ActorId{1}, 1), account(11, 20));
  EXPECT_EQ(timeline.actor_ends, (std::vector<sim::Time>{sim::Time{50}, sim::Time{31}}));
  EXPECT_EQ(timeline.end, sim::Time{50});
  const std::vector<sim::Sample> samples = samples_of(program, works, {timeline});
  ASSERT_EQ(samples.size(), 2U);
  EXPECT_EQ(samples[0].durations, (std::vector<sim::Duration>{{10}}));
  EXPECT_EQ(sim::title_of(samples[1]), "all_reduce fp32 8 of 2");
}

// The main stream waits for a step that ends at 10, then for one that ends at 14, and goes on at 15: 10 and 5.
TEST(MeasuredTimeline, WaitsInARowAreBookedEachUnderItsOwn) {
  const sim::Program program = sim::program_from(
      "orrery-program 1\nname \"t\"\nranks 1\nlabels work long short\n"
      "role r ranks 0 events 2\n  stream main\n    wait 0\n    wait 1\n    work: busy 8ps\n"
      "  stream one\n    long: busy 10ps\n    record 0\n  stream two\n    short: busy 4ps\n    record 1\n",
      "t");
  const std::vector<RankWork> works = {rank_work(program, 0)};
  const auto times = [](std::int64_t posted, std::int64_t ended) { return StepTimes{sim::Time{posted}, sim::Time{ended}}; };
  const std::vector<RankTimes> measured = {{{{}, {}, times(15, 23)}, {times(0, 10), {}}, {times(10, 14), {}}}};
  const sim::Timeline timeline = measured_timeline(program, works, rehearse(program, works), measured);
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 0), (sim::Account{{8}, {0}}));
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 1), (sim::Account{{10}, {0}}));
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 2), (sim::Account{{5}, {0}}));
}

// The main stream ends by waiting for the side one's second step to begin, at 12: what that takes is none of its time.
TEST(MeasuredTimeline, AWaitForWhatHasBegunEndsWhenItIsCome) {
  const sim::Program program = sim::program_from(
      "orrery-program 1\nname \"t\"\nranks 1\nlabels work side\n"
      "role r ranks 0 events 1\n  stream main\n    work: busy 3ps\n    wait 0\n"
      "  stream other\n    side: busy 12ps\n    record 0 begun\n    side: busy 50ps\n",
      "t");
  const std::vector<RankWork> works = {rank_work(program, 0)};
  const std::vector<RankTimes> measured = {
      {{{sim::Time{0}, sim::Time{3}}, {}}, {{sim::Time{0}, sim::Time{12}}, {}, {sim::Time{12}, sim::Time{62}}}}};
  const sim::Timeline timeline = measured_timeline(program, works, rehearse(program, works), measured);
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 0), (sim::Account{{3}, {0}}));
  EXPECT_EQ(timeline.account(sim::ActorId{0}, 1), (sim::Account{{0}, {9}}));
}

TEST(HostProgram, AllNumbersAreFp32) {
  const sim::Program program = sim::program_from(
      "orrery-program 1\nname \"t\"\nranks 1\nlabels a\ncommunicator c groups 0 members self\nblock b\n  a: gradient_norm bf16 elements=4\n"
      "role r ranks 0 events 0\n  stream main\n    call b 1\n    a: all_reduce fp16 8 c\n    a: copy host 8\n",
      "t");
  const std::string text = sim::text_of(in_fp32(program));
  EXPECT_NE(text.find("gradient_norm fp32 elements=4"), std::string::npos);
  EXPECT_NE(text.find("all_reduce fp32 8 c"), std::string::npos);
  EXPECT_NE(text.find("copy host 8"), std::string::npos);
}

// A product of 2 x 3 and 3 x 4 has 6 + 12 + 8 floats: 104 bytes, in each of two streams; an all-gather of 5 from 2 ranks 5 + 10 floats: 60;
// a message its 7, a copy twice its 9.
TEST(HostMemory, EveryStreamHasItsBuffers) {
  const sim::Program program = sim::program_from(
      "orrery-program 1\nname \"t\"\nranks 2\nlabels a\ncommunicator c groups 0 members 2*1\nblock b\n"
      "  a: gemm fp32 m=2 n=4 k=3 batch=1\n  a: gemm fp32 m=2 n=4 k=3 batch=1\n"
      "role r ranks 0+2*1 events 0\n  stream main\n    call b 2\n    a: all_gather fp32 5 c\n  stream side\n    call b 1\n"
      "    a: copy host 9\n    a: send 7 to +0 tag 0\n",
      "t");
  const RankWork work = rank_work(program, 0);
  EXPECT_EQ(host_bytes(program, work, 0), sim::Bytes{2 * 104 + 60 + 7 + 18});
  const std::vector<RankWork> works = {work, work};
  EXPECT_NO_THROW(check_host_memory(program, works, sim::Bytes{-1}));
  EXPECT_NO_THROW(check_host_memory(program, works, sim::Bytes{2 * 293 / 9 * 10 + 10}));
  try {
    check_host_memory(program, works, sim::Bytes{586});
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.kind(), sim::ErrorKind::infeasible);
    EXPECT_STREQ(error.what(),
                 "t: needs 586 B for the buffers of 2 ranks on this machine, which has 586 B available; play fewer layers or ranks, or "
                 "smaller shapes");
  }
}

TEST(HostMemory, TheSystemTellsWhatThereIs) { EXPECT_GT(available_memory().count, 1 << 20); }

}  // namespace
}  // namespace orrery::realrun
