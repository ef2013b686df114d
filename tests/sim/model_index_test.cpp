#include "sim/model_index.h"

#include <gtest/gtest.h>

#include "tests/sim/alike_models.h"

namespace orrery::sim {
namespace {

using Numbers = std::vector<std::uint32_t>;

Numbers numbers(std::span<const std::uint32_t> list) { return {list.begin(), list.end()}; }

TEST(ModelIndex, SlotsAreThoseThatAnyStreamJoinsBy) {
  ModelMaker make;
  make_script(make, {{join(3), work(1_us), join(1)}, {join(3), record(2)}}, 5, 3);
  make_script(make, {{work(1_us)}}, 0);
  EXPECT_EQ(joined_slots(make.model), (std::vector<Numbers>{{1, 3}, {}}));
}

TEST(ModelIndex, AFlowIsOfTheActivityThatHoldsIt) {
  ModelMaker make;
  const ResourceId link = make.resource(gigabyte_per_second);
  make.activity(0, {}, 1, 1_us);
  make.activity({{1'000, {{link, 1}}}, {2'000, {{link, 1}}}});
  make.activity(0, {}, 1, 1_us);
  make.activity(1'000, {{link, 1}});
  EXPECT_EQ(activities_of_flows(make.model), (Numbers{1, 1, 3}));
}

TEST(ModelIndex, ChangesAreListedByWhatTheyChange) {
  Model model = ring_of(3);  // links are resources 3 to 5
  model.changes = {{.at = at(1_us), .target = 4, .capacity = 5},
                   {.at = at(2_us), .kind = Change::Kind::path, .target = 2, .first_demand = 1, .demand_count = 1},
                   {.at = at(3_us), .target = 4, .capacity = 6},
                   {.at = at(3_us), .kind = Change::Kind::cut_off, .target = 2, .first_demand = 1, .demand_count = 1},
                   {.at = at(4_us), .target = 2, .capacity = 7}};
  const ChangeLists changes(model);
  EXPECT_EQ(numbers(changes.of(ResourceId{4})), (Numbers{0, 2}));
  EXPECT_EQ(numbers(changes.of(ResourceId{2})), Numbers{4});
  EXPECT_EQ(numbers(changes.of(ResourceId{3})), Numbers{});
  EXPECT_EQ(numbers(changes.of(FlowId{2})), (Numbers{1, 3}));
  EXPECT_EQ(numbers(changes.of(FlowId{0})), Numbers{});
  EXPECT_EQ(changes.resources(), (Numbers{2, 4}));
  EXPECT_EQ(changes.flows(), Numbers{2});
  EXPECT_EQ(demands_of(model, model.changes[0]).size(), 0U);
  ASSERT_EQ(demands_of(model, model.changes[1]).size(), 1U);
  EXPECT_EQ(demands_of(model, model.changes[1])[0].resource, ResourceId{4});
  EXPECT_EQ(demands_of(model, model.changes[3]).size(), 0U);  // no path at all
  EXPECT_TRUE(ChangeLists(ring_of(3)).of(FlowId{0}).empty());
}

}  // namespace
}  // namespace orrery::sim
