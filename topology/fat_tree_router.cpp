#include "topology/fat_tree_router.h"

#include <fmt/format.h>

#include <array>

#include "sim/error.h"
#include "topology/fabric.h"

namespace orrery::topology {
namespace {

constexpr int most_hops_up = 4;

/// The way up from a port, as far as it was climbed: the block of every level, and what of the port's number in the order of the tree is
/// known by then.
struct Ascent {
  Ascent(VertexId port, const FatTree& tree) {
    const Divisor& lanes = tree.at[0].lanes;
    blocks[0] = {static_cast<int>(index(port)) % lanes, static_cast<int>(index(port)) / lanes};
  }

  void climb_to(int level, const FatTree& tree) {
    while (reached < level) {
      ++reached;
      const auto [block, place] = tree.parent(reached, blocks[reached - 1]);
      blocks[reached] = {block.lane, block.index};  // in registers: the copy of a whole one waits for its halves to be stored
      number += place * static_cast<int>(tree.at[reached].stride);
    }
  }

  std::array<Block, most_hops_up + 1> blocks;
  int number = 0;
  int reached = 0;
};

/// The level of the lowest block that holds both; 0 where there is none: planes.
int climb_to_meeting(const FatTree& tree, Ascent& a, Ascent& b) {
  for (int level = 1; level <= tree.levels; ++level) {
    a.climb_to(level, tree);
    b.climb_to(level, tree);
    if (a.blocks[level] == b.blocks[level]) return level;
  }
  return 0;
}

/// One route under construction: first straight up and down again as if nothing were dead, then, if something on it is, by search.
class Way {
 public:
  Way(const FatTree& tree, VertexId from, VertexId to)
      : tree_(tree), from_(from, tree), to_(to, tree), meeting_(climb_to_meeting(tree, from_, to_)) {}

  int meeting() const { return meeting_; }

  int length() const { return 2 * meeting_; }
  LinkId link(int hop) const { return links_[hop]; }

  void go_straight(Routing routing, std::uint64_t flow) {
    if (meeting_ > 1) {  // switches choose by the ports' whole numbers
      from_.climb_to(tree_.levels, tree_);
      to_.climb_to(tree_.levels, tree_);
    }
    std::uint64_t hash = 0;
    if (routing == Routing::ecmp)
      hash = mixed(mixed(mixed(static_cast<std::uint64_t>(from_.number)) + static_cast<std::uint64_t>(to_.number)) + flow);
    const int number = routing == Routing::s_mod_k ? from_.number : to_.number;
    int member = 0;
    for (int l = 0; l < meeting_; ++l) {
      const FatTreeLevel& level = tree_.at[l];
      if (l > 0 && routing == Routing::ecmp) {
        wishes_[l] = static_cast<int>(mixed(hash + static_cast<std::uint64_t>(l)) % static_cast<std::uint64_t>(level.ups));
      } else if (l > 0) {
        wishes_[l] = number / level.spread % level.ups;
      }
      set_up(l, member, wishes_[l]);
      set_down(l, member, wishes_[l]);
      member = tree_.above(l + 1, member, wishes_[l]);
    }
  }

  /// Each way up or down names the first cable of its bundle.
  void go_by_bundles() {
    for (int l = 0; l < meeting_; ++l) {
      set_up(l, 0, 0);
      set_down(l, 0, 0);
    }
  }

  /// Whether there is a live way; it is then in link().
  bool find_live(const Fabric& fabric) {
    // Depth first would try every way up before it saw that the last cable is dead.
    return fabric.alive(links_[length() - 1]) && rise(fabric, 0, 0);
  }

 private:
  void set_up(int level, int member, int port) {
    members_[level] = member;
    ports_[level] = port;
    links_[level] = LinkId{2U * static_cast<std::uint32_t>(tree_.cable(level, from_.blocks[level], member, port))};
  }
  void set_down(int level, int member, int port) {
    links_[length() - 1 - level] = LinkId{2U * static_cast<std::uint32_t>(tree_.cable(level, to_.blocks[level], member, port)) + 1U};
  }

