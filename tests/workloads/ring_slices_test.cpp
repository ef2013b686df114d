#include "workloads/ring_slices.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "sim/error.h"
#include "tests/workloads/one_switch.h"
#include "workloads/collective_job.h"

namespace orrery::workloads {
namespace {

using sim::Bytes;
using sim::CollectiveKind;
using test::OneSwitch;
using namespace sim::literals;

constexpr std::int64_t hop = OneSwitch::hop;
constexpr KernelMessages flags_apart{.flags = KernelMessages::Flags::apart};

/// What a slice takes over a port.
constexpr std::int64_t wire(std::int64_t bytes) { return bytes * OneSwitch::byte; }

RingSlices slices_over(int ranks, CollectiveKind kind) {
  std::vector<std::int32_t> ring(static_cast<std::size_t>(ranks));
  std::iota(ring.begin(), ring.end(), 0);
  return {.kind = kind, .rings = {ring}, .sizes = slice_sizes(kind, Protocol::simple)};
}

std::int64_t played(const RingSlices& slices, Bytes bytes, const topology::Condition& condition = {}) {
  const OneSwitch machine(static_cast<int>(slices.rings.front().size()));
  return machine.end_of(program_of(slices, bytes), flags_apart, condition).ticks;
}

TEST(RingSlices, NcclCutsChunksInSlices) {
  EXPECT_EQ(slice_sizes(CollectiveKind::all_reduce, Protocol::simple), (SliceSizes{512_KiB, 8, 4, 2}));
  EXPECT_EQ(slice_sizes(CollectiveKind::broadcast, Protocol::simple), (SliceSizes{512_KiB, 8, 1, 1}));
  EXPECT_EQ(slice_sizes(CollectiveKind::all_reduce, Protocol::ll), (SliceSizes{32_KiB, 8, 1, 1}));
  EXPECT_EQ(slice_sizes(CollectiveKind::all_gather, Protocol::ll128), (SliceSizes{{576'000}, 8, 1, 1}));
  EXPECT_EQ(slice_sizes(CollectiveKind::all_reduce, Protocol::simple).slices(), 4);
}

TEST(RingSlices, OnEqualLinksEveryLinkIsBusyAllTheTime) {
  // Four ranks and parts of 4 MiB: two loops of chunks of two slices of 1 MiB each, 6 or 3 steps.
  for (const auto& [kind, steps] :
       {std::pair(CollectiveKind::all_reduce, 6), std::pair(CollectiveKind::all_gather, 3), std::pair(CollectiveKind::reduce_scatter, 3)}) {
    EXPECT_EQ(played(slices_over(4, kind), 16_MiB), 2 * steps * 2 * wire(1 << 20) + hop) << sim::name_of(kind);
  }
}

TEST(RingSlices, TheLastLoopIsAsShortAsItsData) {
  // Parts of 2 MiB + 1,000,000 bytes: the last chunk has two slices of 500,000 bytes.
  EXPECT_EQ(played(slices_over(4, CollectiveKind::all_reduce), {4 * ((2 << 20) + 1'000'000)}),
            6 * 2 * (wire(1 << 20) + wire(500'000)) + hop);
}

TEST(RingSlices, AShortChunkIsOneSliceThatEachRankWaitsFor) {
  // 32 KiB a part: no slice is shorter than that.
  EXPECT_EQ(played(slices_over(4, CollectiveKind::all_reduce), 128_KiB), 6 * (wire(32 << 10) + hop));
  EXPECT_EQ(played(slices_over(5, CollectiveKind::all_gather), 160_KiB), 4 * (wire(32 << 10) + hop));
}

TEST(RingSlices, AChainIsAPipelineOfSlots) {
  // 10 MiB in 20 slots over 4 hops.
  for (const CollectiveKind kind : {CollectiveKind::broadcast, CollectiveKind::reduce}) {
    EXPECT_EQ(played(slices_over(5, kind), 10_MiB), 19 * wire(512 << 10) + 4 * (wire(512 << 10) + hop)) << sim::name_of(kind);
  }
}

TEST(RingSlices, WithOneSlotEachRankStoresAndForwards) {
  RingSlices slices = slices_over(5, CollectiveKind::broadcast);
  slices.sizes.slots = 1;
  EXPECT_EQ(played(slices, 10_MiB), (2 * 20 + 5 - 3) * (wire(512 << 10) + hop));
}

TEST(RingSlices, ARingWithTooFewSlotsIsRefused) {
  // All slots full, nobody can pass anything on.
  RingSlices slices = slices_over(3, CollectiveKind::all_reduce);
  slices.sizes.slots = 4;
  EXPECT_THROW(program_of(slices, 1_MiB), std::logic_error);
  EXPECT_THROW(program_of(slices_over(3, CollectiveKind::all_to_all), 1_MiB), sim::Error);
}

// Who sends into a port of a quarter of its rate waits for it, and all others wait for who sends.
TEST(RingSlices, OneSlowLinkHoldsTheWholeRingUp) {
  const OneSwitch machine(4);
  const topology::LinkId slow = machine.cluster.fabric().link("node1/nic0 -> switch");
  const topology::Condition condition{.slow_links = {{slow, 0.25}}};
  const std::int64_t once = played(slices_over(4, CollectiveKind::all_reduce), 16_MiB, condition);
  const std::int64_t twice = played(slices_over(4, CollectiveKind::all_reduce), 32_MiB, condition);
  EXPECT_EQ(twice - once, 2 * 6 * 2 * wire(4 << 20)) << "two loops more of 6 steps of two slices, each four times as long";
}

TEST(RingSlices, LoneRanksDoNothing) { EXPECT_EQ(played(slices_over(1, CollectiveKind::all_reduce), 1_MiB), 0); }

TEST(RingSlices, RingsAreThoseThatNcclSearched) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const CollectiveModel model(cluster, committed::nccl(), {});
  const Placement ranks = first_gpus(cluster, {.nodes = 2, .gpus_a_node = 8});
  const Group group = model.group(ranks);
  const auto rings = rings_of(group, 16);
  ASSERT_EQ(rings.size(), 16U);
  EXPECT_EQ(rings[0], rings[8]) << "8 rings, each two channels";
  EXPECT_NE(rings[0], rings[1]);
  for (std::vector<std::int32_t> ring : rings) {
    EXPECT_LT(*std::max_element(ring.begin(), ring.begin() + 8), 8) << "node by node";
    std::ranges::sort(ring);
    for (std::int32_t rank = 0; rank < 16; ++rank) EXPECT_EQ(ring[static_cast<std::size_t>(rank)], rank);
  }
}

}  // namespace
}  // namespace orrery::workloads
