#include "sim/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "sim/error.h"

namespace orrery::sim {
namespace {

Operation compute() { return {0, Compute{{KernelKind::adam, DataType::fp16, {8, 1, 1, 1}}}}; }
Operation reduce_over(std::int32_t communicator) { return {1, Collect{CollectiveKind::all_reduce, 16, DataType::fp16, communicator}}; }
Operation call(std::int32_t block, std::int32_t times = 1) { return {0, Call{block, times}}; }

/// Eight ranks: role low has 0..3, role high 4..7; communicators pairs {0,1} {2,3} ... and low {0..3}; a block of two operations.
Program eight_ranks() {
  Program program{.name = "eight ranks", .ranks = 8, .labels = {"compute", "data"}};
  program.communicators = {{"pairs", {0, {{4, 2}}}, {{2, 1}}}, {"low", {0, {}}, {{4, 1}}}};
  program.blocks = {{"layer", {compute(), reduce_over(0)}}};
  program.roles = {{"low", {0, {{4, 1}}}, 1, {{"main", {call(0, 3), reduce_over(1), {1, Send{{64}, 4, 0}}}}, {"side", {}}}},
                   {"high", {4, {{4, 1}}}, 1, {{"main", {call(0, 3), {1, Receive{{64}, -4, 0}}}}}}};
  return program;
}

std::vector<std::string> faults_in(const Program& program) {
  std::vector<std::string> texts;
  try {
    validate(program);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::bad_input);
    for (const Fault& fault : error.faults()) texts.push_back(to_text(fault));
  }
  return texts;
}
/// The faults after `change` to a valid Program.
std::vector<std::string> faults_after(const std::function<void(Program&)>& change) {
  Program program = eight_ranks();
  change(program);
  return faults_in(program);
}
using Texts = std::vector<std::string>;

TEST(Lattice, ExampleOfTheHeader) {
  const Lattice lattice{64, {{8, 1}, {3, 128}}};
  ASSERT_EQ(lattice.size(), 24);
  EXPECT_EQ(lattice.at(0), 64);
  EXPECT_EQ(lattice.at(7), 71);
  EXPECT_EQ(lattice.at(8), 192);
  EXPECT_EQ(lattice.at(23), 327);
}

TEST(Lattice, WithoutExtentsIsItsFirstValue) {
  EXPECT_EQ((Lattice{5, {}}.size()), 1);
  EXPECT_EQ((Lattice{5, {}}.at(0)), 5);
}

TEST(Lattice, StridesMayFall) { EXPECT_EQ((Lattice{9, {{3, -4}}}.at(2)), 1); }

TEST(Lattice, SizePastSixtyFourBitsIsRefused) {
  EXPECT_EQ((Lattice{0, {{INT32_MAX, 0}, {INT32_MAX, 0}}}.size()), std::int64_t{INT32_MAX} * INT32_MAX);
  EXPECT_THROW((Lattice{0, {{INT32_MAX, 0}, {INT32_MAX, 0}, {4, 0}}}.size()), std::logic_error);
}

TEST(ValidateProgram, AcceptsAValidOne) { EXPECT_EQ(faults_in(eight_ranks()), Texts{}); }

TEST(ValidateProgram, ExampleOfTheHeaderIsValid) {
  Program p{.name = "hello", .ranks = 4, .labels = {"compute", "data"}};
  p.communicators = {{.name = "world", .groups = {.first = 0}, .members = {{4, 1}}}};
  p.roles = {{.name = "all",
              .ranks = {.first = 0, .extents = {{4, 1}}},
              .events = 0,
              .streams = {{.name = "main",
                           .operations = {{.label = 0, .action = Compute{{KernelKind::gemm, DataType::fp16, {4096, 4096, 4096, 1}}}},
                                          {.label = 1, .action = Collect{CollectiveKind::all_reduce, 1 << 19, DataType::fp16, 0}}}}}}};
  EXPECT_EQ(faults_in(p), Texts{});
}

TEST(ValidateProgram, RanksInTwoRolesOrInNone) {
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].ranks = {3, {{4, 1}}}, p.roles[1].streams[0].operations.pop_back(); }),
            (Texts{"role high: rank 3 is of role \"low\" already", "ranks: no role has rank 7"}));
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].ranks = {5, {{2, 1}}}; }), (Texts{"ranks: no role has rank 4 and 1 more"}));
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].ranks = {4, {{4, 1}, {2, 0}}}; }), (Texts{"role high: rank 4 twice"}));
}

