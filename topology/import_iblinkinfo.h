// Reads what `iblinkinfo` (infiniband-diags) prints, the one dump that knows of down ports and of links that trained below what their ends
// could do: node by node (a header, a line a port), and line by line (`iblinkinfo -l`). Also of switches only (--switches-only).
//
//     const Survey survey = read_iblinkinfo(text, "hall.iblinkinfo");
//     for (const SurveyCable& cable : survey.cables) if (cable.capability) ...   // "Could be 53.125 Gbps"
//
// Node by node, the other end of a cable is known by its LID alone: a fabric without LIDs (no subnet manager) must be dumped with -l. Line
// by line, what is a switch is told by its ports, several of which have one GUID. Adapters are known by the GUIDs of their ports: one with
// two ports is two devices of one name. Time and memory are linear in the text.
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

/// Whether a line could only be of this format.
bool is_iblinkinfo(std::string_view line);

/// Throws sim::Error with "file:line" for a line cut off or damaged, an unknown width or speed, a port cabled twice, an end without LID.
Survey read_iblinkinfo(std::string_view text, std::string_view file);

}  // namespace orrery::topology
