#include "workloads/collective_steps.h"

#include <gtest/gtest.h>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using enum StepAction;
using sim::CollectiveKind;

constexpr ChunkPlace in(int offset) { return {ChunkBuffer::input, offset}; }

// Two ranks that exchange halves, add, and exchange the sums: the example of the header.
CollectiveSteps two_halves() {
  CollectiveSteps steps{.name = "halves", .chunks = 2};
  for (const int rank : {0, 1}) {
    const int other = 1 - rank;
    steps.ranks.push_back({.blocks = {{.send_to = other,
                                       .receive_from = other,
                                       .steps = {{.action = send, .source = in(other)},
                                                 {.action = receive_reduce_copy, .source = in(rank), .target = in(rank)},
                                                 {.action = send, .source = in(rank)},
                                                 {.action = receive, .target = in(other)}}}}});
  }
  return steps;
}

/// The first line of what validate says.
std::string refusal(const CollectiveSteps& steps) {
  try {
    validate(steps);
  } catch (const sim::Error& error) {
    return to_text(error.faults().front());
  }
  return "valid";
}

TEST(CollectiveSteps, TwoHalvesAreAnAllReduce) {
  EXPECT_EQ(refusal(two_halves()), "valid");
  EXPECT_EQ(channels_of(two_halves()), 1);
  EXPECT_EQ(thread_blocks_of(two_halves()), 1);
}

TEST(CollectiveSteps, AStepLessIsNone) {
  CollectiveSteps steps = two_halves();
  for (StepRank& rank : steps.ranks) rank.blocks[0].steps.resize(2);
  EXPECT_EQ(refusal(steps),
            "halves, gpu 0: has chunk 1 of gpu 0 in output chunk 1; all_reduce puts chunk 1 of gpu 0 + chunk 1 of gpu 1 there");
}

TEST(CollectiveSteps, NothingIsAddedTwice) {
  CollectiveSteps steps = two_halves();
  for (StepRank& rank : steps.ranks) {
    CollectiveStep& last = rank.blocks[0].steps[3];
    last.action = receive_reduce_copy;
    last.source = last.target;
  }
  EXPECT_EQ(refusal(steps),
            "halves, gpu 0, tb 0, step 3: adds data of gpu 0 to a sum that has some of it: chunk 1 of gpu 0 + chunk 1 of gpu 1 and chunk 1 "
            "of gpu 0; "
            "let each rank's data come into a sum once");
}

TEST(CollectiveSteps, MessagesMeetInOrder) {
  CollectiveSteps steps = two_halves();
  steps.ranks[1].blocks[0].steps.pop_back();
  EXPECT_EQ(refusal(steps),
            "halves, gpu 1: never receives 1 of the messages that gpu 0 sends it on channel 0; let every send have its receive");
  steps = two_halves();
  steps.ranks[1].blocks[0].channel = 1;
  EXPECT_EQ(refusal(steps),
            "halves, gpu 0, tb 0, step 1: waits for ever for a message of gpu 1 on channel 0; "
            "let every receive have its send, and no blocks wait for each other in a circle");
  steps = two_halves();
  steps.ranks[0].blocks[0].steps[0] = {.action = send, .source = in(0), .count = 2};
  EXPECT_EQ(refusal(steps),
            "halves, gpu 1, tb 0, step 1: receives 1 chunks, gpu 0 sends 2; let messages be received in order, and as they were sent");
}

TEST(CollectiveSteps, BlocksThatWaitForEachOtherAreRefused) {
  CollectiveSteps steps = two_halves();
  steps.ranks[0].blocks[0].steps[0].after = StepPlace{1, 0};
  steps.ranks[0].blocks.push_back({.steps = {{.action = nothing, .after = StepPlace{0, 0}}}});
  EXPECT_EQ(refusal(steps),
            "halves, gpu 0, tb 0, step 0: waits for ever for tb 1, step 0; let every receive have its send, and no blocks wait for each "
            "other in a circle");
}

TEST(CollectiveSteps, FaultsOfFormNameTheirPlace) {
  const auto with = [](auto change) {
    CollectiveSteps steps = two_halves();
    change(steps, steps.ranks[1].blocks[0]);
    return refusal(steps);
  };
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.steps[3].target = in(2); }),
            "halves, gpu 1, tb 0, step 3: writes 1 chunks from 2 on of the input buffer; that buffer has 2 chunks");
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.steps[0].source = {ChunkBuffer::scratch, 0}; }),
            "halves, gpu 1, tb 0, step 0: reads 1 chunks from 0 on of the scratch buffer; that buffer has 0 chunks");
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.send_to = 2; }), "halves, gpu 1, tb 0: sends to gpu 2; there are GPUs 0 to 1");
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.send_to = 1; }), "halves, gpu 1, tb 0: sends to itself; copy (cpy) instead");
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.receive_from = {}; }),
            "halves, gpu 1, tb 0, step 1: receives, and its block has no sender; write recv=\"GPU\" for the block");
  EXPECT_EQ(
      with([](auto& steps, StepBlock& block) { steps.ranks[1].blocks.push_back(StepBlock(block)); }),
      "halves, gpu 1, tb 1: sends to gpu 0 on channel 0 as a block before it does; give each connection one block, or blocks channels of "
      "their own");
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.steps[2].after = StepPlace{0, 3}; }),
            "halves, gpu 1, tb 0, step 2: depends on a step that comes after it; steps of a block are done in order");
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.steps[2].after = StepPlace{3, 0}; }),
            "halves, gpu 1, tb 0, step 2: depends on tb 3, step 0, which is not there; name a block and a step of this GPU");
  EXPECT_EQ(with([](auto&, StepBlock& block) { block.steps[2].count = 0; }),
            "halves, gpu 1, tb 0, step 2: moves 0 chunks; write 1 at least");
  EXPECT_EQ(with([](auto& steps, auto&) { steps.kind = CollectiveKind::gather; }),
            "halves: is gather; schedules are of all_reduce, all_gather, reduce_scatter, broadcast, reduce and all_to_all");
  EXPECT_EQ(with([](auto& steps, auto&) {
              steps.kind = CollectiveKind::all_gather;
              steps.chunks = 3;
            }),
            "halves: has 3 chunks for 2 GPUs; write a multiple of the GPUs: each has an equal part of the longer buffer");
}

