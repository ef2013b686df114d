// D-mod-K on full trees PGFT(h; m; w; p) with parallel cables: every shift puts one flow on a link, up and down. The divisor of a
// destination's number holds parents alone; what a divisor with parallel cables does is counted here too, by a model of its own.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "topology/throughput.h"

namespace orrery::topology {
namespace {

std::vector<PgftSpec> parallel_trees() {
  return {
      {{4, 4, 4}, {1, 2, 8}, {1, 2, 1}},  // parallel cables at level 2
      {{4, 4, 4}, {1, 4, 2}, {1, 1, 2}},  // at level 3
      {{4, 4, 4}, {1, 2, 4}, {1, 2, 2}},  // at both
      {{6, 6, 6}, {1, 6, 2}, {1, 1, 3}}, {{6, 6, 6}, {1, 3, 6}, {1, 2, 2}}, {{6, 6, 6}, {1, 2, 6}, {1, 3, 3}},
  };
}

int ports_of(const PgftSpec& tree) {
  int ports = 1;
  for (const int children : tree.children) ports *= children;
  return ports;
}

/// The divisor of the destination's number at a switch that many levels above NIC ports.
using Divisor = int (*)(const PgftSpec&, std::size_t levels);

int parents_alone(const PgftSpec& tree, std::size_t levels) {
  int product = 1;
  for (std::size_t l = 0; l < levels; ++l) product *= tree.parents[l];
  return product;
}

int parents_and_parallel(const PgftSpec& tree, std::size_t levels) {
  int product = 1;
  for (std::size_t l = 0; l < levels; ++l) product *= tree.parents[l] * tree.parallel[l];
  return product;
}

/// The most flows on a cable up or down when every port sends `shift` further on, by Zahavi's definition of the tree: a switch is the block
/// of ports below it and the parents that were chosen on the way to it; a cable up is a switch and one of its w p up-ports, and the way
/// down is the mirror image.
int modelled_load(const PgftSpec& tree, int shift, Divisor divisor) {
  const int ports = ports_of(tree);
  std::map<std::tuple<std::size_t, int, std::vector<int>, int>, int> up;
  std::map<std::tuple<std::size_t, int, std::vector<int>, int>, int> down;
  int most = 0;
  for (int from = 0; from < ports; ++from) {
    const int to = (from + shift) % ports;
    std::vector<int> parents;
    int below = 1;
    for (std::size_t l = 0; from / below != to / below; ++l) {
      const int up_port = to / divisor(tree, l) % (tree.parents[l] * tree.parallel[l]);
      most = std::max({most, ++up[{l, from / below, parents, up_port}], ++down[{l, to / below, parents, up_port}]});
      parents.push_back(up_port % tree.parents[l]);
      below *= tree.children[l];
    }
  }
  return most;
}

TEST(ShiftLoad, IsOneFlowALinkUpAndDownForEveryShift) {
  for (const PgftSpec& tree : parallel_trees()) {
    const int ports = ports_of(tree);
    const Fabric fabric({.nodes = ports, .rails = 1, .pgft = tree});
    for (int shift = 1; shift < ports; ++shift) {
      const Throughput result = throughput(fabric, shift_traffic(fabric.shape(), shift));
      ASSERT_EQ(result.minimum, 1) << ports << " ports, shift " << shift;
      ASSERT_EQ(result.layers.size(), 6U);
      for (const LayerLoad& layer : result.layers) ASSERT_LE(layer.most_offered, 1) << ports << " ports, shift " << shift;
      for (const LayerLoad& layer : {result.layers[0], result.layers[1]}) ASSERT_EQ(layer.most_offered, 1);
      ASSERT_EQ(modelled_load(tree, shift, parents_alone), 1);
    }
  }
}

// Where a leaf has p_2 = 2 cables to a spine, destinations d and d + 1 share w_2 p_2's place at level 2: two flows a cable for most shifts.
TEST(ShiftLoad, WouldBeTwoIfParallelCablesWereInTheDivisor) {
  for (const PgftSpec& tree : parallel_trees()) {
    int doubled = 0;
    for (int shift = 1; shift < ports_of(tree); ++shift) doubled += modelled_load(tree, shift, parents_and_parallel) > 1 ? 1 : 0;
    if (tree.parallel[1] == 1) {
      EXPECT_EQ(doubled, 0) << "the divisor is the same";
    } else {
      EXPECT_GT(doubled, ports_of(tree) / 2);
    }
    if (tree.children[0] == 4 && tree.parallel[1] == 2) {
      EXPECT_EQ(doubled, 59) << "of 63, as published";
    }
  }
}

}  // namespace
}  // namespace orrery::topology
