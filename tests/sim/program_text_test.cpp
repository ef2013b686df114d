#include "sim/program_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>

#include "sim/error.h"
#include "sim/random.h"
#include "tests/sim/random_program.h"

namespace orrery::sim {
namespace {

constexpr std::string_view example = R"(orrery-program 1
name "hello"
ranks 4
labels compute data
communicator world groups 0 members 4*1
communicator alone groups 0+4*1 members self
block layer
  compute: gemm fp16 m=4096 n=4096 k=4096 batch=1
  data: all_reduce fp16 524288 world
role all ranks 0+4*1 events 1
  stream main
    call layer 12
    record 0
  stream side
    wait 0
    data: send 1048576 to +0 tag 3
    data: receive 1048576 from any tag any
    data: receive 5 from -0 tag -3
    compute: busy 1300000ps
    compute: copy to_host 4096
    record 0 begun
)";

/// The text with `old` replaced, which must be in it once.
std::string changed(std::string_view old, std::string_view now) {
  std::string text(example);
  const std::size_t at = text.find(old);
  EXPECT_NE(at, text.npos) << old;
  EXPECT_EQ(text.find(old, at + 1), text.npos) << old;
  return text.replace(at, old.size(), now);
}

std::vector<std::string> faults_in(std::string_view text) {
  std::vector<std::string> texts;
  try {
    program_from(text, "x");
  } catch (const Error& error) {
    for (const Fault& fault : error.faults()) texts.push_back(to_text(fault));
  }
  return texts;
}
using Texts = std::vector<std::string>;

/// A role of one rank, `lines` operations long.
Program long_program(int lines) {
  Program program{.name = "long", .ranks = 1, .labels = {"compute", "data"}};
  program.communicators = {{"world", {0, {}}, {}}};
  program.blocks = {{"layer", {{0, Busy{{1}}}}}};
  std::vector<Operation> operations;
  for (int i = 0; i < lines; ++i) {
    const std::vector<Operation> kinds = {{0, Compute{{KernelKind::gemm, DataType::fp16, {2048, 7680, 20480, 1}}}},
                                          {1, Collect{CollectiveKind::all_reduce, 1 << 24, DataType::fp16, 0}},
                                          {1, Receive{{1 << 20}, 0, i}},
                                          {0, Wait{0}},
                                          {0, Call{0, 2}}};
    operations.push_back(kinds[static_cast<std::size_t>(i) % kinds.size()]);
  }
  program.roles = {{"all", {0, {}}, 1, {{"main", operations}}}};
  return program;
}

TEST(ProgramText, ReadsTheExample) {
  const Program program = program_from(example, "hello.program");
  EXPECT_EQ(program.name, "hello");
  EXPECT_EQ(program.ranks, 4);
  EXPECT_EQ(program.labels, (std::vector<std::string>{"compute", "data"}));
  ASSERT_EQ(program.communicators.size(), 2U);
  EXPECT_EQ(program.communicators[0], (Communicator{"world", {0, {}}, {{4, 1}}}));
  EXPECT_EQ(program.communicators[1], (Communicator{"alone", {0, {{4, 1}}}, {}}));
  ASSERT_EQ(program.blocks.size(), 1U);
  EXPECT_EQ(program.blocks[0], (Block{"layer",
                                      {{0, Compute{{KernelKind::gemm, DataType::fp16, {4096, 4096, 4096, 1}}}},
                                       {1, Collect{CollectiveKind::all_reduce, 524288, DataType::fp16, 0}}}}));
  ASSERT_EQ(program.roles.size(), 1U);
  EXPECT_EQ(program.roles[0].ranks, (Lattice{0, {{4, 1}}}));
  EXPECT_EQ(program.roles[0].events, 1);
  ASSERT_EQ(program.roles[0].streams.size(), 2U);
  EXPECT_EQ(program.roles[0].streams[0], (Stream{"main", {{0, Call{0, 12}}, {0, Record{0, Record::When::done}}}}));
  EXPECT_EQ(program.roles[0].streams[1], (Stream{"side",
                                                 {{0, Wait{0}},
                                                  {1, Send{{1048576}, 0, 3}},
                                                  {1, Receive{{1048576}, std::nullopt, std::nullopt}},
                                                  {1, Receive{{5}, 0, -3}},
                                                  {0, Busy{{1300000}}},
                                                  {0, Copy{CopyKind::to_host, {4096}}},
                                                  {0, Record{0, Record::When::begun}}}}));
}

TEST(ProgramText, CallsOfAGroupStandBehindTheirCommunicator) {
  const Program program = program_from(changed("524288 world", "524288 world calls 5"), "x");
  EXPECT_EQ(program.blocks[0].operations[1].action,
            decltype(Operation::action)(Collect{CollectiveKind::all_reduce, 524288, DataType::fp16, 0, 5}));
  EXPECT_EQ(program_from(text_of(program), "x"), program);
  EXPECT_EQ(faults_in(changed("524288 world", "524288 world 5")).size(), 1U);
}

TEST(ProgramText, WritesWhatItRead) {
  // But for the sign of an offset of 0, the example is canonical.
  EXPECT_EQ(text_of(program_from(example, "x")), changed("-0", "+0"));
}

TEST(ProgramText, CommentsBlankLinesCarriageReturnsAndWideGapsMeanNothing) {
  std::string text = "# made by hand\r\n\n   # indented comment\n";
  for (const char c : example) text += c == '\n' ? "  # \"comment\" name\r\n\n" : std::string(1, c);
  text.replace(text.find("m=4096"), 6, "  m=4096");
  EXPECT_EQ(program_from(text, "x"), program_from(example, "x"));
  text.pop_back();  // and the last line feed
  EXPECT_EQ(program_from(text, "x"), program_from(example, "x"));
}

TEST(ProgramText, LinesMayEndAsOnWindows) {
  std::string text;
  for (const char c : example) text += c == '\n' ? "\r\n" : std::string(1, c);
  EXPECT_EQ(program_from(text, "x"), program_from(example, "x"));
}

TEST(ProgramText, EveryValidProgramComesBackAndIsCanonical) {
  std::array<bool, std::variant_size_v<decltype(Operation::action)>> seen{};
  std::array<bool, kernel_kind_count> kernels{};
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Program program = RandomProgram(seed).make();
    ASSERT_NO_THROW(validate(program)) << seed;
    const std::string text = text_of(program);
    const Program again = program_from(text, "random");
    ASSERT_EQ(again, program) << text;
    ASSERT_EQ(text_of(again), text);
    for (const Role& role : program.roles) {
      for (const Operation& operation : role.streams[0].operations) {
        seen[operation.action.index()] = true;
        if (const auto* compute = std::get_if<Compute>(&operation.action)) kernels[static_cast<std::size_t>(compute->kernel.kind)] = true;
      }
    }
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), std::ssize(seen));
  EXPECT_EQ(std::count(kernels.begin(), kernels.end(), true), std::ssize(kernels));
}

