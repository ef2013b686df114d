// Slips that simulators of this kind are known for, each as a case that can be worked out by hand.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "workloads/lower.h"

namespace orrery::workloads {
namespace {

using topology::GpuId;

constexpr double nic = 0.985 * 25e9;  // bytes a second that an HDR NIC delivers
constexpr sim::Bytes gibibyte{std::int64_t{1} << 30};

/// DGX A100s with collectives as NCCL's own model has them.
struct Rivals {
  topology::Cluster cluster;
  Calibration calibration = committed::a100();
  KernelTimes times{calibration, cluster.node().gpu};
  CollectiveModel collectives{cluster, committed::nccl(), {}};

  explicit Rivals(int nodes) : cluster({.node = committed::dgx_a100(), .nodes = nodes, .fabric = {}}) {}
  Rivals(const Rivals&) = delete;

  double seconds(const sim::Program& program) const {
    sim::validate(program);
    const sim::Model model = lower(program, cluster, packed_placement(program.ranks), times, collectives, {});
    return sim::make_fluid_engine()->play(model, {}).end.seconds();
  }
  double message(std::int32_t from, std::int32_t to, sim::Bytes bytes) const {
    const std::int32_t last = std::max(from, to);
    sim::Program program{.name = "message", .ranks = last + 1, .labels = {"all"}, .communicators = {}, .blocks = {}, .roles = {}};
    for (std::int32_t rank = 0; rank <= last; ++rank) {
      sim::Role role{.name = "rank" + std::to_string(rank), .ranks = {.first = rank}, .events = 0, .streams = {{"main", {}}}};
      if (rank == from) role.streams[0].operations = {{0, sim::Send{bytes, to - from, 0}}};
      if (rank == to) role.streams[0].operations = {{0, sim::Receive{bytes, from - to, 0}}};
      program.roles.push_back(std::move(role));
    }
    return seconds(program);
  }
  /// `pieces` all-reduces at once, of so many elements of two bytes each, over the first `members` of `ranks`.
  double all_reduce(std::int32_t ranks, std::int32_t members, std::int32_t pieces, std::int64_t elements) const {
    sim::Program program{.name = "pieces", .ranks = ranks, .labels = {"all"}, .communicators = {}, .blocks = {}, .roles = {}};
    program.communicators = {{.name = "group", .groups = {.first = 0}, .members = {{members, 1}}}};
    sim::Role role{.name = "members", .ranks = {.first = 0, .extents = {{members, 1}}}, .events = 0, .streams = {}};
    for (std::int32_t piece = 0; piece < pieces; ++piece) {
      const sim::Operation reduce{0, sim::Collect{sim::CollectiveKind::all_reduce, elements, sim::DataType::fp16, 0}};
      role.streams.push_back({"piece" + std::to_string(piece), {reduce}});
    }
    program.roles = {std::move(role)};
    if (members < ranks) {
      program.roles.push_back(
          {.name = "idle", .ranks = {.first = members, .extents = {{ranks - members, 1}}}, .events = 0, .streams = {{"main", {}}}});
    }
    return seconds(program);
  }
};

// The first GPU of the next node is one number away and still behind two NICs. These need 1 GiB / (0.985 * 25 GB/s) = 43.6 ms. NVLink
// takes 3.6 ms at its nominal 300 GB/s.
TEST(Rivals, ANeighbourInTheNextNodeIsReachedByTheNics) {
  const Rivals machine(2);
  const CollectivePlan plan = machine.collectives.plan_send(gibibyte, GpuId{7}, GpuId{8});
  EXPECT_EQ(plan.edge_rate.value, nic);
  const double played = machine.message(7, 8, gibibyte);
  EXPECT_NEAR(played, static_cast<double>(gibibyte.count) / nic + plan.latency.seconds(), 1e-9);
  EXPECT_GT(played, static_cast<double>(gibibyte.count) / nic);
  EXPECT_LT(machine.message(6, 7, gibibyte), 6e-3);
}

// 32 of 64 GPUs are four nodes of eight NICs: each ring takes 2 * 31/32 of its share over one NIC of each node, and eight rings are as many
// as there are NICs.
TEST(Rivals, AnAllReduceOfHalfTheMachineHasHalfTheNics) {
  const Rivals machine(8);
  constexpr std::int64_t elements = 500'000'000;
  const double bytes = 2.0 * elements;
  const double half = machine.all_reduce(64, 32, 1, elements);
  EXPECT_GE(half, 2 * 31.0 / 32 * bytes / (8 * nic));
  // A ninth GPU is alone in the next node, which it leaves and enters by the NIC of its own.
  EXPECT_GE(Rivals(2).all_reduce(9, 9, 1, elements), 2 * 8.0 / 9 * bytes / nic);
}

// Four quarters at once put the same bytes on the same links as the whole.
TEST(Rivals, AllReducesAtOnceShareTheirLinks) {
  const Rivals machine(4);
  constexpr std::int64_t elements = 400'000'000;
  const double bytes = 2.0 * elements;
  const double bound = 2 * 31.0 / 32 * bytes / (8 * nic);
  EXPECT_GE(machine.all_reduce(32, 32, 1, elements), bound);
  EXPECT_GE(machine.all_reduce(32, 32, 4, elements / 4), bound);
}

// Switches pass a packet on while they receive it. On 137 nodes a message crosses 1 switch to the next node, to whichever GPU (it leaves by
// that one's rail), and 3 to another leaf of the rail. What the longer ways cost is switches and cables, under 2 us, where to store 1 GiB
// once more would cost 43.6 ms.
TEST(Rivals, AMessageIsSerialisedOnce) {
  const Rivals machine(137);
  const double once = static_cast<double>(gibibyte.count) / nic;
  for (const auto& [to, switches] : {std::pair(8, 1), std::pair(9, 1), std::pair(160, 3)}) {
    const GpuId target{static_cast<std::uint32_t>(to)};
    const int rail = machine.cluster.rail_of(target);
    EXPECT_EQ(machine.cluster.hops(GpuId{0}, target, {rail, rail}), switches + 1);
    const double latency = machine.collectives.plan_send(gibibyte, GpuId{0}, target).latency.seconds();
    EXPECT_NEAR(machine.message(0, to, gibibyte), once + latency, 1e-9);
    const sim::Duration nearest = machine.cluster.network_latency(GpuId{0}, GpuId{8});
    EXPECT_LT((machine.cluster.network_latency(GpuId{0}, target) - nearest).seconds(), 2e-6);
    EXPECT_LT(latency, 30e-6);
  }
}

// Adapters 600 ns, one switch 130 ns, and two cables of 5 m at 5 ns each metre.
TEST(Rivals, EightBytesToANeighbourTakeAdaptersASwitchAndCables) {
  const Rivals machine(2);
  EXPECT_EQ(machine.cluster.hops(GpuId{0}, GpuId{8}), 2);
  EXPECT_EQ(machine.cluster.network_latency(GpuId{0}, GpuId{8}).ticks, 600'000 + 130'000 + 2 * 5 * 5'000);
}

}  // namespace
}  // namespace orrery::workloads
