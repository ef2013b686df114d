#include "workloads/all_to_all_v.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/fluid_engine.h"
#include "sim/model_view.h"
#include "sim/program_text.h"
#include "tests/workloads/one_switch.h"
#include "workloads/collective_job.h"

namespace orrery::workloads {
namespace {

using test::OneSwitch;
using namespace sim::literals;

ByteMatrix csv(const std::string& text) { return read_byte_matrix(text, "m.csv"); }

AllToAllV on_one_switch(const OneSwitch& machine, const ByteMatrix& matrix) {
  const Placement ranks = packed_placement(matrix.ranks);
  return all_to_all_v(matrix, machine.collectives, machine.collectives.shape(machine.collectives.group(ranks)), 1);
}

sim::Duration end_of_matrix(const OneSwitch& machine, const ByteMatrix& matrix) {
  const AllToAllV messages = on_one_switch(machine, matrix);
  return machine.end_of(messages.program, messages.in_kernel);
}

TEST(P2pSchedule, GroupsComeInTriangularNumbers) {
  // 1, 1+2, 1+2+3 of 4 groups: 1, 3 and 6 - 4 = 2; of 3 the same without 3.
  const auto in_order = [](int groups) {
    std::vector<int> further;
    for (const P2pSchedule::Round round : P2pSchedule{.ranks = groups, .group = 1}.rounds()) further.push_back(round.groups);
    return further;
  };
  EXPECT_EQ(in_order(1), (std::vector{0}));
  EXPECT_EQ(in_order(3), (std::vector{0, 1, 2}));
  EXPECT_EQ(in_order(4), (std::vector{0, 1, 3, 2}));
  EXPECT_EQ(in_order(8), (std::vector{0, 1, 3, 6, 2, 7, 5, 4}));
  const std::vector<P2pSchedule::Round> pairs = P2pSchedule{.ranks = 4, .group = 2}.rounds();
  EXPECT_EQ(pairs, (std::vector<P2pSchedule::Round>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}));
}

TEST(P2pSchedule, InARoundEachSendsToOneAndReceivesFromOne) {
  for (const P2pSchedule schedule :
       {P2pSchedule{.ranks = 7, .group = 7}, P2pSchedule{.ranks = 24, .group = 8}, P2pSchedule{.ranks = 10, .group = 2}}) {
    std::set<std::pair<int, int>> met;
    for (const P2pSchedule::Round round : schedule.rounds()) {
      for (int rank = 0; rank < schedule.ranks; ++rank) {
        const int to = schedule.receiver(rank, round);
        EXPECT_EQ(schedule.sender(to, round), rank);
        EXPECT_TRUE(met.emplace(rank, to).second) << rank << " sends to " << to << " twice";
      }
    }
    EXPECT_EQ(met.size(), static_cast<std::size_t>(schedule.ranks * schedule.ranks));
  }
  const P2pSchedule schedule{.ranks = 16, .group = 8};
  EXPECT_EQ(schedule.receiver(0, {.groups = 1}), 8);
  EXPECT_EQ(schedule.receiver(7, {.groups = 0, .members = 2}), 1);
}

TEST(AllToAllV, ASlotSendsAndReceivesInTheOrderOfRounds) {
  const std::string text = sim::text_of(program_of(csv("9,1,2\n3,9,0\n4,5,9\n"), {.ranks = 3, .group = 3, .slots = 1}));
  EXPECT_EQ(text,
            "orrery-program 1\n"
            "name \"all_to_all\"\n"
            "ranks 3\n"
            "labels collective\n"
            "role rank0 ranks 0 events 0\n"
            "  stream send0\n"
            "    collective: send 1 to +1 tag 0\n"
            "    collective: send 2 to +2 tag 0\n"
            "  stream receive0\n"
            "    collective: receive 4 from +2 tag 0\n"
            "    collective: receive 3 from +1 tag 0\n"
            "role rank1 ranks 1 events 0\n"
            "  stream send0\n"
            "    collective: send 3 to -1 tag 0\n"
            "  stream receive0\n"
            "    collective: receive 1 from -1 tag 0\n"
            "    collective: receive 5 from +1 tag 0\n"
            "role rank2 ranks 2 events 0\n"
            "  stream send0\n"
            "    collective: send 4 to -2 tag 0\n"
            "    collective: send 5 to -1 tag 0\n"
            "  stream receive0\n"
            "    collective: receive 2 from -2 tag 0\n");
}

TEST(AllToAllV, SlotsSayHowManyAreUnderWay) {
  // Two messages of 1 MB leave each port of 1 GB/s: one after the other, each with its hop, or both at half the rate after one hop.
  const OneSwitch machine(3);
  const ByteMatrix equal = csv("0,1e6,1e6\n1e6,0,1e6\n1e6,1e6,0\n");
  EXPECT_EQ(machine.end_of(program_of(equal, {.ranks = 3, .group = 1, .slots = 1})).ticks,
            2 * (OneSwitch::hop + 1'000'000 * OneSwitch::byte));
  EXPECT_EQ(machine.end_of(program_of(equal, {.ranks = 3, .group = 1, .slots = 2})).ticks, OneSwitch::hop + 2'000'000 * OneSwitch::byte);
}

TEST(AllToAllV, AHotReceiversPortBoundsTheTime) {
  // 1, 2 and 3 MB enter rank 0, which sends nothing, and nothing enters the others: 6 MB through a port of 1 GB/s. A picosecond more, for
  // a third of that rate is no whole number.
  const OneSwitch machine(4);
  const std::int64_t expected = OneSwitch::hop + 6'000'000 * OneSwitch::byte + 1;
  EXPECT_EQ(end_of_matrix(machine, csv("5,0,0,0\n1e6,0,0,0\n2e6,0,0,0\n3e6,0,0,0\n")).ticks, expected);
  // And 6 MB that leave rank 0.
  EXPECT_EQ(end_of_matrix(machine, csv("0,1e6,2e6,3e6\n0,0,0,0\n0,0,0,0\n0,0,0,0\n")).ticks, expected);
  // Half of what each of 4 has, 4 MB, goes to rank 0: 3 times 2 MB enter it, the rest is done before.
  const ByteMatrix hot = byte_matrix(Imbalance{2}, {.ranks = 4, .count = 1'000'000});
  EXPECT_EQ(end_of_matrix(machine, hot).ticks, expected);
}

TEST(AllToAllV, LinksCarryWhatTheMatrixSays) {
  const OneSwitch machine(3);
  const AllToAllV messages = on_one_switch(machine, csv("9,1,2\n3,9,0\n4,5,9\n"));
  const sim::Model model = lower(messages.program, machine.cluster, packed_placement(3), machine.times, machine.collectives,
                                 {.granularity = Granularity::transfer, .in_kernel = messages.in_kernel});
  std::map<std::uint32_t, std::int64_t> carried;
  for (const sim::Flow& flow : model.flows) {
    for (const sim::Demand& demand : sim::demands_of(model, flow)) carried[index(demand.resource)] += flow.amount * demand.multiplicity;
  }
  const auto through = [&](std::uint32_t rank, topology::GpuPart part) {
    return carried[index(machine.cluster.resource(topology::GpuId{rank}, part))];
  };
  const std::vector<std::int64_t> sent = {3, 3, 9};
  const std::vector<std::int64_t> received = {7, 6, 2};
  for (std::uint32_t rank = 0; rank < 3; ++rank) {
    EXPECT_EQ(through(rank, topology::GpuPart::pcie_out), sent[rank]) << rank;
    EXPECT_EQ(through(rank, topology::GpuPart::pcie_in), received[rank]) << rank;
  }
}

TEST(AllToAllV, NothingIsDoneWhereNothingLeaves) {
  const OneSwitch machine(2);
  EXPECT_EQ(on_one_switch(machine, csv("0,0\n0,0\n")).plan.algorithm, Algorithm::none);
  EXPECT_EQ(on_one_switch(machine, csv("8,0\n0,8\n")).plan.algorithm, Algorithm::none);
}

CollectiveRow row_of_job(const topology::Cluster& cluster, CollectiveJob job, const CollectiveCalibration& calibration = {}) {
  job.ranks = first_gpus(cluster, {.nodes = cluster.nodes(), .gpus_a_node = cluster.node().gpus});
  job.granularity = Granularity::transfer;
  const NcclConstants nccl = committed::nccl();
  const auto engine = sim::make_fluid_engine();
  return collective_rows(job, {.cluster = cluster, .nccl = nccl, .calibration = calibration}, *engine, {}).front();
}

constexpr CollectiveOperation all_to_all_of_matrix{sim::CollectiveKind::all_to_all};

TEST(AllToAllV, WithoutImbalanceItIsAnAllToAll) {
  for (const auto& calibration : {CollectiveCalibration{}, committed::a100().collectives}) {
    for (const int nodes : {1, 2, 4}) {
      const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = nodes});
      for (const sim::Bytes size : {1_MiB, 64_MiB, 1_GiB}) {
        const CollectiveRow equal = row_of_job(cluster, {.operation = all_to_all_of_matrix, .sizes = {size}, .ranks = {}}, calibration);
        const CollectiveRow row = row_of_job(
            cluster, {.operation = all_to_all_of_matrix, .sizes = {size}, .ranks = {}, .way = InUnequalParts{Imbalance{1}}}, calibration);
        EXPECT_NEAR(row.time.seconds() / equal.time.seconds(), 1, nodes == 1 ? 1e-6 : 0.05) << nodes << " nodes, " << size.count;
        EXPECT_EQ(row.bytes, equal.bytes);
        EXPECT_EQ(row.plan.thread_blocks, equal.plan.thread_blocks);
      }
    }
  }
}

