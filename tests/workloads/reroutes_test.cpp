#include "workloads/reroutes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/random.h"
#include "tests/workloads/thin_machine.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;
using test::program_of;
using test::ThinMachine;
using topology::Condition;
using topology::GpuId;
using namespace sim::literals;

constexpr sim::Time at(sim::Duration duration) { return {duration.ticks}; }

std::int64_t changes_of(const sim::Model& model, sim::Change::Kind kind) {
  return std::count_if(model.changes.begin(), model.changes.end(), [&](const sim::Change& change) { return change.kind == kind; });
}

// 1 MB from node 0 to node 2, by spine 0, in 1 ms.
const sim::Program one_message = program_of(8, {{0, 2, 1'000'000}});

TEST(Reroutes, AMessageStandsStillUntilRoutesFollowAndGoesOnByTheOtherSpine) {
  // Half of it has arrived when its uplink dies; new routes 2 ms later; the other half takes 0.5 ms.
  const ThinMachine machine;
  EXPECT_EQ(machine.play(one_message).end, at(1_ms));
  const Condition condition{.link_changes = {{at(500_us), machine.link("leaf0 -> spine0"), 0}}, .reroute = 2_ms};
  const sim::Timeline timeline = machine.play(one_message, condition);
  EXPECT_EQ(timeline.end, at(3_ms));
  const auto served = [&](const char* name) { return timeline.served_by(machine.cluster.resource(machine.link(name))); };
  EXPECT_EQ(served("node0/nic0 -> leaf0"), 1'000'000);
  EXPECT_EQ(served("leaf0 -> spine0"), 500'000);
  EXPECT_EQ(served("leaf0 -> spine1"), 500'000);
  EXPECT_EQ(served("spine1 -> leaf1"), 500'000);
  EXPECT_EQ(served("spine0 -> leaf0"), 0);
}

TEST(Reroutes, EitherDirectionStandsForTheCable) {
  const ThinMachine machine;
  for (const char* name : {"spine0 -> leaf0", "leaf1 -> spine0", "spine0 -> leaf1"}) {
    EXPECT_EQ(machine.play(one_message, {.link_changes = {{at(500_us), machine.link(name), 0}}, .reroute = 2_ms}).end, at(3_ms)) << name;
  }
}

TEST(Reroutes, ARingStandsStillAsAWholeInEitherGranularity) {
  // An all-reduce over nodes 0 and 2 sends each way half of twice the buffer: 1 MB an edge times what its protocol puts on the wire. Back
  // goes by spine 0 too (to node 0). As one flow, and as two of which only one loses its uplink, they take the same: both cross that cable.
  const ThinMachine machine;
  sim::Program program = program_of(8, {});
  program.communicators = {{.name = "pair", .groups = {.first = 0}, .members = {{2, 2}}}};
  for (const std::size_t rank : {0U, 2U}) {
    program.roles[rank].streams[0].operations = {{0, sim::Collect{CollectiveKind::all_reduce, 1'000'000, sim::DataType::int8, 0}}};
  }
  sim::validate(program);
  const Condition condition{.link_changes = {{at(300_us), machine.link("leaf0 -> spine0"), 0}}, .reroute = 7_ms};
  for (const Granularity granularity : {Granularity::hyperflow, Granularity::transfer}) {
    const sim::Time healthy = machine.play(program, {}, granularity).end;
    EXPECT_GE(healthy, at(1_ms));
    EXPECT_EQ(machine.play(program, condition, granularity).end, healthy + 7_ms);
  }
}

TEST(Reroutes, OnlyTheEdgesThatCrossADeadLinkStandStillWhereEachIsAFlow) {
  // A ring over nodes 0, 2 and 1 (in rank order): 0 to 2 and 2 to 1 cross leaf 0's uplinks, 1 to 0 stays under leaf 0.
  const ThinMachine machine;
  const sim::Program program = program_of(3, CollectiveKind::all_gather, 1'000'000);
  const Placement placement{GpuId{0}, GpuId{2}, GpuId{1}};
  const Condition condition{.link_changes = {{at(100_us), machine.link("leaf0 -> spine0"), 0}}, .reroute = 5_ms};
  const sim::Model edges = machine.model(program, placement, {.granularity = Granularity::transfer, .condition = condition});
  ASSERT_EQ(edges.flows.size(), 3U);
  ASSERT_EQ(changes_of(edges, sim::Change::Kind::path), 1);
  EXPECT_EQ(edges.changes.back().target, 0U);
  EXPECT_EQ(edges.changes.back().at, at(5'100_us));
  const sim::Model ring = machine.model(program, placement, {.condition = condition});
  ASSERT_EQ(ring.flows.size(), 1U);
  EXPECT_EQ(changes_of(ring, sim::Change::Kind::path), 1);
}

// 1 MB from node 0 to node 2 by spine 0, and `other` from node 1 to node 3 by spine 1.
sim::Program two_messages(std::int64_t other) { return program_of(8, {{0, 2, 1'000'000}, {1, 3, other}}); }

TEST(Reroutes, WhoeverIsLedRoundSharesWithThoseWhoWereThere) {
  // Until 0.75 ms the second has sent 0.75 MB. Then they share: its last 0.25 MB take 0.5 ms, in which the first, with half of it left,
  // sends as much; the rest of it goes alone.
  const ThinMachine machine;
  const Condition condition{.link_changes = {{at(500_us), machine.link("leaf0 -> spine0"), 0}}, .reroute = 250_us};
  const sim::Timeline timeline = machine.play(two_messages(1'000'000), condition);
  EXPECT_EQ(timeline.actor_end(sim::ActorId{1}), at(1'250_us));
  EXPECT_EQ(timeline.actor_end(sim::ActorId{0}), at(1'500_us));
}

TEST(Reroutes, AfterARecoveryEveryoneGoesAsBefore) {
  // As above with 2 MB for the second, and the cable back at 1 ms, routes at 1.25 ms. The first: 0.5 MB, nothing until 0.75 ms, half speed
  // until 1.25 ms: 0.75 MB, and the rest alone until 1.5 ms. The second: 0.75 MB, half speed, 1 MB; alone until 2.25 ms.
  const ThinMachine machine;
  const topology::LinkId link = machine.link("leaf0 -> spine0");
  const Condition condition{.link_changes = {{at(1_ms), link, 1}, {at(500_us), link, 0}}, .reroute = 250_us};
  const sim::Program program = two_messages(2'000'000);
  const sim::Timeline timeline = machine.play(program, condition);
  EXPECT_EQ(timeline.actor_end(sim::ActorId{0}), at(1'500_us));
  EXPECT_EQ(timeline.actor_end(sim::ActorId{1}), at(2'250_us));
  // Back on the demands of the start, not on a copy.
  const sim::Model model = machine.model(program, {.condition = condition});
  ASSERT_EQ(changes_of(model, sim::Change::Kind::path), 2);
  EXPECT_EQ(model.changes.back().first_demand, model.flows[model.changes.back().target].first_demand);
}

TEST(Reroutes, AFlapShorterThanTheRerouteMovesNobody) {
  const ThinMachine machine;
  const topology::LinkId link = machine.link("leaf0 -> spine0");
  const Condition condition{.link_changes = {{at(500_us), link, 0}, {at(600_us), link, 1}}, .reroute = 250_us};
  EXPECT_EQ(changes_of(machine.model(one_message, {.condition = condition}), sim::Change::Kind::path), 0);
  EXPECT_EQ(machine.play(one_message, condition).end, at(1'100_us));
}

TEST(Reroutes, ChangesThatOverlapAreTakenTogether) {
  // The first's uplink is dead from 0.5 to 0.65 ms, the second's from 0.6 ms on; routes change at 0.75 ms: the first has gone on as it did,
  // the second, at 0.6 MB, is led to spine 0, where the first is at 0.5 + 0.1 MB. 0.4 MB of each at half speed: 0.8 ms.
  const ThinMachine machine;
  const topology::LinkId first = machine.link("leaf0 -> spine0");
  const topology::LinkId second = machine.link("leaf0 -> spine1");
  const Condition condition{.link_changes = {{at(500_us), first, 0}, {at(600_us), second, 0}, {at(650_us), first, 1}}, .reroute = 250_us};
  const sim::Timeline timeline = machine.play(two_messages(1'000'000), condition);
  EXPECT_EQ(timeline.actor_end(sim::ActorId{0}), at(1'550_us));
  EXPECT_EQ(timeline.actor_end(sim::ActorId{1}), at(1'550_us));
}

TEST(Reroutes, WhatIsDeadFromTheStartIsGoneRoundUntilItIsRevived) {
  // Both by spine 1 at half speed until routes follow at 0.45 ms: 0.225 MB each, then alone.
  const ThinMachine machine;
  const topology::LinkId link = machine.link("leaf0 -> spine0");
  const Condition dead{.dead_links = {link}};
  EXPECT_EQ(machine.play(two_messages(1'000'000), dead).end, at(2_ms));
  Condition revived = dead;
  revived.link_changes = {{at(200_us), link, 1}};
  revived.reroute = 250_us;
  EXPECT_EQ(machine.play(two_messages(1'000'000), revived).end, at(1'225_us));
}

TEST(Reroutes, ALinkThatSlowsDownKeepsItsTraffic) {
  // 0.4 MB, then a quarter of the speed: 0.6 MB in 2.4 ms. A link at half speed from the start, at a quarter of that: 0.2 MB, 6.4 ms.
  const ThinMachine machine;
  const topology::LinkId link = machine.link("leaf0 -> spine0");
  Condition condition{.link_changes = {{at(400_us), link, 0.25}}};
  EXPECT_EQ(machine.play(one_message, condition).end, at(2'800_us));
  condition.slow_links = {{link, 0.5}};
  EXPECT_EQ(machine.play(one_message, condition).end, at(6'800_us));
  EXPECT_EQ(changes_of(machine.model(one_message, {.condition = condition}), sim::Change::Kind::path), 0);
}

TEST(Reroutes, ASlowLinkThatComesUpToSpeedHoldsNobodyBackAnyMore) {
  // A quarter of the speed until 0.4 ms, as a path round a dead link: 0.1 MB; then at full speed.
  const ThinMachine machine;
  const topology::LinkId slow = machine.link("leaf0 -> spine0");
  const topology::LinkId other = machine.link("leaf0 -> spine1");
  const Condition condition{
      .dead_links = {other}, .slow_links = {{slow, 0.25}}, .link_changes = {{at(400_us), other, 1}}, .reroute = sim::Duration{}};
  const sim::Program to_an_odd_node = program_of(8, {{0, 3, 1'000'000}});
  EXPECT_EQ(machine.play(to_an_odd_node, condition).end, at(1'300_us));
}

TEST(Reroutes, AGpuSlowsDownAndRecovers) {
  // 1 ms of work: 0.4 of it at full speed, the rest at half speed; or until 1 ms, when 0.7 are done.
  const ThinMachine machine;
  const sim::Program program = program_of(8, {}, 1_ms);
  Condition condition{.gpu_changes = {{at(400_us), GpuId{3}, 0.5}}};
  const sim::Timeline slowed = machine.play(program, condition);
  EXPECT_EQ(slowed.actor_end(sim::ActorId{3}), at(1'600_us));
  EXPECT_EQ(slowed.actor_end(sim::ActorId{2}), at(1_ms));
  condition.gpu_changes.push_back({at(1_ms), GpuId{3}, 1});
  EXPECT_EQ(machine.play(program, condition).actor_end(sim::ActorId{3}), at(1'300_us));
  // At 0.8 from the start, half of that from 0.4 ms on: 0.32 are done; 0.68 at 0.4 take 1.7 ms.
  condition = {.slow_gpus = {{GpuId{3}, 0.8}}};
  EXPECT_EQ(machine.play(program, condition).end, at(1'250_us));
  condition.gpu_changes = {{at(400_us), GpuId{3}, 0.5}};
  EXPECT_EQ(machine.play(program, condition).end, at(2'100_us));
}

TEST(Reroutes, NothingIsKeptWhereNothingChanges) {
  const ThinMachine machine;
  const sim::Model healthy = machine.model(one_message);
  const sim::Model slow = machine.model(one_message, {.condition = {.slow_gpus = {{GpuId{0}, 0.5}}}});
  EXPECT_TRUE(healthy.changes.empty());
  EXPECT_TRUE(slow.changes.empty());
  EXPECT_EQ(slow.demands.size(), healthy.demands.size());
}

TEST(Reroutes, ACertainEndIsTheSameWhateverComesAfterIt) {
  // Caps are wider where links change; rates are not.
  const ThinMachine machine;
  const Condition later{.link_changes = {{at(1_s), machine.link("leaf0 -> spine0"), 0}}};
  for (const CollectiveKind kind : {CollectiveKind::all_reduce, CollectiveKind::broadcast}) {
    const sim::Program program = program_of(8, kind, 1'234'567);
    EXPECT_EQ(machine.play(program, later).actor_ends, machine.play(program).actor_ends);
  }
}

std::string what_is_said(const ThinMachine& machine, const sim::Program& program, const LoweringOptions& options) {
  const Placement placement = packed_placement(program.ranks);
  try {
    sim::make_fluid_engine()->play(machine.model(program, options), {});
  } catch (const sim::Stuck& stuck) {
    const sim::Error error = stuck_error(stuck, program, machine.cluster, placement, machine.times, machine.collectives, options);
    EXPECT_EQ(error.kind(), sim::ErrorKind::infeasible);
    return error.what();
  }
  ADD_FAILURE() << "came to its end";
  return "";
}

TEST(Reroutes, WhoeverIsCutOffIsNamed) {
  const ThinMachine machine;
  const Condition condition{
      .link_changes = {{at(500_us), machine.link("leaf0 -> spine0"), 0}, {at(600_us), machine.link("leaf0 -> spine1"), 0}},
      .reroute = 250_us};
  EXPECT_EQ(what_is_said(machine, one_message, {.condition = condition}),
            "thin: 750 us after the start the message of 1000000 bytes with tag 0 from rank 0 to rank 2 has no way from gpu 0 of node 0 to "
            "gpu 2 of node 2: node0/nic0 and node2/nic0 are cut off from each other: every shortest way between them has a dead link; "
            "revive a link, or leave out one of the nodes");
  // Of a ring over all nodes the first edge that leaves the leaf: from 1 to 2.
  for (const Granularity granularity : {Granularity::hyperflow, Granularity::transfer}) {
    const std::string said =
        what_is_said(machine, program_of(8, CollectiveKind::all_gather, 1'000'000), {.granularity = granularity, .condition = condition});
    EXPECT_NE(said.find("the all_gather of 1000000 elements has no way from gpu 1 of node 1 to gpu 2 of node 2"), std::string::npos)
        << said;
  }
}

TEST(Reroutes, ThoseWhoAreCutOffGoOnWhereTheyCameBackBeforeTheyWereNeeded) {
  // Nothing flows while leaf 0 is cut off from 0.1 to 0.2 ms and routes say so until 0.25 ms; the message comes at 0.5 ms.
  const ThinMachine machine;
  sim::Program program = one_message;
  for (const std::size_t rank : {0U, 2U}) {
    auto& operations = program.roles[rank].streams[1].operations;
    operations.insert(operations.begin(), {0, sim::Busy{500_us}});
  }
  sim::validate(program);
  Condition condition{.reroute = 50_us};
  for (const char* name : {"leaf0 -> spine0", "leaf0 -> spine1"}) {
    condition.link_changes.push_back({at(100_us), machine.link(name), 0});
    condition.link_changes.push_back({at(200_us), machine.link(name), 1});
  }
  condition.link_changes.push_back({at(140_us), machine.link("leaf3 -> spine0"), 0});  // elsewhere, while they are cut off
  EXPECT_EQ(changes_of(machine.model(program, {.condition = condition}), sim::Change::Kind::cut_off), 1);
  EXPECT_EQ(machine.play(program, condition).end, at(1'500_us));
}

TEST(Reroutes, AGpuThatDiesIsNamed) {
  const ThinMachine machine;
  const sim::Program program = program_of(8, {}, 1_ms);
  EXPECT_EQ(what_is_said(machine, program, {.condition = {.gpu_changes = {{at(400_us), GpuId{3}, 0}}}}),
            "thin: gpu 3 of node 3, processor: dead since 400 us after the start, and what it was doing never ends; let it recover, or "
            "leave it out of the placement");
}

using Path = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Path path_of(const sim::Model& model, std::uint32_t first, std::uint32_t count) {
  Path path;
  for (std::uint32_t d = first; d < first + count; ++d) path.emplace_back(index(model.demands[d].resource), model.demands[d].multiplicity);
  return path;
}

TEST(Reroutes, PathsAreAlwaysThoseOfAMachineThatHasItsLinksAsTheyAreThen) {
  // Links die and recover at random; after each moment that routes follow, every flow's path is the one that a program lowered on a machine
  // with just those links dead has, and where there is no such machine someone is cut off.
  int rerouted = 0;
  int cut_off = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    sim::Random random(seed, 0);
    const ThinMachine machine;
    Condition condition{.reroute = sim::Duration{static_cast<std::int64_t>(random.below(300'000))}};
    std::map<std::pair<std::int64_t, std::uint32_t>, bool> taken;
    for (int c = 0; c < 12; ++c) {
      const topology::LinkId link{16 + static_cast<std::uint32_t>(random.below(16))};  // between leaves and spines
      const sim::Duration time{static_cast<std::int64_t>(random.below(1'000'000))};
      if (taken.try_emplace({time.ticks, index(link) / 2}, true).second)
        condition.link_changes.push_back({at(time), link, static_cast<double>(random.below(3)) / 2});
    }
    if (seed % 3 == 0) condition.dead_links = {condition.link_changes.front().link};
    const Granularity granularity = seed % 2 == 0 ? Granularity::hyperflow : Granularity::transfer;
    sim::Program program = program_of(8, {{0, 5, 100}, {3, 2, 100}, {7, 0, 100}});
    program.roles[4].streams[0].operations = {};
    for (sim::Role& role : program.roles) {
      role.streams[0].operations = {{0, sim::Collect{CollectiveKind::all_reduce, 64, sim::DataType::int8, 0}},
                                    {0, sim::Collect{CollectiveKind::broadcast, 64, sim::DataType::int8, 0}}};
    }
    const sim::Model model = machine.model(program, {.granularity = granularity, .condition = condition});
    std::map<std::uint32_t, sim::Change> last;  // by flow
    std::size_t next = 0;
    for (const sim::Time moment : topology::reroute_times(machine.cluster, condition)) {
      for (; next < model.changes.size() && model.changes[next].at <= moment; ++next) {
        if (model.changes[next].kind != sim::Change::Kind::capacity) last[model.changes[next].target] = model.changes[next];
      }
      const topology::Cluster then = topology::as_at(moment, machine.cluster, condition);
      const bool anyone_cut_off =
          std::any_of(last.begin(), last.end(), [](const auto& each) { return each.second.kind == sim::Change::Kind::cut_off; });
      std::optional<sim::Model> fresh;
      try {
        fresh = lower(program, then, packed_placement(8), machine.times, machine.collectives, {.granularity = granularity});
      } catch (const sim::Error&) {
        ++cut_off;
      }
      ASSERT_EQ(fresh.has_value(), !anyone_cut_off) << seed;
      for (std::uint32_t f = 0; fresh && f < model.flows.size(); ++f) {
        const auto change = last.find(f);
        const Path now = change == last.end() ? path_of(model, model.flows[f].first_demand, model.flows[f].demand_count)
                                              : path_of(model, change->second.first_demand, change->second.demand_count);
        ASSERT_EQ(now, path_of(*fresh, fresh->flows[f].first_demand, fresh->flows[f].demand_count)) << seed << ", flow " << f;
        rerouted += change != last.end() ? 1 : 0;
      }
    }
  }
  EXPECT_GT(rerouted, 500);
  EXPECT_GT(cut_off, 20);
}

}  // namespace
}  // namespace orrery::workloads
