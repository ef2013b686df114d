// Routes through a Fabric; the rules are in topology/fabric.h.
#include <fmt/format.h>

#include <array>

#include "topology/fabric.h"

namespace orrery::topology {
namespace {

constexpr int most_hops_up = 4;

/// The way up from a port, as far as it was climbed: the block of every level, and what of the port's number in the order of the tree is
/// known by then.
struct Ascent {
  explicit Ascent(Port port) { blocks[0] = {port.rail, port.node}; }

  void climb_to(int level, const FatTree& tree) {
    while (reached < level) {
      ++reached;
      const FatTree::Seat seat = tree.parent(reached, blocks[reached - 1]);
      blocks[reached] = seat.block;
      number += seat.place * tree.at[reached].stride;
    }
  }

  std::array<Block, most_hops_up + 1> blocks;
  std::int64_t number = 0;
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

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of x.
std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// One route under construction: first straight up and down again as if nothing were dead, then, if something on it is, by search.
class Way {
 public:
  Way(const FatTree& tree, Port from, Port to) : tree_(tree), from_(from), to_(to), meeting_(climb_to_meeting(tree, from_, to_)) {}

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
    const std::int64_t number = routing == Routing::s_mod_k ? from_.number : to_.number;
    int member = 0;
    for (int l = 0; l < meeting_; ++l) {
      const FatTreeLevel& level = tree_.at[l];
      if (l > 0 && routing == Routing::ecmp) {
        wishes_[l] = static_cast<int>(mixed(hash + static_cast<std::uint64_t>(l)) % static_cast<std::uint64_t>(level.ups));
      } else if (l > 0) {
        wishes_[l] = static_cast<int>(number / level.spread % level.ups);
      }
      set_up(l, member, wishes_[l]);
      set_down(l, member, wishes_[l]);
      member = tree_.above(l + 1, member, wishes_[l]);
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

[[noreturn]] void throw_planes_apart(const Fabric& fabric, Port from, Port to) {
  throw sim::Error(sim::Fault{.place = "",
                              .what = fmt::format("{} and {} are in different planes, which nothing joins",
                                                  fabric.name(fabric.vertex(from)), fabric.name(fabric.vertex(to))),
                              .remedy = "cross rails inside a node (PXN over NVLink), or set planes to false"});
}

[[noreturn]] void throw_cut_off(const Fabric& fabric, Port from, Port to) {
  throw sim::Error(sim::Fault{.place = "",
                              .what = fmt::format("{} and {} are cut off from each other: every shortest way between them has a dead link",
                                                  fabric.name(fabric.vertex(from)), fabric.name(fabric.vertex(to))),
                              .remedy = "revive a link, or leave out one of the nodes"});
}

}  // namespace

void Fabric::check_port(Port port) const {
  sim::check(port.node >= 0 && port.node < spec_.nodes && port.rail >= 0 && port.rail < spec_.rails, "a port of the fabric");
}

int Fabric::meeting_level(Port a, Port b) const {
  check_port(a);
  check_port(b);
  if (a == b) return 0;
  Ascent from_a(a);
  Ascent from_b(b);
  const int meeting = climb_to_meeting(tree_, from_a, from_b);
  if (meeting == 0) throw_planes_apart(*this, a, b);
  return meeting;
}

Route Fabric::route(Port from, Port to, std::uint64_t flow) const {
  check_port(from);
  check_port(to);
  Route route;
  if (from == to) return route;
  Way way(tree_, from, to);
  if (way.meeting() == 0) throw_planes_apart(*this, from, to);
  way.go_straight(spec_.routing, flow);
  bool live = true;
  if (!dead_.empty()) {
    for (int hop = 0; hop < way.length(); ++hop) live = live && alive(way.link(hop));
  }
  if (!live && !way.find_live(*this)) throw_cut_off(*this, from, to);
  for (int hop = 0; hop < way.length(); ++hop) route.add(way.link(hop));
  return route;
}

}  // namespace orrery::topology
