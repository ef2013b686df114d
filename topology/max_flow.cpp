#include "topology/max_flow.h"

#include <boost/graph/push_relabel_max_flow.hpp>

#include "sim/error.h"

namespace orrery::topology {

void FlowNetwork::join(std::uint32_t a, std::uint32_t b, std::int64_t a_to_b, std::int64_t b_to_a) {
  const auto there = add_edge(a, b, graph_).first;
  const auto back = add_edge(b, a, graph_).first;
  graph_[there] = {.capacity = a_to_b, .residual = 0, .reverse = back};
  graph_[back] = {.capacity = b_to_a, .residual = 0, .reverse = there};
}

std::int64_t FlowNetwork::max_flow(std::uint32_t from, std::uint32_t to) {
  sim::check(from != to, "a flow between two vertices");
  return boost::push_relabel_max_flow(graph_, from, to, get(&Arc::capacity, graph_), get(&Arc::residual, graph_),
                                      get(&Arc::reverse, graph_), get(boost::vertex_index, graph_));
}

}  // namespace orrery::topology
