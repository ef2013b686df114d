#include "workloads/double_tree.h"

#include "sim/error.h"

namespace orrery::workloads {
namespace {

// Nodes are in-order numbers of a binary tree whose leaves are odd: a node's lowest bit that is set is its height, and node 0 stands above
// them all. Where a child's number is too high, its own lower child takes its place.
TreePlace binary_place(int node, int nodes) {
  TreePlace place;
  if (node == 0) {
    int top = 1;
    while (2 * top < nodes) top *= 2;
    if (nodes > 1) place.children[0] = top;
    return place;
  }
  const int bit = node & -node;
  const int above = (node ^ bit) | (2 * bit);
  place.parent = above < nodes ? above : node ^ bit;
  int half = bit / 2;
  if (half > 0) place.children[0] = node - half;
  while (half > 0 && node + half >= nodes) half /= 2;
  if (half > 0) place.children[1] = node + half;
  return place;
}

int renumbered(int node, const auto& number) { return node < 0 ? -1 : number(node); }

// The place of a node in the tree whose nodes are numbered anew: `to` gives a node's number there, `from` its own back.
TreePlace renumbered_place(int node, int nodes, const auto& to, const auto& from) {
  TreePlace place = binary_place(to(node), nodes);
  place.parent = renumbered(place.parent, from);
  for (int& child : place.children) child = renumbered(child, from);
  return place;
}

}  // namespace

std::vector<DoubleTree> double_tree(int nodes) {
  sim::check(nodes >= 1, "a tree has nodes");
  const bool even = nodes % 2 == 0;
  const auto mirror = [&](int node) { return nodes - 1 - node; };
  const auto back = [&](int node) { return (node - 1 + nodes) % nodes; };
  const auto forth = [&](int node) { return (node + 1) % nodes; };
  std::vector<DoubleTree> places;
  for (int node = 0; node < nodes; ++node) {
    const TreePlace second = even ? renumbered_place(node, nodes, mirror, mirror) : renumbered_place(node, nodes, back, forth);
    places.push_back({{binary_place(node, nodes), second}});
  }
  return places;
}

}  // namespace orrery::workloads
