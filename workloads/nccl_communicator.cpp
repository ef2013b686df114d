#include "workloads/nccl_communicator.h"

#include <string>

#include "sim/error.h"

namespace orrery::workloads {

TunerGraph tuner_graph(const topology::NcclGraph& graph) {
  return {.channels = static_cast<int>(graph.channels.size()),
          .intra = graph.speed_intra,
          .inter = graph.speed_inter,
          .latency_inter = sim::Duration::from_seconds(graph.latency_inter * 1e-6),
          .type_intra = graph.type_intra,
          .type_inter = graph.type_inter,
          .pattern = graph.pattern,
          .same_channels = graph.same_channels};
}

TunerGraphs tuner_graphs(const topology::NcclGraphs& graphs) {
  return {.ring = tuner_graph(graphs.ring),
          .tree = tuner_graph(graphs.tree),
          .collnet_chain = tuner_graph(graphs.collnet_chain),
          .nvls = tuner_graph(graphs.nvls),
          .collnet_direct = tuner_graph(graphs.collnet_direct)};
}

TunerGraphs tuner_graphs(const std::vector<topology::NcclGraph>& graphs) {
  TunerGraphs found;
  const std::array<TunerGraph*, 5> by_id = {&found.ring, &found.tree, &found.collnet_chain, &found.nvls, &found.collnet_direct};
  for (const topology::NcclGraph& graph : graphs) {
    if (graph.id < 0 || graph.id >= static_cast<int>(by_id.size())) {
      throw sim::Error({.place = "graph " + std::to_string(graph.id),
                        .what = "NCCL's tuner knows no such graph",
                        .remedy = "0 is the ring, 1 the tree, 2 CollNet chain, 3 NVLS, 4 CollNet direct"});
    }
    *by_id[static_cast<std::size_t>(graph.id)] = tuner_graph(graph);
  }
  return found;
}

const TunerGraph& graph_of(const TunerGraphs& graphs, NcclAlgorithm algorithm) {
  switch (algorithm) {
    case NcclAlgorithm::tree:
    case NcclAlgorithm::pat:
      return graphs.tree;
    case NcclAlgorithm::collnet_direct:
      return graphs.collnet_direct;
    case NcclAlgorithm::collnet_chain:
      return graphs.collnet_chain;
    case NcclAlgorithm::nvls:
    case NcclAlgorithm::nvls_tree:
      return graphs.nvls;
    case NcclAlgorithm::ring:
      break;
  }
  return graphs.ring;
}

}  // namespace orrery::workloads