TEST(ProgramText, ExtremeNumbersComeBack) {
  Program program = long_program(0);
  program.roles[0].events = max_role_events;
  program.roles[0].streams[0].operations = {
      {0, Busy{{INT64_MAX}}}, {0, Wait{max_role_events - 1}}, {1, Send{{max_operation_bytes}, 0, INT32_MIN}}, {1, Send{{0}, 0, INT32_MAX}}};
  EXPECT_EQ(program_from(text_of(program), "x"), program);
}

TEST(ProgramText, PlacesAndRemediesOfUnknownWords) {
  EXPECT_EQ(faults_in(changed("gemm", "gem")), Texts{"x:8:12: \"gem\" is no operation; did you mean \"gemm\"?"});
  EXPECT_EQ(faults_in(changed("all_reduce", "all_reduec")), Texts{"x:9:9: \"all_reduec\" is no operation; did you mean \"all_reduce\"?"});
  EXPECT_EQ(faults_in(changed("524288 world", "524288 wrld")),
            Texts{"x:9:32: \"wrld\" is no communicator above this line; did you mean \"world\"?"});
  EXPECT_EQ(faults_in(changed("compute: busy", "compte: busy")), Texts{"x:19:5: \"compte\" is no label; did you mean \"compute\"?"});
  EXPECT_EQ(faults_in(changed("call layer", "call leyer")),
            Texts{"x:12:10: \"leyer\" is no block above this line; did you mean \"layer\"?"});
  EXPECT_EQ(faults_in(changed("gemm fp16", "gemm fp61")), Texts{"x:8:17: \"fp61\" is no data type; did you mean \"fp16\"?"});
  EXPECT_EQ(faults_in(changed("to_host", "to_hots")), Texts{"x:20:19: \"to_hots\" is no kind of copy; did you mean \"to_host\"?"});
  EXPECT_EQ(faults_in(changed("block layer", "blok layer"))[0], "x:7:1: \"blok\" is no keyword; did you mean \"block\"?");
  EXPECT_EQ(faults_in(changed("wait 0", "wiat 0")), Texts{"x:15:5: \"wiat\" is no operation; did you mean \"wait\"?"});
  EXPECT_EQ(faults_in(changed("groups 0 members 4*1", "group 0 members 4*1"))[0], "x:5:20: \"group\" where \"groups\" should stand");
}

