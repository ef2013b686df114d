// The sizes of a rail-optimised fat-tree of 1 to 4 levels, and the arithmetic of who is whose child. A few hundred bytes whatever the
// machine.
//
//     const FatTree tree = sized({.nodes = 140, .rails = 8, .radix = 40});
//     tree.at[2].all_switches();       // 80 spines: 8 pods (one a rail) of 10
//
// Shape. k = radix, o = oversubscription at the leaf; a leaf has d = floor(k*o/(o+1)) ports down and u = k - d up (all k down where one
// switch holds everything).
//  - A level is made of blocks: at level 0 NIC ports, at level 1 leaves, above sets of switches that join blocks of the level below, their
//  children.
//  - Level 1: the leaf of rail r and scalable unit s takes NIC r of nodes s*d .. s*d+d-1; the last unit may be partly filled.
//  - Level 2, unless it is the top: pods of at most k/2 leaves of one rail. Level 3, unless it is the top: blocks of at most k/2 pods, pods
//  of
//    the same node range being neighbours. Children are spread evenly over the fewest blocks. The top joins everything.
//  - `planes`: no block joins rails, the top neither, so each rail is a tree of its own.
//  - One rule sizes every level. Children of N switches with U uplinks each, m children a block (the largest block counts), D = k ports
//  down at the
//    top and k/2 below: G = smallest divisor of N with m*N/G <= D; w = largest divisor of U with m*(N/G)*w <= D; C = U/w. A block has G
//    groups of C switches. Each uses m*(N/G)*w ports down and, below the top, as many up.
//  - Cables: switch i of a child belongs to group i / (N/G), so a block's neighbours share one and every child has switches in every group.
//  Its
//    uplink q goes to switch q mod C of that group, by parallel cable q / C.
//  - Levels: the fewest that hold the nodes.
// This reproduces the tables of NVIDIA's SuperPOD reference architectures (A100 RA-09950-001 of 2020; H100 and B200,
// docs.nvidia.com/dgx-superpod).
//
// Leaves out: mixed radices, tapering above the leaf, spare ports for storage and management.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/error.h"
#include "topology/divisor.h"
#include "topology/routing.h"

namespace orrery::topology {

/// A parallel-ports generalised fat-tree PGFT(h; m; w; p) (Zahavi 2010) in the field's own words, the level of leaves first: children a
/// block of switches has, parents a switch or NIC port has, cables to each. A NIC port has one parent and one cable.
struct PgftSpec {
  std::vector<int> children;
  std::vector<int> parents;
  std::vector<int> parallel;
};

struct FatTreeSpec {
  int nodes = 1;
  int rails = 8;
  int radix = 40;
  double oversubscription = 1;  // ports down over ports up at the leaf, >= 1
  int levels = 0;               // 0: the fewest of 1..4 that fit
  bool planes = false;          // each rail a tree of its own
  Routing routing = Routing::d_mod_k;
  /// Given, it says the shape by itself: NIC ports fill leaf after leaf in order of their numbers (all rails of a node side by side), and
  /// radix, oversubscription, levels and planes count no more.
  std::optional<PgftSpec> pgft{};
};

/// One block of a level. Blocks are counted within their lane: one lane a rail, or a single one where rails are joined.
struct Block {
  int lane = 0;   // at level 0 the rail
  int index = 0;  // at level 0 the node
  bool operator==(const Block&) const = default;
};

struct FatTreeLevel {
  Divisor lanes = 1;
  int blocks = 1;             // a lane
  int full_blocks = 1;        // the first ones of a lane, with `full_children` each;
  Divisor full_children = 0;  // m
  Divisor rest_children = 0;  // the others have these
  int groups = 1;             // G
  Divisor columns = 1;        // C: switches a group
  Divisor shared = 1;         // N/G: switches of one child that belong to one group
  int parallel = 1;           // w: cables between a child's switch and a switch of its group
  int switches = 1;           // G*C, a block; at level 0 the one NIC port
  Divisor ups = 0;            // cables up a switch; 0 at the top
  int first_vertex = 0;       // of the level
  int first_cable = 0;        // of those that lead up from the level
  std::int64_t stride = 1;    // port places under one child: numbers ports in the order of the tree
  Divisor spread = 1;         // C_2 * ... * C_l: ways up to this level that differ in a switch

  int children(int block) const { return block < full_blocks ? full_children : rest_children; }
  std::int64_t all_switches() const { return std::int64_t{lanes} * blocks * switches; }
  std::int64_t all_ups() const { return all_switches() * ups; }
};

struct FatTree {
  int levels = 1;
  std::array<FatTreeLevel, 5> at;  // at[0]: NIC ports, then by level

  /// Where a block of level `level` - 1 hangs: the block of `level` above it, and its place among that one's children.
  struct Seat {
    Block block;
    int place = 0;
  };
  Seat parent(int level, Block child) const;
  Block child(int level, Block block, int place) const;

  /// Switch `member` of a block, counted through its level; at level 0 node * rails + rail.
  int position(int level, Block block, int member) const;
  /// The cable from `member` of a block of `level` by its uplink `port`. A block's cables are numbered uplink by uplink: ways to neighbours
  /// go by the same uplink of switch after switch, and who looks at one after the other finds their links side by side in memory.
  int cable(int level, Block block, int member, int port) const {
    return at[level].first_cable + position(level, block, 0) * at[level].ups + port * at[level].switches + member;
  }
  /// The switch in a block of `level` that uplink `port` of a child's switch `member` leads to.
  int above(int level, int member, int port) const { return member / at[level].shared * at[level].columns + port % at[level].columns; }
};

/// Every reason why there is no such tree; empty where there is. Places are JSON pointers from the cluster
/// on: "/nodes", "/fabric/levels".
std::vector<sim::Fault> faults(const FatTreeSpec& spec);

/// Nodes that a tree of 1 to 4 `levels` of this radix, rails and oversubscription holds at most.
std::int64_t most_nodes(const FatTreeSpec& spec, int levels);

/// Throws sim::Error with all of faults(spec).
FatTree sized(const FatTreeSpec& spec);

inline FatTree::Seat FatTree::parent(int level, Block child) const {
  const FatTreeLevel& above = at[level];
  const FatTreeLevel& below = at[level - 1];
  int lane = child.lane;
  int place = child.index;
  if (above.lanes != below.lanes) {  // rails meet here: rail after rail at the top, below it the same node range of all rails side by side
    place = level == levels ? child.lane * below.blocks + child.index : child.index * below.lanes + child.lane;
    lane = 0;
  }
  if (above.blocks == 1) return {{lane, 0}, place};
  const int in_full = above.full_blocks * above.full_children;
  if (place < in_full) return {{lane, place / above.full_children}, place % above.full_children};
  place -= in_full;
  return {{lane, above.full_blocks + place / above.rest_children}, place % above.rest_children};
}

inline Block FatTree::child(int level, Block block, int place) const {
  const FatTreeLevel& above = at[level];
  const FatTreeLevel& below = at[level - 1];
  const int full = block.index < above.full_blocks ? block.index : above.full_blocks;
  const int among_all = full * above.full_children + (block.index - full) * above.rest_children + place;
  if (above.lanes == below.lanes) return {block.lane, among_all};
  if (level == levels) return {among_all / below.blocks, among_all % below.blocks};
  return {among_all % below.lanes, among_all / below.lanes};
}

inline int FatTree::position(int level, Block block, int member) const {
  const FatTreeLevel& own = at[level];
  if (level == 0) return block.index * own.lanes + block.lane;
  return (block.lane * own.blocks + block.index) * own.switches + member;
}

}  // namespace orrery::topology
