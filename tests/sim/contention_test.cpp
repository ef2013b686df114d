#include "sim/contention.h"

#include <gtest/gtest.h>

#include "tests/sim/model_maker.h"

namespace orrery::sim {
namespace {

using Marks = std::vector<bool>;

// Two transfers at once over a slot and the cable behind it, each resource with its own multiplicity in the second of them.
struct TwoTransfers {
  ModelMaker make;
  ResourceId slot;
  ResourceId cable;

  TwoTransfers(std::int64_t slot_capacity, std::int64_t cable_capacity, std::uint32_t over_cable = 1)
      : slot(make.resource(slot_capacity)), cable(make.resource(cable_capacity)) {
    make.actor({{join(0)}}, {make.activity(1'000, {{slot, 1}, {cable, 1}})});
    make.actor({{join(0)}}, {make.activity(1'000, {{cable, over_cable}, {slot, 1}})});
  }
  /// Of the slot and the cable.
  Marks contended() const {
    validate(make.model);
    const Marks marks = contended_resources(make.model);
    EXPECT_FALSE(marks[2] || marks[3]) << "nothing works";
    return {marks[0], marks[1]};
  }
};

TEST(Contention, OneActivityAfterTheOtherHoldsNothingUp) {
  ModelMaker make;
  const auto link = make.resource(gb);
  make.actor({{join(0), join(1)}}, {make.activity(1'000, {{link, 1}}), make.activity(1'000, {{link, 1}})});
  EXPECT_EQ(contended_resources(make.model), (Marks{false, false}));
}

TEST(Contention, OfResourcesThatTheSameFlowsCrossTheNarrowestCounts) {
  EXPECT_EQ(TwoTransfers(2 * gb, 3 * gb).contended(), (Marks{true, false}));
  EXPECT_EQ(TwoTransfers(3 * gb, 2 * gb).contended(), (Marks{false, true}));
  EXPECT_EQ(TwoTransfers(2 * gb, 2 * gb).contended(), (Marks{true, false}));  // the first of equals
}

TEST(Contention, AnotherFlowOrAnotherMultiplicityMakesADifference) {
  EXPECT_EQ(TwoTransfers(2 * gb, 3 * gb, 2).contended(), (Marks{true, true}));
  TwoTransfers two(2 * gb, 3 * gb);
  two.make.actor({{join(0)}}, {two.make.activity(1'000, {{two.cable, 1}})});
  EXPECT_EQ(two.contended(), (Marks{true, true}));
}

TEST(Contention, ChangesMakeADifference) {
  TwoTransfers two(2 * gb, 3 * gb);
  two.make.model.changes = {{.at = at(1_us), .target = index(two.cable), .capacity = 2 * gb}};
  EXPECT_EQ(two.contended(), (Marks{true, false}));  // as wide as the slot still
  two.make.model.changes[0].capacity = 2 * gb - 1;
  EXPECT_EQ(two.contended(), (Marks{true, true}));
  // The first transfer goes over the cable alone.
  two.make.model.changes = {{.at = at(1_us), .kind = Change::Kind::path, .target = 0, .first_demand = 1, .demand_count = 1}};
  EXPECT_EQ(two.contended(), (Marks{true, true}));
}

TEST(Contention, WorkIsOnAProcessorAlone) {
  // Both streams work, and both transfers cross the processor and the link: the processor is full before a link as wide, and never after.
  const auto contended = [](std::int64_t width) {
    ModelMaker make;
    const auto processor = make.resource(work_per_second);
    const std::vector<Demand> both{{processor, 1}, {make.resource(width), 1}};
    make.actor_on(processor, {{work(1_us), join(0)}, {work(1_us), join(1)}}, {make.activity(1'000, both), make.activity(1'000, both)});
    return contended_resources(make.model);
  };
  EXPECT_EQ(contended(work_per_second), (Marks{true, false}));
  EXPECT_EQ(contended(work_per_second - 1), (Marks{true, true}));
}

}  // namespace
}  // namespace orrery::sim
