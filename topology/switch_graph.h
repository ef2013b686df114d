// The live part of a fabric as its metrics search it: a graph of the switches alone, parallel cables merged into one arc a direction, and
// NICs that hang on the same switches counted together. Smaller than the Fabric by its NICs and its dead and parallel cables.
//
//     const SwitchGraph live(fabric, link);
//     boost::breadth_first_search(live.network(), 0, ...);
//
// A model of Boost.Graph's concepts as boost::compressed_sparse_row_graph is. 12 bytes an arc, 4 a NIC; built at some 100 ns a cable.
#pragma once

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <cstdint>
#include <vector>

#include "topology/fabric.h"

namespace orrery::topology {

/// All live cables from one switch to another.
struct SwitchArc {
  std::int32_t cables = 0;
  std::int64_t capacity = 0;  // bytes a second, nominal
};

/// NICs whose live cables lead to the same switches, at the same rates.
struct NicGroup {
  struct Cable {
    std::uint32_t to_switch = 0;
    std::int64_t capacity = 0;
    auto operator<=>(const Cable&) const = default;
  };
  std::vector<Cable> cables;         // of each NIC, in order; none where it is cut off
  std::vector<std::uint32_t> ports;  // numbers of their vertices, in order
};

class SwitchGraph {
 public:
  using Network =
      boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, SwitchArc, boost::no_property, std::uint32_t, std::uint32_t>;

  /// `link`: nominal rate of a NIC; must be above 0.
  SwitchGraph(const Fabric& fabric, sim::BytesPerSecond link);

  /// Switches are numbered as in the fabric, less its NIC ports.
  const Network& network() const { return network_; }
  std::uint32_t switches() const { return static_cast<std::uint32_t>(num_vertices(network_)); }
  std::uint32_t arcs() const { return static_cast<std::uint32_t>(num_edges(network_)); }
  const std::vector<NicGroup>& groups() const { return groups_; }
  int nodes() const { return nodes_; }
  int rails() const { return rails_; }
  int node_of(std::uint32_t port) const { return static_cast<int>(port) / rails_; }
  /// Switches with a live NIC, in order.
  std::vector<std::uint32_t> leaves() const;

 private:
  Network network_;
  std::vector<NicGroup> groups_;
  int nodes_;
  int rails_;
};

}  // namespace orrery::topology
