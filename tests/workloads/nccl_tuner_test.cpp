#include "workloads/nccl_tuner.h"

#include <gtest/gtest.h>

#include <tuple>

#include "sim/error.h"
#include "tests/committed.h"
#include "tests/workloads/nccl_platforms.h"

namespace orrery::workloads {
namespace {

using platforms::dgx_a100;
using platforms::dgx_a100_sharp;
using platforms::dgx_h100;
using platforms::one_a100;
using sim::CollectiveKind;
using topology::NcclPattern;
using topology::PathType;
using namespace sim::literals;

class NcclTuner : public testing::Test {
 protected:
  /// Latency in us and bandwidth in GB/s of an all-reduce; zeros where NCCL has no such way.
  std::pair<double, double> all_reduce(const NcclCommunicator& members, NcclAlgorithm algorithm, Protocol protocol) const {
    const auto entry = tuner_entry(CollectiveKind::all_reduce, {algorithm, protocol}, members, nccl);
    return entry ? std::pair(entry->latency.seconds() * 1e6, entry->bandwidth.value / 1e9) : std::pair(0.0, 0.0);
  }
  static void expect_near(std::pair<double, double> found, double latency, double bandwidth) {
    EXPECT_NEAR(found.first, latency, 1e-6);
    EXPECT_NEAR(found.second, bandwidth, 1e-3);
  }
  NcclWay chosen(const NcclCommunicator& members, sim::Bytes bytes) const {
    return tuner_choice(CollectiveKind::all_reduce, bytes, members, nccl)->way;
  }

