// The locator: one pass over a JSON text that finds where every key and value stands, which the JSON library does not tell.
//
//     const Located located = locate("pod.json", R"({"cluster": {"nodes": 280}})");
//     located.places.order("/cluster/nodes");        // line 1, column 14
//
// It also finds what the library lets pass: keys given twice. Linear in the text; a map entry for each key and each object in a list
// (numbers and texts in a list share the place of the list), and a call for each level.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/places.h"

namespace orrery::scenarios {

struct Located {
  Places places;
  std::vector<PlacedFault> faults;  // keys given twice, the first of them
};

/// `text` must have passed check_text (scenarios/json_faults.h) and been parsed by the library, comments allowed.
Located locate(std::string file, std::string_view text);

/// Line and column of the character at byte `offset`; the end of the text for anything beyond.
Position position_of(std::string_view text, std::size_t offset);

}  // namespace orrery::scenarios