TEST(ProgramText, NumbersAreCheckedForRange) {
  EXPECT_EQ(faults_in(changed("ranks 4\n", "ranks 2147483648\n")),
            Texts{"x:3:7: \"2147483648\" is out of range: the number of ranks is -2147483648 to 2147483647"});
  EXPECT_EQ(faults_in(changed("524288", "99999999999999999999")).size(), 1U);
  EXPECT_EQ(faults_in(changed("m=4096", "m=4096x")),
            Texts{"x:8:24: \"4096x\" is no number, where m should stand; write a decimal integer"});
  EXPECT_EQ(faults_in(changed("m=4096", "m=")).size(), 1U);
  EXPECT_EQ(faults_in(changed("m=4096", "k=4096")), Texts{"x:8:22: \"k=4096\" where m= should stand"});
  EXPECT_EQ(faults_in(changed("1300000ps", "1300000")), Texts{"x:19:19: \"1300000\" is no duration in picoseconds; write e.g. 1300000ps"});
  EXPECT_EQ(faults_in(changed("1300000ps", "9223372036854775808ps")).size(), 1U);
  EXPECT_EQ(faults_in(changed("to +0", "to 0")),
            Texts{"x:16:27: \"0\" where an offset should stand; write its sign: +64 is the rank 64 above"});
  EXPECT_EQ(faults_in(changed("to +0", "to +-0")).size(), 1U);
  EXPECT_EQ(faults_in(changed("to +0", "to +")).size(), 1U);
  EXPECT_EQ(faults_in(changed("role all ranks 0+4*1", "role all ranks 0+4")), Texts{"x:10:18: \"4\" where COUNT*STRIDE should stand"});
  EXPECT_EQ(faults_in(changed("role all ranks 0+4*1", "role all ranks 0+")).size(), 1U);
  EXPECT_EQ(faults_in(changed("members 4*1", "members 4*1+")).size(), 1U);
}

TEST(ProgramText, LinesThatEndTooEarlyOrTooLate) {
  EXPECT_EQ(faults_in(changed("call layer 12", "call layer")), Texts{"x:12:15: the line ends where how many times should stand"});
  EXPECT_EQ(faults_in(changed("wait 0", "wait 0 1")), Texts{"x:15:12: the line goes on after its end: \"1\""});
  EXPECT_EQ(faults_in(changed("record 0 begun", "record 0 done")), Texts{"x:21:14: \"done\" where \"begun\" should stand"});
  EXPECT_EQ(faults_in(changed("compute: busy 1300000ps", "compute:")), Texts{"x:19:13: the line ends where an operation should stand"});
  EXPECT_EQ(faults_in(changed("\"hello\"", "hello"))[0],
            "x:2:6: the name of the Program should stand here between quotes; write e.g. \"my program\"");
  EXPECT_EQ(faults_in(changed("\"hello\"", "\"hello")).size(), 1U);
  EXPECT_EQ(faults_in(changed("\"hello\"", "\"hello\\\"")).size(), 1U);
  EXPECT_EQ(faults_in(changed("\"hello\"", "\"hel\\lo\"")).size(), 1U);
}

