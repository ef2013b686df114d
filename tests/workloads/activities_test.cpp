#include "workloads/activities.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "tests/workloads/fixtures.h"
#include "tests/workloads/thin_machine.h"
#include "workloads/ring_steps.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using sim::DataType;
using test::program_of;
using test::ThinMachine;
using topology::GpuId;
using topology::GpuPart;
using namespace sim::literals;

constexpr Granularity granularities[] = {Granularity::hyperflow, Granularity::transfer};

TEST(Activities, ARingIsOneFlowOrOneForEachEdgeOfEachChannel) {
  // 16 GPUs of two nodes: 8 rings of 16 edges.
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 2, .fabric = {}});
  const Calibration calibration = committed::a100();
  const KernelTimes times(calibration, cluster.node().gpu);
  const CollectiveModel collectives(cluster, committed::nccl(), calibration.collectives);
  const sim::Program program = program_of(16, CollectiveKind::all_reduce, 100'000'000);
  const auto lowered = [&](Granularity granularity) {
    return lower(program, cluster, packed_placement(16), times, collectives, {.granularity = granularity});
  };
  const sim::Model ring = lowered(Granularity::hyperflow);
  const sim::Model edges = lowered(Granularity::transfer);
  const CollectivePlan plan = collectives.plan(CollectiveKind::all_reduce, 100_MB, DataType::int8, packed_placement(16));
  ASSERT_EQ(ring.flows.size(), 1U);
  ASSERT_EQ(edges.flows.size(), 8U * 16);
  ASSERT_EQ(edges.activities.size(), 1U);
  EXPECT_EQ(edges.activities[0].latency, plan.latency);
  EXPECT_TRUE(ring.activities[0].pipelined);
  EXPECT_FALSE(edges.activities[0].pipelined);
  for (const sim::Model* model : {&ring, &edges}) {
    for (const sim::Flow& flow : model->flows) {
      EXPECT_EQ(flow.amount, plan.edge_bytes.count);
      EXPECT_EQ(flow.rate_cap, plan.edge_rate.value);
    }
  }
  // In the order of the path: the first ring's edge out of node 0 is its eighth.
  std::vector<sim::ResourceId> path;
  cluster.append_path(GpuId{1}, GpuId{8}, topology::Rails{0, 0}, 0, path);
  const sim::Flow& out = edges.flows[7];
  ASSERT_EQ(out.demand_count, path.size());
  for (std::uint32_t d = 0; d < out.demand_count; ++d) EXPECT_EQ(edges.demands[out.first_demand + d].resource, path[d]);
}

TEST(Activities, AnUncontendedRingTakesEquallyLongEitherWay) {
  for (const int nodes : {1, 2, 5}) {
    const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = nodes, .fabric = {}});
    const Calibration calibration = committed::a100();
    const KernelTimes times(calibration, cluster.node().gpu);
    const CollectiveModel collectives(cluster, committed::nccl(), calibration.collectives);
    for (const CollectiveKind kind : {CollectiveKind::all_reduce, CollectiveKind::reduce_scatter, CollectiveKind::broadcast}) {
      const sim::Program program = program_of(8 * nodes, kind, 12'345'678);
      std::vector<sim::Timeline> played;
      for (const Granularity granularity : granularities) {
        const auto model = lower(program, cluster, packed_placement(8 * nodes), times, collectives, {.granularity = granularity});
        played.push_back(sim::make_fluid_engine()->play(model, {}));
      }
      EXPECT_EQ(played[0].actor_ends, played[1].actor_ends);
      EXPECT_EQ(played[0].served, played[1].served);
    }
  }
}