TEST(ValidateProgram, RanksOutOfRange) {
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].ranks = {4, {{5, 1}}}; }), (Texts{"role high: names rank 8; ranks are 0 to 7"}));
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].ranks = {4, {{4, -2}, {2, 1}}}; }),
            (Texts{"role high: names rank -2; ranks are 0 to 7"}));
  EXPECT_EQ(faults_after([](Program& p) { p.communicators[1].members = {{9, 1}}; }),
            (Texts{"communicator low: names rank 8; ranks are 0 to 7"}));
  EXPECT_EQ(faults_after([](Program& p) { p.communicators[1].groups.first = -1; }),
            (Texts{"communicator low: names rank -1; ranks are 0 to 7"}));
  EXPECT_EQ(faults_after([](Program& p) { p.ranks = 0; }), (Texts{"ranks: 0 ranks; there are 1 to 16777216"}));
  EXPECT_EQ(faults_after([](Program& p) { p.ranks = max_ranks + 1; }), (Texts{"ranks: 16777217 ranks; there are 1 to 16777216"}));
}

TEST(ValidateProgram, LatticeArithmeticThatOverflowsIsRefused) {
  const std::vector<std::vector<Extent>> wild = {{{INT32_MAX, INT32_MAX}},
                                                 {{INT32_MAX, INT32_MIN}},
                                                 {{INT32_MAX, INT32_MAX}, {INT32_MAX, INT32_MAX}, {INT32_MAX, INT32_MAX}},
                                                 {{INT32_MAX, 0}, {INT32_MAX, 0}, {INT32_MAX, 0}, {INT32_MAX, 0}},
                                                 {{65536, 0}, {65536, 0}, {65536, 0}, {65536, 0}},          // a size that is 0 in 64 bits
                                                 {{2, 1 << 30}, {2, 1 << 30}, {2, 1 << 30}, {2, 1 << 30}},  // a value that is 0 in 32 bits
                                                 {{0, 1}},
                                                 {{-1, 1}},
                                                 {{INT32_MIN, INT32_MIN}}};
  for (const std::vector<Extent>& extents : wild) {
    EXPECT_EQ(faults_after([&](Program& p) { p.roles[1].ranks.extents = extents; }).size(), 1U);
    EXPECT_EQ(faults_after([&](Program& p) { p.communicators[1].members = extents; }).size(), 1U);
    EXPECT_EQ(faults_after([&](Program& p) { p.communicators[1].groups.extents = extents; }).size(), 1U);
  }
}

TEST(ValidateProgram, ARankTwiceInACommunicator) {
  // Groups 0, 1, 2, 3 of two neighbours each: 1 is in the first and the second.
  EXPECT_EQ(faults_after([](Program& p) {
              p.communicators[0].groups = {0, {{4, 1}}};
              p.blocks[0].operations.pop_back();
            }),
            (Texts{"communicator pairs: rank 1 twice"}));
}

TEST(ValidateProgram, ACollectiveOfARankOutsideItsGroups) {
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].streams[0].operations.push_back(reduce_over(1)); }),
            (Texts{"role high, stream main, operation 3: rank 4 of role \"high\" is not in communicator \"low\""}));
  // Through a block, the block's operation is named.
  EXPECT_EQ(faults_after([](Program& p) { p.blocks[0].operations.push_back(reduce_over(1)); }),
            (Texts{"block layer, operation 3: rank 4 of role \"high\" is not in communicator \"low\""}));
  // One rank of the role is enough.
  EXPECT_EQ(faults_after([](Program& p) { p.communicators[1].members = {{3, 1}}; }),
            (Texts{"role low, stream main, operation 2: rank 3 of role \"low\" is not in communicator \"low\""}));
}

