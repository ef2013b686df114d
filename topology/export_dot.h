// Writes a Survey in DOT, for Graphviz and what reads it. What is not written is what topology/attributed_graph.h leaves out.
//
//     write_file("hall.dot", dot(survey));       // read_dot reads back the same devices and cables
#pragma once

#include <string>

#include "topology/survey.h"

namespace orrery::topology {

std::string dot(const Survey& survey);

}  // namespace orrery::topology
