// Writes a Survey in the classical form of `ibnetdiscover`, which read_ibnetdiscover reads back and `ibsim` simulates:
//
//     write_file("hall.net", ibnetdiscover_text(survey));      // ibsim -s hall.net
//
// A Survey that read_ibnetdiscover has read from this form comes back with the same devices, cables and addresses; every cable stands in
// the text from both its ends, also one that only one end named (ibsim wants it so). Of others this is left out: capabilities, latencies,
// down ports, tables, groups. Devices without a GUID get one made up (0x0002c9ff00000000 and up); rates that no width and speed have are
// written 4x???.
#pragma once

#include <string>

#include "topology/survey.h"

namespace orrery::topology {

std::string ibnetdiscover_text(const Survey& survey);

}  // namespace orrery::topology
