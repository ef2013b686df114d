#include "sim/refinement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <utility>

#include "tests/sim/alike_models.h"
#include "tests/sim/plain_refinement.h"
#include "tests/sim/random_symmetric_model.h"

namespace orrery::sim {
namespace {

using Numbers = std::vector<std::uint32_t>;

std::size_t classes(const Numbers& class_of) { return Classes(class_of).count(); }

TEST(Refinement, ARingOfActorsAlikeIsOneOfEach) {
  for (const std::uint32_t actors : {1U, 2U, 3U, 64U, 65U, 1000U}) {
    const Model model = ring_of(actors);
    validate(model);
    const Partition partition = Refinement(model).coarsest();
    EXPECT_EQ(partition.actors, Numbers(actors, 0));
    EXPECT_EQ(partition.activities, Numbers(actors, 0));
    EXPECT_EQ(partition.flows, Numbers(actors, 0));
    EXPECT_EQ(classes(partition.resources), 2U);  // processors and links
    EXPECT_TRUE(is_equitable(model, partition));
  }
}

TEST(Refinement, NothingIsLikeNothing) { EXPECT_EQ(Refinement(Model{}).coarsest(), Partition{}); }

TEST(Refinement, ASlowProcessorPartsARingByDistance) {
  // Each knows how far behind the slow one it is. Two opposite ones make each half the image of the other.
  Model model = ring_of(8);
  model.resources[2].capacity /= 2;
  EXPECT_EQ(Refinement(model).coarsest().actors, (Numbers{0, 1, 2, 3, 4, 5, 6, 7}));
  model.resources[6].capacity /= 2;
  const Partition halves = Refinement(model).coarsest();
  EXPECT_EQ(halves.actors, (Numbers{0, 1, 2, 3, 0, 1, 2, 3}));
  EXPECT_EQ(halves.resources, (Numbers{0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 7, 4, 5, 6, 7}));
  EXPECT_TRUE(is_equitable(model, halves));
}

TEST(Refinement, AStragglerLeavesAnotherJobFolded) {
  ModelMaker make;
  const Ring first = make_ring(make, 4);
  make_ring(make, 6);
  make.model.resources[first.first_processor].capacity /= 2;
  const Partition partition = Refinement(make.model).coarsest();
  EXPECT_EQ(partition.actors, (Numbers{0, 1, 2, 3, 4, 4, 4, 4, 4, 4}));
  EXPECT_TRUE(is_equitable(make.model, partition));
}

TEST(Refinement, WhatWillChangeIsAClassOfItsOwnFromTheStart) {
  Model model = ring_of(6);
  model.changes = {{.at = at(5_us), .target = 6, .capacity = 0}, {.at = at(5_us), .target = 9, .capacity = 0}};
  const Partition opposite = Refinement(model).coarsest();
  EXPECT_EQ(opposite.actors, (Numbers{0, 1, 2, 0, 1, 2}));
  EXPECT_TRUE(is_equitable(model, opposite));
  model.changes[1].at = at(6_us);
  EXPECT_EQ(Refinement(model).coarsest().actors, (Numbers{0, 1, 2, 3, 4, 5}));
  model.changes = {{.at = at(5_us), .kind = Change::Kind::cut_off, .target = 0}};
  EXPECT_EQ(Refinement(model).coarsest().actors, (Numbers{0, 1, 2, 3, 4, 5}));
}

TEST(Refinement, ResourcesOnPathsToComeAreApartFromOthers) {
  // Of three spare links the first flow takes to one at 5 us.
  Model model = ring_of(3);
  model.resources.insert(model.resources.end(), 3, {gigabyte_per_second});
  model.demands.push_back({ResourceId{7}, 1});
  model.changes = {{.at = at(5_us), .kind = Change::Kind::path, .target = 0, .first_demand = 3, .demand_count = 1}};
  const Partition partition = Refinement(model).coarsest();
  EXPECT_EQ(partition.resources, (Numbers{0, 1, 2, 3, 4, 5, 6, 7, 6}));
  EXPECT_TRUE(is_equitable(model, partition));
}

TEST(Refinement, PathsToComeTakeDistancesFromRingToRing) {
  // The flows of a ring without differences take at 5 us to the links of a ring with a slow processor, or the other way about, those of a
  // ring with a slow processor to spare links: link i knows how far flow i is from the slow one, and the other way about.
  for (const std::uint32_t slow : {0U, 16U}) {
    ModelMaker make;
    make_ring(make, 8);
    const Ring second = make_ring(make, 8);
    Model& model = make.model;
    for (std::uint32_t i = 0; i < 8; ++i) {
      model.demands.push_back({ResourceId{second.first_link + i}, 1});
      model.changes.push_back({.at = at(5_us), .kind = Change::Kind::path, .target = i, .first_demand = 16 + i, .demand_count = 1});
    }
    Refinement refinement(model);
    const auto changes = std::exchange(model.changes, {});
    model.resources[slow].capacity /= 2;
    const Partition without = refinement.coarsest();
    EXPECT_EQ(classes(without.actors), 9U);  // one ring in its distances, the other as one
    model.changes = changes;
    const Partition partition = refinement.coarsest();
    EXPECT_EQ(classes(partition.actors), 16U);
    EXPECT_EQ(classes(partition.resources), 32U);
    EXPECT_TRUE(is_equitable(model, partition));
    EXPECT_EQ(refinement.refined(without), partition);
  }
}

TEST(Refinement, TwinsPartByWhateverDiffers) {
  EXPECT_EQ(classes(Refinement(twins()).coarsest().actors), 1U);
  const auto differs = [](auto change) {
    Model model = twins();
    change(model);
    validate(model);
    const Partition partition = Refinement(model).coarsest();
    EXPECT_EQ(partition.actors, (Numbers{0, 1}));
    EXPECT_TRUE(is_equitable(model, partition));
  };
  differs([](Model& m) { m.resources[3].capacity = work_per_second / 2; });
  differs([](Model& m) { m.resources[4].capacity = 5 * gigabyte_per_second; });
  differs([](Model& m) { m.activities[2].latency = 2_us; });
  differs([](Model& m) { m.activities[2].pipelined = true; });
  differs([](Model& m) { m.activities[2].takes.arithmetic = 1; });
  differs([](Model& m) { m.activities[2].takes.memory = 1; });
  differs([](Model& m) { m.flows[3].amount = 1'999; });
  differs([](Model& m) { m.flows[3].rate_cap = 1e9; });
  differs([](Model& m) { m.demands[3].multiplicity = 2; });
  differs([](Model& m) { m.actors[1].multiplicity = 2; });
  differs([](Model& m) { m.joiners = {1, 1, 1, 2}; });
  differs([](Model& m) { m.changes[1].at = at(1'500_ns); });
  differs([](Model& m) { m.changes[1].capacity += 1; });
  differs([](Model& m) { m.changes[5].kind = Change::Kind::path; });
  differs([](Model& m) { m.changes[3].demand_count = 0; });
  differs([](Model& m) { m.changes.insert(m.changes.begin(), {.at = at(500_ns), .target = 4, .capacity = 1}); });
  differs([](Model& m) { m.changes[3].first_demand = 2; });  // over the link that it is on
  differs([](Model& m) {
    m.scripts.push_back(m.scripts.front());
    m.actors[1].script = ScriptId{1};
  });
}

TEST(Refinement, FlowsPartByMultiplicitiesByRivalsAndByTheOrderOfTheirPaths) {
  // Actors with a transfer each, over these.
  const auto flows = [](const std::vector<std::vector<Demand>>& paths, std::size_t resources) {
    ModelMaker make;
    make.model.resources.assign(resources, {12'000});
    const ScriptId script = make_script(make, {{join(0)}}, 1);
    for (const auto& path : paths) make_actor(make, script, make.resource(work_per_second), {make.activity(1'000, path)});
    return make.model;
  };
  const ResourceId a{0}, b{1}, c{2}, d{3};
  // Each resource has 4 units.
  const Model sums = flows({{{a, 1}, {b, 3}}, {{a, 3}, {b, 1}}, {{c, 2}, {d, 2}}, {{c, 2}, {d, 2}}}, 4);
  EXPECT_EQ(Refinement(sums).coarsest(), (Partition{{0, 0, 1, 1}, {0, 0, 1, 1}, {0, 0, 1, 1}, {0, 0, 1, 1, 2, 2, 3, 3}}));
  // One flow here, two alike there.
  const Model crowd = flows({{{a, 1}}, {{b, 1}}, {{b, 1}}}, 2);
  EXPECT_EQ(Refinement(crowd).coarsest().flows, (Numbers{0, 1, 1}));
  // From the narrow one to the wide one, or from the wide one to the narrow one.
  Model exchange = flows({{{a, 1}}, {{b, 1}}}, 2);
  for (const std::uint32_t flow : {0U, 1U}) {
    exchange.changes.push_back({.at = at(1_us), .kind = Change::Kind::path, .target = flow, .first_demand = 1 - flow, .demand_count = 1});
  }
  EXPECT_EQ(Refinement(exchange).coarsest().flows, (Numbers{0, 0}));
  exchange.resources[0].capacity = 6'000;
  EXPECT_EQ(Refinement(exchange).coarsest().flows, (Numbers{0, 1}));
}

TEST(Refinement, TwoOfOneKindAreNoOneOfAnother) {
  // On each of these links two flows of a class, or one. Signatures are sums, and a class whose share is twice that of another would make
  // two links alike that are not: on small numbers a weak hash is nearly linear.
  ModelMaker make;
  const ScriptId script = make_script(make, {{join(0)}}, 1);
  constexpr int kinds = 200;
  for (int kind = 1; kind <= kinds; ++kind) {
    const ResourceId link = make.resource(12'000);
    for (int flow = 0; flow < 1 + kind % 2; ++flow)
      make_actor(make, script, make.resource(work_per_second), {make.activity(1'000 + kind, {{link, 1}})});
  }
  const Partition partition = Refinement(make.model).coarsest();
  EXPECT_EQ(partition, PlainRefinement(make.model).coarsest());
  EXPECT_TRUE(is_equitable(make.model, partition));
}

TEST(Refinement, StoppedEarlyItIsRefused) {
  Model model = ring_of(64);
  model.resources[0].capacity /= 2;
  Refinement refinement(model);
  for (const int rounds : {0, 1, 2, 16, 30}) EXPECT_FALSE(is_equitable(model, refinement.coarsest(rounds))) << rounds;
  EXPECT_TRUE(is_equitable(model, refinement.coarsest()));
}

TEST(Refinement, ManyRoundsGoTheWholeWayRound) {
  // Distances up to 500: one more a round, from the 17th on by lists.
  Model model = ring_of(1001);
  model.resources[0].capacity /= 2;
  EXPECT_EQ(classes(Refinement(model).coarsest().actors), 1001U);
}

TEST(Refinement, NothingAlikeStaysApart) {
  // 20,000 classes of each kind: the table doubles many times.
  Model model = ring_of(20'000);
  for (std::uint32_t i = 0; i < 20'000; ++i) model.resources[i].capacity += i;
  const Partition partition = Refinement(model).coarsest();
  Numbers each(20'000);
  std::iota(each.begin(), each.end(), 0U);
  EXPECT_EQ(partition.actors, each);
  EXPECT_EQ(partition.flows, each);
  EXPECT_EQ(classes(partition.resources), 40'000U);
  EXPECT_TRUE(is_equitable(model, partition));
}

TEST(Refinement, FindsWhatAPlainOneFinds) {
  std::size_t actors = 0;
  std::size_t found = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Model model = random_symmetric_model(seed);
    validate(model);
    const Partition partition = Refinement(model).coarsest();
    EXPECT_EQ(partition, PlainRefinement(model).coarsest()) << "seed " << seed;
    EXPECT_TRUE(is_equitable(model, partition)) << "seed " << seed;
    actors += partition.actors.size();
    found += classes(partition.actors);
  }
  EXPECT_LT(found * 3, actors * 2) << "too little of what is tested folds";
  EXPECT_GT(found * 10, actors) << "too much of what is tested folds";
}

TEST(Refinement, ChangesRefineWhatWasFoundWithoutThem) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Model model = random_symmetric_model(seed);
    const std::vector<Change> changes = std::exchange(model.changes, {});
    Refinement refinement(model);
    const Partition healthy = refinement.coarsest();
    EXPECT_EQ(refinement.refined(healthy), healthy) << "seed " << seed;
    for (std::size_t first = 0; first <= changes.size(); ++first) {
      model.changes.assign(changes.begin() + static_cast<std::ptrdiff_t>(first), changes.end());
      EXPECT_EQ(refinement.refined(healthy), Refinement(model).coarsest()) << "seed " << seed;
    }
  }
}

TEST(Refinement, WhatIsFinerStaysFiner) {
  // Two classes where one would do, and then a change that parts both.
  Model model = ring_of(8);
  Refinement refinement(model);
  const Partition pairs{
      {0, 1, 0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3, 2, 3}};
  ASSERT_TRUE(is_equitable(model, pairs));
  EXPECT_EQ(refinement.refined(pairs), pairs);
  model.changes = {{.at = at(5_us), .target = 0, .capacity = 1}, {.at = at(5_us), .target = 4, .capacity = 1}};
  EXPECT_EQ(refinement.refined(pairs).actors, (Numbers{0, 1, 2, 3, 0, 1, 2, 3}));
}

// Renumbers resources, actors, and activities with their flows.
struct Renumbered {
  Model model;
  Numbers actor;     // new number by old one
  Numbers resource;  // the same
};
Renumbered renumbered(const Model& model, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto shuffled = [&](std::size_t n) {
    Numbers order(n);
    std::iota(order.begin(), order.end(), 0U);
    std::shuffle(order.begin(), order.end(), random);
    return order;
  };
  Renumbered result{model, shuffled(model.actors.size()), shuffled(model.resources.size())};
  Model& to = result.model;
  for (std::size_t r = 0; r < model.resources.size(); ++r) to.resources[result.resource[r]] = model.resources[r];
  for (Demand& demand : to.demands) demand.resource = ResourceId{result.resource[index(demand.resource)]};
  to.flows.clear();
  Numbers new_flow(model.flows.size());
  Numbers new_activity(model.activities.size());
  const Numbers old_activities = shuffled(model.activities.size());
  for (std::uint32_t a = 0; a < old_activities.size(); ++a) {
    const Activity& old = model.activities[old_activities[a]];
    new_activity[old_activities[a]] = a;
    to.activities[a] = old;
    to.activities[a].first_flow = static_cast<std::uint32_t>(to.flows.size());
    for (std::uint32_t f = old.first_flow; f < old.first_flow + old.flow_count; ++f) {
      new_flow[f] = static_cast<std::uint32_t>(to.flows.size());
      to.flows.push_back(model.flows[f]);
    }
  }
  for (ActivityId& binding : to.bindings) binding = ActivityId{new_activity[index(binding)]};
  for (std::size_t a = 0; a < model.actors.size(); ++a) {
    Actor& actor = to.actors[result.actor[a]];
    actor = model.actors[a];
    actor.processor = ResourceId{result.resource[index(actor.processor)]};
  }
  for (Change& change : to.changes) {
    change.target = change.kind == Change::Kind::capacity ? result.resource[change.target] : new_flow[change.target];
  }
  return result;
}

TEST(Refinement, RenumberingChangesNoClass) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Model model = random_symmetric_model(seed);
    const Renumbered other = renumbered(model, seed);
    validate(other.model);
    const Partition one = Refinement(model).coarsest();
    const Partition two = Refinement(other.model).coarsest();
    const auto same = [&](const Numbers& first, const Numbers& second, const Numbers& number) {
      std::map<std::uint32_t, std::uint32_t> class_of;
      for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(class_of.try_emplace(first[i], second[number[i]]).first->second, second[number[i]]) << "seed " << seed;
      }
      EXPECT_EQ(classes(first), classes(second)) << "seed " << seed;
    };
    same(one.actors, two.actors, other.actor);
    same(one.resources, two.resources, other.resource);
    EXPECT_EQ(classes(one.flows), classes(two.flows));
  }
}

}  // namespace
}  // namespace orrery::sim
