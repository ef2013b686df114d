// The double binary tree over the nodes of a communicator, as NCCL lays it (src/graph/trees.cc of 2.28, restated): two trees of logarithmic
// depth, each of which carries half of the bytes. Who has children in one has none in the other, but for a node or two, so every node sends
// and receives about twice what it holds.
//
//     const std::vector<DoubleTree> of_node = double_tree(4);
//     of_node[0].trees[0]        // no parent, one child: node 2
//
// Costs O(nodes).
#pragma once

#include <array>
#include <vector>

namespace orrery::workloads {

/// A node's place in one tree, by numbers of nodes; -1 where there is none.
struct TreePlace {
  int parent = -1;
  std::array<int, 2> children = {-1, -1};
  bool operator==(const TreePlace&) const = default;
};

struct DoubleTree {
  std::array<TreePlace, 2> trees;
};

/// For each of `nodes` >= 1.
std::vector<DoubleTree> double_tree(int nodes);

}  // namespace orrery::workloads