TEST(CollectiveSteps, WhatNobodyWroteIsNotSent) {
  CollectiveSteps steps = two_halves();
  steps.buffers = CollectiveSteps::Buffers::apart;
  steps.ranks[0].blocks[0].steps[0].source = {ChunkBuffer::output, 1};
  EXPECT_EQ(refusal(steps),
            "halves, gpu 0, tb 0, step 0: uses a chunk that nobody has written to; write to it first, or depend on the step that does");
}

TEST(CollectiveSteps, InPlaceTheInputOfAnAllGatherIsItsPartOfTheOutput) {
  // Each sends its part; where buffers are apart, it has to copy it too.
  CollectiveSteps steps{.name = "exchange", .kind = CollectiveKind::all_gather, .chunks = 2};
  for (const int rank : {0, 1}) {
    steps.ranks.push_back({.blocks = {{.send_to = 1 - rank,
                                       .receive_from = 1 - rank,
                                       .steps = {{.action = send}, {.action = receive, .target = {ChunkBuffer::output, 1 - rank}}}}}});
  }
  EXPECT_EQ(refusal(steps), "valid");
  steps.buffers = CollectiveSteps::Buffers::apart;
  EXPECT_EQ(refusal(steps), "exchange, gpu 0: has nothing that was ever written in output chunk 0; all_gather puts chunk 0 of gpu 0 there");
  for (const int rank : {0, 1})
    steps.ranks[static_cast<std::size_t>(rank)].blocks.push_back({.steps = {{.action = copy, .target = {ChunkBuffer::output, rank}}}});
  EXPECT_EQ(refusal(steps), "valid");
}

// Three ranks in a row: fused steps pass on what they add.
TEST(CollectiveSteps, FusedStepsPassOn) {
  CollectiveSteps steps{.name = "row", .kind = CollectiveKind::reduce, .chunks = 1};
  steps.ranks.resize(3);
  steps.ranks[2].blocks = {{.send_to = 1, .steps = {{.action = send}}}};
  steps.ranks[1].blocks = {{.send_to = 0, .receive_from = 2, .steps = {{.action = receive_reduce_send}}}};
  steps.ranks[0].blocks = {{.receive_from = 1, .steps = {{.action = receive_reduce_copy}}}};
  EXPECT_EQ(refusal(steps), "valid");
  steps.ranks[1].blocks[0].steps[0].action = receive_copy_send;
  EXPECT_EQ(refusal(steps),
            "row, gpu 0: has chunk 0 of gpu 0 + chunk 0 of gpu 2 in output chunk 0; "
            "reduce puts chunk 0 of gpu 0 + chunk 0 of gpu 1 + chunk 0 of gpu 2 there");
  steps.ranks[1].blocks[0].steps[0].action = receive_reduce_copy_send;
  EXPECT_EQ(refusal(steps), "valid");
}

/// One rank, whose blocks each wait for the next.
CollectiveSteps waiting_blocks(int count) {
  CollectiveSteps steps{.name = "chain", .kind = CollectiveKind::broadcast, .chunks = 1};
  steps.ranks.resize(1);
  for (int block = 0; block < count; ++block) {
    CollectiveStep step{.action = nothing, .count = 0};
    if (block + 1 < count) step.after = StepPlace{block + 1, 0};
    steps.ranks[0].blocks.push_back({.steps = {step}});
  }
  return steps;
}

// Blocks in turn, over and over, would be looked at 20,000,000,000 times.
TEST(CollectiveSteps, ABlockIsTakenUpWhenWhatItWaitsForIsDone) { EXPECT_EQ(refusal(waiting_blocks(200'000)), "valid"); }

// A block and its step, both of which count: 2 * 600,000, and no chunk.
TEST(CollectiveSteps, BlocksAndStepsCountThatMoveNothing) {
  EXPECT_EQ(refusal(waiting_blocks(600'000)),
            "chain: has no or too many chunks in its buffers and steps; use 1048576 chunks at most, and as one each step and block");
}

TEST(CollectiveSteps, ActionsHaveTheNamesOfMsccl) {
  for (const StepAction action :
       {send, receive, receive_copy_send, receive_reduce_send, receive_reduce_copy, receive_reduce_copy_send, copy, reduce, nothing}) {
    EXPECT_EQ(step_action(name_of(action)), action);
  }
  EXPECT_EQ(name_of(receive_reduce_copy_send), "rrcs");
  EXPECT_FALSE(step_action("rsc"));
}

}  // namespace
}  // namespace orrery::workloads
