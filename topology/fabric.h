// The fabric between nodes: a Shape (who is joined with whom), a Router (which way flows go), and the set of links that are dead.
//
//     Fabric fabric({.nodes = 280, .rails = 8, .radix = 40});             // a fat-tree, Selene's half: 112 leaves, 160 spines, 56 cores
//     const Route route = fabric.route({.node = 0, .rail = 3}, {.node = 279, .rail = 3}, flow);
//     fabric.set_alive(fabric.link("leaf2.5 -> spine0.5.9"), false);      // the next route goes round it
//
// A value: copies share the shape and have dead links and memories of their own. Not for several threads at once; give each a copy.
// Costs what its shape and its router cost: for a fat-tree of a million ports some hundred bytes.
// Model of Boost.Graph's VertexList, Edge list, Incidence and Bidirectional graph concepts: topology/fabric_graph.h.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

#include "topology/fat_tree.h"
#include "topology/routing.h"
#include "topology/shape.h"

namespace orrery::topology {

class Fabric {
 public:
  /// A fat-tree. Throws sim::Error (bad input, no place) where the machine does not fit: says how many nodes the levels hold and what would
  /// fit.
  explicit Fabric(const FatTreeSpec& spec);
  Fabric(std::shared_ptr<const Shape> shape, std::unique_ptr<Router> router, Routing routing);
  Fabric(const Fabric& other);
  Fabric(Fabric&&) = default;
  Fabric& operator=(Fabric other);
  ~Fabric() = default;

  const Shape& shape() const { return *shape_; }
  Routing routing() const { return routing_; }
  int nodes() const { return shape_->nodes(); }
  int rails() const { return shape_->rails(); }
  int levels() const { return shape_->levels(); }
  std::int64_t ports() const { return shape_->ports(); }
  std::int64_t switches(int level) const { return shape_->switches(level); }  // 1 <= level <= levels()
  std::int64_t cables(int layer) const { return shape_->cables(layer); }      // in a fat-tree from level `layer` to the next
  std::int64_t vertices() const { return shape_->vertices(); }                // ports + all switches
  std::int64_t links() const { return 2 * shape_->cables(); }

  VertexId source(LinkId link) const { return shape_->end(cable_of(link), static_cast<int>(index(link) % 2)); }
  VertexId target(LinkId link) const { return source(reverse(link)); }
  /// Dead links are counted: a dead link is a property, not an absence.
  int out_degree(VertexId vertex) const { return shape_->out_degree(vertex); }
  LinkId out_link(VertexId vertex, int port) const { return shape_->out_link(vertex, port); }
  int level_of(VertexId vertex) const { return shape_->level(vertex); }      // 0 for NIC ports
  int layer_of(LinkId link) const { return shape_->layer(cable_of(link)); }  // 0 for those of NICs
  VertexId vertex(Port port) const { return shape_->vertex(port); }
  /// As the shape names it.
  std::string name(VertexId vertex) const { return shape_->name(vertex); }
  /// "leaf2.5 -> spine0.5.9"; parallel cables are told apart by "leaf2.5 -> spine0.5.9 [1]".
  std::string name(LinkId link) const;
  /// The vertex or link of that name, exactly as `name` writes it. Throws sim::Error (bad input, no place) that says what there is instead.
  VertexId vertex(std::string_view name) const;
  LinkId link(std::string_view name) const;

  /// Kills both directions of the cable of `link`, or revives it. Routes asked for later go round it.
  void set_alive(LinkId link, bool alive);
  bool alive(LinkId link) const { return dead_.empty() || !dead_.contains(cable_of(link)); }
  bool any_dead() const { return !dead_.empty(); }

  /// Every flow goes in so many equal shares, each by a way of its own.
  int shares() const { return router_->shares(); }
  /// The links that carry what routes put on one of them, evenly: itself alone, unless switches spread packets over a whole group.
  Router::Bundle bundle(LinkId link) const { return router_->bundle(link); }
  int live_links(const Router::Bundle& bundle) const;

  /// Links on a shortest way between two ports; 0 where they are the same. In a fat-tree twice the level at which it turns, dead links or
  /// not. Throws sim::Error where nothing joins them.
  int hops(Port a, Port b) const { return router_->hops(*this, checked(a), checked(b)); }

  /// The links from one NIC port to another; none where they are the same. `flow` tells flows between the same ports apart where they are
  /// hashed; 0 <= share < shares(). Throws sim::Error naming the pair where they are cut off (planes and different rails, or dead links).
  Route route(Port from, Port to, std::uint64_t flow, int share = 0) const {
    return router_->route(*this, checked(from), checked(to), flow, share);
  }

 private:
  VertexId checked(Port port) const;
  /// Which of the cables between its two ends it is, and how many they are.
  struct Parallel {
    int number = 0;
    int of = 1;
  };
  Parallel parallel(LinkId link) const;

  std::shared_ptr<const Shape> shape_;
  std::unique_ptr<Router> router_;  // its memories are no part of the fabric's value
  Routing routing_ = Routing::d_mod_k;
  std::unordered_set<std::uint32_t> dead_;  // cables
};

}  // namespace orrery::topology
