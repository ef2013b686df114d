// The host device under mpirun, as a user starts it: data, order, and what happens when something goes wrong. Skipped where the device was
// not built or mpirun is not there.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <sstream>

#include "sim/samples.h"
#include "tests/realrun/under_mpirun.h"

namespace orrery::realrun {
namespace {

using test::contents;
using test::Ended;
using test::four_ranks;
using test::shell;

class Host : public test::UnderMpirun {};

TEST_F(Host, CollectivesBringWhatTheyShould) {
  const Ended ended = shell(mpirun(4, "--self-test"));
  EXPECT_EQ(ended.exit, 0) << ended.text;
  EXPECT_NE(ended.text.find("self-test of 4 ranks: all collectives and matrix products are right"), std::string::npos) << ended.text;
}

// The first stream has 2 * 3 steps of the block and two or three more that take time, the second one.
TEST_F(Host, PlaysEveryStepInTheOrderOfItsStream) {
  const Ended ended = shell(mpirun(4, file("p", four_ranks).string() + " --repeats 3 --warm-ups 1 --samples " + file("s").string() +
                                          " --timeline " + file("t").string()));
  ASSERT_EQ(ended.exit, 0) << ended.text;
  EXPECT_NE(ended.text.find("the median of 3 plays on host"), std::string::npos) << ended.text;
  std::istringstream table(contents(file("t")));
  std::string line;
  std::getline(table, line);
  int rows = 0;
  std::string before;
  long ended_before = 0;
  for (; std::getline(table, line); ++rows) {
    std::istringstream fields(line);
    std::array<std::string, 8> field;
    for (std::string& each : field) std::getline(fields, each, ',');
    const long posted = std::stol(field[5]);
    const long begun = std::stol(field[6]);
    const long done = std::stol(field[7]);
    EXPECT_LE(posted, begun) << line;
    EXPECT_LE(begun, done) << line;
    if (before == field[0] + field[1]) {
      EXPECT_GE(posted, ended_before) << line;
    }
    before = field[0] + field[1];
    ended_before = done;
  }
  EXPECT_EQ(rows, 2 * (6 + 2 + 1) + 2 * (6 + 3 + 1));
  const sim::Samples samples = sim::samples_from(contents(file("s")), "s");
  EXPECT_EQ(samples.ranks, 4);
  EXPECT_EQ(samples.rows[0].durations.size(), 6U) << "two products a play, three plays";
}

// Rank 0's side stream comes to the collective long before its main one, which the rehearsal lets meet rank 1's main stream. Were it to
// meet the side stream instead, rank 1 would wait for a message that comes only after rank 1's side stream has met rank 0's main one.
TEST_F(Host, EqualCollectivesOfTwoStreamsMeetAsInTheRehearsal) {
  const std::string program =
      "orrery-program 1\nname \"two\"\nranks 2\nlabels a\ncommunicator c groups 0 members 2*1\n"
      "role r ranks 0 events 0\n  stream main\n    a: pause 100000000000ps\n    a: all_reduce fp32 8 c\n    a: send 4 to +1 tag 1\n"
      "  stream side\n    a: all_reduce fp32 8 c\n"
      "role s ranks 1 events 1\n  stream main\n    a: all_reduce fp32 8 c\n    a: receive 4 from -1 tag 1\n    record 0\n"
      "  stream side\n    wait 0\n    a: all_reduce fp32 8 c\n";
  const Ended ended = shell(mpirun(2, file("p", program).string() + " --warm-ups 1 --repeats 2 --patience 10s"));
  EXPECT_EQ(ended.exit, 0) << ended.text;
}

TEST_F(Host, WhatOneRankAloneCannotReadEndsAll) {
  file("p0", four_ranks);
  const std::string player = ORRERY_HOST_PLAYER;
  const Ended ended = shell("cd " + file("").string() + " && timeout 60 mpirun --allow-run-as-root --oversubscribe -n 2 bash -c '" +
                            player + " p$OMPI_COMM_WORLD_RANK'");
  EXPECT_EQ(ended.exit, 2) << ended.text;
  EXPECT_NE(ended.text.find("orrery_player: rank 1: p1: cannot be read"), std::string::npos) << ended.text;
}

TEST_F(Host, OneRankNeedsNoMpirun) {
  const std::string program =
      "orrery-program 1\nname \"one\"\nranks 1\nlabels a\ncommunicator c groups 0 members self\nrole r ranks 0 events 0\n  stream main\n"
      "    a: gemm fp16 m=8 n=8 k=8 batch=2\n    a: all_reduce fp16 8 c\n";
  const Ended ended = shell("timeout 60 " ORRERY_HOST_PLAYER " " + file("p", program).string());
  EXPECT_EQ(ended.exit, 0) << ended.text;
}

TEST_F(Host, AnotherNumberOfRanksIsRefused) {
  const Ended ended = shell(mpirun(2, file("p", four_ranks).string()));
  EXPECT_EQ(ended.exit, 2) << ended.text;
  EXPECT_NE(ended.text.find("four: is a Program of 4 ranks, and 2 were started; start it with mpirun -n 4"), std::string::npos)
      << ended.text;
}

TEST_F(Host, AProgramThatCannotEndIsRefused) {
  const std::string program =
      "orrery-program 1\nname \"stuck\"\nranks 2\nlabels a\nrole r ranks 0 events 0\n  stream main\n    a: send 4 to +1 tag 7\n"
      "role s ranks 1 events 0\n  stream main\n    a: receive 4 from -1 tag 8\n";
  const Ended ended = shell(mpirun(2, file("p", program).string()));
  EXPECT_EQ(ended.exit, 2) << ended.text;
  EXPECT_NE(ended.text.find("rank 1, stream main, step 1 (a: receive 4 from -1 tag 8): waits for ever"), std::string::npos) << ended.text;
}

TEST_F(Host, WhatDoesNotFitMemoryIsRefused) {
  const std::string program =
      "orrery-program 1\nname \"large\"\nranks 1\nlabels a\nrole r ranks 0 events 0\n  stream main\n"
      "    a: gradient_norm fp32 elements=100000000000000\n";
  const Ended ended = shell(mpirun(1, file("p", program).string()));
  EXPECT_EQ(ended.exit, 4) << ended.text;
  EXPECT_NE(ended.text.find("large: needs 400 TB for the buffers of 1 rank"), std::string::npos) << ended.text;
}

/// Prints the processes of the player that play `program`.
std::string players_of(const std::string& program) {
  return "for pid in $(pgrep -x orrery_player); do ! tr '\\0' '\\n' < /proc/$pid/cmdline | grep -qxF '" + program + "' || echo $pid; done";
}

/// Two ranks that pause for twenty seconds and then meet; rank 1 is sent `signal` once both are there. "left" where a process stays behind.
Ended after_signal(const std::string& command, const std::string& program, const std::string& signal) {
  const std::string of_rank_1 =
      "while read pid; do ! tr '\\0' '\\n' < /proc/$pid/environ | grep -qx OMPI_COMM_WORLD_RANK=1 || echo $pid; done";
  return shell("( " + command + " ) & launcher=$!; sleep 4; kill -" + signal + " $(" + players_of(program) + " | " + of_rank_1 +
               "); wait $launcher; status=$?; sleep 1; [ -z \"$(" + players_of(program) + ")\" ] || echo left; exit $status");
}

constexpr const char* long_program =
    "orrery-program 1\nname \"long\"\nranks 2\nlabels a\ncommunicator c groups 0 members 2*1\nblock nap\n  a: pause 100000000000ps\n"
    "role r ranks 0+2*1 events 0\n  stream main\n    call nap 200\n    a: barrier fp32 0 c\n";

TEST_F(Host, ARankThatIsKilledEndsTheOthersAndIsNamed) {
  const std::string program = file("p", long_program).string();
  const Ended ended = after_signal(mpirun(2, program + " --warm-ups 0 --repeats 1"), program, "KILL");
  EXPECT_NE(ended.exit, 0) << ended.text;
  EXPECT_NE(ended.text.find("rank 1"), std::string::npos) << ended.text;
  EXPECT_EQ(ended.text.find("left"), std::string::npos) << ended.text;
}

TEST_F(Host, ARankThatStopsEndsTheOthersAndIsNamed) {
  const std::string program = file("p", long_program).string();
  const auto begun = std::chrono::steady_clock::now();
  const Ended ended = after_signal(mpirun(2, program + " --warm-ups 0 --repeats 1 --patience 5s"), program, "STOP");
  EXPECT_NE(ended.exit, 0) << ended.text;
  EXPECT_NE(ended.text.find("rank 1 has shown no sign of life for 5.00 s"), std::string::npos) << ended.text;
  EXPECT_EQ(ended.text.find("left"), std::string::npos) << ended.text;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(60));
}

}  // namespace
}  // namespace orrery::realrun