TEST(ValidateProgram, ABlockThatNobodyCallsMayNameAnything) {
  EXPECT_EQ(faults_after([](Program& p) { p.blocks.push_back({"idle", {reduce_over(1), {1, Send{{1}, 100, 0}}, {0, Wait{99}}}}); }),
            Texts{});
}

TEST(ValidateProgram, PeersOutsideTheRanks) {
  EXPECT_EQ(faults_after([](Program& p) { p.roles[0].streams[0].operations[2] = {1, Send{{64}, 5, 0}}; }),
            (Texts{"role low, stream main, operation 3: the peer of rank 3 of role \"low\" is 8, of 8 ranks"}));
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].streams[0].operations[1] = {1, Receive{{64}, -5, 0}}; }),
            (Texts{"role high, stream main, operation 2: the peer of rank 4 of role \"high\" is -1"}));
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].streams[0].operations[1] = {1, Receive{{64}, INT32_MIN, 0}}; }).size(), 1U);
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].streams[0].operations[1] = {1, Receive{{64}, std::nullopt, std::nullopt}}; }),
            Texts{});
}

TEST(ValidateProgram, EventsOutOfRangeAlsoThroughCalls) {
  EXPECT_EQ(faults_after([](Program& p) { p.roles[0].streams[1].operations = {{0, Record{0}}, {0, Wait{1}}}; }),
            (Texts{"role low, stream side, operation 2: event 1 of role \"low\", which has 1"}));
  EXPECT_EQ(faults_after([](Program& p) { p.blocks[0].operations.push_back({0, Record{2}}), p.roles[0].events = 3; }),
            (Texts{"block layer, operation 3: event 2 of role \"high\", which has 1"}));
  // High reaches the event only through outer, which calls layer.
  EXPECT_EQ(faults_after([](Program& p) {
              p.blocks.push_back({"outer", {call(0)}});
              p.blocks[0].operations.push_back({0, Wait{2}});
              p.roles[0].events = 3;
              p.roles[1].streams[0].operations[0] = call(1);
            }),
            (Texts{"block layer, operation 3: event 2 of role \"high\", which has 1"}));
  EXPECT_EQ(faults_after([](Program& p) { p.blocks[0].operations.push_back({0, Wait{-1}}); }),
            (Texts{"block layer, operation 3: event -1; events are numbered from 0"}));
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].events = -1; }), (Texts{"role high: -1 events; there are 0 to 1000000"}));
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].events = max_role_events; }), Texts{});
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].events = max_role_events + 1; }),
            (Texts{"role high: 1000001 events; there are 0 to 1000000"}));
}

TEST(ValidateProgram, BlocksCallOnlyBlocksAboveThem) {
  EXPECT_EQ(faults_after([](Program& p) { p.blocks[0].operations.push_back(call(0)); }),
            (Texts{"block layer, operation 3: calls its own or a later block; a block calls those above it only"}));
  EXPECT_EQ(faults_after([](Program& p) { p.blocks.push_back({"outer", {}}), p.blocks[0].operations.push_back(call(1)); }).size(), 1U);
  EXPECT_EQ(faults_after([](Program& p) { p.blocks.push_back({"outer", {call(0)}}); }), Texts{});
  EXPECT_EQ(faults_after([](Program& p) { p.roles[0].streams[1].operations = {call(1), call(-1), call(0, 0)}; }),
            (Texts{"role low, stream side, operation 1: block 1 of 1", "role low, stream side, operation 2: block -1 of 1",
                   "role low, stream side, operation 3: a call 0 times; counts are positive"}));
}

TEST(ValidateProgram, CallsThatGoTooDeepOrTooOften) {
  const auto tower = [](int height, std::int32_t times) {
    return [=](Program& p) {
      for (int i = 1; i <= height; ++i) p.blocks.push_back({"b" + std::to_string(i), {call(i - 1, times)}});
      p.roles[0].streams[1].operations = {call(height)};
    };
  };
  EXPECT_EQ(faults_after(tower(max_call_depth, 1)), Texts{});
  EXPECT_EQ(faults_after(tower(max_call_depth + 5, 1)), (Texts{"block b65: calls 65 deep; 64 is the most"}));
  // The innermost block has 2 operations: three levels of 100 calls are just over 2e6 of them, three of 1000 over 2e9.
  EXPECT_EQ(faults_after(tower(3, 100)), Texts{});
  EXPECT_EQ(faults_after(tower(3, 1000)), (Texts{"role low: more than 1000000000 operations, with calls expanded"}));
  EXPECT_EQ(faults_after(tower(60, INT32_MAX)), (Texts{"role low: more than 1000000000 operations, with calls expanded"}));
}

