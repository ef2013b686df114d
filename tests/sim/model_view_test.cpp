#include "sim/model_view.h"

#include <gtest/gtest.h>

#include "sim/refinement.h"
#include "tests/sim/alike_models.h"

namespace orrery::sim {
namespace {

using Numbers = std::vector<std::uint32_t>;

TEST(ModelView, AFlowIsAloneOnWhatTheViewHolds) {
  // 2 GB/s that the flow crosses twice; then another link of 3 GB/s, once; then a cap.
  ModelMaker make;
  make.activity(1'000, {{make.resource(2 * gb), 2}});
  const Model& model = make.model;
  EXPECT_EQ(rate_alone(model, model.flows[0]), 1e9);
  const std::vector<Resource> resources{{work_per_second}, {3 * gb}};
  const std::vector<Demand> demands{{ResourceId{0}, 1}, {ResourceId{1}, 1}};
  const std::vector<Flow> flows{{.amount = 1'000, .first_demand = 1, .demand_count = 1}, {.amount = 1'000, .rate_cap = 5e8}};
  const ModelView other(model, resources, demands, flows, model.actors);
  ASSERT_EQ(demands_of(other, other.flows[0]).size(), 1U);
  EXPECT_EQ(demands_of(other, other.flows[0])[0].resource, ResourceId{1});
  EXPECT_EQ(rate_alone(other, other.flows[0]), 3e9);
  EXPECT_EQ(rate_alone(other, other.flows[1]), 5e8);
}

TEST(ModelView, PartsOfItsOwnStandInPlaceOfTheModels) {
  // Four actors in a ring are alike, of the Model; of the view the third link, from actor 2 to 3, is slower.
  const Model model = ring_of(4);
  std::vector<Resource> resources = model.resources;
  resources[4 + 2].capacity -= 1;
  const ModelView other(model, resources, model.demands, model.flows, model.actors);
  EXPECT_EQ(Refinement(model).coarsest().actors, (Numbers{0, 0, 0, 0}));
  EXPECT_EQ(Refinement(other).coarsest().actors, (Numbers{0, 1, 2, 3}));
  EXPECT_EQ(&other.activities, &model.activities) << "a copy";
}

TEST(ModelView, SeesWhatBecomesOtherwise) {
  Model model = ring_of(4);
  const ModelView view(model);
  model.changes = {{.at = at(1_us), .target = 4, .capacity = 5}};
  EXPECT_EQ(view.changes.size(), 1U);
}

}  // namespace
}  // namespace orrery::sim