  bool rise(const Fabric& fabric, int level, int member) {
    if (level == meeting_) return fall(fabric, level, member);
    const int ups = tree_.at[level].ups;
    for (int step = 0; step < ups; ++step) {
      const int port = (wishes_[level] + step) % ups;
      set_up(level, member, port);
      if (fabric.alive(links_[level]) && rise(fabric, level + 1, tree_.above(level + 1, member, port))) return true;
    }
    return false;
  }

  /// From switch `member` of `level` down to the destination, by the mirror image of the way up where that lives.
  bool fall(const Fabric& fabric, int level, int member) {
    if (level == 0) return true;
    const FatTreeLevel& upper = tree_.at[level];
    const int below = level - 1;
    const int choices = upper.shared * upper.parallel;
    const int mirrored = members_[below] % upper.shared * upper.parallel + ports_[below] / upper.columns;
    for (int step = 0; step < choices; ++step) {
      const int choice = (mirrored + step) % choices;
      const int child = member / upper.columns * upper.shared + choice / upper.parallel;
      set_down(below, child, choice % upper.parallel * upper.columns + member % upper.columns);
      if (fabric.alive(links_[length() - 1 - below]) && fall(fabric, below, child)) return true;
    }
    return false;
  }

  const FatTree& tree_;
  Ascent from_;
  Ascent to_;
  int meeting_;
  std::array<int, most_hops_up> wishes_{};   // the up-port that routing prefers, by level
  std::array<int, most_hops_up> members_{};  // the way up as it is: switch and up-port by level
  std::array<int, most_hops_up> ports_{};
  std::array<LinkId, 2 * most_hops_up> links_{};
};

[[noreturn]] void throw_planes_apart(const Fabric& fabric, VertexId from, VertexId to) {
  throw sim::Error(
      sim::Fault{.place = "",
                 .what = fmt::format("{} and {} are in different planes, which nothing joins", fabric.name(from), fabric.name(to)),
                 .remedy = "cross rails inside a node (PXN over NVLink), or set planes to false"});
}

}  // namespace

FatTreeRouter::FatTreeRouter(const FatTreeShape& shape, Routing routing, int queue_pairs)
    : shape_(&shape), routing_(routing), shares_(routing == Routing::ecmp ? queue_pairs : 1) {
  sim::check(routing == Routing::d_mod_k || routing == Routing::s_mod_k || routing == Routing::ecmp || routing == Routing::adaptive,
             "a routing by a fat-tree's arithmetic");
}

Router::Bundle FatTreeRouter::bundle(LinkId link) const {
  const FatTree& tree = shape_->tree();
  const int level = shape_->layer(cable_of(link));
  if (routing_ != Routing::adaptive || level == 0) return {link, 1};
  const int links = tree.at[level].switches * tree.at[level].ups;
  const int first = tree.at[level].first_cable + (static_cast<int>(cable_of(link)) - tree.at[level].first_cable) / links * links;
  return {LinkId{2 * static_cast<std::uint32_t>(first) + index(link) % 2}, links};
}

int FatTreeRouter::hops(const Fabric& fabric, VertexId from, VertexId to) {
  if (from == to) return 0;
  const FatTree& tree = shape_->tree();
  Ascent from_a(from, tree);
  Ascent from_b(to, tree);
  const int meeting = climb_to_meeting(tree, from_a, from_b);
  if (meeting == 0) throw_planes_apart(fabric, from, to);
  return 2 * meeting;
}

Route FatTreeRouter::route(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t flow, int share) {
  Route route;
  if (from == to) return route;
  Way way(shape_->tree(), from, to);
  if (way.meeting() == 0) throw_planes_apart(fabric, from, to);
  way.go_straight(routing_, flow * static_cast<std::uint64_t>(shares_) + static_cast<std::uint64_t>(share));
  if (fabric.any_dead()) {
    bool live = true;
    for (int hop = 0; hop < way.length(); ++hop) live = live && fabric.alive(way.link(hop));
    if (!live && !way.find_live(fabric)) throw_cut_off(fabric, from, to);
  }
  if (routing_ == Routing::adaptive) way.go_by_bundles();
  for (int hop = 0; hop < way.length(); ++hop) route.add(way.link(hop));
  return route;
}

}  // namespace orrery::topology