TEST(ValidateProgram, CountsAndSizes) {
  const auto with = [](Operation operation) { return faults_after([&](Program& p) { p.roles[0].streams[1].operations = {operation}; }); };
  const std::string place = "role low, stream side, operation 1: ";
  EXPECT_EQ(with({0, Compute{{KernelKind::gemm, DataType::fp16, {1, 1, -1, 1}}}}), Texts{place + "gemm with k = -1"});
  EXPECT_EQ(with({0, Busy{Duration{-1}}}), Texts{place + "takes less than no time"});
  EXPECT_EQ(with({0, Busy{Duration{0}}}), Texts{});
  EXPECT_EQ(with({0, Pause{Duration{-1}}}), Texts{place + "takes less than no time"});
  EXPECT_EQ(with({0, Copy{CopyKind::device, {-1}}}), Texts{place + "-1 bytes; 0 to 1 PiB can be moved at once"});
  EXPECT_EQ(with({0, Copy{CopyKind::device, {0}}}), Texts{});
  EXPECT_EQ(with({0, Send{{max_operation_bytes}, 0, 0}}), Texts{});
  EXPECT_EQ(with({0, Send{{max_operation_bytes + 1}, 0, 0}}).size(), 1U);
  EXPECT_EQ(with({0, Receive{{-1}, 0, 0}}).size(), 1U);
  EXPECT_EQ(with({0, Collect{CollectiveKind::broadcast, 0, DataType::fp16, 0}}).size(), 1U);
  EXPECT_EQ(with({0, Collect{CollectiveKind::broadcast, INT64_MAX, DataType::fp16, 0}}).size(), 1U);
  EXPECT_EQ(with({0, Collect{CollectiveKind::broadcast, 1 << 30, DataType::fp16, 0, 1 << 30}}).size(), 1U);
  EXPECT_EQ(with({0, Collect{CollectiveKind::broadcast, 1, DataType::fp16, 0, 0}}),
            Texts{place + "a group of 0 calls; it has at least one"});
  EXPECT_EQ(with({0, Collect{CollectiveKind::broadcast, 1, DataType::fp16, 2}}), Texts{place + "communicator 2 of 2"});
  EXPECT_EQ(with({0, Collect{CollectiveKind::broadcast, 1, DataType::fp16, -1}}), Texts{place + "communicator -1 of 2"});
  EXPECT_EQ(with({0, Collect{CollectiveKind::barrier, 0, DataType::fp16, 0}}), Texts{});
  EXPECT_EQ(with({0, Collect{CollectiveKind::barrier, 1, DataType::fp16, 0}}),
            Texts{place + "a barrier of 1 elements; it moves none: write 0"});
}

TEST(ValidateProgram, LabelsOfOperations) {
  const auto with = [](Operation operation) { return faults_after([&](Program& p) { p.roles[0].streams[1].operations = {operation}; }); };
  EXPECT_EQ(with({1, Busy{}}), Texts{});
  EXPECT_EQ(with({2, Busy{}}), Texts{"role low, stream side, operation 1: label 2 of 2"});
  EXPECT_EQ(with({1, Record{0}}), Texts{"role low, stream side, operation 1: a label on what takes no time; leave it 0"});
  EXPECT_EQ(faults_after([](Program& p) {
              p.labels.resize(255),
                  std::generate(p.labels.begin(), p.labels.end(), [i = 0]() mutable { return "l" + std::to_string(i++); });
            }),
            Texts{});
  EXPECT_EQ(faults_after([](Program& p) {
              p.labels.resize(256),
                  std::generate(p.labels.begin(), p.labels.end(), [i = 0]() mutable { return "l" + std::to_string(i++); });
            }),
            Texts{"labels: 256 labels; 255 are the most"});
}

