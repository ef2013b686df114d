#include "workloads/double_tree.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace orrery::workloads {
namespace {

int children_of(const TreePlace& place) { return (place.children[0] >= 0 ? 1 : 0) + (place.children[1] >= 0 ? 1 : 0); }

// Tree 0 of six nodes, by lowest bits: 0 above 4; 4 above 2 and (6 being none) 5; 2 above 1 and 3. Six is even: tree 1 is its mirror, 5 for
// 0, 4 for 1, and so on.
TEST(DoubleTree, OfSixNodes) {
  const std::vector<DoubleTree> tree = double_tree(6);
  EXPECT_EQ(tree[0].trees[0], (TreePlace{-1, {4, -1}}));
  EXPECT_EQ(tree[1].trees[0], (TreePlace{2, {-1, -1}}));
  EXPECT_EQ(tree[2].trees[0], (TreePlace{4, {1, 3}}));
  EXPECT_EQ(tree[3].trees[0], (TreePlace{2, {-1, -1}}));
  EXPECT_EQ(tree[4].trees[0], (TreePlace{0, {2, 5}}));
  EXPECT_EQ(tree[5].trees[0], (TreePlace{4, {-1, -1}}));
  EXPECT_EQ(tree[5].trees[1], (TreePlace{-1, {1, -1}}));
  EXPECT_EQ(tree[3].trees[1], (TreePlace{1, {4, 2}}));
}

// Three is odd: tree 1 is tree 0 (0 above 2, 2 above 1) with every node one further.
TEST(DoubleTree, OfThreeNodes) {
  const std::vector<DoubleTree> tree = double_tree(3);
  EXPECT_EQ(tree[0].trees[0], (TreePlace{-1, {2, -1}}));
  EXPECT_EQ(tree[2].trees[0], (TreePlace{0, {1, -1}}));
  EXPECT_EQ(tree[1].trees[1], (TreePlace{-1, {0, -1}}));
  EXPECT_EQ(tree[0].trees[1], (TreePlace{1, {2, -1}}));
}

TEST(DoubleTree, OfOneNodeHasNoEdges) {
  const std::vector<DoubleTree> alone = double_tree(1);
  for (const TreePlace& place : alone.front().trees) EXPECT_EQ(place, TreePlace{});
}

TEST(DoubleTree, JoinsEveryNodeToTheRootInLogarithmicDepth) {
  for (int nodes = 1; nodes <= 300; ++nodes) {
    SCOPED_TRACE(nodes);
    const std::vector<DoubleTree> tree = double_tree(nodes);
    int deepest = 1;
    while (1 << deepest < nodes) ++deepest;
    for (int t = 0; t < 2; ++t) {
      const auto place = [&](int node) -> const TreePlace& {
        return tree[static_cast<std::size_t>(node)].trees[static_cast<std::size_t>(t)];
      };
      int roots = 0;
      for (int node = 0; node < nodes; ++node) {
        for (const int child : place(node).children) {
          if (child < 0) continue;
          ASSERT_EQ(place(child).parent, node);
        }
        if (place(node).parent < 0) {
          ++roots;
          continue;
        }
        const auto& siblings = place(place(node).parent).children;
        ASSERT_EQ(std::count(siblings.begin(), siblings.end(), node), 1);
        int depth = 0;
        for (int above = node; place(above).parent >= 0; above = place(above).parent) ASSERT_LE(++depth, deepest);
      }
      EXPECT_EQ(roots, 1);
    }
  }
}

// What makes two trees carry the load of one: who has two children in one is a leaf of the other (NCCL's own claim, for an even number).
TEST(DoubleTree, AForkInOneTreeIsALeafOfTheOther) {
  for (int nodes = 2; nodes <= 300; ++nodes) {
    SCOPED_TRACE(nodes);
    const std::vector<DoubleTree> tree = double_tree(nodes);
    const auto loaded = std::count_if(tree.begin(), tree.end(),
                                      [](const DoubleTree& node) { return children_of(node.trees[0]) + children_of(node.trees[1]) > 2; });
    EXPECT_EQ(loaded, 0);
  }
}

}  // namespace
}  // namespace orrery::workloads
