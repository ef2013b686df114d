// Reads the graphs that NCCL has found in a node (NCCL_GRAPH_DUMP_FILE): in what order rings and trees pass its NICs and GPUs, how fast,
// over what paths.
//
//     const std::vector<NcclGraph> graphs = read_nccl_graphs(text, "dgx-a100.inter1.graph.xml");
//     graphs[0].channels[0].gpus          // 0 7 6 5 4 3 2 1
#pragma once

#include <string_view>
#include <vector>

#include "topology/nccl_graph.h"

namespace orrery::topology {

/// In the order of the file. Throws sim::Error with "file:line" for what is no such file, a version other than 1, an unknown pattern or
/// type of path, a graph twice, another number of channels than said, a GPU twice in a channel, and channels of a graph that differ in
/// length.
std::vector<NcclGraph> read_nccl_graphs(std::string_view text, std::string_view file);

}  // namespace orrery::topology
