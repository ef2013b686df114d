#include "sim/dominance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "sim/contention.h"
#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/sim/alike_models.h"
#include "tests/sim/random_symmetric_model.h"

namespace orrery::sim {
namespace {

using Marks = std::vector<bool>;

// Which resources are kept where one flow has each of the paths; processors, which all are, come after them.
Marks kept(const std::vector<std::int64_t>& capacities, const std::vector<std::vector<Demand>>& paths) {
  ModelMaker make;
  for (const std::int64_t capacity : capacities) make.resource(capacity);
  for (const auto& path : paths) make.actor({{join(0)}}, {make.activity(1'000, path)});
  validate(make.model);
  Marks marks = undominated_resources(make.model);
  EXPECT_TRUE(std::all_of(marks.begin() + static_cast<std::ptrdiff_t>(capacities.size()), marks.end(), [](bool mark) { return mark; }));
  marks.resize(capacities.size());
  return marks;
}

// A Model of its own, to be played.
Model lean_model(const Model& whole, const std::vector<bool>& kept) {
  const LeanModel lean(whole, kept);
  const ModelView view = lean.view();
  return {.resources = view.resources,
          .demands = view.demands,
          .flows = view.flows,
          .activities = view.activities,
          .scripts = view.scripts,
          .bindings = view.bindings,
          .joiners = view.joiners,
          .actors = view.actors,
          .changes = view.changes,
          .noise = view.noise,
          .labels = view.labels};
}

Demand crossing(std::uint32_t resource, std::uint32_t multiplicity = 1) { return {ResourceId{resource}, multiplicity}; }

TEST(Dominance, ALinkThatCarriesPartOfWhatANarrowerOneDoesIsDominated) {
  const std::vector<std::vector<Demand>> paths{{crossing(0), crossing(1)}, {crossing(0)}};
  EXPECT_EQ(kept({2 * gb, 3 * gb}, paths), (Marks{true, false}));
  EXPECT_EQ(kept({2 * gb, 2 * gb}, paths), (Marks{true, false}));
  EXPECT_EQ(kept({2 * gb, 2 * gb - 1}, paths), (Marks{true, true})) << "narrower by one";
}

TEST(Dominance, WhoeverIsCrossedMoreOftenIsNot) {
  EXPECT_EQ(kept({2 * gb, 3 * gb}, {{crossing(0), crossing(1, 2)}, {crossing(0)}}), (Marks{true, true}));
  EXPECT_EQ(kept({2 * gb, 3 * gb}, {{crossing(0, 2), crossing(1, 2)}, {crossing(0)}}), (Marks{true, false}));
  // Only the second of two flows crosses the wide one more often, and in a third case it crosses the wide one alone.
  EXPECT_EQ(kept({2 * gb, 3 * gb}, {{crossing(0), crossing(1)}, {crossing(0), crossing(1, 2)}}), (Marks{true, true}));
  EXPECT_EQ(kept({2 * gb, 3 * gb}, {{crossing(0), crossing(1)}, {crossing(1)}}), (Marks{true, true}));
}

TEST(Dominance, OfEqualsTheFirstIsKept) {
  EXPECT_EQ(kept({gb, gb, gb}, {{crossing(2), crossing(0), crossing(1)}}), (Marks{true, false, false}));
  EXPECT_EQ(kept({gb, gb, gb}, {{crossing(1), crossing(2)}, {crossing(2), crossing(1)}}), (Marks{false, true, false})) << "0 is not used";
}

TEST(Dominance, WhatMayDominateIsLookedForOnTheShortestPath) {
  // The long flow comes first, and nothing that is near the wide link there is on the short path.
  EXPECT_EQ(
      kept({3 * gb, 2 * gb, 2 * gb, gb}, {{crossing(3), crossing(1), crossing(0), crossing(2)}, {crossing(3), crossing(0)}, {crossing(3)}}),
      (Marks{false, false, false, true}));
}

TEST(Dominance, AProcessorIsKeptForItsWork) {
  ModelMaker make;
  const ResourceId processor = make.resource(work_per_second);
  const ResourceId wide = make.resource(work_per_second);
  const ResourceId narrow = make.resource(work_per_second / 2);
  make.actor_on(processor, {{work(1_us), join(0)}}, {make.activity(1'000, {{processor, 1}, {narrow, 1}, {wide, 1}})});
  EXPECT_EQ(undominated_resources(make.model), (Marks{true, false, true}));
}

TEST(Dominance, WhereAnythingChangesAllAreKept) {
  ModelMaker make;
  const ResourceId link = make.resource(gb);
  make.actor({{join(0)}}, {make.activity(1'000, {{link, 1}, {make.resource(gb), 1}})});
  EXPECT_EQ(undominated_resources(make.model), (Marks{true, false, true}));
  make.model.changes = {{.at = at(1_us), .target = index(link), .capacity = 1}};
  EXPECT_EQ(undominated_resources(make.model), (Marks{true, true, true}));
  EXPECT_THROW(LeanModel(make.model, {true, false, true}), std::logic_error);
}

TEST(LeanModel, LosesCrossingsAndKeepsTheRateAlone) {
  // The flow has 1.5 GB/s over the trunk, which it crosses twice; the trunk is left out for the sake of the test.
  ModelMaker make;
  const ResourceId trunk = make.resource(3 * gb);
  const ResourceId port = make.resource(2 * gb);
  make.actor({{work(1_us), join(0)}}, {make.activity(3'000, {{trunk, 2}, {port, 1}})});
  const Model lean = lean_model(make.model, {false, true, true});
  validate(lean);
  ASSERT_EQ(lean.resources.size(), 2U);
  ASSERT_EQ(lean.demands.size(), 1U);
  EXPECT_EQ(lean.demands[0].resource, ResourceId{0});
  EXPECT_EQ(lean.resources[0].capacity, 2 * gb);
  EXPECT_EQ(lean.actors[0].processor, ResourceId{1});
  EXPECT_EQ(lean.flows[0].rate_cap, 1.5e9);
  EXPECT_EQ(make_fluid_engine()->play(lean, {}).end, at(3_us));
}

TEST(LeanModel, SharesWhatIsAsInTheWhole) {
  ModelMaker make;
  const ResourceId link = make.resource(gb);
  make.actor({{join(0)}}, {make.activity(1'000, {{link, 1}, {make.resource(gb), 1}})});
  const LeanModel lean(make.model, undominated_resources(make.model));
  EXPECT_EQ(lean.view().demands.size(), 1U);
  EXPECT_EQ(lean.view().activities.data(), make.model.activities.data());
  EXPECT_EQ(lean.view().bindings.data(), make.model.bindings.data());
}

TEST(LeanModel, PlaysToTheSamePicoseconds) {
  const auto engine = make_fluid_engine();
  int smaller = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Model model = random_symmetric_model(seed);
    model.changes.clear();
    const std::vector<bool> kept = undominated_resources(model);
    const Model lean = lean_model(model, kept);
    validate(lean);
    const Timeline one = engine->play(lean, {.lean = true});
    const Timeline other = engine->play(model, {});
    EXPECT_EQ(one.actor_ends, other.actor_ends) << "seed " << seed;
    EXPECT_EQ(one.accounts, other.accounts) << "seed " << seed;
    EXPECT_EQ(one.irregular, other.irregular) << "seed " << seed;
    for (std::size_t r = 0, next = 0; r < kept.size(); ++r) {
      if (!kept[r]) continue;
      EXPECT_EQ(one.served[next++], other.served[r]) << "seed " << seed;
    }
    smaller += lean.demands.size() < model.demands.size() ? 1 : 0;
  }
  EXPECT_GT(smaller, 100);
}

TEST(LeanModel, TheComparisonSeesALinkThatIsLeftOutAndNotDominated) {
  const auto engine = make_fluid_engine();
  int differ = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Model model = random_symmetric_model(seed);
    model.changes.clear();
    std::vector<bool> kept = undominated_resources(model);
    const std::vector<bool> contended = contended_resources(model);
    for (std::size_t r = 0; r < kept.size(); ++r) kept[r] = kept[r] && !contended[r];
    for (const Actor& actor : model.actors) kept[index(actor.processor)] = true;
    differ += engine->play(lean_model(model, kept), {.lean = true}).actor_ends != engine->play(model, {}).actor_ends ? 1 : 0;
  }
  EXPECT_GT(differ, 20);
}

// ---- folding over dominated links.

// Four pairs of actors send 1,000 bytes to each other over their ports of 1 GB/s, and all eight meet in a ring that crosses every port.
// Its edge from the first pair to the second, and back, also crosses an uplink, and so does what the first actor sends.
struct PairsInARing {
  ModelMaker make;
  ResourceId uplink;

  explicit PairsInARing(std::int64_t width, std::uint32_t over_uplink = 1) : uplink(make.resource(width)) {
    const ScriptId script = make_script(make, {{work(1_us), join(0)}, {join(1)}, {join(2)}}, 3);
    std::vector<ResourceId> ports;
    std::vector<Demand> ring{{uplink, over_uplink}};
    for (int i = 0; i < 8; ++i) {
      ports.push_back(make.resource(gb));
      ring.push_back({ports.back(), 1});
    }
    const ActivityId meeting = make.activity(2'000, ring, 8);
    std::vector<ActivityId> sends;
    for (std::size_t i = 0; i < 8; ++i) {
      sends.push_back(
          make.activity(1'000, i == 0 ? std::vector<Demand>{{ports[i], 1}, {uplink, 1}} : std::vector<Demand>{{ports[i], 1}}, 2));
    }
    for (std::size_t i = 0; i < 8; ++i) make_actor(make, script, make.resource(work_per_second), {sends[i], sends[i ^ 1], meeting});
  }
};

TEST(Fold, ADominatedLinkPartsNothing) {
  const Folding folding = fold(PairsInARing(gb).make.model);
  EXPECT_EQ(folding.quotient.actors.size(), 1U);
  EXPECT_EQ(folding.quotient.flows.size(), 2U);
  EXPECT_EQ(folding.quotient.resources.size(), 2U) << "a port and a processor";
}

TEST(Fold, ALinkThatIsAlmostDominatedPartsWhoCrossesIt) {
  // The pair of it on one side and on the other, and the three others.
  EXPECT_EQ(fold(PairsInARing(gb - 1).make.model).quotient.actors.size(), 3U);
  EXPECT_EQ(fold(PairsInARing(2 * gb, 2).make.model).quotient.actors.size(), 3U);
}

TEST(FoldingEngine, WhatDominatedLinksServedIsCounted) {
  const Model model = PairsInARing(gb).make.model;
  const Timeline timeline = make_folding_engine(make_fluid_engine())->play(model, {});
  const Timeline whole = make_fluid_engine()->play(model, {});
  EXPECT_EQ(timeline.actor_ends.size(), 1U);
  EXPECT_EQ(timeline.served_by(ResourceId{0}), 3'000);
  EXPECT_EQ(timeline.served_by(ResourceId{1}), 3'000);
  EXPECT_NE(timeline.class_of(ResourceId{0}), timeline.class_of(ResourceId{1})) << "the one was played";
  for (std::uint32_t r = 0; r < model.resources.size(); ++r) EXPECT_EQ(timeline.served_by(ResourceId{r}), whole.served[r]);
  for (std::uint32_t a = 0; a < 8; ++a) EXPECT_EQ(timeline.actor_end(ActorId{a}), whole.actor_ends[a]);
}

TEST(FoldingEngine, RatesAreRoundedAsWithTheLinksThatAreLeftOut) {
  // Three flows share a link for a quarter of an hour, at rates that no number of bits holds; so wide a link leaves few bits to them.
  ModelMaker make;
  const ResourceId link = make.resource(gb);
  const ResourceId wide = make.resource(std::int64_t{1} << 50);
  const ScriptId script = make_script(make, {{join(0)}}, 1);
  for (int i = 0; i < 3; ++i) {
    make_actor(make, script, make.resource(work_per_second), {make.activity(300 * gb, {{link, 1}, {wide, 1}})});
  }
  const Time unfolded = make_fluid_engine()->play(make.model, {}).end;
  EXPECT_EQ(make_folding_engine(make_fluid_engine())->play(make.model, {}).end, unfolded);
  Model without = make.model;
  for (Flow& flow : without.flows) flow.demand_count = 1;
  without.resources[1].capacity = gb;
  EXPECT_NE(make_fluid_engine()->play(without, {}).end, unfolded) << "the wide link makes no difference";
}

TEST(FoldingEngine, DominatedLinksAreAlikeWhereTheyAreAsWideAndServeAsMuch) {
  // Four ports, each with a link behind it: wider, as wide as that, wider still, and one that carries twice as much. Another is not used.
  ModelMaker make;
  const std::vector<std::int64_t> widths{2 * gb, 2 * gb, 3 * gb, 2 * gb};
  std::vector<ResourceId> links;
  for (const std::int64_t width : widths) links.push_back(make.resource(width));
  make.resource(2 * gb);
  for (std::size_t i = 0; i < 4; ++i) {
    make.actor({{join(0)}}, {make.activity(i == 3 ? 2'000 : 1'000, {{make.resource(gb), 1}, {links[i], 1}})});
    make.model.actors.back().script = make.model.actors.front().script;
  }
  const Timeline timeline = make_folding_engine(make_fluid_engine())->play(make.model, {});
  const std::vector<std::uint32_t> of_links(timeline.classes.of_resource.begin(), timeline.classes.of_resource.begin() + 5);
  EXPECT_EQ(of_links, (std::vector<std::uint32_t>{0, 0, 1, 2, 3}));
  EXPECT_EQ(timeline.served_by(ResourceId{1}), 1'000);
  EXPECT_EQ(timeline.served_by(ResourceId{3}), 2'000);
  EXPECT_EQ(timeline.served_by(ResourceId{4}), 0);
}

}  // namespace
}  // namespace orrery::sim
