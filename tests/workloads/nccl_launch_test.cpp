#include "workloads/nccl_launch.h"

#include <gtest/gtest.h>

#include "tests/committed.h"
#include "tests/workloads/nccl_platforms.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using namespace sim::literals;

NcclLaunch launched(sim::Bytes bytes, NcclAlgorithm algorithm, Protocol protocol, const NcclCommunicator& members,
                    CollectiveKind kind = CollectiveKind::all_reduce) {
  return nccl_launch(kind, bytes, {algorithm, protocol}, members, committed::nccl());
}

TEST(NcclLaunch, SimpleRingsTakeAChannelForEvery32KiB) {
  // 512 threads of 64 bytes: 100 KiB fill three channels. Its 13 cells of 8 KiB (16 KiB of traffic, there and back) go 5, 5, 3.
  const NcclCommunicator world = platforms::dgx_a100(4);
  EXPECT_EQ(launched(100_KiB, NcclAlgorithm::ring, Protocol::simple, world), (NcclLaunch{3, 512 + 32}));
  EXPECT_EQ(launched(1_GiB, NcclAlgorithm::ring, Protocol::simple, world), (NcclLaunch{16, 544}));
}

TEST(NcclLaunch, ShortMessagesHalveTheThreads) {
  const NcclCommunicator world = platforms::dgx_a100(4);
  // 8 KiB keep 128 threads of 64 bytes busy, and 32 more for the handshakes; 8 bytes end at 64 of them.
  EXPECT_EQ(launched(8_KiB, NcclAlgorithm::ring, Protocol::simple, world), (NcclLaunch{1, 160}));
  EXPECT_EQ(launched(8_B, NcclAlgorithm::ring, Protocol::simple, world), (NcclLaunch{1, 96}));
  EXPECT_EQ(launched(8_B, NcclAlgorithm::ring, Protocol::ll, world), (NcclLaunch{1, 96}));
}

TEST(NcclLaunch, LlRingsCountEveryRank) {
  // 512 threads of 8 bytes and 32 ranks: 128 KiB a channel.
  EXPECT_EQ(launched(1_MiB, NcclAlgorithm::ring, Protocol::ll, platforms::dgx_a100(4)), (NcclLaunch{8, 512}));
}

TEST(NcclLaunch, TreesAlwaysRunAllThreads) {
  // 4 KiB a channel by LL, 5 KiB by LL128. By LL 6 KiB fill one channel; by LL128 15 KiB, two cells of 8 KiB, fill two of three.
  const NcclCommunicator world = platforms::dgx_a100(4);
  EXPECT_EQ(launched(6_KiB, NcclAlgorithm::tree, Protocol::ll, world), (NcclLaunch{1, 640}));
  EXPECT_EQ(launched(15_KiB, NcclAlgorithm::tree, Protocol::ll128, world), (NcclLaunch{2, 640}));
  EXPECT_EQ(launched(1_GiB, NcclAlgorithm::tree, Protocol::simple, world), (NcclLaunch{16, 640}));
}

TEST(NcclLaunch, GathersCountTheirTrafficByRank) {
  // 1 MiB over 32 ranks: 32 KiB a rank in cells of 512 bytes (16 KiB of traffic); 64 cells for 16 channels.
  EXPECT_EQ(launched(1_MiB, NcclAlgorithm::ring, Protocol::simple, platforms::dgx_a100(4), CollectiveKind::all_gather).channels, 16);
  // A broadcast's cell is 16 KiB: 64 KiB are four, for two channels.
  EXPECT_EQ(launched(64_KiB, NcclAlgorithm::ring, Protocol::simple, platforms::dgx_a100(4), CollectiveKind::broadcast).channels, 2);
}

TEST(NcclLaunch, NvlsHasItsOwnNumberOfChannels) {
  NcclCommunicator node = platforms::dgx_h100(1);
  EXPECT_EQ(launched(8_B, NcclAlgorithm::nvls, Protocol::simple, node), (NcclLaunch{16, 640}));
  node.compute_capability = 100;
  EXPECT_EQ(launched(8_B, NcclAlgorithm::nvls, Protocol::simple, node), (NcclLaunch{24, 640}));
  EXPECT_EQ(launched(8_B, NcclAlgorithm::nvls_tree, Protocol::simple, platforms::dgx_h100(2)), (NcclLaunch{16, 640}));
}

TEST(NcclLaunch, CollnetDirectAsksLessOfAThreadTheFewerChannelsItHas) {
  // 640 threads, 8 heads. From 24 channels 256 bytes a thread, from 12 on 128, from 6 on 64: four channels want 1.25 MiB, three 960 KiB.
  const NcclCommunicator world = platforms::dgx_a100_sharp(4);
  EXPECT_EQ(launched(1_MiB, NcclAlgorithm::collnet_direct, Protocol::simple, world), (NcclLaunch{3, 640}));
  EXPECT_EQ(launched(64_MiB, NcclAlgorithm::collnet_direct, Protocol::simple, world), (NcclLaunch{24, 640}));
}

TEST(NcclLaunch, SlowRingsRunHalfTheThreads) {
  NcclCommunicator world = platforms::one_a100(4);
  world.graphs.ring.intra = sim::gigabytes_per_second(12);
  EXPECT_EQ(launched(1_GiB, NcclAlgorithm::ring, Protocol::simple, world), (NcclLaunch{2, 256 + 32}));
}

}  // namespace
}  // namespace orrery::workloads
