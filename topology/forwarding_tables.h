// Destination-based tables, as InfiniBand switches have them: at every switch, for every NIC port, the port to leave by.
//  - minhop: for each switch, destination by destination, among the ports that begin a shortest way the one with the fewest destinations
//    so far; of equals the lowest. Destinations come switch by switch, those with the most NICs first, and port by port. So does OpenSM's
//    default engine, to the entry (tests/oracle).
//  - updown: the same among the ways that go up towards the roots and then down, and never up again. Up is nearer to a root; roots are the
//    switches of the highest level of those that hang together, or where all switches have NICs, the one from which the farthest is
//    nearest. Whoever has a way straight down takes it, so that what tables put together goes up after down on no fabric. OpenSM's updn
//    does the same but that it takes the shorter way where that is one up: on trees and tori never, on a dragonfly of 72 ports for 6 of
//    2,592 entries.
//  - lft: as they were read (importers).
// Where links died, entries whose port is dead, or begins no shortest way any more, are given again by the rule of minhop (updown) as their
// turn comes; all others stay: OpenSM's reaction to a trap, to the entry.
//
// Memory: 2 bytes a switch and NIC port (1,000 switches and 16,000 ports: 32 MB); larger than 2^28 entries is refused.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "topology/routing.h"
#include "topology/shortest_ways.h"

namespace orrery::topology {

class ForwardingTables {
 public:
  static constexpr std::uint16_t nowhere = UINT16_MAX;

  /// Without entries. Throws sim::Error (bad input, no place) where they would be too many.
  explicit ForwardingTables(const Shape& shape);

  /// Out-port (of Shape::out_link) at a switch towards a NIC port; `nowhere` where it has none.
  std::uint16_t port(VertexId at_switch, VertexId destination) const { return ports_[entry(at_switch, destination)]; }
  void set(VertexId at_switch, VertexId destination, std::uint16_t port) { ports_[entry(at_switch, destination)] = port; }

 private:
  std::size_t entry(VertexId at_switch, VertexId destination) const {
    return (index(at_switch) - nics_) * static_cast<std::size_t>(nics_) + index(destination);
  }

  std::uint32_t nics_;
  std::vector<std::uint16_t> ports_;
};

/// Tables of a fabric as it is; entries of `before` that still begin a way of the kind stay as they are. `routing`: minhop, updown, or lft,
/// whose repairs are those of minhop.
ForwardingTables forwarding_tables(const Fabric& fabric, Routing routing, const ForwardingTables* before);

class TableRouter final : public Router {
 public:
  /// `shape` must outlive it. `tables`: as imported, for lft; the others make theirs when they are first asked.
  TableRouter(const Shape& shape, Routing routing, std::shared_ptr<const ForwardingTables> tables);

  std::unique_ptr<Router> clone() const override { return std::make_unique<TableRouter>(*this); }
  /// Where a NIC has several cables, flows are dealt among them by hash. Throws sim::Error besides where tables lead in a circle.
  Route route(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t flow, int share) override;
  int hops(const Fabric& fabric, VertexId from, VertexId to) override;
  void links_changed() override;
  const ForwardingTables& tables(const Fabric& fabric);

 private:
  const Shape* shape_;
  Routing routing_;
  ShortestWays ways_;
  std::shared_ptr<const ForwardingTables> tables_;
  bool stale_ = true;
};

}  // namespace orrery::topology
