#include "workloads/import_goal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "sim/error.h"
#include "sim/program_text.h"
#include "tests/workloads/one_switch.h"
#include "workloads/trace_program.h"

namespace orrery::workloads {
namespace {

using sim::Duration;
using test::OneSwitch;
using namespace sim::literals;

ImportedProgram imported(std::string_view text, const GoalOptions& options = {}) {
  return program_of_trace(read_goal(text, "x.goal", options));
}

Duration time_of(std::string_view text, int ranks, const GoalOptions& options = {}) {
  return OneSwitch(ranks).end_of(imported(text, options).program);
}

std::string refusal(std::string_view text, const GoalOptions& options = {}) {
  try {
    imported(text, options);
  } catch (const sim::Error& error) {
    return sim::to_text(error.faults().front());
  }
  return "";
}

/// Two ranks, the first of which does `first` and the second `second`.
std::string of_two(const std::string& first, const std::string& second) {
  return "num_ranks 2\nrank 0 {\n" + first + "}\nrank 1 {\n" + second + "}\n";
}

enum class Tags { repeated, unique };

/// A ring all-reduce in 2(n-1) steps, each of which sends on what the step before brought; with an overhead before each send and after each
/// receive where `overhead` is not 0.
std::string ring(int ranks, std::int64_t bytes, Tags tags, std::int64_t overhead = 0) {
  std::ostringstream text;
  text << "num_ranks " << ranks << "\n";
  for (int rank = 0; rank < ranks; ++rank) {
    text << "rank " << rank << " {\n";
    for (int step = 0; step < 2 * (ranks - 1); ++step) {
      const int tag = tags == Tags::unique ? step : 0;
      text << "s" << step << ": send " << bytes << "b to " << (rank + 1) % ranks << " tag " << tag << "\n";
      text << "r" << step << ": recv " << bytes << "b from " << (rank + ranks - 1) % ranks << " tag " << tag << "\n";
      if (overhead > 0) {
        text << "before" << step << ": calc " << overhead << "\ns" << step << " requires before" << step << "\n";
        text << "after" << step << ": calc " << overhead << "\nafter" << step << " requires r" << step << "\n";
        if (step > 0) text << "before" << step << " requires after" << step - 1 << "\n";
      } else if (step > 0) {
        text << "s" << step << " requires r" << step - 1 << "\n";
      }
    }
    text << "}\n";
  }
  return text.str();
}

TEST(ImportGoal, ARingOfRepeatedTagsTakesTheClosedForm) {
  // 2 (n - 1) (L + s G), with L the hop and G 1 ns a byte: 14 (14 + 65.536) us, 510 (14 + 1) us.
  constexpr std::int64_t kibibytes64 = 65536;
  const Duration eight{14 * (OneSwitch::hop + kibibytes64 * OneSwitch::byte)};
  EXPECT_EQ(time_of(ring(8, kibibytes64, Tags::repeated), 8), eight);
  EXPECT_EQ(time_of(ring(8, kibibytes64, Tags::unique), 8), eight);
  const Duration many{510 * (OneSwitch::hop + 1000 * OneSwitch::byte)};
  EXPECT_EQ(time_of(ring(256, 1000, Tags::repeated), 256), many);
  EXPECT_EQ(time_of(ring(256, 1000, Tags::unique), 256), many);
}

TEST(ImportGoal, OverheadsAreAddedToEveryStep) {
  // 2 (n - 1) (L + 2 o + s G) = 14 (14 + 2 * 3 + 1) us.
  EXPECT_EQ(time_of(ring(8, 1000, Tags::repeated, 3000), 8), Duration{14 * 21'000'000});
  EXPECT_EQ(time_of(ring(8, 1000, Tags::unique, 3000), 8), Duration{14 * 21'000'000});
}

TEST(ImportGoal, TheSamplesTakeTheClosedForm) {
  const auto data = committed::measured_data();
  if (!data) GTEST_SKIP() << "ORRERY_DATA is not set: no sample schedules";
  for (const char* const tags : {"repeated", "unique"}) {
    const std::string path = *data + "/workload-traces/goal/ring_allreduce_8_" + tags + "_tags.goal";
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    EXPECT_EQ(time_of(text.str(), 8), Duration{14 * (OneSwitch::hop + 65536 * OneSwitch::byte)}) << tags;
  }
}

TEST(ImportGoal, RanksAlikeShareARole) {
  // Rank 0 receives from 7 above, rank 7 sends to 7 below, the six between are alike.
  const sim::Program program = imported(ring(8, 1000, Tags::repeated)).program;
  ASSERT_EQ(program.roles.size(), 3U);
  EXPECT_EQ(program.roles[1].ranks, (sim::Lattice{.first = 1, .extents = {{6, 1}}}));
}

TEST(ImportGoal, EqualTagsMeetInTheOrderTheyWereSent) {
  // The first receive takes the first message: 14 + 1 us, then its calc of 100 us. Were it the second: 15 + 14 + 9 + 100.
  const std::string text = of_two("a: send 1000b to 1\nb: send 9000b to 1\nb requires a\n",
                                  "a: recv 1000b from 0\nb: recv 9000b from 0\nb requires a\nc: calc 100000\nc requires a\n");
  EXPECT_EQ(time_of(text, 2), 115_us);
}

TEST(ImportGoal, MessagesOfOneRankAreUnderWaySideBySide) {
  // Both leave at once and share the port: 14 us, then 2,000 bytes in 2 us.
  const std::string text = of_two("send 1000b to 1 tag 1\nsend 1000b to 1 tag 2\n", "recv 1000b from 0 tag 2\nrecv 1000b from 0 tag 1\n");
  EXPECT_EQ(time_of(text, 2), 16_us);
}

TEST(ImportGoal, AMessageArrivesBeforeItsReceive) {
  // Each sends first and then receives: 15 us. Where receives must be there, each waits for the other for ever.
  const std::string exchange = "s: send 1000b to 1\nr: recv 1000b from 1\nr requires s\n";
  const std::string other = "s: send 1000b to 0\nr: recv 1000b from 0\nr requires s\n";
  EXPECT_EQ(time_of(of_two(exchange, other), 2), 15_us);
  EXPECT_EQ(time_of(of_two(exchange, other), 2, {.eager = {1000}}), 15_us);
  EXPECT_EQ(
      refusal(of_two(exchange, other), {.eager = {999}}),
      "x.goal: cannot end: rank 0, line 3: send of 1000 bytes to rank 1 with tag 0, which waits for rank 1, line 9: receive of 1000 bytes "
      "from rank 0 with tag 0, which waits for rank 1, line 8: send of 1000 bytes to rank 0 with tag 0, which waits for rank 0, line 4: "
      "receive of 1000 bytes from rank 1 with tag 0, which waits for the first of these; break the circle of dependencies");
}

TEST(ImportGoal, ALateReceiverFindsWhatHasArrived) {
  // The message takes 15 us while the receiver calculates for 40; it need not come then. Above the limit it begins at 40.
  const std::string text = of_two("send 1000b to 1\n", "c: calc 40000\nr: recv 1000b from 0\nr requires c\n");
  EXPECT_EQ(time_of(text, 2), 40_us);
  EXPECT_EQ(time_of(text, 2, {.eager = {0}}), 55_us);
}

TEST(ImportGoal, EachCpuDoesOneThingAtATime) {
  EXPECT_EQ(time_of("num_ranks 1\nrank 0 {\ncalc 5000\ncalc 7000\n}\n", 1), 12_us);
  EXPECT_EQ(time_of("num_ranks 1\nrank 0 {\ncalc 5000 cpu 3\ncalc 7000 cpu 1\n}\n", 1), 7_us);
}

TEST(ImportGoal, IrequiresWaitsForTheBeginning) {
  // b begins with a, which begins after 3 us: 3 + 10. After a's end it would be 3 + 10 + 6.
  const std::string begin = "num_ranks 1\nrank 0 {\nfirst: calc 3000\na: calc 10000\na requires first\nb: calc 6000 cpu 1\n";
  EXPECT_EQ(time_of(begin + "b irequires a\n}\n", 1), 13_us);
  EXPECT_EQ(time_of(begin + "b requires a\n}\n", 1), 19_us);
}

TEST(ImportGoal, AMessageBeginsWhenItCouldBePosted) {
  // The receive is posted after 5 us; what starts with it takes until 5 + 100, whenever the message comes. Likewise through another
  // receive.
  const std::string first = "c: calc 50000\ns: send 1000b to 1\ns requires c\nt: send 1000b to 1 tag 1\n";
  const std::string second =
      "a: calc 5000\nr: recv 1000b from 0\nr requires a\nq: recv 1000b from 0 tag 1\nq irequires r\nb: calc 100000 cpu 1\nb irequires q\n";
  EXPECT_EQ(time_of(of_two(first, second), 2), 105_us);
}

TEST(ImportGoal, AnyRankAndAnyTagAreMatchedAndCounted) {
  const std::string text =
      "num_ranks 3\nrank 0 {\nr: recv 1000b from -1 tag -1\nq: recv 1000b from -1 tag 7\nq requires r\n}\nrank 1 {\nc: calc 90000\n"
      "s: send 1000b to 0 tag 7\ns requires c\n}\nrank 2 { send 1000b to 0 tag 5 }\n";
  // Rank 2's comes at once, rank 1's at 90 us and takes 15.
  EXPECT_EQ(time_of(text, 3), 105_us);
  EXPECT_EQ(imported(text).tolerated,
            std::vector<std::string>{"2 receives from any rank or of any tag (matched in the order of a machine of round numbers)"});
}

TEST(ImportGoal, TheSendersSizeCounts) { EXPECT_EQ(time_of(of_two("send 1000b to 1\n", "recv 5000b from 0\n"), 2), 15_us); }

TEST(ImportGoal, CommentsAndBlanksAreNothing) {
  const std::string begin = "// a schedule\nnum_ranks 2 /* ranks\nrank 5 { */\nrank 0 { // zero\n";
  EXPECT_EQ(time_of(begin + "  a: calc 1000 /* b */ cpu 0\n}rank 1{b:calc 2000}\n", 2), 2_us);
  EXPECT_EQ(refusal(begin + "a : calc 1000\n}\n"), "x.goal:5: there is no operation \"a\" above; define a label before it is used")
      << "a label ends in its colon, and lines count within comments";
}

TEST(ImportGoal, WhatIsLetPassIsCounted) {
  const auto made = imported("num_ranks 4\nrank 1 {\nsend 8b to 2 nic 1\n}\nrank 2 {\nrecv 8b from 1 cpu 2 nic 3\n}\n");
  EXPECT_EQ(made.tolerated,
            (std::vector<std::string>{"2 messages on a NIC other than 0 (the machine chooses)", "2 ranks without a block"}));
  EXPECT_EQ(made.program.ranks, 4);
}

TEST(ImportGoal, WhatCannotEndNamesWhoHoldsItUp) {
  EXPECT_EQ(
      refusal(of_two("c: calc 5\nr: recv 64b from 1 tag 3\nd: calc 5\nd requires r\n", "send 64b to 0 tag 4\nrecv 64b from 0 tag 4\n")),
      "x.goal: cannot end: rank 0, line 4: receive of 64 bytes from rank 1 with tag 3 finds no send that it takes; let every message "
      "have its send and its receive, and every member of a group all its collectives");
  EXPECT_EQ(refusal(of_two("send 64b to 1\n", "calc 5\n")).substr(0, 106),
            "x.goal: cannot end: rank 0, line 3: send of 64 bytes to rank 1 with tag 0 finds no receive that takes it; ");
  EXPECT_EQ(
      refusal("num_ranks 1\nrank 0 {\na: calc 1\nb: calc 2\na requires b\nb requires a\n}\n"),
      "x.goal: cannot end: rank 0, line 3: computation, which waits for rank 0, line 4: computation, which waits for the first of these; "
      "break the circle of dependencies");
}

TEST(ImportGoal, WrongLinesAreRefusedWithTheirNumber) {
  const auto inside = [](const std::string& line) { return refusal("num_ranks 2\nrank 0 {\n" + line + "\n}\n"); };
  EXPECT_EQ(refusal(""), "x.goal:0: there is no num_ranks; begin with num_ranks N");
  EXPECT_EQ(refusal("rank 0 {\n}\n"), "x.goal:1: \"rank\" before num_ranks; begin with num_ranks N");
  EXPECT_EQ(refusal("num_ranks 0\n"), "x.goal: 0 ranks; a schedule has 1 to 1048576; correct the number of ranks");
  EXPECT_EQ(refusal("num_ranks two\n"), "x.goal:1: \"two\" is no number, where the number of ranks should stand; correct it");
  EXPECT_EQ(refusal("num_ranks 2\ncalc 5\n"), "x.goal:2: \"calc\" outside of a rank's block; open a block: rank R {");
  EXPECT_EQ(refusal("num_ranks 2\nrank 1 {\n}\nrank 0 {\n}\n"),
            "x.goal:4: the block of rank 0 of 2 after that of rank 1; give each rank one block, in order");
  EXPECT_EQ(refusal("num_ranks 2\nrank 0 {\ncalc 5\n"), "x.goal:3: the block of rank 0 is not closed; close it with }");
  EXPECT_EQ(inside("send 5 to 1"), "x.goal:3: \"5\" is no number of bytes; write e.g. 1024b");
  EXPECT_EQ(inside("send 5b from 1"), "x.goal:3: \"from\" where to should stand; correct it");
  EXPECT_EQ(inside("send 5b to"), "x.goal:3: the line ends where a rank should stand; complete it");
  EXPECT_EQ(inside("send 5b to 2"), "x.goal:3: rank 2; there are 0 to 1; correct the rank");
  EXPECT_EQ(inside("send 5b to -1"), "x.goal:3: rank -1; there are 0 to 1; correct the rank");
  EXPECT_EQ(inside("send 5b to 0"), "x.goal:3: rank 0 sends itself a message; make it a calc");
  EXPECT_EQ(inside("send 5b to 1 tag -1"), "x.goal:3: tag -1; tags are not negative");
  EXPECT_EQ(inside("send -5b to 1"), "x.goal:3: -5 bytes; a message has 0 to 1 PiB; correct them");
  EXPECT_EQ(inside("calc -5"), "x.goal:3: -5 ns; a calc takes 0 to 106 days; correct it");
  EXPECT_EQ(inside("calc 5 cpu 256"), "x.goal:3: cpu 256; cpus are numbered 0 to 255");
  EXPECT_EQ(inside("calc 5 6"), "x.goal:3: \"6\" after the end of the operation; one operation a line");
  EXPECT_EQ(inside("a: wait 5"), "x.goal:3: \"wait\" is no operation; write send, recv or calc");
  EXPECT_EQ(inside("a: calc 5\na: calc 6"), "x.goal:4: a second label \"a\"; name each once in a rank");
  EXPECT_EQ(inside("a: calc 5\na requires b"), "x.goal:4: there is no operation \"b\" above; define a label before it is used");
  EXPECT_EQ(inside("a: calc 5\na requires a"), "x.goal:4: \"a\" requires itself; take the line out");
  EXPECT_EQ(inside("calc 9000000000000000\ncalc 9000000000000000"),
            "x.goal: takes longer than 106 days; correct the durations, or cut the trace");
}

// ---- the binary form

class Bytes {
 public:
  template <class Number>
  Bytes& add(Number value) {
    for (std::size_t i = 0; i < sizeof(Number); ++i) text_.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i)));
    return *this;
  }
  const std::string& text() const { return text_; }
  std::size_t size() const { return text_.size(); }

 private:
  std::string text_;
};

