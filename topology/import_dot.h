// Reads a fabric drawn in DOT (Graphviz), as ibtopotool and others write it: nodes with type, radix, name, edges with bandwidth, latency,
// multiplicity and ports. Which attributes there are and what they mean is in topology/attributed_graph.h.
//
//     const Survey survey = read_dot(text, "hall.dot");
//
// Ports: leaf0:p1 -- spine0:p2, or port="1:2", or tailport and headport. Defaults (node [type=switch], edge [bw=25]) hold within their
// braces; subgraphs group and style, and {a b} -- {c d} joins each with each. A graph that is strict keeps one edge between two nodes.
// Attributes that draw are passed over. Leaves out: subgraphs named again without their braces, ids of several graphs in a file (refused).
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

/// Throws sim::Error with "file:line" for what is no DOT or cut off, -> in a graph and -- in a digraph, braces more than 64 deep, more than
/// 2^16 edges of a statement, and what survey_of (topology/attributed_graph.h) refuses.
Survey read_dot(std::string_view text, std::string_view file);

}  // namespace orrery::topology
