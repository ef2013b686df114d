// What was read of others' files, in words for a terminal: fabrics, nodes, NCCL's graphs, a scheduler's groups.
//
//     print(survey_text(read_survey(text, "hall.out"), style));
#pragma once

#include <string>
#include <vector>

#include "report/terminal_style.h"
#include "topology/import_nccl_graph.h"
#include "topology/node_topology.h"
#include "topology/survey.h"

namespace orrery::report {

/// Devices and cables, how pure rails are, what is missing or slow, what forwarding tables make of it, and the reader's remarks (the first
/// twenty).
std::string survey_text(const topology::Survey& survey, const TerminalStyle& style);

std::string node_text(const topology::NodeTopology& node, const TerminalStyle& style);
std::string graphs_text(const std::vector<topology::NcclGraph>& graphs, const std::string& file, const TerminalStyle& style);

}  // namespace orrery::report