struct BinaryOperation {
  std::uint32_t dependencies;
  std::uint8_t type;
  std::uint32_t peer;
  std::uint64_t size;
  std::uint32_t tag;
  std::uint8_t cpu = 0;
  std::vector<std::uint32_t> ended{};
  std::vector<std::uint32_t> begun{};
};

std::string binary(const std::vector<std::vector<BinaryOperation>>& ranks) {
  std::vector<std::string> blocks;
  for (const auto& operations : ranks) {
    Bytes block;
    Bytes appendix;
    std::uint32_t roots = 0;
    for (const BinaryOperation& each : operations) roots += each.dependencies == 0 ? 1 : 0;
    block.add(static_cast<std::uint32_t>(operations.size())).add(roots);
    for (std::uint32_t i = 0; i < operations.size(); ++i) {
      if (operations[i].dependencies == 0) block.add(i);
    }
    for (const BinaryOperation& each : operations) {
      block.add(each.dependencies).add(each.type).add(each.peer).add(each.size).add(each.tag).add(each.cpu).add(std::uint8_t{0});
      for (const auto* list : {&each.ended, &each.begun}) {
        block.add(static_cast<std::uint32_t>(list->size())).add(static_cast<std::uint32_t>(appendix.size() / 4));
        for (const std::uint32_t successor : *list) appendix.add(successor);
      }
    }
    blocks.push_back(block.text() + appendix.text());
  }
  Bytes file;
  file.add(std::uint64_t{4223}).add(static_cast<std::uint32_t>(ranks.size())).add(std::uint8_t{1}).add(std::uint8_t{0});
  std::uint64_t at = 6 + 16 * ranks.size();
  for (const std::string& block : blocks) {
    file.add(at).add(at + block.size());
    at += block.size();
  }
  std::string text = file.text();
  for (const std::string& block : blocks) text += block;
  return text;
}

