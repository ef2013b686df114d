#include "topology/max_flow.h"

#include <boost/graph/push_relabel_max_flow.hpp>

#include "sim/error.h"

namespace orrery::topology {

// Boost returns what does not reach the sink over arcs of no capacity alone: the reverse of an arc must be none that carries something too.
void FlowNetwork::add_arc(std::uint32_t from, std::uint32_t to, std::int64_t capacity) {
  if (capacity == 0) return;
  const auto there = add_edge(from, to, graph_).first;
  const auto back = add_edge(to, from, graph_).first;
  graph_[there] = {.capacity = capacity, .residual = 0, .reverse = back};
  graph_[back] = {.capacity = 0, .residual = 0, .reverse = there};
}

void FlowNetwork::join(std::uint32_t a, std::uint32_t b, std::int64_t a_to_b, std::int64_t b_to_a) {
  add_arc(a, b, a_to_b);
  add_arc(b, a, b_to_a);
}

std::int64_t FlowNetwork::max_flow(std::uint32_t from, std::uint32_t to) {
  sim::check(from != to, "a flow between two vertices");
  return boost::push_relabel_max_flow(graph_, from, to, get(&Arc::capacity, graph_), get(&Arc::residual, graph_),
                                      get(&Arc::reverse, graph_), get(boost::vertex_index, graph_));
}

}  // namespace orrery::topology
