#include "topology/fat_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace orrery::topology {
namespace {

constexpr int most_levels = 4;
constexpr int largest_radix = 1024;

/// The tolerance is for ratios such as 1.4 that have no exact double.
int leaf_downs(const FatTreeSpec& spec) {
  return static_cast<int>(std::floor(spec.radix * spec.oversubscription / (spec.oversubscription + 1) + 1e-9));
}

int ceil_div(int a, int b) { return (a + b - 1) / b; }

bool fits(const FatTreeSpec& spec, int levels) { return spec.nodes <= most_nodes(spec, levels); }

/// 0 where four levels are not enough.
int fewest_levels(const FatTreeSpec& spec) {
  for (int levels = 1; levels <= most_levels; ++levels) {
    if (fits(spec, levels)) return levels;
  }
  return 0;
}

sim::Fault too_small(const FatTreeSpec& spec) {
  const int levels = spec.levels == 0 ? most_levels : spec.levels;
  const std::int64_t most = most_nodes(spec, levels);
  sim::Fault fault;
  fault.place = spec.levels == 0 ? "/nodes" : "/fabric/levels";
  fault.what = fmt::format("{} nodes with {} NICs each do not fit into a fat-tree of {} level{} of {}-port switches, which holds {} nodes",
                           spec.nodes, spec.rails, levels, levels == 1 ? "" : "s", spec.radix, most);
  if (const int fewest = fewest_levels(spec); fewest != 0) {
    fault.remedy = fmt::format("leave the levels open or ask for {}", fewest);
    return fault;
  }
  FatTreeSpec larger = spec;
  while (larger.radix < largest_radix && !fits(larger, levels)) ++larger.radix;
  fault.remedy = most > 0 ? fmt::format("take at most {} nodes", most) : "take fewer rails";
  if (fits(larger, levels)) fault.remedy += fmt::format(", or switches of at least {} ports", larger.radix);
  return fault;
}

int smallest_divisor_from(int number, int least) {
  int divisor = std::max(least, 1);
  while (number % divisor != 0) ++divisor;
  return divisor;
}

int largest_divisor_to(int number, int most) {
  int divisor = std::min(number, most);
  while (number % divisor != 0) --divisor;
  return divisor;
}

/// Blocks and children of level `l`: who is joined with whom.
FatTreeLevel grouped(const FatTreeSpec& spec, const FatTreeLevel& child, int l, int levels) {
  const bool top = l == levels;
  const bool joins_rails = !spec.planes && (top || l > 2);
  FatTreeLevel level;
  level.lanes = joins_rails ? 1 : spec.rails;
  const int children = level.lanes == child.lanes ? child.blocks : child.lanes * child.blocks;
  const int most = l == 1 ? leaf_downs(spec) : spec.radix / 2;
  level.blocks = top ? 1 : ceil_div(children, most);
  if (top || l > 1) {  // spread evenly
    level.full_children = ceil_div(children, level.blocks);
    level.rest_children = children / level.blocks;
    level.full_blocks = level.full_children == level.rest_children ? level.blocks : children % level.blocks;
  } else {  // fill leaf after leaf
    level.full_children = std::min(most, children);
    level.rest_children = children % most;
    level.full_blocks = children < most ? 1 : children / most;
  }
  return level;
}

/// The sizing rule of the header.
FatTreeLevel joined(const FatTreeSpec& spec, const FatTreeLevel& child, int l, int levels) {
  FatTreeLevel level = grouped(spec, child, l, levels);
  const bool top = l == levels;
  const int m = level.full_children;
  const int downs = top || l == 1 ? spec.radix : spec.radix / 2;
  level.groups = smallest_divisor_from(child.switches, ceil_div(m * child.switches, downs));
  level.shared = child.switches / level.groups;
  level.parallel = largest_divisor_to(child.ups, downs / (m * level.shared));
  level.columns = child.ups / level.parallel;
  level.switches = level.groups * level.columns;
  if (!top) level.ups = l == 1 ? spec.radix - leaf_downs(spec) : m * level.shared * level.parallel;
  level.stride = l == 1 ? 1 : child.stride * (l == 2 ? leaf_downs(spec) : int{child.full_children});
  level.spread = child.spread * level.columns;
  return level;
}

FatTreeLevel joined(const PgftSpec& pgft, const FatTreeLevel& child, int l) {
  const auto at = static_cast<std::size_t>(l) - 1;
  FatTreeLevel level;
  level.full_children = level.rest_children = pgft.children[at];
  level.blocks = level.full_blocks = child.blocks / pgft.children[at];
  level.groups = child.switches;
  level.parallel = pgft.parallel[at];
  level.columns = pgft.parents[at];
  level.switches = level.groups * level.columns;
  if (at + 1 < pgft.children.size()) level.ups = pgft.parents[at + 1] * pgft.parallel[at + 1];
  level.stride = l == 1 ? 1 : child.stride * child.full_children;
  level.spread = child.spread * level.columns;
  return level;
}

std::vector<sim::Fault> faults(const PgftSpec& pgft, std::int64_t ports) {
  const auto fault = [](std::string what, std::string remedy) {
    return std::vector<sim::Fault>{{"/fabric/pgft", std::move(what), std::move(remedy)}};
  };
  const std::size_t levels = pgft.children.size();
  if (levels < 1 || levels > most_levels || pgft.parents.size() != levels || pgft.parallel.size() != levels) {
    return fault(fmt::format("{} children, {} parents and {} parallel", levels, pgft.parents.size(), pgft.parallel.size()),
                 "give each of them for the same 1 to 4 levels, leaves first");
  }
  std::int64_t holds = 1;
  std::int64_t tops = 1;
  for (std::size_t l = 0; l < levels; ++l) {
    const int least = std::min({pgft.children[l], pgft.parents[l], pgft.parallel[l]});
    const int most = std::max({pgft.children[l], pgft.parents[l], pgft.parallel[l]});
    if (least < 1 || most > largest_radix) return fault("a number that is not from 1 to 1024", "give each at least 1");
    holds = std::min<std::int64_t>(holds * pgft.children[l], std::int64_t{1} << 40);
    tops = std::min<std::int64_t>(tops * pgft.parents[l], std::int64_t{1} << 40);
  }
  if (pgft.parents[0] != 1 || pgft.parallel[0] != 1) return fault("NIC ports with several cables", "let parents and parallel begin with 1");
  if (tops > 1 << 20) return fault(fmt::format("{} switches at the top", tops), "give fewer parents");
  if (holds != ports) {
    return fault(fmt::format("the tree has places for {} NICs, and the nodes have {}", holds, ports),
                 "let the product of children be that of nodes and NICs");
  }
  return {};
}

/// Gives every level its first vertex and cable.
void number(FatTree& tree) {
  std::int64_t vertices = 0;
  std::int64_t cables = 0;
  for (int l = 0; l <= tree.levels; ++l) {
    FatTreeLevel& level = tree.at[l];
    level.first_vertex = static_cast<int>(vertices);
    level.first_cable = static_cast<int>(cables);
    vertices += level.all_switches();
    cables += level.all_ups();
    if (vertices > std::numeric_limits<int>::max() || cables > std::numeric_limits<int>::max()) {
      throw sim::Error(sim::Fault{
          .place = "", .what = "the fabric has more than 2^31 switches or cables", .remedy = "take fewer nodes or a smaller radix"});
    }
  }
}

}  // namespace

