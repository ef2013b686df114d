// Fabric as a Boost.Graph graph, without a copy: VertexListGraph, EdgeListGraph, IncidenceGraph and BidirectionalGraph by free functions
// and iterators that compute. Breadth-first search, connectivity, shortest paths and the rest of Boost.Graph run on it as it is; dead links
// are left out by a boost::filtered_graph with AliveLink.
//
//     boost::breadth_first_search(fabric, vertex(0, fabric), boost::visitor(...));
//     const boost::filtered_graph<Fabric, AliveLink> live(fabric, AliveLink{&fabric});
//
// Parallel cables are parallel edges. Edge descriptors are LinkId, vertex descriptors VertexId's number, which is the vertex_index too.
// Every step of an edge iterator costs the divisions of Fabric::out_link, about 20 ns.
#pragma once

#include <boost/graph/graph_traits.hpp>
#include <boost/graph/properties.hpp>
#include <boost/iterator/counting_iterator.hpp>
#include <boost/iterator/transform_iterator.hpp>
#include <boost/property_map/property_map.hpp>
#include <cstdint>
#include <utility>

#include "topology/fabric.h"

namespace orrery::topology {

/// Filter that keeps what is not broken.
struct AliveLink {
  const Fabric* fabric = nullptr;
  bool operator()(LinkId link) const { return fabric->alive(link); }
};

/// Port number to link, out of or into a vertex: what the iterators below compute.
struct LinkOut {
  const Fabric* fabric = nullptr;
  VertexId vertex{};
  LinkId operator()(int port) const { return fabric->out_link(vertex, port); }
};
struct LinkIn {
  const Fabric* fabric = nullptr;
  VertexId vertex{};
  LinkId operator()(int port) const { return reverse(fabric->out_link(vertex, port)); }
};
struct LinkOfNumber {
  LinkId operator()(std::uint32_t number) const { return LinkId{number}; }
};

}  // namespace orrery::topology

namespace boost {

template <>
struct graph_traits<orrery::topology::Fabric> {
  using vertex_descriptor = std::uint32_t;
  using edge_descriptor = orrery::topology::LinkId;
  using directed_category = bidirectional_tag;
  using edge_parallel_category = allow_parallel_edge_tag;
  struct traversal_category : virtual bidirectional_graph_tag, virtual vertex_list_graph_tag, virtual edge_list_graph_tag {};
  using vertices_size_type = std::uint32_t;
  using edges_size_type = std::uint32_t;
  using degree_size_type = std::uint32_t;
  using vertex_iterator = counting_iterator<std::uint32_t>;
  using out_edge_iterator = transform_iterator<orrery::topology::LinkOut, counting_iterator<int>>;
  using in_edge_iterator = transform_iterator<orrery::topology::LinkIn, counting_iterator<int>>;
  using edge_iterator = transform_iterator<orrery::topology::LinkOfNumber, counting_iterator<std::uint32_t>>;
  static vertex_descriptor null_vertex() { return UINT32_MAX; }
};

template <>
struct property_map<orrery::topology::Fabric, vertex_index_t> {
  using type = typed_identity_property_map<std::uint32_t>;
  using const_type = type;
};

}  // namespace boost

namespace orrery::topology {

using FabricTraits = boost::graph_traits<Fabric>;

inline std::uint32_t num_vertices(const Fabric& fabric) { return static_cast<std::uint32_t>(fabric.vertices()); }
inline std::uint32_t num_edges(const Fabric& fabric) { return static_cast<std::uint32_t>(fabric.links()); }
inline std::uint32_t vertex(std::uint32_t number, const Fabric&) { return number; }

inline std::pair<FabricTraits::vertex_iterator, FabricTraits::vertex_iterator> vertices(const Fabric& fabric) {
  return {FabricTraits::vertex_iterator(0U), FabricTraits::vertex_iterator(num_vertices(fabric))};
}
inline std::pair<FabricTraits::edge_iterator, FabricTraits::edge_iterator> edges(const Fabric& fabric) {
  using Counter = boost::counting_iterator<std::uint32_t>;
  return {{Counter(0U), LinkOfNumber{}}, {Counter(num_edges(fabric)), LinkOfNumber{}}};
}

inline std::uint32_t source(LinkId link, const Fabric& fabric) { return index(fabric.source(link)); }
inline std::uint32_t target(LinkId link, const Fabric& fabric) { return index(fabric.target(link)); }

inline std::uint32_t out_degree(std::uint32_t vertex, const Fabric& fabric) {
  return static_cast<std::uint32_t>(fabric.out_degree(VertexId{vertex}));
}
inline std::uint32_t in_degree(std::uint32_t vertex, const Fabric& fabric) { return out_degree(vertex, fabric); }
inline std::uint32_t degree(std::uint32_t vertex, const Fabric& fabric) { return 2 * out_degree(vertex, fabric); }

inline std::pair<FabricTraits::out_edge_iterator, FabricTraits::out_edge_iterator> out_edges(std::uint32_t vertex, const Fabric& fabric) {
  using Counter = boost::counting_iterator<int>;
  const LinkOut link{&fabric, VertexId{vertex}};
  return {{Counter(0), link}, {Counter(fabric.out_degree(VertexId{vertex})), link}};
}
inline std::pair<FabricTraits::in_edge_iterator, FabricTraits::in_edge_iterator> in_edges(std::uint32_t vertex, const Fabric& fabric) {
  using Counter = boost::counting_iterator<int>;
  const LinkIn link{&fabric, VertexId{vertex}};
  return {{Counter(0), link}, {Counter(fabric.out_degree(VertexId{vertex})), link}};
}

inline boost::typed_identity_property_map<std::uint32_t> get(boost::vertex_index_t, const Fabric&) { return {}; }
inline std::uint32_t get(boost::vertex_index_t, const Fabric&, std::uint32_t vertex) { return vertex; }

}  // namespace orrery::topology
