// The fabric between nodes: a rail-optimised fat-tree (topology/fat_tree.h has its shape), implicit. Nothing is stored per vertex or link
// but what is broken; a fabric of a million ports costs some hundred bytes, and every question is answered by arithmetic.
//
//     const Fabric fabric({.nodes = 280, .rails = 8, .radix = 40});       // Selene's half: 112 leaves, 160 spines, 56 cores
//     const Route route = fabric.route({.node = 0, .rail = 3}, {.node = 279, .rail = 3}, flow);
//     fabric.set_alive(fabric.link("leaf2.5 -> spine0.5.9"), false);      // the next route goes round it
//
// Routes go up to the nearest common block and come down by the mirror image of the way up: the same switches and parallel cables, counted
// within their blocks. Up-ports are chosen by `Routing`. N numbers ports in the order of the tree, leaf by leaf: rail-major, but where 4
// levels mix rails in one block.
//  - d_mod_k: with N of the destination, uplink q = floor(N / (C_2*...*C_l)) mod U_l at a switch of level l. Zahavi's D-mod-K: the divisor
//  holds no
//    parallel links. On full trees every shift permutation puts at most one flow on a link. s_mod_k: the same with N of the source.
//  - ecmp: q = hash(source, destination, flow, level) mod U_l.
// Only shortest ways are taken. Where a chosen link is dead, the next live one (q+1, q+2, ... cyclically) is taken that has a live way on
// to the destination; on the way down likewise among the cables that lead to the right child.
//
// Cost: a route takes 0.1 to 0.3 us. Round dead links it is searched depth first: little more, unless the destination is all but cut off.
// Model of Boost.Graph's VertexList, Edge list, Incidence and Bidirectional graph concepts: topology/fabric_graph.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>

#include "topology/fat_tree.h"

namespace orrery::topology {

enum class LinkId : std::uint32_t {};    // one direction of one cable; 2*cable is up, 2*cable + 1 down
enum class VertexId : std::uint32_t {};  // NIC ports first (node * rails + rail), then switches by level
constexpr std::uint32_t index(LinkId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(VertexId id) { return static_cast<std::uint32_t>(id); }
constexpr LinkId reverse(LinkId id) { return LinkId{index(id) ^ 1U}; }

struct Port {
  int node = 0;
  int rail = 0;
  bool operator==(const Port&) const = default;
};

/// The links of a way from port to port, in order.
class Route {
 public:
  const LinkId* begin() const { return links_.data(); }
  const LinkId* end() const { return links_.data() + length_; }
  void add(LinkId link) { links_[length_++] = link; }
  /// Where the way turns; 0 from a port to itself.
  int meeting_level() const { return static_cast<int>(length_) / 2; }

 private:
  std::array<LinkId, 8> links_{};  // four levels up, four down
  std::uint32_t length_ = 0;
};

class Fabric {
 public:
  /// Throws sim::Error (bad input, no place) where the machine does not fit: says how many nodes the levels hold and what would fit.
  explicit Fabric(const FatTreeSpec& spec);

  const FatTreeSpec& spec() const { return spec_; }
  const FatTree& tree() const { return tree_; }
  int levels() const { return tree_.levels; }
  std::int64_t ports() const { return tree_.at[0].all_switches(); }  // nodes * rails
  std::int64_t switches(int level) const;                            // 1 <= level <= levels()
  std::int64_t cables(int level) const;                              // between level and level + 1; level 0: NIC to leaf
  std::int64_t vertices() const;                                     // ports + all switches
  std::int64_t links() const;                                        // 2 * all cables

  VertexId source(LinkId link) const;
  VertexId target(LinkId link) const;
  /// Links out of a vertex: its up-ports, then its down-ports. Dead ones are counted: a dead link is a property, not an absence.
  int out_degree(VertexId vertex) const;
  LinkId out_link(VertexId vertex, int port) const;
  int level_of(VertexId vertex) const;  // 0 for NIC ports
  int level_of(LinkId link) const;      // of its lower end
  VertexId vertex(Port port) const { return VertexId{static_cast<std::uint32_t>(port.node * spec_.rails + port.rail)}; }
  /// Unique: "node12/nic3"; "leaf2.5" (unit 2, rail 5); "spine1.5.9" (pod 1 of rail 5, switch 9), "core17", with 4 levels "core3.17" and
  /// "top40". The rail is left out where there is one or the switch joins all, the block where the level has one.
  std::string name(VertexId vertex) const;
  /// "leaf2.5 -> spine0.5.9"; parallel cables are told apart by "leaf2.5 -> spine0.5.9 [1]".
  std::string name(LinkId link) const;
  /// The vertex or link of that name, exactly as `name` writes it. Throws sim::Error (bad input, no place) that says what there is instead.
  VertexId vertex(std::string_view name) const;
  LinkId link(std::string_view name) const;

  /// Kills both directions of the cable of `link`, or revives it. Routes asked for later go round it.
  void set_alive(LinkId link, bool alive);
  bool alive(LinkId link) const { return dead_.empty() || !dead_.contains(index(link) / 2); }

  /// The level at which routes between two ports turn: they cross 2*level links and 2*level - 1 switches. 0 where the ports are the same.
  /// Throws sim::Error where planes keep them apart.
  int meeting_level(Port a, Port b) const;

  /// The links from one NIC port to another; none where they are the same. `flow` tells flows between the same ports apart for ecmp. Throws
  /// sim::Error naming the pair where they are cut off (planes and different rails, or dead links on every shortest way).
  Route route(Port from, Port to, std::uint64_t flow) const;

 private:
  struct Place {  // of a vertex: switch `member` of a block
    int level = 0;
    Block block;
    int member = 0;
  };
  Place place(VertexId vertex) const;
  VertexId vertex(const Place& place) const;
  /// The place at the lower end of a cable, and by which uplink the cable leaves it.
  Place lower_end(std::uint32_t cable, int& uplink) const;
  void check_port(Port port) const;
  std::string names_of_level(int level) const;

  FatTreeSpec spec_;
  FatTree tree_;
  std::unordered_set<std::uint32_t> dead_;  // cables
};

}  // namespace orrery::topology
