// Reads OpenSM's opensm-subnet.lst: a line for each direction of each cable, with the GUIDs of systems, nodes and ports.
//
//     const Survey survey = read_opensm_subnet(text, "opensm-subnet.lst");
//
// OpenSM writes "??" for speeds that it does not know (upstream those above HDR): such cables have no rate, with a remark; ibnetdiscover
// and iblinkinfo tell it. Ports without a cable are not in the file. Time and memory are linear in the text.
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

/// Whether a line could only be of this format.
bool is_opensm_subnet(std::string_view line);

/// Throws sim::Error with "file:line" for a line cut off or damaged, an unknown width or speed, a port cabled twice.
Survey read_opensm_subnet(std::string_view text, std::string_view file);

}  // namespace orrery::topology
