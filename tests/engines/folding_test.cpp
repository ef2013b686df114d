// Folded and unfolded, bit for bit: what nobody can tell apart is played once, and nobody can tell.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "sim/refinement.h"
#include "tests/engines/random_machine.h"

namespace orrery::test {
namespace {

using workloads::Granularity;

/// A hundred configurations; ORRERY_CONFIGURATIONS says otherwise.
std::uint64_t configurations() {
  const char* count = std::getenv("ORRERY_CONFIGURATIONS");
  return count == nullptr ? 100 : std::stoull(count);
}

/// Every actor's end and accounts, every resource's bytes; or what the play ended in.
struct Played {
  std::string failure;
  sim::Timeline timeline;
};

Played played(const sim::Model& model, sim::Engine& engine) {
  Played result;
  try {
    result.timeline = engine.play(model, {});
  } catch (const sim::Stuck& stuck) {
    result.failure = std::string(stuck.what()) + " at " + std::to_string(stuck.at.ticks);
  } catch (const sim::Error& error) {
    result.failure = error.what();
  }
  return result;
}

::testing::AssertionResult same(const sim::Model& model, const Played& folded, const Played& unfolded) {
  if (folded.failure != unfolded.failure) {
    return ::testing::AssertionFailure() << "folded: \"" << folded.failure << "\", unfolded: \"" << unfolded.failure << '"';
  }
  if (!folded.failure.empty()) return ::testing::AssertionSuccess();
  std::size_t differing = 0;
  for (std::uint32_t actor = 0; actor < model.actors.size(); ++actor) {
    bool alike = folded.timeline.actor_end(sim::ActorId{actor}) == unfolded.timeline.actor_end(sim::ActorId{actor});
    for (std::uint8_t label = 0; label < model.labels; ++label) {
      alike = alike && folded.timeline.account(sim::ActorId{actor}, label) == unfolded.timeline.account(sim::ActorId{actor}, label);
    }
    if (!alike) ++differing;
  }
  std::size_t links = 0;
  for (std::uint32_t resource = 0; resource < model.resources.size(); ++resource) {
    if (folded.timeline.served_by(sim::ResourceId{resource}) != unfolded.timeline.served_by(sim::ResourceId{resource})) ++links;
  }
  if (differing + links == 0 && folded.timeline.end == unfolded.timeline.end && folded.timeline.irregular == unfolded.timeline.irregular) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << differing << " actors and " << links << " resources differ; ends " << folded.timeline.end.ticks
                                       << " and " << unfolded.timeline.end.ticks;
}

/// What every flow must move, from the scripts alone: amount times runs over each of its resources.
std::vector<std::int64_t> bytes_to_move(const sim::Model& model) {
  std::vector<std::int64_t> joins(model.activities.size(), 0);
  std::vector<std::int64_t> bytes(model.resources.size(), 0);
  for (const sim::Actor& actor : model.actors) {
    for (const auto& stream : model.scripts[index(actor.script)].streams) {
      for (const sim::Step& step : stream) {
        if (step.kind == sim::StepKind::join) ++joins[index(model.bindings[actor.first_binding + step.target])];
        if (step.kind == sim::StepKind::work) bytes[index(actor.processor)] += step.amount;
      }
    }
  }
  for (std::size_t a = 0; a < joins.size(); ++a) {
    const sim::Activity& activity = model.activities[a];
    for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) {
      for (const sim::Demand& demand : demands_of(model, model.flows[f])) {
        bytes[index(demand.resource)] += joins[a] / activity.participants * model.flows[f].amount * demand.multiplicity;
      }
    }
  }
  return bytes;
}

bool paths_change(const sim::Model& model) {
  return std::any_of(model.changes.begin(), model.changes.end(),
                     [](const sim::Change& change) { return change.kind != sim::Change::Kind::capacity; });
}

bool takes_from_kernels(const sim::Model& model) {
  return std::any_of(model.activities.begin(), model.activities.end(), [](const auto& activity) { return activity.takes != sim::Takes{}; });
}

TEST(Folding, IsUnfoldedBitForBit) {
  const auto folding = sim::make_folding_engine(sim::make_fluid_engine());
  const auto plain = sim::make_fluid_engine();
  std::uint64_t played_to_the_end = 0;
  std::uint64_t folded_at_all = 0;
  std::uint64_t changed = 0;  // on the way
  std::uint64_t mixed = 0;    // of several kinds of nodes
  std::uint64_t taking = 0;   // collectives from kernels beside them
  for (std::uint64_t seed = 0; played_to_the_end < configurations(); ++seed) {
    const RandomMachine machine(seed);
    const auto granularity = seed % 4 == 0 ? Granularity::transfer : Granularity::hyperflow;
    const auto model = machine.model(granularity);
    if (!model) continue;
    const Played unfolded = played(*model, *plain);
    SCOPED_TRACE(fmt::format("seed {}: {}", seed, machine.in_words()));
    const Played folded = played(*model, *folding);
    ASSERT_TRUE(same(*model, folded, unfolded)) << "seed " << seed << ": " << machine.in_words();
    if (!unfolded.failure.empty()) continue;
    ++played_to_the_end;
    if (!model->changes.empty() && model->changes.front().at < unfolded.timeline.end) ++changed;
    if (folded.timeline.actor_ends.size() < model->actors.size()) ++folded_at_all;
    if (!machine.cluster().spec().others.empty()) ++mixed;
    if (takes_from_kernels(*model)) ++taking;
    ASSERT_EQ(unfolded.timeline.actor_ends.size(), model->actors.size());
    if (!paths_change(*model)) {
      ASSERT_EQ(unfolded.timeline.served, bytes_to_move(*model)) << "seed " << seed << ": " << machine.in_words();
    }
  }
  EXPECT_GT(folded_at_all, configurations() / 3);
  EXPECT_GT(changed, configurations() / 4);
  EXPECT_GT(mixed, configurations() / 5);
  EXPECT_GT(taking, configurations() / 10);
  RecordProperty("folded", std::to_string(folded_at_all));
  RecordProperty("changed", std::to_string(changed));
}

// ---- tests of the test: three faults that it must find.

/// How many of the configurations come out wrong where the quotient is made by `make`.
template <class Make>
std::size_t found(const Make& make) {
  std::size_t wrong = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto model = RandomMachine(seed, {.changes = false, .noise = false}).model(Granularity::hyperflow);
    if (!model) continue;
    const Played unfolded = played(*model, *sim::make_fluid_engine());
    if (!unfolded.failure.empty()) continue;
    sim::Refinement refinement(*model);
    sim::Partition partition;
    Played folded;
    try {
      folded = played(make(*model, refinement, partition), *sim::make_fluid_engine());
      folded.timeline.classes = {partition.actors, partition.resources};
    } catch (const std::logic_error&) {
      ++wrong;  // the quotient makes no sense
      continue;
    }
    if (!same(*model, folded, unfolded)) ++wrong;
  }
  return wrong;
}

