// Reads a dump of a fabric, whichever of the formats it has; the text gives it away.
//
//     const Survey survey = read_survey(read_file("hall.out"), "hall.out");
//
// A new format is a line of the table in read_survey.cpp.
#pragma once

#include <string_view>

#include "topology/survey.h"

namespace orrery::topology {

/// Throws sim::Error as the reader of the format does, and for a text that is of none of them.
Survey read_survey(std::string_view text, std::string_view file);

}  // namespace orrery::topology