std::int64_t most_nodes(const FatTreeSpec& spec, int levels) {
  const std::int64_t half = spec.radix / 2;
  const std::int64_t downs = leaf_downs(spec);
  const std::int64_t joined_rails = spec.planes ? 1 : spec.rails;
  if (levels == 1) return spec.radix / joined_rails;
  if (downs >= spec.radix) return 0;  // no port is left to go up
  if (levels == 2) return spec.radix / joined_rails * downs;
  if (levels == 3) return spec.radix / joined_rails * half * downs;
  return spec.radix * half / joined_rails * half * downs;
}

std::vector<sim::Fault> faults(const FatTreeSpec& spec) {
  std::vector<sim::Fault> found;
  const auto add = [&](const char* place, std::string what, std::string remedy) {
    found.push_back({place, std::move(what), std::move(remedy)});
  };
  if (spec.pgft) return faults(*spec.pgft, std::int64_t{spec.nodes} * spec.rails);
  if (spec.nodes < 1) add("/nodes", fmt::format("a fabric of {} nodes", spec.nodes), "give at least 1");
  if (spec.rails < 1) add("/fabric/rails", fmt::format("a fabric of {} rails", spec.rails), "give at least 1");
  if (spec.radix < 2 || spec.radix > largest_radix) {
    add("/fabric/switch_radix", fmt::format("switches of {} ports", spec.radix), fmt::format("give 2 to {}", largest_radix));
  }
  if (!(spec.oversubscription >= 1 && spec.oversubscription <= largest_radix)) {
    add("/fabric/oversubscription", fmt::format("an oversubscription of {}", spec.oversubscription),
        "give ports down over ports up at the leaf: 1 or more, e.g. 2");
  }
  if (spec.levels < 0 || spec.levels > most_levels) {
    add("/fabric/levels", fmt::format("a fat-tree of {} levels", spec.levels), "give 1 to 4, or leave it open");
  }
  if (found.empty() && !(spec.levels == 0 ? fewest_levels(spec) != 0 : fits(spec, spec.levels))) found.push_back(too_small(spec));
  return found;
}

FatTree sized(const FatTreeSpec& spec) {
  if (std::vector<sim::Fault> found = faults(spec); !found.empty()) throw sim::Error(std::move(found));
  FatTree tree;
  tree.at[0].ups = 1;
  if (spec.pgft) {
    tree.levels = static_cast<int>(spec.pgft->children.size());
    tree.at[0].blocks = spec.nodes * spec.rails;
    for (int l = 1; l <= tree.levels; ++l) tree.at[l] = joined(*spec.pgft, tree.at[l - 1], l);
    number(tree);
    return tree;
  }
  tree.levels = spec.levels == 0 ? fewest_levels(spec) : spec.levels;
  tree.at[0].lanes = spec.rails;
  tree.at[0].blocks = spec.nodes;
  for (int l = 1; l <= tree.levels; ++l) tree.at[l] = joined(spec, tree.at[l - 1], l, tree.levels);
  number(tree);
  return tree;
}

}  // namespace orrery::topology
