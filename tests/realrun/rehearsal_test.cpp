#include "realrun/rehearsal.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/program_text.h"

namespace orrery::realrun {
namespace {

constexpr const char* head = "orrery-program 1\nname \"t\"\n";

Rehearsal rehearsal_of(const std::string& text) {
  const sim::Program program = sim::program_from(head + text, "t");
  return rehearse(program, works_of(program));
}

std::string fault_of(const std::string& text) {
  try {
    rehearsal_of(text);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "";
}

TEST(RankWork, CallsAreExpandedAndEqualOperationsAreOne) {
  const sim::Program program = sim::program_from(std::string(head) +
                                                     "ranks 1\nlabels a b\nblock inner\n  a: busy 1ps\n  b: busy 1ps\nblock outer\n"
                                                     "  call inner 2\n  a: busy 1ps\nrole r ranks 0 events 0\n  stream main\n"
                                                     "    call outer 2\n",
                                                 "t");
  const RankWork work = rank_work(program, 0);
  EXPECT_EQ(work.operations.size(), 2U);
  EXPECT_EQ(work.streams[0].steps, (std::vector<std::uint32_t>{0, 1, 0, 1, 0, 0, 1, 0, 1, 0}));
  EXPECT_EQ(place_of(program, work, 0, 0, 1), "rank 0, stream main, step 2 (b: busy 1ps)");
}

// The side stream waits for the second record of the main one, so its busy step comes after it.
TEST(Rehearsal, RecordsComeBeforeTheWaitsThatTheyAnswer) {
  const Rehearsal rehearsal = rehearsal_of(
      "ranks 1\nlabels a\nrole r ranks 0 events 1\n  stream side\n    wait 0\n    wait 0\n    a: busy 1ps\n  stream main\n    record 0\n"
      "    a: busy 2ps\n    record 0\n");
  EXPECT_EQ(rehearsal.order[0], (std::vector<Issue>{{1, 0}, {1, 1}, {1, 2}, {0, 0}, {0, 1}, {0, 2}}));
  ASSERT_EQ(rehearsal.answers[0].size(), 2U);
  EXPECT_EQ(rehearsal.answers[0][0].by, std::nullopt);
  EXPECT_EQ(rehearsal.answers[0][1].by, (Issue{1, 1}));
}

// "begun" is reached with the step that follows it, which is then what the wait is answered by.
TEST(Rehearsal, BegunIsReachedWithTheNextStep) {
  const Rehearsal rehearsal = rehearsal_of(
      "ranks 1\nlabels a\nrole r ranks 0 events 1\n  stream main\n    record 0 begun\n    a: busy 2ps\n  stream side\n    wait 0\n"
      "    a: busy 1ps\n");
  ASSERT_EQ(rehearsal.answers[0].size(), 1U);
  EXPECT_EQ(rehearsal.answers[0][0].by, (Issue{0, 1}));
}

// Two ranks with a collective each way round in two streams: whichever is first, both ranks have them in one order.
TEST(Rehearsal, WhatRanksDoTogetherIsInOneOrderOnAll) {
  const Rehearsal rehearsal = rehearsal_of(
      "ranks 2\nlabels a\ncommunicator world groups 0 members 2*1\nrole r ranks 0 events 0\n  stream x\n    a: all_reduce fp32 8 world\n"
      "  stream y\n    a: all_gather fp32 8 world\nrole s ranks 1 events 0\n  stream y\n    a: all_gather fp32 8 world\n  stream x\n"
      "    a: all_reduce fp32 8 world\n");
  EXPECT_EQ(rehearsal.meetings.size(), 2U);
  const auto kind = [](std::size_t rank, const Issue& issue) { return (issue.stream + rank) % 2; };  // 0: the all-reduce
  EXPECT_EQ(kind(0, rehearsal.order[0][0]), kind(1, rehearsal.order[1][0]));
  EXPECT_EQ(kind(0, rehearsal.order[0][1]), kind(1, rehearsal.order[1][1]));
}

TEST(Rehearsal, MessagesMeetByRankAndTag) {
  const Rehearsal rehearsal = rehearsal_of(
      "ranks 2\nlabels a\nrole r ranks 0 events 0\n  stream x\n    a: send 4 to +1 tag 7\n  stream y\n    a: send 4 to +1 tag 8\n"
      "role s ranks 1 events 0\n  stream x\n    a: receive 4 from -1 tag 8\n    a: receive 4 from any tag any\n");
  ASSERT_EQ(rehearsal.meetings.size(), 2U);
  EXPECT_EQ(rehearsal.meetings[0], (std::vector<Participant>{{0, {1, 0}}, {1, {0, 0}}}));
  EXPECT_EQ(rehearsal.meetings[1], (std::vector<Participant>{{0, {0, 0}}, {1, {0, 1}}}));
}

TEST(Rehearsal, WhatNeverMeetsIsRefusedWithItsPlaces) {
  EXPECT_EQ(fault_of("ranks 2\nlabels a\ncommunicator world groups 0 members 2*1\nrole r ranks 0 events 0\n  stream main\n"
                     "    a: all_reduce fp32 8 world\nrole s ranks 1 events 0\n  stream main\n    a: all_reduce fp32 9 world\n"),
            "rank 0, stream main, step 1 (a: all_reduce fp32 8 world): waits for ever; give what ranks do together one order that all of "
            "them can follow\n"
            "rank 1, stream main, step 1 (a: all_reduce fp32 9 world): waits for ever; give what ranks do together one order that all of "
            "them can follow");
  EXPECT_NE(fault_of("ranks 1\nlabels a\nrole r ranks 0 events 1\n  stream main\n    wait 0\n    record 0\n    a: busy 1ps\n"), "");
  EXPECT_NE(fault_of("ranks 2\nlabels a\nrole r ranks 0 events 0\n  stream main\n    a: send 4 to +1 tag 7\nrole s ranks 1 events 0\n"
                     "  stream main\n    a: busy 1ps\n"),
            "");
}

TEST(Rehearsal, AReceiveThatIsTooSmallIsRefused) {
  EXPECT_EQ(
      fault_of("ranks 2\nlabels a\nrole r ranks 0 events 0\n  stream main\n    a: send 5 to +1 tag 7\nrole s ranks 1 events 0\n"
               "  stream main\n    a: receive 4 from -1 tag 7\n"),
      "rank 1, stream main, step 1 (a: receive 4 from -1 tag 7): receives 4 bytes of the 5 that rank 0 sends; give both the same size");
}

}  // namespace
}  // namespace orrery::realrun
