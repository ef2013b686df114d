// Maximum flow between two vertices of a network of cables; by the theorem of Ford and Fulkerson what the thinnest cut between them holds.
//
//     FlowNetwork network(4);
//     network.join(0, 1, 25, 25);      // a cable: as much one way as the other
//     network.max_flow(0, 3);
//
// Push-relabel of Boost.Graph (Goldberg and Tarjan 1988), on whole numbers: exact. 200 bytes an arc that carries something.
#pragma once

#include <boost/graph/adjacency_list.hpp>
#include <cstdint>

namespace orrery::topology {

class FlowNetwork {
 public:
  explicit FlowNetwork(std::uint32_t vertices) : graph_(vertices) {}

  void join(std::uint32_t a, std::uint32_t b, std::int64_t a_to_b, std::int64_t b_to_a);
  /// Of two different vertices. May be asked again, for others too.
  std::int64_t max_flow(std::uint32_t from, std::uint32_t to);

 private:
  using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;
  struct Arc {
    std::int64_t capacity = 0;
    std::int64_t residual = 0;
    Traits::edge_descriptor reverse{};
  };
  void add_arc(std::uint32_t from, std::uint32_t to, std::int64_t capacity);

  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Arc> graph_;
};

}  // namespace orrery::topology
