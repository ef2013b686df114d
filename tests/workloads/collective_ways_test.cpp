// Collectives that are not done as NCCL's plan says: in slices and by other algorithms.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/committed.h"
#include "workloads/collective_job.h"

namespace orrery::workloads {
namespace {

using namespace sim::literals;

/// All GPUs of so many nodes DGX A100, and all-reduces on them.
struct DgxJobs {
  explicit DgxJobs(int nodes) : cluster({.node = committed::dgx_a100(), .nodes = nodes, .fabric = {}}) {}

  CollectiveJob all_reduces(std::vector<sim::Bytes> sizes) const {
    CollectiveJob job{.operation = {sim::CollectiveKind::all_reduce}, .type = {}, .sizes = std::move(sizes), .ranks = {}};
    job.ranks = first_gpus(cluster, {.nodes = cluster.nodes(), .gpus_a_node = cluster.node().gpus});
    return job;
  }
  std::vector<CollectiveRow> rows(const CollectiveJob& job, const CollectiveCalibration& calibration = {}) const {
    const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
    return collective_rows(job, {.cluster = cluster, .nccl = nccl, .calibration = calibration}, *engine, {});
  }

  topology::Cluster cluster;
  NcclConstants nccl = committed::nccl();
};

// So short, a channel's chunk is one slice, which waits for its flag: steps * (slice + hop), as the estimate has it. Chunks of 16 bytes
// are what is more.
TEST(CollectiveWays, ShortSlicesOnACalibratedNodeTakeTheEstimate) {
  const DgxJobs node(1);
  const CollectiveCalibration measured = committed::a100().collectives;
  for (const char* protocol : {"ll", "ll128", "simple"}) {
    CollectiveJob job = node.all_reduces(doubled_sizes(8_KiB, 1_MiB));
    job.filter = parse_nccl_filter("ring", protocol);
    const std::vector<CollectiveRow> estimates = node.rows(job, measured);
    job.way = InSlices{};
    const std::vector<CollectiveRow> slices = node.rows(job, measured);
    EXPECT_LT(slices.front().plan.thread_blocks, slices.back().plan.thread_blocks);
    for (std::size_t i = 0; i < slices.size(); ++i) {
      EXPECT_NEAR(slices[i].time.seconds() / estimates[i].time.seconds(), 1, 0.001) << protocol << ", " << slices[i].bytes.count;
      if (i == 0) continue;
      EXPECT_GT(slices[i].time, slices[i - 1].time) << protocol << ", " << slices[i].bytes.count;
    }
  }
}

// On one node a 2D ring is a ring: as many channels, which move what NCCL's do. It adds nothing up and copies nothing of its own.
TEST(CollectiveWays, A2dRingOnACalibratedNodeMovesWhatNcclsRingMoves) {
  const DgxJobs node(1);
  const CollectiveCalibration measured = committed::a100().collectives;
  for (const Protocol protocol : {Protocol::ll, Protocol::ll128, Protocol::simple}) {
    CollectiveJob job = node.all_reduces({64_KiB, 1_MiB, 1_GiB});
    job.filter = parse_nccl_filter("ring", name_of(protocol));
    const std::vector<CollectiveRow> rings = node.rows(job, measured);
    job.way = ByAlgorithm{StepAlgorithm::ring_2d, protocol};
    const std::vector<CollectiveRow> steps = node.rows(job, measured);
    for (std::size_t i = 0; i < rings.size(); ++i) {
      EXPECT_EQ(steps[i].plan.thread_blocks, rings[i].plan.thread_blocks);
      EXPECT_LT(steps[i].time, rings[i].time);
      EXPECT_GT(steps[i].time.seconds(), 0.9 * rings[i].time.seconds()) << name_of(protocol) << ", " << steps[i].bytes.count;
    }
  }
}

// Sends between two GPUs got 282 of NVLink's 300 GB/s, and NCCL's ring gets 223: many thread blocks to many peers get no more than the
// sends.
TEST(CollectiveWays, NoAlgorithmBeatsWhatAPortWasMeasuredToCarry) {
  const DgxJobs node(1);
  const CollectiveCalibration measured = committed::a100().collectives;
  for (const StepAlgorithm algorithm : {StepAlgorithm::direct, StepAlgorithm::hierarchical, StepAlgorithm::ring_2d}) {
    CollectiveJob job = node.all_reduces({64_MiB, 1_GiB});
    job.way = ByAlgorithm{algorithm};
    for (const CollectiveRow& row : node.rows(job, measured))
      EXPECT_LT(row.bus_bandwidth(), measured.send_bandwidth) << name_of(algorithm) << ", " << row.bytes.count;
  }
}

// 105 of 108 multiprocessors: 7 peers, a block each on 15 channels of the 24 that NCCL has.
TEST(CollectiveWays, ThreadBlocksOfAnAlgorithmFindMultiprocessors) {
  const DgxJobs node(1);
  CollectiveJob job = node.all_reduces({1_KiB, 1_GiB});
  job.way = ByAlgorithm{StepAlgorithm::direct};
  const std::vector<CollectiveRow> rows = node.rows(job);
  EXPECT_EQ(rows[0].plan.thread_blocks, 7);
  EXPECT_EQ(rows[1].plan.thread_blocks, 105);
}

TEST(CollectiveWays, WhatMemoryDoesNotHoldIsRefusedBeforeItIsWritten) {
  const auto refusal = [](int nodes, auto way, sim::Bytes size) -> std::string {
    const DgxJobs machine(nodes);
    CollectiveJob job = machine.all_reduces({size});
    job.filter = parse_nccl_filter("ring", "simple");
    job.way = way;
    try {
      machine.rows(job);
    } catch (const sim::Error& error) {
      EXPECT_EQ(error.kind(), sim::ErrorKind::infeasible);
      return error.what();
    }
    return "";
  };
  EXPECT_NE(refusal(1, InSlices{}, {std::int64_t{1} << 50}).find("slices: takes "), std::string::npos);
  EXPECT_NE(refusal(256, InSlices{}, 1_GiB).find("slices: takes "), std::string::npos);
  EXPECT_EQ(refusal(2, InSlices{}, 1_GiB), "");
  // 2 * 2,048 * 2,048
  EXPECT_EQ(refusal(256, ByAlgorithm{StepAlgorithm::direct}, 1_GiB),
            "direct: takes 8388608 messages, more than the 2000000 that are played; take fewer nodes, or an algorithm of fewer messages");
}

}  // namespace
}  // namespace orrery::workloads