TEST(ValidateProgram, Names) {
  EXPECT_EQ(faults_after([](Program& p) { p.name = "Caf\xc3\xa9 \"x\" # \\ \xf0\x9f\x9a\x80"; }), Texts{});
  for (const char* name :
       {"a\nb", "\x7f", "\xc2\x9b", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xff"}) {
    EXPECT_EQ(faults_after([&](Program& p) { p.name = name; }), Texts{"name: the name is not one line of UTF-8"});
  }
  for (const char* name : {"", "a b", "a#", "a:", "a\"", "\xc3\xa9", "a\n"}) {
    EXPECT_EQ(faults_after([&](Program& p) { p.labels[0] = name; }).size(), 1U) << name;
    EXPECT_EQ(faults_after([&](Program& p) { p.communicators[0].name = name; }).size(), 1U) << name;
    EXPECT_EQ(faults_after([&](Program& p) { p.blocks[0].name = name; }).size(), 1U) << name;
    EXPECT_EQ(faults_after([&](Program& p) { p.roles[0].name = name; }).size(), 1U) << name;
    EXPECT_EQ(faults_after([&](Program& p) { p.roles[0].streams[0].name = name; }).size(), 1U) << name;
  }
  EXPECT_EQ(faults_after([](Program& p) { p.labels[1] = "compute"; }), Texts{"labels: a second \"compute\""});
  EXPECT_EQ(faults_after([](Program& p) { p.communicators[1].name = "pairs"; }), Texts{"communicator pairs: a second \"pairs\""});
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].name = "low"; }), Texts{"role low: a second \"low\""});
  EXPECT_EQ(faults_after([](Program& p) { p.roles[0].streams[1].name = "main"; }), Texts{"role low, stream main: a second \"main\""});
}

TEST(ValidateProgram, ARoleNeedsAStreamAndAProgramALabel) {
  EXPECT_EQ(faults_after([](Program& p) { p.roles[1].streams.clear(); }), Texts{"role high: no streams; give it one, even an empty one"});
  Program program{
      .name = "bare", .ranks = 1, .labels = {}, .communicators = {}, .blocks = {}, .roles = {{"all", {0, {}}, 0, {{"main", {}}}}}};
  EXPECT_EQ(faults_in(program), Texts{"labels: no labels; name at least one, e.g. compute"});
}

TEST(ValidateProgram, FindsSeveralFaultsButNotMoreThanTwenty) {
  EXPECT_EQ(faults_after([](Program& p) { p.name = "\n", p.labels[0] = "", p.roles[1].events = -1; }).size(), 3U);
  EXPECT_EQ(faults_after([](Program& p) { p.roles[0].streams[1].operations.assign(1000, {0, Wait{-1}}); }).size(), 20U);
}

TEST(ValidateProgram, CostsNoMoreForARoleOfAMillionRanksWithManyCalls) {
  // 200,000 calls of blocks of 101 operations, by 2^20 ranks: anything more than their sum would take hours.
  Program program{.name = "big", .ranks = 1 << 20, .labels = {"compute"}};
  program.communicators = {{"world", {0, {}}, {{1 << 20, 1}}}};
  for (int b = 0; b < 1000; ++b) {
    program.blocks.push_back(
        {"b" + std::to_string(b), std::vector<Operation>(100, {0, Collect{CollectiveKind::all_reduce, 1, DataType::fp16, 0}})});
    program.blocks.back().operations.push_back({0, Send{{1}, 0, 0}});
  }
  std::vector<Operation> calls;
  for (int i = 0; i < 100'000; ++i) calls.push_back(call(i % 1000));
  program.roles = {{"all", {0, {{1 << 20, 1}}}, 0, {{"main", calls}, {"side", calls}}}};
  EXPECT_EQ(faults_in(program), Texts{});
}

TEST(Program, NamesOfCollectivesAndCopies) {
  EXPECT_EQ(name_of(CollectiveKind::all_reduce), "all_reduce");
  EXPECT_EQ(name_of(CollectiveKind::reduce), "reduce");
  EXPECT_EQ(name_of(CollectiveKind::barrier), "barrier");
  EXPECT_EQ(name_of(CopyKind::from_host), "from_host");
}

}  // namespace
}  // namespace orrery::sim
