// A first scenario for a newcomer: a small machine and job that run as they stand, with every other key of a scenario commented out beside
// its meaning and default. Made from the descriptions by which scenarios are read (scenarios/fields.h), so that it cannot fall behind them.
//
//     "cluster": {                            // the machine
//       "node": "dgx-a100-80gb",              // what each node is; a preset of orrery list hardware, or an object
//       "nodes": 2,                           // how many
//       ...
//
// Any line may be uncommented as it stands, alone or with others: the last key of an object is one that is not commented out.
#pragma once

#include <string>

#include "scenarios/presets.h"

namespace orrery::scenarios {

/// The text of the file. Throws sim::Error where `library` lacks one of the presets that it names.
std::string starter_scenario(const PresetLibrary& library);

}  // namespace orrery::scenarios
