#include "workloads/communications.h"

#include <gtest/gtest.h>

#include "tests/committed.h"

namespace orrery::workloads {
namespace {

using topology::GpuId;

// 12 ranks on every other GPU of 24. Communicators: "even", groups of three, four apart, of the even ranks; "pairs" of neighbours.
struct TwelveRanks {
  sim::Program program;
  Placement placement;

  TwelveRanks() {
    program.ranks = 12;
    program.communicators = {{.name = "even", .groups = {.first = 0, .extents = {{2, 2}}}, .members = {{3, 4}}},
                             {.name = "pairs", .groups = {.first = 0, .extents = {{6, 2}}}, .members = {{2, 1}}}};
    for (std::uint32_t rank = 0; rank < 12; ++rank) placement.push_back(GpuId{2 * rank});
  }
};

const sim::Collect on_even{sim::CollectiveKind::all_gather, 100, sim::DataType::fp16, 0};
const sim::Send send_onward{{8}, 3, 7};
const sim::Receive receive_behind{{8}, -3, 7};

TEST(Communications, KnowTheGroupOfEachRank) {
  const TwelveRanks ranks;
  Communications communications(ranks.program, ranks.placement);
  EXPECT_EQ(communications.group_of_rank(0), (std::vector<std::int32_t>{0, -1, 1, -1, 0, -1, 1, -1, 0, -1, 1, -1}));
  EXPECT_EQ(communications.group_of_rank(1), (std::vector<std::int32_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}));
  EXPECT_EQ(communications.members(0, 1), (std::vector<GpuId>{GpuId{4}, GpuId{12}, GpuId{20}}));
}

TEST(Communications, FindWhatABindingStandsFor) {
  // Ranks 3, 5, 7 with two slots, ranks 0 and 1 without, rank 2 with three: bindings 0 to 5, none, 6 to 8.
  const TwelveRanks ranks;
  Communications communications(ranks.program, ranks.placement);
  communications.add_role({.first = 3, .extents = {{3, 2}}}, {send_onward, on_even});
  communications.add_role({.first = 0, .extents = {{2, 1}}}, {});
  communications.add_role({.first = 2}, {on_even, receive_behind, send_onward});
  EXPECT_EQ(communications.bindings(), 9U);
  const auto is = [&](std::uint32_t binding, std::int32_t rank, std::size_t role, std::size_t slot) {
    const auto view = communications.view(binding);
    EXPECT_EQ(view.rank, rank) << binding;
    EXPECT_EQ(view.what, &communications.roles()[role].slots[slot]) << binding;
  };
  is(0, 3, 0, 0);
  is(1, 3, 0, 1);
  is(4, 7, 0, 0);
  is(5, 7, 0, 1);
  is(6, 2, 2, 0);
  is(8, 2, 2, 2);
  for (std::uint32_t role = 0; role < 3; ++role) {
    const auto& of = communications.roles()[role];
    for (std::size_t i = 0; i < of.ranks.size(); ++i) {
      for (std::size_t slot = 0; slot < of.slots.size(); ++slot) is(of.binding(i, slot), of.ranks[i], role, slot);
    }
  }
}

TEST(Communications, GiveRanksOfSeveralExtentsInOrder) {
  const TwelveRanks ranks;
  Communications communications(ranks.program, ranks.placement);
  const sim::Lattice lattice{.first = 1, .extents = {{2, 1}, {1, 9}, {3, 4}}};
  communications.add_role(lattice, {send_onward});
  std::vector<std::int32_t> expected;
  for (std::int64_t i = 0; i < lattice.size(); ++i) expected.push_back(lattice.at(i));
  EXPECT_EQ(communications.roles()[0].ranks, expected);
}

TEST(Communications, GoAlongOneEdgeOrAroundTheGroup) {
  const TwelveRanks ranks;
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 3, .fabric = {}});
  const CollectiveModel collectives(cluster, committed::nccl(), {});
  Communications communications(ranks.program, ranks.placement);
  const Communication sending = send_onward;
  const Communication receiving = receive_behind;
  const Communication gathering = on_even;
  for (const auto& view : {Communications::View{&sending, 2}, Communications::View{&receiving, 5}}) {
    const auto edges = communications.edges(view, collectives);
    ASSERT_EQ(edges.size(), 1U);
    EXPECT_EQ(edges[0].from, GpuId{4});
    EXPECT_EQ(edges[0].to, GpuId{10});
    EXPECT_EQ(in_words(view), "message of 8 bytes with tag 7 from rank 2 to rank 5");
  }
  // Ranks 2, 6 and 10, on GPUs 4, 12 and 20: one on each node, on rail 4.
  const auto edges = communications.edges({&gathering, 6}, collectives);
  ASSERT_EQ(edges.size(), 3U);
  EXPECT_EQ(edges[0].from, GpuId{4});
  EXPECT_EQ(edges[1].from, GpuId{12});
  EXPECT_EQ(edges[2].to, GpuId{4});
  EXPECT_EQ(edges[2].rails, (topology::Rails{4, 4}));
  EXPECT_EQ(in_words({&gathering, 6}), "all_gather of 100 elements");
}

}  // namespace
}  // namespace orrery::workloads