TEST(FoldingTest, TheRightQuotientPasses) {
  EXPECT_EQ(found([](const sim::Model& model, sim::Refinement& refinement, sim::Partition& partition) {
              partition = refinement.coarsest();
              return sim::quotient(model, partition);
            }),
            0U);
}

TEST(FoldingTest, FindsTheLastCoefficientInPlaceOfTheSum) {
  EXPECT_GT(found([](const sim::Model& model, sim::Refinement& refinement, sim::Partition& partition) {
              partition = refinement.coarsest();
              sim::Model quotient = sim::quotient(model, partition);
              for (std::uint32_t flow = 0; flow < model.flows.size(); ++flow) {
                const sim::Flow& of_class = quotient.flows[partition.flows[flow]];
                for (const sim::Demand& demand : demands_of(model, model.flows[flow])) {
                  for (std::uint32_t d = of_class.first_demand; d < of_class.first_demand + of_class.demand_count; ++d) {
                    sim::Demand& summed = quotient.demands[d];
                    if (index(summed.resource) == partition.resources[index(demand.resource)]) summed.multiplicity = demand.multiplicity;
                  }
                }
              }
              return quotient;
            }),
            0U);
}

TEST(FoldingTest, FindsAnActivityThatTakesNoMore) {
  EXPECT_GT(found([](const sim::Model& model, sim::Refinement& refinement, sim::Partition& partition) {
              partition = refinement.coarsest();
              sim::Model quotient = sim::quotient(model, partition);
              for (sim::Activity& activity : quotient.activities) activity.takes = {};
              return quotient;
            }),
            0U);
}

TEST(FoldingTest, FindsRefinementThatStopsEarly) {
  EXPECT_GT(found([](const sim::Model& model, sim::Refinement& refinement, sim::Partition& partition) {
              partition = refinement.coarsest(1);
              return sim::quotient(model, partition);
            }),
            0U);
}

}  // namespace
}  // namespace orrery::test
