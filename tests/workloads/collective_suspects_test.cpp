#include "workloads/collective_suspects.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/committed.h"

namespace orrery::workloads {
namespace {

using namespace sim::literals;

/// Two nodes, and what all-reduces take there, times what a fault makes of them.
struct Suspected {
  topology::Cluster cluster;
  NcclConstants nccl = committed::nccl();
  CollectiveJob job{};
  std::unique_ptr<sim::Engine> engine = sim::make_folding_engine(sim::make_fluid_engine());

  explicit Suspected(const topology::ClusterSpec& spec) : cluster(spec) {
    job.operation = {sim::CollectiveKind::all_reduce};
    job.sizes = {4_KiB, 64_MiB, 1_GiB};
    job.ranks = first_gpus(cluster, {.nodes = spec.nodes, .gpus_a_node = spec.node.gpus});
  }
  Suspected(const topology::NodeSpec& node, int nodes) : Suspected(topology::ClusterSpec{.node = node, .nodes = nodes, .fabric = {}}) {}
  std::vector<sim::Duration> times(const topology::Condition& condition) {
    CollectiveMachine machine{.cluster = cluster, .nccl = nccl};
    machine.condition = condition;
    std::vector<sim::Duration> times;
    for (const CollectiveRow& row : collective_rows(job, machine, *engine, {})) times.push_back(row.time);
    return times;
  }
  std::vector<CollectiveSuspect> explaining(const std::vector<sim::Duration>& measured) {
    return collective_suspects(job, {.cluster = cluster, .nccl = nccl}, measured, *engine, {});
  }
  std::vector<CollectiveSuspect> of(const topology::Condition& condition) { return explaining(times(condition)); }
  topology::LinkId cable(int node, int rail) const {
    return cluster.fabric().out_link(cluster.fabric().vertex(topology::Port{node, rail}), 0);
  }
};

TEST(CollectiveSuspects, AHealthyMachineNeedsNoExplanation) {
  const auto suspects = Suspected(committed::dgx_a100(), 2).of({});
  ASSERT_GT(suspects.size(), 4U);
  EXPECT_EQ(suspects[0].fault, "");
  EXPECT_EQ(suspects[0].error, 0);
  for (std::size_t i = 1; i < suspects.size(); ++i) EXPECT_GT(suspects[i].error, 0.01) << suspects[i].fault;
  EXPECT_TRUE(std::ranges::is_sorted(suspects.begin() + 1, suspects.end(), {}, &CollectiveSuspect::error));
}

TEST(CollectiveSuspects, ASlowCableIsFoundOnWhicheverNodeItIs) {
  Suspected two(committed::dgx_a100(), 3);
  topology::Condition condition;
  condition.slow_links = {{two.cable(2, 5), 0.5}};
  const auto suspects = two.of(condition);
  EXPECT_GT(suspects[0].error, 0.5) << "a ring through it takes twice as long";
  EXPECT_EQ(suspects[1].fault, "a NIC's cable runs at half its rate");
  EXPECT_LT(suspects[1].error, 0.001);
}

TEST(CollectiveSuspects, ANodeWithOneNicIsFound) {
  // Eight NICs' cables at an eighth each carry what one would.
  Suspected two(committed::dgx_a100(), 2);
  topology::Condition condition;
  for (int rail = 0; rail < 8; ++rail) condition.slow_links.push_back({two.cable(1, rail), 1.0 / 8});
  const auto suspects = two.of(condition);
  EXPECT_EQ(suspects[1].fault, "a node sends by one NIC of its 8 alone (NCCL_IB_HCA?)");
  EXPECT_LT(suspects[1].error, 0.001);
  EXPECT_GT(suspects[0].error, 3);
}

TEST(CollectiveSuspects, OnOneNodeNothingIsSuspected) {
  const auto suspects = Suspected(committed::dgx_a100(), 1).of({});
  ASSERT_EQ(suspects.size(), 1U);
  EXPECT_EQ(suspects[0].error, 0);
  EXPECT_EQ(suspects[0].rows.size(), 3U);
}

TEST(CollectiveSuspects, WhatIsFasterHasItsSign) {
  Suspected two(committed::dgx_a100(), 2);
  std::vector<sim::Duration> measured = two.times({});
  for (sim::Duration& time : measured) time = sim::Duration{time.ticks / 2};
  const auto faster = two.explaining(measured);
  EXPECT_NEAR(faster[0].longer, -0.5, 1e-6);
  EXPECT_NEAR(faster[0].error, 1, 1e-6);
  for (std::size_t i = 1; i < faster.size(); ++i) EXPECT_GT(faster[i].error, 1) << faster[i].fault;
}

TEST(CollectiveSuspects, WhatExchangesNothingIsNoMatch) {
  Suspected two(committed::dgx_a100(), 2);
  two.job.ranks.resize(1);
  EXPECT_THROW(two.explaining(two.times({})), sim::Error);
}

TEST(CollectiveSuspects, PxnThatIsOffIsFoundWhereMessagesCrossAnOversubscribedFabric) {
  const topology::NodeSpec node = committed::dgx_a100();
  topology::ClusterSpec spec{.node = node, .nodes = 16, .fabric = {}};
  spec.fabric.oversubscription = 4;
  Suspected sixteen(spec);
  sixteen.job.operation = {sim::CollectiveKind::all_to_all};
  sixteen.job.filter.pxn = Pxn::off;
  const auto measured = sixteen.times({});
  sixteen.job.filter.pxn = Pxn::on;
  const auto suspects = sixteen.explaining(measured);
  EXPECT_GT(suspects[0].error, 0.1);
  EXPECT_EQ(suspects[1].fault, "PXN is off (NCCL_PXN_DISABLE=1)");
  EXPECT_EQ(suspects[1].error, 0);
}

TEST(CollectiveSuspects, PxnIsSuspectedOfMessagesAlone) {
  for (const CollectiveSuspect& suspect : Suspected(committed::dgx_a100(), 2).of({})) EXPECT_FALSE(suspect.fault.starts_with("PXN"));
}

}  // namespace
}  // namespace orrery::workloads