TEST(Activities, EitherWayMovesTheSameBytesOverEveryLink) {
  // Whole iterations: tensor, pipeline and data groups of one node or several, over subscribed fabrics.
  struct Case {
    int tensor, pipeline, data;
    double oversubscription;
    topology::Routing routing;
  };
  for (const Case& c : {Case{8, 2, 2, 1, topology::Routing::d_mod_k}, Case{4, 4, 4, 3, topology::Routing::ecmp},
                        Case{2, 2, 16, 3, topology::Routing::s_mod_k}, Case{16, 2, 2, 1, topology::Routing::d_mod_k}}) {
    const TrainingJob job = test::small_job(c.tensor, c.pipeline, c.data, 4);
    const sim::Program program = training_program(job, test::plain_software());
    const topology::Cluster cluster(
        {.node = committed::dgx_a100(),
         .nodes = program.ranks / 8,
         .fabric = {.switch_radix = 8, .oversubscription = c.oversubscription, .routing = c.routing, .levels = 4}});
    const Calibration calibration = committed::a100();
    const KernelTimes times(calibration, cluster.node().gpu);
    const CollectiveModel collectives(cluster, committed::nccl(), calibration.collectives);
    std::vector<std::vector<std::int64_t>> served;
    for (const Granularity granularity : granularities) {
      const auto model = lower(program, cluster, packed_placement(program.ranks), times, collectives, {.granularity = granularity});
      sim::validate(model);
      served.push_back(sim::make_fluid_engine()->play(model, {}).served);
    }
    EXPECT_EQ(served[0], served[1]);
  }
}

TEST(Activities, LinksCarryWhatTheCollectiveMustMove) {
  // An all-gather of n parts of s bytes over n GPUs on a NIC each: every GPU sends and receives (n - 1) s, in wire bytes. Of the edges one
  // leaves each leaf and one comes to it, so its two cables together carry as much in either direction.
  const ThinMachine machine;
  const sim::Program program = program_of(8, CollectiveKind::all_gather, 1'000'000);
  const CollectivePlan plan = machine.collectives.plan(CollectiveKind::all_gather, 8_MB, DataType::int8, packed_placement(8));
  const std::int64_t each = plan.edge_bytes.count;
  EXPECT_NEAR(static_cast<double>(each), 7e6 * wire_factor(plan.protocol), 1);
  for (const Granularity granularity : granularities) {
    const sim::Timeline timeline = machine.play(program, {}, granularity);
    for (std::uint32_t gpu = 0; gpu < 8; ++gpu) {
      EXPECT_EQ(timeline.served_by(machine.cluster.resource(GpuId{gpu}, GpuPart::pcie_out)), each);
      EXPECT_EQ(timeline.served_by(machine.cluster.resource(GpuId{gpu}, GpuPart::pcie_in)), each);
      EXPECT_EQ(timeline.served_by(machine.cluster.resource(GpuId{gpu}, GpuPart::nvlink_out)), 0);
    }
    const auto over = [&](const std::string& name) { return timeline.served_by(machine.cluster.resource(machine.link(name))); };
    for (int leaf = 0; leaf < 4; ++leaf) {
      const std::string of = "leaf" + std::to_string(leaf);
      EXPECT_EQ(over(of + " -> spine0") + over(of + " -> spine1"), each);
      EXPECT_EQ(over("spine0 -> " + of) + over("spine1 -> " + of), each);
    }
  }
}

