#include "workloads/collective_job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/committed.h"

namespace orrery::workloads {
namespace {

using sim::Bytes;
using sim::CollectiveKind;
using topology::Cluster;
using namespace sim::literals;

constexpr CollectiveOperation all_reduce{CollectiveKind::all_reduce};
constexpr CollectiveOperation send_receive{};

Cluster nodes_of(const topology::NodeSpec& node, int nodes, const topology::FabricSpec& fabric = {}) {
  return Cluster({.node = node, .nodes = nodes, .fabric = fabric});
}

CollectiveJob job_on(const Cluster& cluster, CollectiveOperation operation, std::vector<Bytes> sizes) {
  CollectiveJob job{.operation = operation, .type = {}, .sizes = std::move(sizes), .ranks = {}};
  job.ranks = first_gpus(cluster, {.nodes = cluster.nodes(), .gpus_a_node = cluster.node().gpus});
  return job;
}

std::vector<CollectiveRow> rows_by_nccl(const CollectiveJob& job, const Cluster& cluster) {
  const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
  const NcclConstants nccl = committed::nccl();
  return collective_rows(job, {.cluster = cluster, .nccl = nccl}, *engine, {});
}

CollectiveRow row_by_nccl(const Cluster& cluster, CollectiveOperation operation, Bytes size) {
  return rows_by_nccl(job_on(cluster, operation, {size}), cluster).front();
}

double busbw(const topology::NodeSpec& node, int nodes) {
  return row_by_nccl(nodes_of(node, nodes), all_reduce, 8_GiB).bus_bandwidth().value / 1e9;
}

TEST(CollectiveJob, OneA100NodeTakesNcclsOwnTime) {
  // 1 GiB * 2 * 7/8 over 240 GB/s, and 8.4 us + 14 steps of 3.4 us (tests/workloads/collective_model_test.cpp).
  const CollectiveRow row = row_by_nccl(nodes_of(committed::dgx_a100(), 1), all_reduce, 1_GiB);
  EXPECT_EQ(row.plan.algorithm, Algorithm::ring);
  EXPECT_EQ(row.plan.protocol, Protocol::simple);
  EXPECT_EQ(row.plan.thread_blocks, 24);
  EXPECT_NEAR(row.time.seconds() * 1e6, 7885.366, 0.01);
  EXPECT_NEAR(row.algorithm_bandwidth().value, 1073741824 / 7885.366e-6, 1e6);
  EXPECT_NEAR(row.bus_bandwidth().value, 1.75 * 1073741824 / 7885.366e-6, 1e6);
}

TEST(CollectiveJob, PeaksAreThosePublished) {
  EXPECT_NEAR(busbw(committed::dgx_a100(), 4), 192, 0.05 * 192) << "nccl#812";
  EXPECT_NEAR(busbw(committed::node("hgx-a100-80gb-4xhdr"), 3), 96, 0.05 * 96) << "nccl-tests#119";
}

// Rings that leave by the neighbour's NIC ask NVLink for 7 * 48 GB/s and have 8 * 48; those that leave by the one they came in by ask for 8
// times their rate of 370.8, and have the next that NCCL tries, 8 * 45. Odd nodes swap the pairs, so that each stays on its rail.
TEST(CollectiveJob, AlternatingRingsHaveMoreThanOthers) {
  const Cluster cluster = nodes_of(committed::node("dgx-h100"), 4);
  CollectiveJob job = job_on(cluster, all_reduce, {8_GiB});
  job.filter = parse_nccl_filter("ring", "");
  job.filter.cross_nic = topology::CrossNic::never;
  const double straight = rows_by_nccl(job, cluster).front().bus_bandwidth().value / 1e9;
  const double alternating = busbw(committed::node("dgx-h100"), 4);
  EXPECT_NEAR(straight, 370, 0.05 * 370);
  EXPECT_NEAR(alternating, 390, 0.05 * 390);
  EXPECT_GT(alternating, 1.03 * straight);
}

/// Played beside planned, in every way that NCCL has to do it there.
void expect_played_as_planned(const Cluster& cluster, CollectiveKind kind, std::array<int, nccl_algorithm_count>& seen) {
  constexpr std::array algorithms = {"tree", "ring", "collnetdirect", "collnetchain", "nvls", "nvlstree", "pat"};
  constexpr std::array protocols = {"ll", "ll128", "simple"};
  const NcclConstants nccl = committed::nccl();
  const CollectiveModel model(cluster, nccl, {});
  CollectiveJob job = job_on(cluster, {kind}, {64_KiB, 1_MiB, 1_GiB});
  const NcclCommunicator world = model.shape(model.group(job.ranks)).communicator;
  for (int algorithm = 0; algorithm < nccl_algorithm_count; ++algorithm) {
    for (int protocol = 0; protocol < protocol_count; ++protocol) {
      const NcclWay way{static_cast<NcclAlgorithm>(algorithm), static_cast<Protocol>(protocol)};
      // NCCL's estimate is more than NVLink has (collective_model_test.cpp).
      const bool is_held_by_nvlink = way.algorithm == NcclAlgorithm::collnet_direct && cluster.node().gpu.compute_capability == 80;
      if (is_held_by_nvlink || !tuner_cost(kind, 1_GiB, way, world, nccl)) continue;
      ++seen[static_cast<std::size_t>(algorithm)];
      job.filter = parse_nccl_filter(algorithms[static_cast<std::size_t>(algorithm)], protocols[static_cast<std::size_t>(protocol)]);
      for (const CollectiveRow& row : rows_by_nccl(job, cluster)) {
        EXPECT_EQ(row.plan.algorithm, algorithm_of(way.algorithm));
        EXPECT_EQ(row.plan.protocol, way.protocol);
        const double planned = row.plan.latency.seconds() + static_cast<double>(row.plan.edge_bytes.count) / row.plan.edge_rate.value;
        EXPECT_NEAR(row.time.seconds() / planned, 1, row.asked >= 1_MiB ? 0.05 : 0.15)
            << name_of(row.operation) << " of " << row.asked.count << " bytes by " << name_of(row.plan.algorithm) << " and "
            << name_of(row.plan.protocol) << " on " << cluster.nodes() << " nodes " << cluster.node().name;
      }
    }
  }
}

TEST(CollectiveJob, AloneACollectiveTakesWhatItsPlanSays) {
  std::array<int, nccl_algorithm_count> seen{};
  for (const topology::NodeSpec& node : {committed::dgx_a100(), committed::node("hgx-a100-80gb-4xhdr"), committed::node("dgx-h100")}) {
    for (const int nodes : {1, 3}) {
      const Cluster cluster = nodes_of(node, nodes, {.sharp = true});
      for (const CollectiveKind kind : {CollectiveKind::all_reduce, CollectiveKind::reduce_scatter, CollectiveKind::broadcast}) {
        expect_played_as_planned(cluster, kind, seen);
      }
    }
  }
  topology::NodeSpec lonely = committed::dgx_a100();
  lonely.gpus = 1;
  lonely.nics = 1;
  expect_played_as_planned(nodes_of(lonely, 8), CollectiveKind::all_gather, seen);  // PAT wants one GPU a node
  for (const int count : seen) EXPECT_GT(count, 0) << "every algorithm was seen";
}

/// What must enter or leave a node at least, of an operation of so many bytes as nccl-tests counts them, whatever the algorithm.
double least_bytes(CollectiveOperation operation, Bytes size, int nodes, int ranks) {
  const auto bytes = static_cast<double>(size.count);
  if (!operation.kind) return bytes;  // of one rank of each node, to the next node
  switch (*operation.kind) {
    case CollectiveKind::all_to_all:
      return bytes * ranks / nodes * (nodes - 1) / nodes;
    case CollectiveKind::all_gather:
    case CollectiveKind::reduce_scatter:
    case CollectiveKind::gather:
    case CollectiveKind::scatter:
      return bytes * (nodes - 1) / nodes;
    default:
      return bytes;
  }
}

// Twelve nodes on two leaves of a tree with a quarter of the uplinks, in an order that sends every edge of a ring through the spine: six
// edges share two uplinks of a rail.
TEST(CollectiveJob, HeldUpNoneIsFasterThanTheNics) {
  const int nodes = 12;
  const Cluster wide = nodes_of(committed::dgx_a100(), nodes, {.topology = topology::Topology::single_switch});
  const Cluster narrow = nodes_of(committed::dgx_a100(), nodes, {.switch_radix = 8, .oversubscription = 4});
  const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
  const NcclConstants nccl = committed::nccl();
  for (const std::string& name : collective_operation_names()) {
    const CollectiveOperation operation = *collective_operation(name);
    if (operation.kind == CollectiveKind::barrier) continue;
    CollectiveJob job = job_on(wide, operation, {1_GiB});
    std::vector<topology::GpuId> scattered;
    for (int i = 0; i < nodes; ++i) {
      const int node = i / 2 + (i % 2 == 0 ? 0 : nodes / 2);
      for (int gpu = 0; gpu < 8; ++gpu) scattered.push_back(job.ranks[static_cast<std::size_t>(node * 8 + gpu)]);
    }
    job.ranks = scattered;
    for (const Granularity granularity : {Granularity::hyperflow, Granularity::transfer}) {
      if (granularity == Granularity::transfer && operation.kind == CollectiveKind::all_to_all) continue;  // 9,120 flows: slow, not new
      job.granularity = granularity;
      const CollectiveRow alone = collective_rows(job, {.cluster = wide, .nccl = nccl}, *engine, {}).front();
      const CollectiveRow held = collective_rows(job, {.cluster = narrow, .nccl = nccl}, *engine, {}).front();
      const topology::NicSpec& nic = wide.node().nic;
      const double nics = (operation.kind ? 8 : 1) * nic.bandwidth.value * nic.efficiency;
      const double bound = least_bytes(operation, held.bytes, nodes, held.ranks) / nics;
      EXPECT_GE(alone.time.seconds(), bound) << name;
      EXPECT_GE(held.time.seconds(), bound) << name;
      EXPECT_GE(held.time, alone.time) << name;
      if (operation == all_reduce) {
        EXPECT_GT(held.time.seconds(), 2 * alone.time.seconds()) << "three edges an uplink";
      }
    }
  }
}

TEST(CollectiveJob, SizesCountAsNcclTestsCountsThem) {
  // 16 ranks: 1,000 bytes of halves are 500, or 31 a rank (62 bytes; 992 in all).
  const Cluster cluster = nodes_of(committed::dgx_a100(), 2);
  const CollectiveRow whole = row_by_nccl(cluster, all_reduce, {1000});
  EXPECT_EQ(whole.asked.count, 1000);
  EXPECT_EQ(whole.count, 500);
  EXPECT_EQ(whole.bytes.count, 1000);
  for (const CollectiveKind kind : {CollectiveKind::all_gather, CollectiveKind::reduce_scatter, CollectiveKind::all_to_all,
                                    CollectiveKind::gather, CollectiveKind::scatter}) {
    const CollectiveRow parts = row_by_nccl(cluster, {kind}, {1000});
    EXPECT_EQ(parts.asked.count, 1000);
    EXPECT_EQ(parts.count, 31);
    EXPECT_EQ(parts.bytes.count, 992);
    EXPECT_GT(parts.time.ticks, 0);
    const CollectiveRow nothing = row_by_nccl(cluster, {kind}, {31});  // less than an element a rank
    EXPECT_EQ(nothing.count, 0);
    EXPECT_EQ(nothing.plan.algorithm, Algorithm::none);
    EXPECT_EQ(nothing.time.ticks, 0);
    EXPECT_EQ(nothing.bus_bandwidth().value, 0);
  }
}

TEST(CollectiveJob, LongTypesCountAsLong) {
  const Cluster cluster = nodes_of(committed::dgx_a100(), 1);
  CollectiveJob job = job_on(cluster, {CollectiveKind::all_gather}, {{1000}});
  const auto types = element_types();
  job.type = *std::ranges::find(types, "double", &ElementType::name);
  const CollectiveRow row = rows_by_nccl(job, cluster).front();
  EXPECT_EQ(row.count, 15);  // 1,000 / 8 ranks / 8 bytes
  EXPECT_EQ(row.bytes.count, 15 * 8 * 8);
}

TEST(CollectiveJob, BusBandwidthIsWhatALinkWouldNeed) {
  // nccl-tests, doc/PERFORMANCE.md; 4 ranks.
  EXPECT_DOUBLE_EQ(bus_share(all_reduce, 4), 1.5);
  for (const CollectiveKind kind : {CollectiveKind::all_gather, CollectiveKind::reduce_scatter, CollectiveKind::all_to_all,
                                    CollectiveKind::gather, CollectiveKind::scatter}) {
    EXPECT_DOUBLE_EQ(bus_share({kind}, 4), 0.75);
  }
  EXPECT_DOUBLE_EQ(bus_share({CollectiveKind::broadcast}, 4), 1);
  EXPECT_DOUBLE_EQ(bus_share({CollectiveKind::reduce}, 4), 1);
  EXPECT_DOUBLE_EQ(bus_share(send_receive, 4), 1);
}

TEST(CollectiveJob, ARingShiftTakesAsLongAsItsLongestMessage) {
  // From node to node over one NIC: 8.4 + 14 us, then 98.5 % of 25 GB/s. Within a node 240 GB/s are through long before.
  const CollectiveRow row = row_by_nccl(nodes_of(committed::dgx_a100(), 3), send_receive, {24'625'000});
  EXPECT_NEAR(row.time.seconds() * 1e6, 22.4 + 1000, 0.001);
  EXPECT_NEAR(row.bus_bandwidth().value, 24'625'000 / 1022.4e-6, 1e3);
  EXPECT_EQ(row.plan.thread_blocks, 2);
  // On a node, and between two ranks that are each other's next: 8.4 + 3.4 us and 240 GB/s.
  EXPECT_NEAR(row_by_nccl(nodes_of(committed::dgx_a100(), 1), send_receive, {24'000'000}).time.seconds() * 1e6, 111.8, 0.001);
  const Cluster cluster = nodes_of(committed::dgx_a100(), 1);
  CollectiveJob pair = job_on(cluster, send_receive, {{24'000'000}});
  pair.ranks.resize(2);
  EXPECT_NEAR(rows_by_nccl(pair, cluster).front().time.seconds() * 1e6, 111.8, 0.001);
  pair.ranks.resize(1);
  EXPECT_EQ(rows_by_nccl(pair, cluster).front().time.ticks, 0) << "alone there is nobody to send to";
}

TEST(CollectiveJob, StepsPayTheirLaunchOnce) {
  // Two nodes of one GPU exchange their parts: 8.4 us to launch, a hop of 14 us, 24,625,000 bytes at 98.5 % of 25 GB/s.
  topology::NodeSpec lonely = committed::dgx_a100();
  lonely.gpus = lonely.nics = 1;
  const Cluster cluster = nodes_of(lonely, 2);
  CollectiveJob job = job_on(cluster, {CollectiveKind::all_gather}, {{2 * 24'625'000}});
  job.way = ByAlgorithm{StepAlgorithm::direct};
  const CollectiveRow row = rows_by_nccl(job, cluster).front();
  EXPECT_NEAR(row.time.seconds() * 1e6, 8.4 + 14 + 1000, 0.001);
  EXPECT_EQ(algorithm_name(row), "direct");
  EXPECT_EQ(row.plan.protocol, Protocol::simple);
  EXPECT_EQ(row.plan.thread_blocks, 2) << "a peer on two channels";
  job.ranks.resize(1);
  EXPECT_EQ(rows_by_nccl(job, cluster).front().time.ticks, 0) << "alone there is nobody to send to";
}

TEST(CollectiveJob, StepsOfAHierarchyFollowTheNodes) {
  // 3 nodes of 2 GPUs by NVLink, 2 of each and then 2, 2 and 1: without nodes alike there is no row, and a ring of 5 is what is left.
  topology::NodeSpec pair = committed::dgx_a100();
  pair.gpus = pair.nics = 2;
  const Cluster cluster = nodes_of(pair, 3);
  CollectiveJob job = job_on(cluster, all_reduce, {6_MiB});
  job.way = ByAlgorithm{StepAlgorithm::hierarchical};
  const CollectiveRow even = rows_by_nccl(job, cluster).front();
  // In the node 3.4 us and half of the bytes on two channels of 20 GB/s, as each of 12 has there, twice; across, 4 steps of 14 us and a
  // sixth of the bytes at 98.5 % of 25 GB/s.
  const double bytes = 6 * 1048576;
  EXPECT_NEAR(even.time.seconds(), 8.4e-6 + 2 * (3.4e-6 + bytes / 2 / 40e9) + 4 * (14e-6 + bytes / 6 / 24.625e9), 1e-10);
  job.ranks.pop_back();
  const CollectiveRow odd = rows_by_nccl(job, cluster).front();
  EXPECT_EQ(odd.plan.thread_blocks, 2) << "a ring a channel";
}

TEST(CollectiveJob, SlicesTakeWhatLinksAllowAndHideHops) {
  // On 4 nodes NCCL's estimate of 1 GiB is all bytes but for 0.6 ms of hops, which slices hide behind each other.
  const Cluster cluster = nodes_of(committed::dgx_a100(), 4);
  CollectiveJob job = job_on(cluster, all_reduce, {1_GiB});
  job.filter = parse_nccl_filter("ring", "simple");
  const CollectiveRow estimate = rows_by_nccl(job, cluster).front();
  job.way = InSlices{};
  const CollectiveRow slices = rows_by_nccl(job, cluster).front();
  EXPECT_EQ(algorithm_name(slices), "ring in slices");
  EXPECT_EQ(slices.plan.thread_blocks, estimate.plan.thread_blocks);
  const double bytes_alone = (estimate.time - estimate.plan.latency).seconds();
  EXPECT_GE(slices.time.seconds(), bytes_alone);
  EXPECT_LT(slices.time.seconds(), 1.02 * bytes_alone);
}

TEST(CollectiveJob, StepsOfAnotherCollectiveOrSizeAreRefused) {
  const Cluster cluster = nodes_of(committed::dgx_a100(), 1);
  CollectiveJob job = job_on(cluster, all_reduce, {1_MiB});
  job.way = steps_of(StepAlgorithm::direct, CollectiveKind::all_reduce, {.ranks = 4});
  EXPECT_THROW(rows_by_nccl(job, cluster), sim::Error);
  job.way = steps_of(StepAlgorithm::direct, CollectiveKind::all_gather, {.ranks = 8});
  EXPECT_THROW(rows_by_nccl(job, cluster), sim::Error);
  job.way = steps_of(StepAlgorithm::direct, CollectiveKind::all_reduce, {.ranks = 8});
  EXPECT_GT(rows_by_nccl(job, cluster).front().time.ticks, 0);
}

TEST(CollectiveJob, ABarrierIsAnAllReduceOfOneElement) {
  const Cluster cluster = nodes_of(committed::dgx_a100(), 4);
  const CollectiveRow barrier = row_by_nccl(cluster, {CollectiveKind::barrier}, {});
  EXPECT_EQ(barrier.time, row_by_nccl(cluster, all_reduce, {2}).time);
  EXPECT_EQ(barrier.asked.count, 0);
  EXPECT_EQ(barrier.bus_bandwidth().value, 0);
}

// One kernel moves the bytes of all calls: the latency of a ring is paid once for as many calls as there are channels, here 24.
TEST(CollectiveJob, CallsOfAGroupShareAKernel) {
  const Cluster cluster = nodes_of(committed::dgx_a100(), 1);
  const auto one_of = [&](int calls, Bytes size) {
    CollectiveJob job = job_on(cluster, all_reduce, {size});
    job.filter = parse_nccl_filter("ring", "simple");
    job.way = ByNccl{calls};
    return rows_by_nccl(job, cluster).front();
  };
  // 8.4 us + 14 steps of 3.4 us, and 1 MiB of 240 GB/s * 8/14.
  const double latency = 56e-6;
  const double moving = 1048576 / (240e9 * 8 / 14);
  EXPECT_NEAR(one_of(1, 1_MiB).time.seconds(), latency + moving, 1e-9);
  EXPECT_NEAR(one_of(24, 1_MiB).time.seconds(), latency / 24 + moving, 1e-9);
  EXPECT_NEAR(one_of(25, 1_MiB).time.seconds(), 2 * latency / 25 + moving, 1e-9);
  EXPECT_EQ(one_of(16, 1_MiB).calls, 16);
  EXPECT_GT(one_of(16, 64_KiB).bus_bandwidth().value, 4 * one_of(1, 64_KiB).bus_bandwidth().value);
}

// Sixteen short all-reduces together are as long as a longer one, which NCCL does otherwise.
TEST(CollectiveJob, TheChoiceForAGroupIsThatForAllItsBytes) {
  const Cluster cluster = nodes_of(committed::dgx_a100(), 4);
  CollectiveJob job = job_on(cluster, all_reduce, {16_MiB});
  job.way = ByNccl{64};
  EXPECT_EQ(rows_by_nccl(job, cluster).front().plan.algorithm, row_by_nccl(cluster, all_reduce, 1_GiB).plan.algorithm);
  EXPECT_EQ(rows_by_nccl(job, cluster).front().plan.protocol, row_by_nccl(cluster, all_reduce, 1_GiB).plan.protocol);
  EXPECT_NE(row_by_nccl(cluster, all_reduce, 16_MiB).plan.protocol, row_by_nccl(cluster, all_reduce, 1_GiB).plan.protocol);
}

TEST(CollectiveJob, NodesOfOneGpuExchangeByTheirNics) {
  topology::NodeSpec lonely = committed::dgx_a100();
  lonely.gpus = 1;
  lonely.nics = 1;
  // Three parts of a quarter MiB leave by a NIC of 98.5 % of 25 GB/s; a base of 8.4 us and a hop of 14 us.
  const CollectiveRow row = row_by_nccl(nodes_of(lonely, 4), {CollectiveKind::all_to_all}, 1_MiB);
  EXPECT_NEAR(row.time.seconds(), 22.4e-6 + 0.75 * (1 << 20) / 24.625e9, 1e-6);
}

TEST(CollectiveJob, TakesTheFirstGpusOfEachNode) {
  const Cluster cluster = nodes_of(committed::dgx_a100(), 3);
  const Placement ranks = first_gpus(cluster, {.nodes = 2, .gpus_a_node = 2});
  EXPECT_EQ(ranks, (Placement{topology::GpuId{0}, topology::GpuId{1}, topology::GpuId{8}, topology::GpuId{9}}));
}

TEST(CollectiveJob, SizesDouble) {
  EXPECT_EQ(doubled_sizes({8}, {33}), (std::vector<Bytes>{{8}, {16}, {32}}));
  EXPECT_EQ(doubled_sizes({8}, {8}).size(), 1U);
  EXPECT_EQ(doubled_sizes({1}, {std::numeric_limits<std::int64_t>::max()}).size(), 63U);
}

TEST(CollectiveJob, OperationsHaveTheirNames) {
  const std::vector<std::string> names = collective_operation_names();
  EXPECT_EQ(names.size(), 10U);
  for (const std::string& name : names) EXPECT_EQ(name_of(*collective_operation(name)), name);
  EXPECT_FALSE(collective_operation("allreduce"));
}

}  // namespace
}  // namespace orrery::workloads
