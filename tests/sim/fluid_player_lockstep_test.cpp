// Peers in step: what is booked at once is what would have been step by step. A recorded actor's steps are taken one by one, so recording
// everyone is the other way of playing the same.
#include <gtest/gtest.h>

#include <random>

#include "sim/fluid_engine.h"
#include "tests/sim/model_maker.h"

namespace orrery::sim {
namespace {

std::vector<ActorId> everyone(const Model& model) {
  std::vector<ActorId> actors;
  for (std::uint32_t actor = 0; actor < model.actors.size(); ++actor) actors.push_back(ActorId{actor});
  return actors;
}

Timeline step_by_step(const Model& model) { return make_fluid_engine()->play(model, {.recorded = everyone(model)}); }

// One more actor with the script of the first.
void add_alike(ModelMaker& make, const std::vector<ActivityId>& slots) {
  const ResourceId processor = make.resource(work_per_second);
  make.model.actors.push_back({ScriptId{0}, processor, static_cast<std::uint32_t>(make.model.bindings.size())});
  make.model.bindings.insert(make.model.bindings.end(), slots.begin(), slots.end());
}

TEST(Lockstep, PeersMeetOverAndOverInTwoActivities) {
  ModelMaker make;
  make.model.labels = 3;
  const auto link = make.resource(gigabyte_per_second);
  const auto transfer = make.activity(5'000, {{link, 1}}, 2);
  const auto latency = make.activity(0, {}, 2, 7_us);
  // They come at 1 and 4 us. Transfer from 4 to 9, work to 11, latency to 18, transfer to 23, work to 26.
  const std::vector<Step> steps{join(2), join(0, 1), work(2_us), join(1, 2), work(0_ps, 2), join(0, 1), work(3_us)};
  make.actor({steps}, {transfer, latency, make.activity(0, {}, 1, 1_us)});
  add_alike(make, {transfer, latency, make.activity(0, {}, 1, 4_us)});
  validate(make.model);
  Timeline timeline = make_fluid_engine()->play(make.model, {});
  EXPECT_EQ(timeline.actor_ends, (std::vector<Time>{at(26_us), at(26_us)}));
  EXPECT_EQ(timeline.accounts,
            (std::vector<Account>{{6_us, 0_ps}, {10_us, 3_us}, {7_us, 0_ps}, {9_us, 0_ps}, {10_us, 0_ps}, {7_us, 0_ps}}));
  EXPECT_EQ(timeline.served[0], 10'000);
  EXPECT_EQ(timeline.events, 17U);  // six steps each and five runs; work of nothing is none
  timeline.spans = step_by_step(make.model).spans;
  EXPECT_EQ(timeline, step_by_step(make.model));
}

TEST(Lockstep, OthersSeeTheirEventsInTime) {
  ModelMaker make;
  const auto meeting = make.activity(0, {}, 2, 5_us);
  // From 0 to 5, 6 and 11 us in step; the record at 11 us lets the second stream join alone, until 13 us.
  const std::vector<Step> first{join(0), work(1_us), join(0), record(0), pause(1_us)};
  make.actor({first, {wait(0), join(1)}}, {meeting, make.activity(0, {}, 1, 2_us)}, 1);
  add_alike(make, {meeting, make.activity(0, {}, 1, 4_us)});
  const Timeline timeline = make_fluid_engine()->play(make.model, {});
  EXPECT_EQ(timeline.actor_ends, (std::vector<Time>{at(13_us), at(15_us)}));
}

TEST(Lockstep, APipelineOfOneScriptIsNotInStep) {
  ModelMaker make;
  const auto middle = make.activity(0, {}, 2, 5_us);
  // The first comes to the middle by its second step at 2 us, the second by its first at 0: it takes until 7 us.
  make.actor({{join(0), work(1_us), join(1), work(2_us)}}, {make.activity(0, {}, 1, 1_us), middle});
  add_alike(make, {middle, make.activity(0, {}, 1, 7_us)});
  const Timeline timeline = make_fluid_engine()->play(make.model, {});
  EXPECT_EQ(timeline.actor_ends, (std::vector<Time>{at(9_us), at(17_us)}));
}

TEST(Lockstep, NoOneIsInStepWhereStreamsTakeTurns) {
  const auto play = [](const std::vector<Step>& first) {
    ModelMaker make;
    const std::vector<ActivityId> slots{make.activity(0, {}, 2, 6_us), make.activity(0, {}, 2, 5_us)};
    make.actor({first, {pause(1_us), join(0)}}, slots);
    add_alike(make, slots);
    return make_fluid_engine()->play(make.model, {});
  };
  // The other streams come at 1 us and are at it from 6 to 12 us, between the two; in the second case from 1 to 7 us, before the one.
  EXPECT_EQ(play({join(0), join(0)}).account(ActorId{1}, 0), (Account{12_us, 6_us}));
  EXPECT_EQ(play({join(1), join(0)}).account(ActorId{1}, 0), (Account{11_us, 2_us}));
  // And they need not wait for what the first do after.
  EXPECT_EQ(play({join(0), work(2_us)}).end, at(12_us));
}

// Four actors of one script, which meet all together, in pairs, in other pairs and alone. Activities may share links; a processor may be
// slow or worked on by a second stream.
Model random_peers(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  const auto up_to_us = [&](std::int64_t most) { return Duration{static_cast<std::int64_t>(below(most + 1)) * 1'000'000}; };
  ModelMaker make;
  make.model.labels = 3;
  const auto shared = make.resource(gigabyte_per_second);
  const auto activity = [&](std::uint32_t participants) {
    const auto link = below(8) == 0 ? shared : make.resource(gigabyte_per_second);
    return make.activity(static_cast<std::int64_t>(below(3) * 1'000), {{link, 1}}, participants, up_to_us(3));
  };
  const std::vector<ActivityId> of_all{activity(4), activity(4)};
  const std::vector<ActivityId> of_pair{activity(2), activity(2)};
  const std::vector<ActivityId> of_other_pair{activity(2), activity(2)};
  std::vector<Step> steps;
  std::int64_t recorded = 0;
  for (std::uint64_t i = 0, n = 5 + below(30); i < n; ++i) {
    const auto label = static_cast<std::uint8_t>(below(3));
    const auto slot = static_cast<std::uint32_t>(below(4) == 0 ? below(5) : below(2));
    switch (below(8)) {
      case 0:
        steps.push_back(record(0));
        ++recorded;
        break;
      case 1:
        steps.push_back(pause(up_to_us(2), label));
        break;
      case 2:
      case 3:
      case 4:
        steps.push_back(work(up_to_us(3), label));
        break;
      default:
        steps.push_back(join(slot, label));
    }
  }
  for (std::uint32_t slot = 0; slot < 5; ++slot) steps.push_back(join(slot));  // each is named by a step
  std::vector<Step> second{wait(0, recorded)};
  if (below(4) == 0) second.push_back(work(1_us));
  const auto slots = [&](std::size_t actor) {
    return std::vector<ActivityId>{of_all[0], of_all[1], of_pair[actor / 2], of_other_pair[actor % 2], activity(1)};
  };
  make.actor({steps, second}, slots(0), 1);
  for (std::size_t actor = 1; actor < 4; ++actor) add_alike(make, slots(actor));
  if (below(4) == 0) make.model.resources[index(make.model.actors[below(4)].processor)].capacity /= 2;
  return make.model;
}

TEST(Lockstep, RecordingChangesNothing) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const Model model = random_peers(seed);
    validate(model);
    const Timeline one_by_one = step_by_step(model);
    Timeline timeline = make_fluid_engine()->play(model, {});
    timeline.spans = one_by_one.spans;
    ASSERT_EQ(timeline, one_by_one) << "seed " << seed;
  }
}

}  // namespace
}  // namespace orrery::sim