  NcclConstants nccl = committed::nccl();
};

constexpr NcclWay ring_ll{NcclAlgorithm::ring, Protocol::ll};
constexpr NcclWay ring_ll128{NcclAlgorithm::ring, Protocol::ll128};
constexpr NcclWay ring_simple{NcclAlgorithm::ring, Protocol::simple};
constexpr NcclWay tree_ll{NcclAlgorithm::tree, Protocol::ll};
constexpr NcclWay tree_ll128{NcclAlgorithm::tree, Protocol::ll128};
constexpr NcclWay tree_simple{NcclAlgorithm::tree, Protocol::simple};
constexpr NcclWay collnet_direct{NcclAlgorithm::collnet_direct, Protocol::simple};

TEST_F(NcclTuner, OneA100NodeByHand) {
  // 12 channels of 20 GB/s: 240 GB/s on the bus, seven further GPUs.
  // Trees: 0.92 * 240 = 220.8 (below 12 * 24), half of it, up and down: 110.4. LL: 220.8 / 3.8 = 58.105 (below 87.7), half.
  // LL128: 220.8 * 7/9 = 171.733 (below 12 * 20), half.
  expect_near(all_reduce(dgx_a100(1), NcclAlgorithm::tree, Protocol::ll), 6.8 + 2 * 7 * 0.6, 29.053);
  expect_near(all_reduce(dgx_a100(1), NcclAlgorithm::tree, Protocol::ll128), 14 + 2 * 7 * 1.25, 85.867);
  expect_near(all_reduce(dgx_a100(1), NcclAlgorithm::tree, Protocol::simple), 8.4 + 2 * 7 * 4, 110.4);
  // Rings: 14 steps for 8 parts: 8/14 of the bus; of min(87.7, 120) by LL, of 220.8 by LL128.
  expect_near(all_reduce(dgx_a100(1), NcclAlgorithm::ring, Protocol::ll), 6.6 + 14 * 0.6, 50.114);
  expect_near(all_reduce(dgx_a100(1), NcclAlgorithm::ring, Protocol::ll128), 14 + 14 * 1.9, 126.171);
  expect_near(all_reduce(dgx_a100(1), NcclAlgorithm::ring, Protocol::simple), 8.4 + 14 * 3.4, 137.143);
}

TEST_F(NcclTuner, FourA100NodesByHand) {
  // 8 channels of 24 GB/s between nodes: 192. Trees two levels deep: 0.92 * 192 = 176.64, above 8 * 17.8 = 142.4, half of it: 71.2.
  // LL: 142.4 / 3.8 = 37.5, above AMD's 19. LL128: 142.4 * 120/128 = 133.5 (below 160).
  expect_near(all_reduce(dgx_a100(4), NcclAlgorithm::tree, Protocol::ll), 6.8 + 2 * (7 * 0.6 + 2 * 5), 9.5);
  expect_near(all_reduce(dgx_a100(4), NcclAlgorithm::tree, Protocol::ll128), 14 + 2 * (7 * 1.25 + 2 * 8.5), 66.75);
  expect_near(all_reduce(dgx_a100(4), NcclAlgorithm::tree, Protocol::simple), 8.4 + 2 * (7 * 4 + 2 * 14), 71.2);
  // Rings: 62 steps, 6 of them between nodes; on a node no less than AMD's 2 us a message, 6 us by Simple. 32/62 of 19, of
  // min(0.92 * 192, 160) = 160 and of 192.
  expect_near(all_reduce(dgx_a100(4), NcclAlgorithm::ring, Protocol::ll), 6.6 + 56 * 2 + 6 * 2.7, 9.806);
  expect_near(all_reduce(dgx_a100(4), NcclAlgorithm::ring, Protocol::ll128), 14 + 56 * 2 + 6 * 4, 82.581);
  expect_near(all_reduce(dgx_a100(4), NcclAlgorithm::ring, Protocol::simple), 8.4 + 56 * 6 + 6 * 14, 99.097);
}

TEST_F(NcclTuner, H100NodesByHand) {
  // NVLS on a node: 40 * 0.85 * 7/8 * 2 = 59.5 a channel (below 60), eight: 476, of 14 steps for 8 parts: 272.
  expect_near(all_reduce(dgx_h100(1), NcclAlgorithm::nvls, Protocol::simple), 25, 272);
  // Trees of four nodes: min(59.5, 48, 45.5) a channel, eight: 364, 32/62 of it. 25 + 2 * 2 * 20.9 us.
  expect_near(all_reduce(dgx_h100(4), NcclAlgorithm::nvls_tree, Protocol::simple), 108.6, 187.871);
  // Trees that pass the NIC by one GPU: min(0.92 * 384, 8 * 36) = 288, 0.85 and half of it.
  expect_near(all_reduce(dgx_h100(4), NcclAlgorithm::tree, Protocol::simple), 120.4, 122.4);
  // Rings by Simple: 56 steps of NVLink's 3.4 us, which Intel's 3 us do not slow down, and 6 of 14 us.
  expect_near(all_reduce(dgx_h100(4), NcclAlgorithm::ring, Protocol::simple), 8.4 + 56 * 3.4 + 6 * 14, 198.194);
}

TEST_F(NcclTuner, SharpByHand) {
  // Direct, any number of nodes: 8 * 48 / 1, half; 2 * (3.7 + 7 * 0.4) + 31 us. Chain: 8 * 30, half; 14 * 2.8 + 30.
  for (const int nodes : {2, 140}) {
    expect_near(all_reduce(dgx_a100_sharp(nodes), NcclAlgorithm::collnet_direct, Protocol::simple), 44, 192);
    expect_near(all_reduce(dgx_a100_sharp(nodes), NcclAlgorithm::collnet_chain, Protocol::simple), 69.2, 120);
  }
  // Four NICs for eight GPUs: two GPUs a NIC count as 1.5, 4 * 48 / 1.5 / 2.
  NcclCommunicator members = dgx_a100_sharp(2);
  members.graphs.collnet_direct.channels = 4;
  expect_near(all_reduce(members, NcclAlgorithm::collnet_direct, Protocol::simple), 44, 64);
  // All-gathers by a plugin that has them: 8 * min(48, 0.9 * 24) GB/s; none where GPUs share NICs.
  const auto all_gather = [&](const NcclCommunicator& of) { return tuner_entry(CollectiveKind::all_gather, collnet_direct, of, nccl); };
  EXPECT_NEAR(all_gather(dgx_a100_sharp(2, Sharp::gathers_too))->bandwidth.value, 172.8e9, 1);
  EXPECT_FALSE(all_gather(dgx_a100_sharp(2)));
  members.sharp = Sharp::gathers_too;
  EXPECT_FALSE(all_gather(members));
}

TEST_F(NcclTuner, PatByHand) {
  // 16 nodes of one GPU: 8 + 4 levels of 14 / 3.5 + 16 * 2.8 = 68.8 us, three quarters of 24 GB/s.
  const auto entry = tuner_entry(CollectiveKind::all_gather, {NcclAlgorithm::pat, Protocol::simple}, one_a100(16), nccl);
  EXPECT_NEAR(entry->latency.seconds() * 1e6, 68.8, 1e-6);
  EXPECT_NEAR(entry->bandwidth.value, 18e9, 1);
  EXPECT_FALSE(tuner_entry(CollectiveKind::all_gather, {NcclAlgorithm::pat, Protocol::simple}, dgx_a100(2), nccl));
  EXPECT_FALSE(tuner_entry(CollectiveKind::all_reduce, {NcclAlgorithm::pat, Protocol::simple}, one_a100(16), nccl));
}

TEST_F(NcclTuner, TwoRanksOfANodeTakeTwoSteps) {
  NcclCommunicator two = dgx_a100(1);
  two.ranks = 2;
  // There and back: 8.4 + 2 * 3.4 us, and each byte once over the bus of 240 GB/s.
  expect_near(all_reduce(two, NcclAlgorithm::ring, Protocol::simple), 15.2, 240);
  expect_near(all_reduce(two, NcclAlgorithm::tree, Protocol::simple), 16.4, 110.4);
}

TEST_F(NcclTuner, OneRankHasNothingToChoose) {
  NcclCommunicator one = dgx_a100(1);
  one.ranks = 1;
  EXPECT_FALSE(tuner_entry(CollectiveKind::all_reduce, ring_simple, one, nccl));
  EXPECT_FALSE(tuner_choice(CollectiveKind::all_reduce, 1_MiB, one, nccl));
}

TEST_F(NcclTuner, WhatIsNotTunedIsRefused) {
  EXPECT_THROW(tuner_entry(CollectiveKind::all_to_all, ring_simple, dgx_a100(1), nccl), sim::Error);
  EXPECT_THROW(tuner_choice(CollectiveKind::scatter, 1_MiB, dgx_a100(1), nccl), sim::Error);
}

TEST_F(NcclTuner, DefaultChoicesOfADgxA100) {
  // Specs collectives 2.5: from which size on which way is taken.
  const std::vector<std::pair<int, std::vector<std::pair<sim::Bytes, NcclWay>>>> machines = {
      {1, {{8_B, ring_ll}, {4_MiB, ring_ll128}, {32_MiB, ring_simple}}},
      {2, {{8_B, tree_ll}, {256_KiB, tree_ll128}, {16_MiB, ring_ll128}, {128_MiB, ring_simple}}},
      {16, {{8_B, tree_ll}, {256_KiB, tree_ll128}, {256_MiB, ring_ll128}, {1_GiB, ring_simple}}},
      {140, {{8_B, tree_ll}, {512_KiB, tree_ll128}, {512_MiB, tree_simple}, {4_GiB, ring_ll128}, {8_GiB, ring_simple}}}};
  for (const auto& [nodes, changes] : machines) {
    std::size_t next = 0;
    NcclWay expected{};
    for (std::int64_t bytes = 8; bytes <= (std::int64_t{16} << 30); bytes *= 2) {
      if (next < changes.size() && bytes == changes[next].first.count) expected = changes[next++].second;
      EXPECT_EQ(chosen(dgx_a100(nodes), {bytes}), expected) << nodes << " nodes, " << bytes << " bytes";
    }
    EXPECT_EQ(next, changes.size());
  }
}

TEST_F(NcclTuner, SharpWinsFromSmallSizesOn) {
  for (const auto& [nodes, from] : {std::pair(2, 128_KiB), std::pair(4, 64_KiB), std::pair(8, 8_B), std::pair(140, 8_B)}) {
    EXPECT_EQ(chosen(dgx_a100_sharp(nodes), from), collnet_direct);
    if (from == 8_B) continue;
    EXPECT_NE(chosen(dgx_a100_sharp(nodes), {from.count / 2}), collnet_direct);
  }
}

TEST_F(NcclTuner, BusBandwidthOfLargeAllReduces) {
  for (const auto& [nodes, expected] :
       {std::pair(1, 239.6), std::pair(16, 181.8), std::pair(32, 172.7), std::pair(64, 156.8), std::pair(140, 146.2)}) {
    const int ranks = 8 * nodes;
    const double seconds = tuner_choice(CollectiveKind::all_reduce, 4_GiB, dgx_a100(nodes), nccl)->cost.seconds(4_GiB);
    EXPECT_NEAR(static_cast<double>((4_GiB).count) / seconds / 1e9 * 2 * (ranks - 1) / ranks, expected, 0.05);
  }
}

TEST_F(NcclTuner, Ll128KeepsToPathsThatKeepItsStoresWhole) {
  NcclCommunicator members = dgx_a100(2);
  const auto has_ll128 = [&] { return tuner_entry(CollectiveKind::all_reduce, ring_ll128, members, nccl).has_value(); };
  EXPECT_TRUE(has_ll128());
  members.graphs.ring.type_inter = PathType::pxn;
  EXPECT_FALSE(has_ll128());
  members.compute_capability = 90;
  EXPECT_TRUE(has_ll128());
  members.graphs.ring.type_inter = PathType::phb;
  EXPECT_FALSE(has_ll128());
  members.graphs.ring.type_inter = PathType::pix;
  members.graphs.ring.type_intra = PathType::pix;
  EXPECT_FALSE(has_ll128());
  members.graphs.ring.type_intra = PathType::nvb;
  members.compute_capability = 70;
  EXPECT_TRUE(has_ll128());
  members.compute_capability = 60;
  EXPECT_FALSE(has_ll128());
}

TEST_F(NcclTuner, ThoseWhoInsistGetLl128WhereItIsNotSafe) {
  NcclCommunicator members = dgx_a100(4);
  members.graphs.ring.type_inter = members.graphs.tree.type_inter = PathType::pxn;
  const auto choice = [&](const char* protocols) {
    return tuner_choice(CollectiveKind::all_reduce, 64_MiB, members, nccl, parse_nccl_filter("ring", protocols))->way;
  };
  EXPECT_EQ(choice(""), ring_simple);
  EXPECT_EQ(choice("LL128"), ring_ll128);
  EXPECT_EQ(choice("^LL"), ring_ll128);
  EXPECT_EQ(choice("LL,Simple"), ring_simple);
}

TEST_F(NcclTuner, AFilterThatLeavesNothingLeavesNoChoice) {
  EXPECT_FALSE(tuner_choice(CollectiveKind::all_reduce, 1_MiB, dgx_a100(4), nccl, parse_nccl_filter("nvls", "")));
  EXPECT_FALSE(tuner_choice(CollectiveKind::broadcast, 1_MiB, dgx_a100(4), nccl, parse_nccl_filter("tree", "")));
}

TEST_F(NcclTuner, MachinesWithoutSwitchesHaveNeitherNvlsNorCollnetDirect) {
  NcclCommunicator members = dgx_h100(1);
  const NcclWay nvls{NcclAlgorithm::nvls, Protocol::simple};
  EXPECT_TRUE(tuner_entry(CollectiveKind::all_reduce, nvls, members, nccl));
  members.nvswitch = false;
  EXPECT_FALSE(tuner_entry(CollectiveKind::all_reduce, nvls, members, nccl));
  NcclCommunicator sharp = dgx_a100_sharp(2);
  sharp.nvswitch = false;
  EXPECT_FALSE(tuner_entry(CollectiveKind::all_reduce, collnet_direct, sharp, nccl));
  EXPECT_TRUE(tuner_entry(CollectiveKind::all_reduce, {NcclAlgorithm::collnet_chain, Protocol::simple}, sharp, nccl));
}

TEST_F(NcclTuner, NvlsOverSeveralNodesNeedsSharp) {
  NcclCommunicator members = dgx_h100(4);
  EXPECT_EQ(all_reduce(members, NcclAlgorithm::nvls, Protocol::simple), std::pair(0.0, 0.0));
  members.sharp = Sharp::all_reduce;
  // min(59.5, 48) a channel; 25 us on the node, 18 beyond.
  expect_near(all_reduce(members, NcclAlgorithm::nvls, Protocol::simple), 43, 8 * 48.0 * 32 / 62);
}

TEST_F(NcclTuner, LatencyOfAGraphCountsOnceAndTwiceBySimple) {
  NcclCommunicator members = dgx_a100(2);
  const auto before_ll = all_reduce(members, NcclAlgorithm::tree, Protocol::ll).first;
  const auto before_simple = all_reduce(members, NcclAlgorithm::tree, Protocol::simple).first;
  members.graphs.tree.latency_inter = 3_us;
  // One level, up and down.
  EXPECT_NEAR(all_reduce(members, NcclAlgorithm::tree, Protocol::ll).first - before_ll, 2 * 3, 1e-9);
  EXPECT_NEAR(all_reduce(members, NcclAlgorithm::tree, Protocol::simple).first - before_simple, 2 * 6, 1e-9);
}

TEST_F(NcclTuner, BlackwellHasItsOwnColumn) {
  NcclCommunicator members = dgx_h100(1);
  members.compute_capability = 100;
  members.graphs.nvls = platforms::graph({8, 80, 120, NcclPattern::nvls});
  // 80 * 0.74 * 7/8 * 2 = 103.6 a channel, eight, 8/14 of it.
  expect_near(all_reduce(members, NcclAlgorithm::nvls, Protocol::simple), 25, 473.6);
  // LL trees: 12 * 30 * 0.92 / 3.8 (below 282), half.
  expect_near(all_reduce(members, NcclAlgorithm::tree, Protocol::ll), 15.2, 43.579);
}

TEST_F(NcclTuner, OlderVersionsBelievedOtherwise) {
  const auto version = [](const char* name) { return committed::preset<NcclConstants>(scenarios::PresetKind::nccl, name); };
  // 2.20: Simple trees of 28 us a hop, 2 * (7 * 28 + 2 * 28); a quarter of 192 for LL rings, above AMD's 19 all the same.
  nccl = version("2.20");
  expect_near(all_reduce(dgx_a100(4), NcclAlgorithm::tree, Protocol::simple), 504, 71.2);
  EXPECT_FALSE(tuner_entry(CollectiveKind::all_gather, {NcclAlgorithm::pat, Protocol::simple}, one_a100(4), nccl));
  // One GPU a node: a quarter of 24 GB/s by LL, 0.7 by LL128; 4/6 of it.
  EXPECT_NEAR(all_reduce(one_a100(4), NcclAlgorithm::ring, Protocol::ll).second, 4, 1e-6);
  EXPECT_NEAR(all_reduce(one_a100(4), NcclAlgorithm::ring, Protocol::ll128).second, 11.2, 1e-6);
  // 2.12: a ring's Simple hop of 28 us, times 1.9: (8.4 + 56 * 6 + 6 * 28) * 1.9.
  nccl = version("2.12");
  EXPECT_NEAR(tuner_cost(CollectiveKind::all_reduce, 1_GiB, ring_simple, dgx_a100(4), nccl)->latency.seconds() * 1e6, 973.56, 1e-6);
  // 2.8 on one node: LL trees from 4.4 us; copies by LL rings get a third of 240.
  nccl = version("2.8");
  EXPECT_NEAR(all_reduce(dgx_a100(1), NcclAlgorithm::tree, Protocol::ll).first, 4.4 + 2 * 7 * 0.52, 1e-6);
  EXPECT_NEAR(tuner_entry(CollectiveKind::all_gather, ring_ll, dgx_a100(1), nccl)->bandwidth.value / 1e9, 80.0 * 8 / 7, 1e-6);
  EXPECT_NEAR(all_reduce(dgx_a100(1), NcclAlgorithm::ring, Protocol::ll).second, 60.0 * 8 / 14, 1e-6);
}

/// Bytes of an operation a second that neither NICs nor NVLink could better, by what must pass them: an all-reduce over N nodes 2(N-1)/N of
/// its bytes into each, a gather or scatter (N-1)/N, a broadcast all; the same on a node for each of its GPUs. Where switches add up, S.
double bound(CollectiveKind kind, NcclAlgorithm algorithm, const NcclCommunicator& members) {
  const bool in_switches =
      algorithm == NcclAlgorithm::collnet_direct || algorithm == NcclAlgorithm::collnet_chain || algorithm == NcclAlgorithm::nvls;
  const TunerGraph& ring = members.graphs.ring;
  const double rate = ring.channels * (members.nodes > 1 ? ring.inter : ring.intra).value;
  const double parts = members.nodes > 1 ? members.nodes : members.ranks;
  if (kind == CollectiveKind::all_reduce) return in_switches ? rate : rate * parts / (2 * (parts - 1));
  return kind == CollectiveKind::broadcast || kind == CollectiveKind::reduce ? rate : rate * parts / (parts - 1);
}

TEST_F(NcclTuner, NothingBeatsTheNicsOrNvlink) {
  std::vector<NcclCommunicator> all;
  for (const int nodes : {1, 2, 3, 5, 16, 100, 1000}) {
    all.push_back(dgx_a100(nodes));
    all.push_back(dgx_h100(nodes));
    if (nodes == 1) continue;
    all.push_back(one_a100(nodes));
    all.push_back(dgx_a100_sharp(nodes, Sharp::gathers_too));
  }
  int checked = 0;
  for (const NcclCommunicator& members : all) {
    for (const CollectiveKind kind : {CollectiveKind::all_reduce, CollectiveKind::all_gather, CollectiveKind::reduce_scatter,
                                      CollectiveKind::broadcast, CollectiveKind::reduce}) {
      for (int a = 0; a < nccl_algorithm_count; ++a) {
        for (int p = 0; p < protocol_count; ++p) {
          const NcclWay way{static_cast<NcclAlgorithm>(a), static_cast<Protocol>(p)};
          for (std::int64_t bytes = 8; bytes <= (std::int64_t{1} << 36); bytes = bytes * 3 + 1) {
            const auto cost = tuner_cost(kind, {bytes}, way, members, nccl);
            if (!cost) break;
            const double limit = bound(kind, way.algorithm, members);
            EXPECT_LE(cost->bandwidth.value, limit * (1 + 1e-12))
                << members.nodes << " nodes, kind " << static_cast<int>(kind) << ", way " << a << "/" << p;
            EXPECT_GT(cost->seconds({bytes}), static_cast<double>(bytes) / limit);
            ++checked;
          }
        }
      }
    }
  }
  EXPECT_GT(checked, 5'000);
}

// 16 channels: rings take the latency again for each 16 calls of a group; a tree's kernel reads ten rounds of them at once.
TEST_F(NcclTuner, GroupsTakeTheLatencyOnceARoundOrOnceInTen) {
  const NcclCommunicator members = dgx_a100(4);
  const auto latency = [&](const char* algorithm, int calls) {
    const NcclFilter filter = parse_nccl_filter(algorithm, "simple");
    return tuner_choice(CollectiveKind::all_reduce, 1_GiB, members, nccl, filter, calls)->cost.latency;
  };
  for (const auto& [calls, rings, trees] : {std::tuple{16, 1, 1}, {17, 2, 1}, {160, 10, 1}, {161, 11, 2}, {320, 20, 2}, {321, 21, 3}}) {
    EXPECT_EQ(latency("ring", calls), latency("ring", 1) * rings) << calls;
    EXPECT_EQ(latency("tree", calls), latency("tree", 1) * trees) << calls;
  }
}

// A ring of 32 adds up 31 times, and fp8 has three bits or two to round to.
TEST_F(NcclTuner, SumsOfFp8AvoidLongRings) {
  const auto chosen_for = [&](CollectiveKind kind, const NcclCommunicator& members, sim::DataType type) {
    return tuner_choice(kind, 4_GiB, members, nccl, parse_nccl_filter("ring,tree", ""), 1, type);
  };
  EXPECT_EQ(chosen_for(CollectiveKind::all_reduce, dgx_h100(4), sim::DataType::fp16)->way.algorithm, NcclAlgorithm::ring);
  EXPECT_EQ(chosen_for(CollectiveKind::all_reduce, dgx_h100(4), sim::DataType::fp8)->way.algorithm, NcclAlgorithm::tree);
  EXPECT_EQ(chosen_for(CollectiveKind::all_reduce, dgx_h100(1), sim::DataType::fp8)->way.algorithm, NcclAlgorithm::ring) << "of 8 ranks";
  // Where only rings could, they do, and take no longer for it.
  const auto scattered = chosen_for(CollectiveKind::reduce_scatter, dgx_h100(4), sim::DataType::fp8);
  ASSERT_TRUE(scattered);
  EXPECT_EQ(scattered->cost.seconds(4_GiB),
            chosen_for(CollectiveKind::reduce_scatter, dgx_h100(4), sim::DataType::fp16)->cost.seconds(4_GiB));
  EXPECT_EQ(chosen_for(CollectiveKind::all_gather, dgx_h100(4), sim::DataType::fp8)->way.algorithm, NcclAlgorithm::ring);
}

}  // namespace
}  // namespace orrery::workloads
