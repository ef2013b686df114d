// Work beside runs that take from its processor, played: each case is solved by hand, in milliseconds of work done.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "sim/interference.h"
#include "tests/sim/random_symmetric_model.h"

namespace orrery::sim {
namespace {

constexpr std::int32_t quarter = whole_processor / 4;
constexpr std::int32_t half = whole_processor / 2;
constexpr std::int64_t half_as_fast = work_per_second / 2;

/// Of the mix that a Beside is given.
Step mixed(Duration duration) {
  Step step = work(duration);
  step.target = 1;
  return step;
}

/// One actor: streams of its own, and one for each run of 4 ms that takes something, begun when asked for.
struct Beside {
  struct Run {
    Takes takes;
    Duration begun{};
  };
  ModelMaker make;
  explicit Beside(const std::vector<std::vector<Step>>& working, const std::vector<Run>& runs, Mix mix = {},
                  std::int64_t capacity = work_per_second) {
    std::vector<std::vector<Step>> streams = working;
    std::vector<ActivityId> slots;
    for (const Run& run : runs) {
      streams.push_back({pause(run.begun), join(static_cast<std::uint32_t>(slots.size()))});
      slots.push_back(make.activity(0, {}, 1, 4_ms));
      make.model.activities.back().takes = run.takes;
    }
    make.actor_on(make.resource(capacity), streams, slots);
    make.model.scripts.back().mixes = {{}, mix};
  }
  /// When the first stream ends.
  Duration end() const { return play().spans_end; }
  struct Played {
    Timeline timeline;
    Duration spans_end{};
  };
  Played play() const {
    validate(make.model);
    Played played{make_fluid_engine()->play(make.model, {.recorded = {ActorId{0}}})};
    for (const Span& span : played.timeline.spans) {
      if (span.stream == 0) played.spans_end = std::max(played.spans_end, span.ended - Time{});
    }
    return played;
  }
};

TEST(Interference, WorkBesideARunHasWhatIsLeft) {
  // 4 ms at 3/4 do 3 of the 10 ms, 7 are left.
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.arithmetic = quarter}}}).end(), 11_ms);
  // Done before the run is: 1.5 ms at 3/4.
  EXPECT_EQ(Beside({{work(Duration{1'500'000'000})}}, {{{.arithmetic = quarter}}}).end(), 2_ms);
}

TEST(Interference, ARunThatTakesNothingChangesNothing) {
  const Beside taking_nothing({{work(10_ms), work(1_ps)}}, {{{}}});
  EXPECT_EQ(taking_nothing.end(), 10_ms + 1_ps);
}

TEST(Interference, ARunThatBeginsAndEndsDuringTheWork) {
  // 2 ms, then 4 ms at 3/4: 5 of the 10 ms are done at 6 ms.
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.arithmetic = quarter}, 2_ms}}).end(), 11_ms);
  // The work begins during the run: at 2 ms; 1.5 ms are done at 4 ms.
  EXPECT_EQ(Beside({{pause(2_ms), work(10_ms)}}, {{{.arithmetic = quarter}}}).end(), Duration{12'500'000'000});
  // One step ends as the run does.
  EXPECT_EQ(Beside({{work(3_ms), work(7_ms)}}, {{{.arithmetic = quarter}}}).end(), 11_ms);
}

TEST(Interference, RunsAtOneTimeTakeTheirSum) {
  // 2 ms at 3/4, 2 ms at 1/2, 2 ms at 3/4: 4 of the 10 ms are done at 6 ms.
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.arithmetic = quarter}}, {{.arithmetic = quarter}, 2_ms}}).end(), 12_ms);
  // One begins as the other ends: 8 ms at 3/4.
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.arithmetic = quarter}}, {{.arithmetic = quarter}, 4_ms}}).end(), 12_ms);
}

TEST(Interference, SomethingIsAlwaysLeft) {
  // 4 ms at 1/100: 0.04 ms are done.
  const Duration end = 4_ms + 10_ms - Duration{40'000'000};
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.arithmetic = whole_processor}}}).end(), end);
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.arithmetic = whole_processor}}, {{.arithmetic = whole_processor}}}).end(), end);
}

