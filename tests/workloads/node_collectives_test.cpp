#include "workloads/node_collectives.h"

#include <gtest/gtest.h>

#include "sim/units.h"

namespace orrery::workloads {
namespace {

using namespace sim::literals;
using sim::CollectiveKind;

constexpr double kib = 1024;

PairTimes round_pairs() {
  return {.hop = 1_us,
          .ll_launch = 10_us,
          .ll_block_rate = sim::gigabytes_per_second(4),
          .launch = 20_us,
          .block_rate = sim::gigabytes_per_second(32),
          .link = sim::gigabytes_per_second(256),
          .chunk_rate = sim::gigabytes_per_second(16)};
}

TEST(NodeCollectives, MessagesTakeLlUpTo16KibABlock) {
  EXPECT_EQ(pair_blocks(512 * kib, 8, 32).protocol, Protocol::ll);
  EXPECT_EQ(pair_blocks(512 * kib + 1, 8, 32).protocol, Protocol::simple);
  EXPECT_EQ(pair_blocks(512 * kib, 8, 16).protocol, Protocol::simple);
}

TEST(NodeCollectives, BlocksAreSharedAmongThePeers) {
  // So many for each rank, itself too, that all have as many: 32 / 2, / 4, / 8.
  EXPECT_EQ(pair_blocks(1024 * kib, 2, 32).a_message, 16);
  EXPECT_EQ(pair_blocks(1024 * kib, 4, 32).a_message, 8);
  EXPECT_EQ(pair_blocks(1024 * kib, 8, 32).a_message, 4);
  EXPECT_EQ(pair_blocks(1024 * kib, 1000, 32).a_message, 1);
}

TEST(NodeCollectives, AShortMessageHasABlockForEachEighthOfAStep) {
  // LL: steps of 64 KiB, parts of 8 KiB or more. Simple: 512 and 64 KiB.
  EXPECT_EQ(pair_blocks(8 * kib, 2, 32).a_message, 1);
  EXPECT_EQ(pair_blocks(8 * kib + 1, 2, 32).a_message, 2);
  EXPECT_EQ(pair_blocks(128 * kib, 2, 32).a_message, 16);
  EXPECT_EQ(pair_blocks(320 * kib, 2, 8).protocol, Protocol::simple);
  EXPECT_EQ(pair_blocks(320 * kib, 1, 8).a_message, 5);
}

TEST(NodeCollectives, AVeryLongMessageGetsBlocksOfOthers) {
  // 4 parts of 16 MiB, 32 steps, are the most; then they are halved.
  EXPECT_EQ(pair_blocks(64 * 1024 * kib, 8, 32).a_message, 4);
  EXPECT_EQ(pair_blocks(64 * 1024 * kib + 1, 8, 32).a_message, 8);
  EXPECT_EQ(pair_blocks(1e12, 8, 32).a_message, 32);
}

TEST(NodeCollectives, ShortPairsAreTheirBlocksAlone) {
  // 7 messages of 64 KiB, each on 4 blocks: 16 KiB a block, twice that on the wire, at 4 GB/s.
  const NodeTime time = pairs_time({8 * 64 * 1024}, 8, 32, round_pairs());
  EXPECT_EQ(time.latency, 17_us);
  EXPECT_NEAR(time.seconds({8 * 64 * 1024}), 17e-6 + 16 * kib * 2 / 4e9, 1e-12);
}

TEST(NodeCollectives, LongPairsShareTheLinksAndWaitForAChunk) {
  // 16 MiB to the one other on 16 blocks: 1 MiB a block at 32 GB/s, all 16 MiB at 256; 512 KiB of it once more at 16 GB/s.
  const sim::Bytes two{32 * 1024 * 1024};
  EXPECT_NEAR(pairs_time(two, 2, 32, round_pairs()).seconds(two), 21e-6 + 1024 * kib * (1 / 32e9 + 16 / 256e9) + 512 * kib / 16e9, 1e-12);
  // 1 MiB to each of seven on 4 blocks each: 256 KiB a block; a chunk is never full.
  const sim::Bytes eight{8 * 1024 * 1024};
  EXPECT_NEAR(pairs_time(eight, 8, 32, round_pairs()).seconds(eight), 27e-6 + 256 * kib * (1 / 32e9 + 28 / 256e9 + 1 / 16e9), 1e-12);
}

TEST(NodeCollectives, AmongManyRanksBlocksSendOneMessageAfterTheOther) {
  // 63 messages of 1 MiB on 32 blocks.
  const sim::Bytes bytes{64 * 1024 * 1024};
  const double a_block = 63 * 1024 * kib / 32;
  EXPECT_NEAR(pairs_time(bytes, 64, 32, round_pairs()).seconds(bytes), 83e-6 + a_block * (1 / 32e9 + 32 / 256e9) + 512 * kib / 16e9, 1e-12);
}

TEST(NodeCollectives, BytesAreAddedAtHalfTheRateOfHalves) {
  RingTimes ring{.spread = 1_us,
                 .link = sim::gigabytes_per_second(300),
                 .own_all_gather = sim::gigabytes_per_second(500),
                 .own_reduce_scatter = sim::gigabytes_per_second(500),
                 .sum_rate = {100e9}};
  ring.protocols[2] = {.launch = 20_us, .hop = 5_us, .block_rate = sim::gigabytes_per_second(25)};
  const auto of = [&ring](CollectiveKind kind, sim::DataType type) {
    return ring_time(kind, {.ranks = 4, .protocol = Protocol::simple, .blocks = 16, .type = type}, ring);
  };
  // 3 steps of 5 us, 4 doublings of 1 us.
  const NodeTime halves = of(CollectiveKind::reduce_scatter, sim::DataType::fp16);
  EXPECT_EQ(halves.latency, 39_us);
  EXPECT_NEAR(halves.seconds_per_byte, 0.75 * (1 / 400e9 + 1 / 300e9) + 0.25 / 500e9 + 0.75 / 2 / 1600e9, 1e-18);
  EXPECT_NEAR(of(CollectiveKind::reduce_scatter, sim::DataType::int8).seconds_per_byte - halves.seconds_per_byte, 0.75 / 2 / 1600e9, 1e-18);
  EXPECT_EQ(of(CollectiveKind::all_gather, sim::DataType::int8).seconds_per_byte,
            of(CollectiveKind::all_gather, sim::DataType::fp16).seconds_per_byte);
}

}  // namespace
}  // namespace orrery::workloads
