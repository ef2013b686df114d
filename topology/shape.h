// What joins what in a fabric: NIC ports, switches and the cables between them. Every topology is a Shape; it knows nothing of routes, of
// what is broken, or of how fast links are, unless some are slower than others.
//
// Vertices are numbered NIC ports first (node * rails + rail), then switches. Cables are numbered from 0; each has two ends and carries two
// links, one a direction: link 2c leads from end(c, 0) to end(c, 1), link 2c + 1 back. In trees end 0 is the lower one.
//
// Two kinds: FatTreeShape (topology/fat_tree_shape.h) computes all of it, and Cabling (topology/cabling.h) keeps a list of cables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/units.h"

namespace orrery::topology {

enum class LinkId : std::uint32_t {};    // one direction of one cable
enum class VertexId : std::uint32_t {};  // NIC ports first, then switches
constexpr std::uint32_t index(LinkId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(VertexId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t cable_of(LinkId id) { return index(id) / 2; }
constexpr LinkId reverse(LinkId id) { return LinkId{index(id) ^ 1U}; }

/// A NIC of a node.
struct Port {
  int node = 0;
  int rail = 0;
  bool operator==(const Port&) const = default;
};

/// Nodes in a row whose NICs are alike.
struct NicRun {
  int nodes = 0;
  sim::BytesPerSecond rate{};  // nominal, a direction; 0 where it is that of the fabric's links
};
/// The rate of a node's NICs; 0 where nothing is said of the node. Costs a look at every run.
sim::BytesPerSecond rate_of_node(const std::vector<NicRun>& runs, int node);

/// Cables of one kind: what joins NICs to switches, or one level of switches to the next, or groups of switches.
struct CableLayer {
  std::string name;  // "NIC to leaf", "global"
  double metres = 5;
};

class Shape {
 public:
  virtual ~Shape() = default;
  Shape(const Shape&) = delete;
  Shape& operator=(const Shape&) = delete;

  int nodes() const { return nodes_; }
  int rails() const { return rails_; }
  std::int64_t ports() const { return std::int64_t{nodes_} * rails_; }
  VertexId vertex(Port port) const { return VertexId{static_cast<std::uint32_t>(port.node * rails_ + port.rail)}; }
  Port port(VertexId vertex) const { return {static_cast<int>(index(vertex)) / rails_, static_cast<int>(index(vertex)) % rails_}; }
  bool is_port(VertexId vertex) const { return index(vertex) < ports(); }

  virtual std::int64_t vertices() const = 0;
  virtual std::int64_t cables() const = 0;                         // all of them
  virtual VertexId end(std::uint32_t cable, int which) const = 0;  // 0 or 1
  /// Links out of a vertex, 0 <= port < out_degree.
  virtual int out_degree(VertexId vertex) const = 0;
  virtual LinkId out_link(VertexId vertex, int port) const = 0;

  /// 0 for NIC ports. Switches of one level are alike in a tree; in direct networks all have level 1.
  virtual int level(VertexId vertex) const = 0;
  virtual int levels() const = 0;
  virtual std::int64_t switches(int level) const = 0;  // 1 <= level <= levels()
  /// Kinds of cables; layer 0 holds those of NICs, and no others.
  virtual const std::vector<CableLayer>& layers() const = 0;
  virtual int layer(std::uint32_t cable) const = 0;
  virtual std::int64_t cables(int layer) const = 0;
  /// Nominal, a direction; 0 where it is that of the fabric's links.
  virtual sim::BytesPerSecond bandwidth(std::uint32_t cable) const;
  /// Whether it is that of the fabric's links for all of them.
  virtual bool is_uniform() const { return true; }

  /// The NIC that serves for one: itself, unless it is missing in a hall that was imported.
  virtual VertexId serving(VertexId port) const { return port; }
  /// Whether there are ways between NICs of different rails; else they meet inside nodes alone.
  virtual bool joins_rails() const = 0;

  /// Unique.
  virtual std::string name(VertexId vertex) const = 0;
  virtual std::optional<VertexId> find(std::string_view name) const = 0;
  /// Names that there are instead of one that is none, shortened: {"leaf0.0 to leaf6.7"}.
  virtual std::vector<std::string> names_instead_of(std::string_view name) const = 0;

 protected:
  Shape(int nodes, int rails) : nodes_(nodes), rails_(rails) {}

 private:
  int nodes_;
  int rails_;
};

inline sim::BytesPerSecond Shape::bandwidth(std::uint32_t) const { return {}; }

inline sim::BytesPerSecond rate_of_node(const std::vector<NicRun>& runs, int node) {
  for (const NicRun& run : runs) {
    if (node < run.nodes) return run.rate;
    node -= run.nodes;
  }
  return {};
}

}  // namespace orrery::topology
