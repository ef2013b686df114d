#include "sim/model_graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/sim/alike_models.h"

namespace orrery::sim {
namespace {

using Numbers = std::vector<std::uint32_t>;

Numbers sorted(std::span<const std::uint32_t> list) {
  Numbers numbers(list.begin(), list.end());
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

TEST(ModelGraph, KnowsWhoNamesWhat) {
  // Actor i of a ring of three is on processor i, sends by activity i, its flow i and link 3 + i, and receives by activity i - 1.
  const Model model = ring_of(3);
  ModelGraph graph(model);
  EXPECT_EQ(graph.slots_of(model.actors[0]), (Numbers{0, 1}));
  EXPECT_EQ(graph.activity_in(model.actors[1], 1), 0U);
  EXPECT_EQ(graph.activity_of(2), 2U);
  EXPECT_FALSE(graph.has_users());
  const ModelGraph::Users& users = graph.users();
  EXPECT_TRUE(graph.has_users());
  EXPECT_EQ(sorted(users.of_activities.of(0)), (Numbers{0, 1}));
  EXPECT_EQ(sorted(users.of_activities.of(2)), (Numbers{0, 2}));
  EXPECT_EQ(sorted(users.of_resources.of(1)), Numbers{3 + 1});  // actors come after the three flows
  EXPECT_EQ(sorted(users.of_resources.of(5)), Numbers{2});
}

TEST(ModelGraph, ListsHoldEachUserAsOftenAsItNames) {
  UserLists lists(3);
  for (const std::uint32_t thing : {2U, 0U, 2U}) lists.count(thing);
  lists.begin();
  lists.add(2, 7);
  lists.add(0, 8);
  lists.add(2, 7);
  EXPECT_EQ(sorted(lists.of(0)), Numbers{8});
  EXPECT_EQ(sorted(lists.of(1)), Numbers{});
  EXPECT_EQ(sorted(lists.of(2)), (Numbers{7, 7}));
}

}  // namespace
}  // namespace orrery::sim