TEST(Interference, WorkBoundByMemoryLosesBandwidth) {
  const Takes takes{.arithmetic = quarter, .memory = half};
  // 4 ms at 1/2.
  EXPECT_EQ(Beside({{mixed(10_ms)}}, {{takes}}, {.memory = 1}).end(), 12_ms);
  EXPECT_EQ(Beside({{mixed(10_ms)}}, {{{.arithmetic = quarter}}}, {.memory = 1}).end(), 10_ms);
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.memory = half}}}).end(), 10_ms);
  // Half of it by each: a unit takes 1/2 * 4/3 + 1/2 * 2 = 5/3. 2.4 ms are done in 4 ms.
  EXPECT_EQ(Beside({{mixed(10_ms)}}, {{takes}}, {.memory = 0.5}).end(), Duration{11'600'000'000});
}

TEST(Interference, ARunThatIsHeldUpMovesAndTakesLess) {
  // A run of 4 ms alone takes half of the memory; a rival of 2 ms on the same link halves its rate until 4 ms, the run ends at 6 ms.
  // Beside it, of work bound by memory 4 ms at 3/4 and 2 ms at 1/2 are done: 4 of the 10 ms.
  ModelMaker make;
  const ResourceId link = make.resource(1'000'000);
  const ActivityId run = make.activity(4'000, {{link, 1}});
  make.model.activities.back().takes = {.memory = half};
  const ActivityId rival = make.activity(2'000, {{link, 1}});
  make.actor({{mixed(10_ms)}, {join(0)}}, {run});
  make.model.scripts.back().mixes = {{}, {.memory = 1}};
  make.actor({{join(0)}}, {rival});
  validate(make.model);
  EXPECT_EQ(make_fluid_engine()->play(make.model, {}).actor_ends[0], at(12_ms));
}

TEST(Interference, SlackHidesIt) {
  const Takes takes{.arithmetic = half};
  // 1/4 of slack: a unit takes 3/4 * 2 = 3/2. 4 ms do 8/3 ms, rounded up to whole picoseconds.
  EXPECT_EQ(Beside({{mixed(10_ms)}}, {{takes}}, {.slack = 0.25}).end().ticks, 11'333'333'334);
  // 1/2: a unit takes 1.
  EXPECT_EQ(Beside({{mixed(10_ms)}}, {{takes}}, {.slack = 0.5}).end(), 10_ms);
}

TEST(Interference, ASlowProcessorIsSlowerStill) {
  // Half as fast: 4 ms at 3/8 do 1.5 ms, 8.5 take 17.
  EXPECT_EQ(Beside({{work(10_ms)}}, {{{.arithmetic = quarter}}}, {}, half_as_fast).end(), 21_ms);
  // From 2 ms on: 2 ms at 3/4, 2 at 3/8, and 7.75 ms are left.
  Beside later({{work(10_ms)}}, {{{.arithmetic = quarter}}});
  later.make.model.changes = {{.at = at(2_ms), .target = 0, .capacity = half_as_fast}};
  EXPECT_EQ(later.end(), Duration{19'500'000'000});
  // Dead from 2 to 3 ms, and after: 2 ms at 3/4, none, 1 ms at 3/4; 7.75 ms are left.
  later.make.model.changes = {{.at = at(2_ms), .target = 0, .capacity = 0}, {.at = at(3_ms), .target = 0, .capacity = work_per_second}};
  EXPECT_EQ(later.end(), Duration{11'750'000'000});
}

TEST(Interference, StreamsThatShareAProcessorShareWhatIsLeft) {
  // 4 ms at 3/8 each: 8.5 and 2.5 ms are left; at 9 ms 6 and none.
  EXPECT_EQ(Beside({{work(10_ms)}, {work(4_ms)}}, {{{.arithmetic = quarter}}}).end(), 15_ms);
  // One bound by memory, of which a half is left, has its 3/8 as well: what is left for the other is more.
  EXPECT_EQ(Beside({{work(10_ms)}, {mixed(4_ms)}}, {{{.arithmetic = quarter, .memory = half}}}, {.memory = 1}).end(), 15_ms);
}

TEST(Interference, AStreamThatJoinsDoesNotSlowItselfDown) {
  ModelMaker make;
  const ActivityId run = make.activity(0, {}, 1, 4_ms);
  make.model.activities[0].takes = {.arithmetic = half};
  make.actor({{work(1_ms), join(0), work(1_ms)}, {pause(20_ms)}}, {run});
  EXPECT_EQ(make_fluid_engine()->play(make.model, {}).account(ActorId{0}, 0).running, 6_ms);
}

TEST(Interference, NothingIsTakenBeforeTheLastHasCome) {
  // Two actors, 10 ms of work each; the second comes to the run at 3 ms, which then lasts 1 ms and 3 ms over a link that both share with a
  // transfer: 4,000,000 bytes, half of them at half the rate. From 3 to 8 ms 3.75 ms are done.
  ModelMaker make;
  const ResourceId link = make.resource(gigabyte_per_second);
  const ActivityId run = make.activity(3'000'000, {{link, 1}}, 2, 1_ms);
  make.model.activities[0].takes = {.arithmetic = quarter};
  const ActivityId rival = make.activity(1'000'000, {{link, 1}}, 1, 4_ms);
  make.actor({{work(10_ms)}, {join(0)}}, {run});
  make.actor({{work(10_ms)}, {pause(3_ms), join(0)}, {join(1)}}, {run, rival});
  const Timeline timeline = make_fluid_engine()->play(make.model, {});
  EXPECT_EQ(timeline.end, at(Duration{11'250'000'000}));
  EXPECT_EQ(timeline.account(ActorId{0}, 0).running, Duration{11'250'000'000});
  EXPECT_EQ(timeline.account(ActorId{0}, 0).waiting, Duration{});
  EXPECT_EQ(timeline.served_by(make.model.actors[0].processor), (10_ms).ticks);
}

TEST(Interference, OrderOfStreamsAtOneTickDoesNotMatter) {
  // The run of 4 ms begins, and ends, as work begins: 3 ms of work are done at 4 ms, and 5 more at 9 ms.
  for (const bool run_first : {false, true}) {
    ModelMaker make;
    const ActivityId run = make.activity(0, {}, 1, 4_ms);
    make.model.activities[0].takes = {.arithmetic = quarter};
    const std::vector<Step> working{work(3_ms), work(5_ms)};
    const std::vector<Step> running{join(0)};
    make.actor(run_first ? std::vector{running, working} : std::vector{working, running}, {run});
    EXPECT_EQ(make_fluid_engine()->play(make.model, {}).end, at(9_ms));
  }
}

TEST(Interference, ActorsOnOneProcessorTakeFromEachOther) {
  // One works 10 ms, two others join a run of 4 ms each: 4 ms at 1/2.
  ModelMaker make;
  const ResourceId processor = make.resource(work_per_second);
  make.actor_on(processor, {{work(10_ms)}});
  const ScriptId joins = make_script(make, {{join(0)}}, 1);
  for (int i = 0; i < 2; ++i) {
    make_actor(make, joins, processor, {make.activity(0, {}, 1, 4_ms)});
    make.model.activities.back().takes = {.arithmetic = quarter};
  }
  validate(make.model);
  EXPECT_EQ(make_fluid_engine()->play(make.model, {}).end, at(12_ms));
  // The two are alike, and one that takes twice as much stands for them.
  EXPECT_EQ(fold(make.model).quotient.actors.size(), 2U);
  EXPECT_EQ(make_folding_engine(make_fluid_engine())->play(make.model, {}).end, at(12_ms));
}

TEST(Interference, PeersInStepAreHeldUpAsWell) {
  // Two actors alike work 3 ms and meet for 1 ms, three times, each on a stream of its own; from 4 to 8 ms they are in a run beside it that
  // takes a quarter. Their second work takes all of that: they have met at 4, 9 and 13 ms.
  ModelMaker make;
  const std::vector slots{make.activity(0, {}, 2, 1_ms), make.activity(0, {}, 2, 4_ms)};
  make.model.activities[1].takes = {.arithmetic = quarter};
  const std::vector<Step> turns{work(3_ms), join(0), work(3_ms), join(0), work(3_ms), join(0)};
  const ScriptId script = make_script(make, {turns, {pause(4_ms), join(1)}}, 2);
  for (int i = 0; i < 2; ++i) make_actor(make, script, make.resource(work_per_second), slots);
  EXPECT_EQ(make_fluid_engine()->play(make.model, {}).end, at(13_ms));
}

TEST(Interference, RunsInARowEachTakeTheirOwn) {
  // A run that takes nothing, 4 ms at 3/4, a pause, 4 ms at 1/2: 7 of the 10 ms are done at 10 ms.
  ModelMaker make;
  const std::vector slots{make.activity(0, {}, 1, 1_ms), make.activity(0, {}, 1, 4_ms), make.activity(0, {}, 1, 4_ms)};
  make.model.activities[1].takes = {.arithmetic = quarter};
  make.model.activities[2].takes = {.arithmetic = half};
  make.actor({{work(10_ms)}, {join(0), join(1), pause(1_ms), join(2)}}, slots);
  EXPECT_EQ(make_fluid_engine()->play(make.model, {}).end, at(13_ms));
}

TEST(Interference, WhoTakesMoreIsNotAlike) {
  ModelMaker make;
  const ScriptId script = make_script(make, {{work(10_ms)}, {join(0)}}, 1);
  for (const std::int32_t taken : {quarter, quarter, half}) {
    make_actor(make, script, make.resource(work_per_second), {make.activity(0, {}, 1, 4_ms)});
    make.model.activities.back().takes = {.arithmetic = taken};
  }
  EXPECT_EQ(fold(make.model).quotient.actors.size(), 2U);
  const Timeline timeline = make_folding_engine(make_fluid_engine())->play(make.model, {});
  EXPECT_EQ(timeline.actor_end(ActorId{1}), at(11_ms));
  EXPECT_EQ(timeline.actor_end(ActorId{2}), at(12_ms));
}

/// By actor: when runs of its activities take how much, from its spans.
struct Taking {
  Time begun;
  Time ended;
  Takes takes;
};
std::vector<std::vector<Taking>> takings(const Model& model, const Timeline& timeline) {
  std::vector<std::vector<Taking>> of(model.actors.size());
  for (const Span& span : timeline.spans) {
    const Actor& actor = model.actors[index(span.actor)];
    const Step& step = model.scripts[index(actor.script)].streams[span.stream][span.step];
    if (step.kind != StepKind::join) continue;
    const Activity& activity = model.activities[index(model.bindings[actor.first_binding + step.target])];
    of[index(span.actor)].push_back({span.begun, span.ended, activity.takes});
  }
  return of;
}

// Picoseconds of work that are done from one time to another, on a processor that an actor has for itself.
double work_done(const Mix& mix, std::int64_t capacity, Time from, Time to, const std::vector<Taking>& of) {
  std::vector<Time> times{from, to};
  for (const Taking& taking : of) {
    for (const Time time : {taking.begun, taking.ended}) {
      if (from < time && time < to) times.push_back(time);
    }
  }
  std::sort(times.begin(), times.end());
  double done = 0;
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    Taken taken;
    for (const Taking& taking : of) {
      if (times[i] < taking.begun || taking.ended <= times[i]) continue;
      taken.arithmetic += taking.takes.arithmetic;
      taken.memory += taking.takes.memory;
    }
    done += static_cast<double>(work_rate(taken, mix, capacity)) / work_per_second * static_cast<double>((times[i + 1] - times[i]).ticks);
  }
  return done;
}

TEST(Interference, WhatIsDoneAtTheRatesOfEachMomentIsTheWork) {
  int slowed = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Model model = random_symmetric_model(seed);
    for (Activity& activity : model.activities) {
      if (activity.flow_count > 0) activity.takes.memory = 0;  // which follows rates that spans do not tell
    }
    std::vector<bool> worked_on(model.resources.size(), false);
    bool shared = false;
    PlayOptions all;
    for (std::uint32_t a = 0; a < model.actors.size(); ++a) {
      shared = shared || worked_on[index(model.actors[a].processor)];
      worked_on[index(model.actors[a].processor)] = true;
      all.recorded.push_back(ActorId{a});
    }
    if (shared || !model.changes.empty()) continue;
    const Timeline timeline = make_fluid_engine()->play(model, all);
    const auto of = takings(model, timeline);
    for (const Span& span : timeline.spans) {
      const Actor& actor = model.actors[index(span.actor)];
      const Script& script = model.scripts[index(actor.script)];
      const Step& step = script.streams[span.stream][span.step];
      if (step.kind != StepKind::work) continue;
      const Mix mix = step.target < script.mixes.size() ? script.mixes[step.target] : Mix{};
      const std::int64_t capacity = model.resources[index(actor.processor)].capacity;
      const double done = work_done(mix, capacity, span.begun, span.ended, of[index(span.actor)]);
      ASSERT_GE(done, static_cast<double>(step.amount) - 1e-3) << "seed " << seed;  // of a picosecond: sums of doubles
      ASSERT_LE(done, static_cast<double>(step.amount) + 1) << "seed " << seed;     // ends are rounded up to whole ones
      const double alone = static_cast<double>(step.amount) * work_per_second / static_cast<double>(capacity);
      if (static_cast<double>((span.ended - span.begun).ticks) > alone + 1) ++slowed;
    }
  }
  EXPECT_GT(slowed, 100);
}

TEST(Interference, WhatIsOutOfRangeIsABug) {
  const auto bad = [](auto change) {
    Beside model({{work(1_ms)}}, {{{}}});
    change(model.make.model);
    EXPECT_THROW(validate(model.make.model), std::logic_error);
  };
  bad([](Model& m) { m.activities[0].takes.arithmetic = -1; });
  bad([](Model& m) { m.activities[0].takes.memory = whole_processor + 1; });
  bad([](Model& m) { m.scripts[0].mixes[0].memory = -0.5F; });
  bad([](Model& m) { m.scripts[0].mixes[0].slack = 1.5F; });
}

TEST(WorkRate, IsTheCapacityWhereNothingIsTaken) {
  EXPECT_EQ(work_rate({}, {.memory = 0.3F, .slack = 0.1F}, 123'456'789), 123'456'789);
  EXPECT_EQ(work_rate({.arithmetic = quarter}, {}, 1'000), 750);
  EXPECT_EQ(work_rate({.arithmetic = quarter}, {}, 0), 1);
}

}  // namespace
}  // namespace orrery::sim