TEST(Activities, CollectivesOfAGroupShareTheDemandsOfItsRings) {
  // An all-reduce and an all-gather over all 8; a broadcast leaves out an edge and has demands of its own.
  const ThinMachine machine;
  sim::Program program = program_of(8, CollectiveKind::all_reduce, 1'000'000'000);
  for (const CollectiveKind kind : {CollectiveKind::all_gather, CollectiveKind::broadcast}) {
    for (sim::Role& role : program.roles) role.streams[0].operations.push_back({0, sim::Collect{kind, 100'000'000, DataType::int8, 0}});
  }
  for (const Granularity granularity : granularities) {
    const sim::Model model = machine.model(program, {.granularity = granularity});
    const std::uint32_t edges = granularity == Granularity::transfer ? 8 : 1;
    ASSERT_EQ(model.activities.size(), 3U);
    ASSERT_EQ(model.flows.size(), edges == 1 ? 3U : 8U + 8 + 7);
    for (std::uint32_t f = 0; f < edges; ++f) {
      EXPECT_EQ(model.flows[f].first_demand, model.flows[edges + f].first_demand);
      EXPECT_EQ(model.flows[f].demand_count, model.flows[edges + f].demand_count);
    }
    EXPECT_GT(model.flows[2 * edges].first_demand, model.flows[2 * edges - 1].first_demand);
    EXPECT_NE(model.flows[0].amount, model.flows[edges].amount);
  }
}

TEST(Activities, WithoutBytesOrPeersThereIsNothingToFlow) {
  const ThinMachine machine;
  sim::Program program = program_of(2, {{0, 1, 0}});
  for (sim::Role& role : program.roles) role.streams[0].operations = {{0, sim::Collect{CollectiveKind::all_reduce, 0, DataType::int8, 0}}};
  const sim::Model model = machine.model(program);
  EXPECT_EQ(model.activities.size(), 2U);
  EXPECT_TRUE(model.flows.empty());
  EXPECT_EQ(machine.play(program).end, sim::Time{});
}

std::string said_of(const sim::Program& program) {
  const ThinMachine machine;
  try {
    machine.model(program);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "all meet";
}

constexpr const char* remedy = "; let every member call it, and every message have its send and its receive, of equal size and tag";

TEST(Activities, ACollectiveThatAMemberNeverCallsIsRefused) {
  sim::Program program = program_of(8, CollectiveKind::all_reduce, 100);
  program.roles[3].streams[0].operations.clear();
  program.roles[5].streams[0].operations.clear();
  EXPECT_EQ(said_of(program),
            "thin: the all_reduce of 100 elements that rank 7 comes to needs 8 ranks, but 6 ever come to it" + std::string(remedy));
  program.roles[7].streams[0].operations = {{0, sim::Collect{CollectiveKind::all_reduce, 101, DataType::int8, 0}}};
  EXPECT_EQ(said_of(program),
            "thin: the all_reduce of 100 elements that rank 6 comes to needs 8 ranks, but 5 ever come to it" + std::string(remedy));
}

TEST(Activities, AMessageNeedsItsSendAndItsReceiveOfEqualSizeAndTag) {
  const auto message = [](std::int64_t sent, std::int32_t tag) {
    sim::Program program = program_of(8, {{1, 4, 50}});
    program.roles[1].streams[1].operations = {{0, sim::Send{{sent}, 3, tag}}};
    return program;
  };
  const std::string sent =
      "thin: the message of 51 bytes with tag 0 from rank 1 to rank 4 that rank 1 comes to needs 2 ranks, but 1 ever come to it";
  EXPECT_EQ(said_of(message(50, 0)), "all meet");
  EXPECT_EQ(said_of(message(51, 0)), sent + remedy);
  EXPECT_NE(said_of(message(50, 1)), "all meet");
  sim::Program unsent = message(50, 0);
  unsent.roles[1].streams[1].operations.clear();
  EXPECT_EQ(said_of(unsent),
            "thin: the message of 50 bytes with tag 0 from rank 1 to rank 4 that rank 4 comes to needs 2 ranks, but 1 ever come to it" +
                std::string(remedy));
}

TEST(Activities, AMessageGoesToAnotherRankThatThereIs) {
  sim::Program program = program_of(8, {});
  const auto with = [&](std::size_t rank, const auto& action) {
    program.roles[rank].streams[0].operations = {{0, action}};
    return said_of(program);
  };
  EXPECT_EQ(with(6, sim::Send{{8}, 2, 0}), "thin: rank 6 exchanges a message with rank 8, but there are ranks 0 to 7; correct the offset");
  EXPECT_EQ(with(6, sim::Send{{8}, 0, 0}), "thin: rank 6 sends a message to itself; make it a copy on the device");
  program = program_of(8, {});
  EXPECT_EQ(with(1, sim::Receive{{8}, -2, 0}),
            "thin: rank -1 exchanges a message with rank 1, but there are ranks 0 to 7; correct the offset");
}

TEST(Activities, MessagesOfARoleAreAsLateAsTheirPathsAreLong) {
  // Ranks 0 and 3 send to the next: under one leaf, and from one to another; with switches of 1 us, two more of them.
  topology::NodeSpec node = committed::dgx_a100();
  node.gpus = node.nics = 1;
  node.fabric_switch.latency = 1_us;
  const topology::Cluster cluster({.node = node, .nodes = 8, .fabric = {.switch_radix = 4, .levels = 2}});
  const Calibration calibration = committed::a100();
  const KernelTimes times(calibration, cluster.node().gpu);
  const CollectiveModel collectives(cluster, committed::nccl(), {});
  sim::Program program = program_of(8, {});
  program.communicators.clear();
  program.roles = {
      {.name = "senders", .ranks = {.first = 0, .extents = {{2, 3}}}, .events = 0, .streams = {{"main", {{0, sim::Send{{100}, 1, 0}}}}}},
      {.name = "receivers",
       .ranks = {.first = 1, .extents = {{2, 3}}},
       .events = 0,
       .streams = {{"main", {{0, sim::Receive{{100}, -1, 0}}}}}},
      {.name = "idle", .ranks = {.first = 2, .extents = {{2, 3}}}, .events = 0, .streams = {{"main", {}}}},
      {.name = "rest", .ranks = {.first = 6, .extents = {{2, 1}}}, .events = 0, .streams = {{"main", {}}}}};
  sim::validate(program);
  const sim::Model model = lower(program, cluster, packed_placement(8), times, collectives, {});
  ASSERT_EQ(model.activities.size(), 2U);
  EXPECT_EQ(model.activities[0].latency, collectives.plan_send(100_B, GpuId{0}, GpuId{1}).latency);
  EXPECT_EQ(model.activities[1].latency, collectives.plan_send(100_B, GpuId{3}, GpuId{4}).latency);
  EXPECT_EQ(model.activities[1].latency - model.activities[0].latency, 2'200_ns);  // and 40 m of cable
}

TEST(Activities, EveryRankOfARoleMeetsItsOwnPeer) {
  // Ranks 0 to 3 send to 4 to 7, of which 4 and 5 have one role and 6 and 7 another, with their slots in another order.
  sim::Program program = program_of(8, {});
  const sim::Operation receive{0, sim::Receive{{1'000'000}, -4, 0}};
  const sim::Operation gather{0, sim::Collect{CollectiveKind::all_gather, 1'000, DataType::int8, 0}};
  program.communicators = {{.name = "upper", .groups = {.first = 4}, .members = {{4, 1}}}};
  program.roles = {
      {.name = "senders",
       .ranks = {.first = 0, .extents = {{4, 1}}},
       .events = 0,
       .streams = {{"main", {{0, sim::Send{{1'000'000}, 4, 0}}}}}},
      {.name = "first", .ranks = {.first = 4, .extents = {{2, 1}}}, .events = 0, .streams = {{"main", {receive, gather}}}},
      {.name = "second", .ranks = {.first = 6, .extents = {{2, 1}}}, .events = 0, .streams = {{"a", {gather}}, {"b", {receive}}}}};
  sim::validate(program);
  const ThinMachine machine;
  const sim::Model model = machine.model(program);
  ASSERT_EQ(model.activities.size(), 5U);
  std::set<std::uint32_t> messages;
  for (std::uint32_t rank = 0; rank < 4; ++rank) {
    const auto bound = [&](std::uint32_t of, std::uint32_t slot) { return index(model.bindings[model.actors[of].first_binding + slot]); };
    messages.insert(bound(rank, 0));
    EXPECT_EQ(bound(rank, 0), bound(rank + 4, rank < 2 ? 0 : 1));
    EXPECT_EQ(bound(rank + 4, rank < 2 ? 1 : 0), 0U);
  }
  EXPECT_EQ(messages.size(), 4U);
}

}  // namespace
}  // namespace orrery::workloads