TEST(AllToAllV, OnANodeTheFullestRankSetsThePace) {
  // 8.4 + 3.4 us; 7 times 2/8 of 240 MB enter rank 0 at 240 GB/s.
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1});
  const CollectiveRow row =
      row_of_job(cluster, {.operation = all_to_all_of_matrix, .sizes = {{240'000'000}}, .ranks = {}, .way = InUnequalParts{Imbalance{2}}});
  EXPECT_NEAR(row.time.seconds() * 1e6, 11.8 + 1750, 0.001);
  EXPECT_EQ(algorithm_name(row), "imbalance 2");
}

TEST(AllToAllV, APermutationIsASendReceive) {
  for (const int nodes : {1, 3}) {
    const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = nodes});
    const auto ranks = static_cast<int>(cluster.gpus());
    ByteMatrix shift{
        .name = "matrix shift.csv", .ranks = ranks, .bytes = std::vector<std::int64_t>(static_cast<std::size_t>(ranks * ranks))};
    for (int rank = 0; rank < ranks; ++rank) shift.bytes[static_cast<std::size_t>(rank * ranks + (rank + 1) % ranks)] = 24'625'000;
    const CollectiveRow row =
        row_of_job(cluster, {.operation = all_to_all_of_matrix, .sizes = {shift.most_sent()}, .ranks = {}, .way = InUnequalParts{shift}});
    const CollectiveRow sent = row_of_job(cluster, {.operation = {}, .sizes = {{24'625'000}}, .ranks = {}});
    EXPECT_NEAR(row.time.seconds(), sent.time.seconds(), 2e-12) << nodes << " nodes";
    EXPECT_EQ(row.bytes.count, 24'625'000);
    EXPECT_EQ(row.asked, row.bytes);
    EXPECT_EQ(algorithm_name(row), "matrix shift.csv");
  }
}

}  // namespace
}  // namespace orrery::workloads