TEST(ProgramText, LabelsStandBeforeWhatTakesTimeOnly) {
  EXPECT_EQ(faults_in(changed("compute: busy", "busy")), Texts{"x:19:5: \"busy\" takes time and has no label; write LABEL: before it"});
  EXPECT_EQ(faults_in(changed("wait 0", "data: wait 0")), Texts{"x:15:11: \"wait\" takes no time and has no label"});
}

TEST(ProgramText, IndentationIsPartOfTheForm) {
  EXPECT_EQ(faults_in(changed("  compute: gemm", "   compute: gemm")),
            Texts{"x:8:1: indented by 3 blanks; the operations of a block are indented by 2"});
  EXPECT_EQ(faults_in(changed("    wait 0", "  wait 0")), Texts{"x:15:3: \"wait\" where \"stream\" should stand"});
  EXPECT_EQ(faults_in(changed("    wait 0", "     wait 0")),
            Texts{"x:15:1: indented by 5 blanks; the streams of a role are indented by 2, their operations by 4"});
  EXPECT_EQ(faults_in(changed("labels", "  labels"))[0], "x:4:1: indented by 2 blanks; only what belongs to a block or role is indented");
}

TEST(ProgramText, TheHeaderStandsInOrder) {
  EXPECT_EQ(faults_in(""), Texts{"x:1:1: the text ends where \"orrery-program\" should stand"});
  EXPECT_EQ(faults_in("orrery-program 1\n"), Texts{"x:2:1: the text ends where \"name\" should stand"});
  EXPECT_EQ(faults_in("{\"orrery\": 1}"), Texts{"x:1:1: not a Program: its first line is not \"orrery-program 1\""});
  EXPECT_EQ(faults_in(changed("orrery-program 1", "orrery-program 2")),
            Texts{"x:1:16: version \"2\" of the form; this reader knows version 1"});
  EXPECT_EQ(faults_in(changed("ranks 4\n", "")), Texts{"x:3:1: the line \"ranks\" is missing above this one"});
  EXPECT_EQ(faults_in(changed("labels compute data\n", "")), Texts{"x:4:1: the line \"labels\" is missing above this one"});
  EXPECT_EQ(faults_in(changed("block layer\n", "ranks 4\nblock layer\n")), Texts{"x:7:1: a second line \"ranks\", or one out of order"});
}

TEST(ProgramText, FaultsOfTheWholeArePlacedByLineInOrder) {
  // A wait for an event that the role does not have; a role without the ranks 3 and up; a collective of ranks outside it.
  std::string text = changed("    wait 0", "    wait 7");
  text.replace(text.find("role all ranks 0+4*1"), 20, "role all ranks 0+3*1");
  text.replace(text.find("members 4*1"), 11, "members 2*1");
  EXPECT_EQ(faults_in(text), (Texts{"x:3:1: no role has rank 3", "x:9:3: rank 2 of role \"all\" is not in communicator \"world\"",
                                    "x:15:5: event 7 of role \"all\", which has 1"}));
  EXPECT_EQ(faults_in(changed("stream side", "stream main")), Texts{"x:14:3: a second \"main\""});
  EXPECT_EQ(faults_in(changed("alone", "world")), Texts{"x:6:1: a second \"world\""});
  EXPECT_EQ(faults_in(changed("compute: gemm", "call layer 1\n  compute: gemm")),
            Texts{"x:8:3: calls its own or a later block; a block calls those above it only"});
  EXPECT_EQ(faults_in(changed("labels compute data", "labels compute data data")), Texts{"x:4:1: a second \"data\""});
  EXPECT_EQ(faults_in(changed("\"hello\"", "\"\xff\"")), Texts{"x:2:1: the name is not one line of UTF-8"});
}

