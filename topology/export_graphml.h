// Writes a Survey as GraphML, for programs that draw and analyse graphs (Gephi, yEd, networkx). What is not written is what
// topology/attributed_graph.h leaves out.
//
//     write_file("hall.graphml", graphml(survey));       // read_graphml reads back the same devices and cables
#pragma once

#include <string>

#include "topology/survey.h"

namespace orrery::topology {

std::string graphml(const Survey& survey);

}  // namespace orrery::topology
