// Ways through a fabric, and the ways to choose them.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>

#include "topology/shape.h"

namespace orrery::topology {

class Fabric;

/// How a way is chosen among those that there are.
enum class Routing : std::uint8_t {
  d_mod_k,   // fat-trees: by the destination's number; what OpenSM's ftree becomes on a full tree
  s_mod_k,   // fat-trees: by the source's
  minhop,    // tables: among shortest ways the port with the fewest destinations, as OpenSM's default
  updown,    // tables: likewise, but never up again after down
  ecmp,      // each flow, or queue pair, by hash among shortest ways
  adaptive,  // evenly over all shortest ways, as switches do that choose packet by packet
  valiant,   // by way of a switch drawn by hash: any traffic becomes a uniform one at twice the load
  ugal,      // each share the shortest way or Valiant's, whichever has less before it
  lft,       // tables as imported; where a link died, as minhop
};

/// Whether switches look at their queues when they choose, which costs time and a little of the links' rate.
constexpr bool chooses_by_queues(Routing routing) { return routing == Routing::adaptive || routing == Routing::ugal; }

/// The links of a way from port to port, in order.
class Route {
 public:
  const LinkId* begin() const { return links_.data(); }
  const LinkId* end() const { return links_.data() + links_.size(); }
  void add(LinkId link) { links_.push_back(link); }
  void clear() { links_.clear(); }
  LinkId operator[](std::size_t hop) const { return links_[hop]; }
  int hops() const { return static_cast<int>(links_.size()); }  // links; 0 from a port to itself
  bool operator==(const Route&) const = default;

 private:
  boost::container::small_vector<LinkId, 12> links_;
};

/// Finds ways on one fabric. Which links are dead it asks the fabric each time; what it remembers of them it forgets in `links_changed`.
/// Not for several threads at once: a route asked for may leave a memory behind.
class Router {
 public:
  virtual ~Router() = default;
  virtual std::unique_ptr<Router> clone() const = 0;

  /// Every flow goes in so many equal shares, each by a way of its own.
  virtual int shares() const { return 1; }
  /// The links that the load of `link` is spread over, itself included: the group's first, and how many they are. Routes name the first.
  struct Bundle {
    LinkId first{};
    int links = 1;

    /// They are cables that follow each other.
    LinkId link(int number) const { return LinkId{index(first) + 2 * static_cast<std::uint32_t>(number)}; }
  };
  virtual Bundle bundle(LinkId link) const { return {link, 1}; }
  /// Empty where `from` is `to`. Throws sim::Error naming the pair where they are cut off.
  virtual Route route(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t flow, int share) = 0;
  /// Of a shortest way.
  virtual int hops(const Fabric& fabric, VertexId from, VertexId to) = 0;
  virtual void links_changed() {}

 protected:
  Router() = default;
  Router(const Router&) = default;
  Router& operator=(const Router&) = default;
};

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of x.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// "node0/nic0 and node3/nic0 are cut off from each other: ...".
[[noreturn]] void throw_cut_off(const Fabric& fabric, VertexId from, VertexId to);

}  // namespace orrery::topology