TEST(ImportGoal, TheBinaryFormSaysTheSameAsTheText) {
  constexpr std::uint32_t any = 0xFFFFFFFF;
  const std::string bytes =
      binary({{{0, 3, 0, 5000, 0, 0, {1}, {2}}, {1, 1, 1, 1000, 7}, {1, 3, 0, 2000, 0, 1}}, {{0, 2, any, 1000, any}}});
  const std::string text =
      of_two("a: calc 5000\nb: send 1000b to 1 tag 7\nc: calc 2000 cpu 1\nb requires a\nc irequires a\n", "recv 1000b from -1 tag -1\n");
  EXPECT_EQ(imported(bytes).program, imported(text).program);
  EXPECT_EQ(imported(bytes).tolerated, imported(text).tolerated);
  EXPECT_EQ(imported(binary({{{5, 3, 0, 1, 0}}})).tolerated,
            std::vector<std::string>{"1 operations that claim another number of dependencies than they have"});
}

TEST(ImportGoal, ABinaryThatIsCutOffOrWrongIsRefused) {
  const std::string whole = binary({{{0, 3, 0, 5000, 0, 0, {1}}, {1, 3, 0, 5, 0}}});
  for (std::size_t size = 8; size < whole.size(); ++size) EXPECT_NE(refusal(whole.substr(0, size)), "") << size;
  EXPECT_EQ(refusal(whole), "");
  EXPECT_EQ(refusal(binary({{{0, 4, 0, 1, 0}}})),
            "x.goal: operation 0 is of type 4, neither send, receive nor calc; give a whole file as txt2bin writes it");
  EXPECT_EQ(refusal(binary({{{0, 3, 0, 1, 0, 0, {1}}}})),
            "x.goal: operation 0 has the dependent 1 of 1; give a whole file as txt2bin writes it");
  EXPECT_EQ(refusal(binary({{{0, 1, 3, 1, 0}}})), "x.goal: rank 0, operation 0: rank 3; there are 0 to 0; correct the rank");
}

}  // namespace
}  // namespace orrery::workloads
