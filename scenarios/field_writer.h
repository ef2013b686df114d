// Writes a described value as JSON, every default filled in: what reading it gives is the same value again, bit by bit.
//
//     to_json(fabric).dump(2);       // {"topology": "fat-tree", "switch_radix": 40, ...}
//
// Keys come in the order of the description. What has no value (an empty optional) is left out.
#pragma once

#include <nlohmann/json.hpp>

#include "scenarios/fields.h"

namespace orrery::scenarios {

nlohmann::ordered_json json_of(const Fields& fields);

template <class Spec>
nlohmann::ordered_json to_json(Spec spec) {
  Fields fields;
  describe(fields, spec);
  return json_of(fields);
}

}  // namespace orrery::scenarios
