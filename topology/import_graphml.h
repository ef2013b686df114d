// Reads a fabric drawn as GraphML: nodes with type, radix, name, edges with bandwidth, latency, multiplicity and ports. Which attributes
// there are and what they mean is in topology/attributed_graph.h.
//
//     const Survey survey = read_graphml(text, "hall.graphml");
//
// Attributes are declared by <key>, with defaults; sourceport and targetport of an edge number its ports. Nodes that hold a graph of their
// own are frames around others and no devices. Leaves out: hyperedges (refused), <port> elements, files of several graphs (refused).
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

/// Throws sim::Error with "file:line" for what is no GraphML or cut off, an id or key that stands twice, data of a key that is not
/// declared, edges to nodes that are not there, and what survey_of (topology/attributed_graph.h) refuses.
Survey read_graphml(std::string_view text, std::string_view file);

}  // namespace orrery::topology