TEST(ProgramText, EveryLineIsReadDespiteFaultsAboveIt) {
  std::string text(example);
  for (const auto& [old, now] : std::vector<std::pair<std::string, std::string>>{
           {"gemm", "gem"}, {"524288", "many"}, {"call layer 12", "call layer twelve"}, {"wait 0", "wait"}, {"+0 tag 3", "+0 tag three"}}) {
    text.replace(text.find(old), old.size(), now);
  }
  EXPECT_EQ(faults_in(text).size(), 5U);
  EXPECT_EQ(faults_in("orrery-program 1\nname \"\"\nranks 1\nlabels a\n" + std::string(500, 'x')).size(), 1U);
  std::string many = "orrery-program 1\nname \"\"\nranks 1\nlabels a\nblock b\n";
  for (int i = 0; i < 500; ++i) many += "  a: nonsense\n";
  EXPECT_EQ(faults_in(many).size(), 20U);
  std::string headless = "orrery-program 1\n";  // 19 faults, and then three lines missing at once
  for (int i = 0; i < 19; ++i) headless += "nonsense\n";
  EXPECT_EQ(faults_in(headless + "block b\n").size(), 20U);
}

TEST(ProgramText, LongWordsAndBytesThatDoNotPrintAreShownSafely) {
  const Texts faults = faults_in(changed("gemm", std::string(1000, 'g') + "\x1b[31m"));
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_LT(faults[0].size(), 200U);
  EXPECT_EQ(faults_in(changed("gemm", "\x1b\xff"))[0].substr(0, 28), "x:8:12: \"??\" is no operation");
}

/// Reads, and takes a sim::Error for an answer; anything else fails the test. What is accepted must come back.
void survive(const std::string& text) {
  try {
    const Program program = program_from(text, "x");
    EXPECT_EQ(program_from(text_of(program), "x"), program) << text;
  } catch (const Error& error) {
    EXPECT_FALSE(error.faults().empty());
    EXPECT_LE(error.faults().size(), 20U);
  }
}

TEST(ProgramText, EveryTruncationIsAFaultOrAProgram) {
  for (std::size_t length = 0; length <= example.size(); ++length) survive(std::string(example.substr(0, length)));
}

TEST(ProgramText, RandomDamageIsAFaultOrAProgram) {
  Random random(7, 0);
  constexpr std::string_view likely = "0123456789*+-:#\" \n\t\\\0=\xff";
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    std::string text = seed % 2 == 0 ? std::string(example) : text_of(RandomProgram(seed % 40).make());
    for (std::uint64_t i = 0, edits = 1 + random.below(6); i < edits && !text.empty(); ++i) {
      const std::size_t at = random.below(text.size());
      const char byte = random.below(2) == 0 ? likely[random.below(likely.size())] : static_cast<char>(random.below(256));
      switch (random.below(4)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        case 2:
          text.erase(at, 1 + random.below(20));
          break;
        default:
          text.insert(at, text.substr(random.below(text.size()), random.below(60)));
      }
    }
    survive(text);
  }
}

TEST(ProgramText, PureNoiseIsAFault) {
  Random random(8, 0);
  for (int i = 0; i < 500; ++i) {
    std::string text = i % 2 == 0 ? "" : "orrery-program 1\nname \"\"\nranks 1\nlabels a\n";
    for (std::uint64_t k = 0, n = random.below(400); k < n; ++k) text += static_cast<char>(random.below(256));
    survive(text);
  }
}

TEST(ProgramText, TwentyThousandLinesAreReadInAFractionOfASecond) {
  const std::string text = text_of(long_program(20'000));
  const auto begin = std::chrono::steady_clock::now();
  const Program program = program_from(text, "long");
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(program.roles[0].streams[0].operations.size(), 20'000U);
  EXPECT_LT(taken.count(), 1.0);  // 0.01 s when optimised; sanitizers and a busy machine get their share
  RecordProperty("seconds", std::to_string(taken.count()));
}

}  // namespace
}  // namespace orrery::sim
