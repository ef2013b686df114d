#include "workloads/steps_program.h"

#include <gtest/gtest.h>

#include "sim/program_text.h"
#include "tests/workloads/one_switch.h"
#include "workloads/step_algorithms.h"

namespace orrery::workloads {
namespace {

using enum StepAction;
using sim::CollectiveKind;
using test::OneSwitch;

/// A rank that sends `count` chunks to the next, each when it has come from the one before.
CollectiveSteps relay(int ranks, int chunks) {
  CollectiveSteps steps{.name = "relay", .kind = CollectiveKind::broadcast, .chunks = chunks};
  for (int rank = 0; rank < ranks; ++rank) {
    StepBlock block;
    if (rank > 0) block.receive_from = rank - 1;
    if (rank + 1 < ranks) block.send_to = rank + 1;
    for (int c = 0; c < chunks; ++c) {
      const ChunkPlace place{ChunkBuffer::input, c};
      block.steps.push_back({.action = rank == 0           ? send
                                       : rank + 1 == ranks ? receive
                                                           : receive_copy_send,
                             .source = place,
                             .target = place});
    }
    steps.ranks.push_back({.blocks = {std::move(block)}});
  }
  return steps;
}

TEST(StepsProgram, ABlockIsAStreamAndOneForWhatItSends) {
  EXPECT_EQ(sim::text_of(program_of(relay(4, 2), {10}, sim::DataType::fp16)),
            "orrery-program 1\n"
            "name \"relay\"\n"
            "ranks 4\n"
            "labels collective\n"
            "role rank0 ranks 0 events 0\n"
            "  stream tb0\n"
            "    collective: send 6 to +1 tag 0\n"  // 5 elements: 3 a chunk
            "    collective: send 6 to +1 tag 0\n"
            "role rank1 ranks 1+2*1 events 1\n"
            "  stream tb0\n"
            "    collective: receive 6 from -1 tag 0\n"
            "    record 0\n"
            "    collective: receive 6 from -1 tag 0\n"
            "    record 0\n"
            "  stream tb0.send\n"
            "    wait 0\n"
            "    collective: send 6 to +1 tag 0\n"
            "    wait 0\n"
            "    collective: send 6 to +1 tag 0\n"
            "role rank3 ranks 3 events 0\n"
            "  stream tb0\n"
            "    collective: receive 6 from -1 tag 0\n"
            "    collective: receive 6 from -1 tag 0\n");
}

TEST(StepsProgram, ARelayIsAPipeline) {
  // Chunk c arrives at rank r after c + r steps of 14 us and 1,000,000 ns: 5 chunks over 3 hops take 4 + 3.
  const OneSwitch machine(4);
  validate(relay(4, 5));
  EXPECT_EQ(machine.end_of(program_of(relay(4, 5), {5'000'000}, sim::DataType::int8)).ticks,
            7 * (OneSwitch::hop + 1'000'000 * OneSwitch::byte));
}

TEST(StepsProgram, WhatDependsWaits) {
  // Rank 0 adds two parts of its memory up and then sends; rank 1 waits for it, copies, and has two dependencies on one block.
  CollectiveSteps steps{.name = "waits", .kind = CollectiveKind::reduce, .chunks = 1};
  steps.ranks.resize(2);
  steps.ranks[1].scratch_chunks = 1;
  steps.ranks[1].blocks = {{.steps = {{.action = copy, .target = {ChunkBuffer::scratch, 0}}, {.action = nothing}}},
                           {.send_to = 0,
                            .steps = {{.action = nothing, .after = StepPlace{0, 1}},
                                      {.action = send, .source = {ChunkBuffer::scratch, 0}, .after = StepPlace{0, 0}}}}};
  steps.ranks[0].blocks = {{.receive_from = 1, .steps = {{.action = receive_reduce_copy}}}};
  validate(steps);
  const OneSwitch machine(2);
  EXPECT_EQ(machine.end_of(program_of(steps, {1'000'000}, sim::DataType::int8)),
            machine.copy(1'000'000) + sim::Duration{OneSwitch::hop + 1'000'000 * OneSwitch::byte});
}

TEST(StepsProgram, AnAdditionReadsTwice) {
  CollectiveSteps steps{.name = "adds", .kind = CollectiveKind::reduce, .chunks = 1};
  steps.ranks.resize(2);
  steps.ranks[0].scratch_chunks = 1;
  steps.ranks[1].blocks = {{.send_to = 0, .steps = {{.action = send}}}};
  steps.ranks[0].blocks = {
      {.receive_from = 1,
       .steps = {{.action = receive, .target = {ChunkBuffer::scratch, 0}}, {.action = reduce, .source = {ChunkBuffer::scratch, 0}}}}};
  validate(steps);
  const OneSwitch machine(2);
  const sim::Duration addition = machine.times.duration({sim::KernelKind::elementwise, sim::DataType::fp16, {500'000, 2, 1, 1}});
  EXPECT_GT(addition, machine.copy(1'000'000));
  EXPECT_EQ(machine.end_of(program_of(steps, {1'000'000}, sim::DataType::fp16)),
            addition + sim::Duration{OneSwitch::hop + 1'000'000 * OneSwitch::byte});
}

TEST(StepsProgram, RanksThatDoTheSameShareARole) {
  // 1, 3, 5 are at equal distances, 6 is alone.
  std::vector<sim::Role> roles;
  append_roles({1, 3, 5, 6}, {.events = 2, .streams = {{.name = "odd"}}}, roles);
  ASSERT_EQ(roles.size(), 2U);
  EXPECT_EQ(roles[0].ranks, (sim::Lattice{1, {{3, 2}}}));
  EXPECT_EQ(roles[1].ranks, (sim::Lattice{6, {}}));
  EXPECT_EQ(roles[1].streams[0].name, "odd");
  EXPECT_EQ(roles[1].events, 2);
}

// Two instances of 2 chunks: 10 elements are 3 a chunk and instance; the second has channels and blocks behind the first's.
TEST(StepsProgram, InstancesHavePartsOfEveryChunkAndChannelsOfTheirOwn) {
  CollectiveSteps steps = relay(2, 2);
  steps.instances = 2;
  EXPECT_NO_THROW(validate(steps));
  EXPECT_EQ(channels_of(steps), 2);
  EXPECT_EQ(thread_blocks_of(steps), 2);
  const std::string text = sim::text_of(program_of(steps, {20}, sim::DataType::fp16));
  for (const char* tag : {"0", "1"}) {
    const std::string send = std::string("    collective: send 6 to +1 tag ") + tag + "\n";
    EXPECT_NE(text.find("  stream tb" + std::string(tag) + "\n" + send + send), std::string::npos) << text;
  }
}

// On one port instances share what one has: all-reduces by a ring of 6 take the closed form with any number, hops beside each other.
TEST(StepsProgram, InstancesTogetherTakeWhatOneTakes) {
  const OneSwitch machine(6);
  CollectiveSteps steps = steps_of(StepAlgorithm::ring_2d, CollectiveKind::all_reduce, {.ranks = 6, .gpus_a_node = 6});
  const sim::Duration one = machine.end_of(program_of(steps, {600'000}, sim::DataType::int8));
  steps.instances = 4;
  const sim::Duration four = machine.end_of(program_of(steps, {600'000}, sim::DataType::int8));
  EXPECT_EQ(four, one);
}

// Rank 0 sends to itself and to nobody: a copy, and then an addition, of a megabyte. Instances share the memory: each does its quarter at a
// quarter of the speed.
TEST(StepsProgram, CopiesAndAdditionsOfInstancesShareTheMemory) {
  CollectiveSteps steps{.name = "local", .kind = CollectiveKind::all_to_all, .chunks = 1};
  steps.ranks.resize(2);
  steps.ranks[0].scratch_chunks = 1;
  steps.ranks[0].blocks = {
      {.steps = {{.action = copy, .target = {ChunkBuffer::scratch, 0}}, {.action = reduce, .source = {ChunkBuffer::scratch, 0}}}}};
  const OneSwitch machine(2);
  const sim::Duration addition = machine.times.duration({sim::KernelKind::elementwise, sim::DataType::int8, {1'000'000, 2, 1, 1}});
  for (const int instances : {1, 4}) {
    steps.instances = instances;
    EXPECT_NEAR(machine.end_of(program_of(steps, {1'000'000}, sim::DataType::int8)).seconds(),
                (machine.copy(1'000'000) + addition).seconds(), 1e-11)
        << instances;
  }
}

// The closed form of Bruck's, whose copies are beside the messages, is the same with any number of instances but for hops.
TEST(StepsProgram, AlgorithmsThatCopyAreNoSlowerByInstances) {
  const OneSwitch machine(5);
  for (const auto& [algorithm, kind] :
       {std::pair{StepAlgorithm::bruck, CollectiveKind::all_gather}, std::pair{StepAlgorithm::bruck, CollectiveKind::all_to_all},
        std::pair{StepAlgorithm::direct, CollectiveKind::all_to_all}}) {
    CollectiveSteps steps = steps_of(algorithm, kind, {.ranks = 5});
    const double one = machine.end_of(program_of(steps, {6'000'000}, sim::DataType::int8)).seconds();
    steps.instances = 4;
    EXPECT_NEAR(machine.end_of(program_of(steps, {6'000'000}, sim::DataType::int8)).seconds() / one, 1, 0.001) << name_of(algorithm);
  }
}

}  // namespace
}  // namespace orrery::workloads
