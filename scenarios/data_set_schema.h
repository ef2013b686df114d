// What the schema of a data set (scenarios/schema.h) says of its free-form parts, so that editors complete them: the scenario that the rows
// complete, the paths that they set, the figures that were measured.
//
//     { "rows": [ { "set": { "clu|" ...                 // cluster.node, cluster.nodes, cluster.fabric, ...
//
// Paths and figures are offered, not prescribed: steps into lists and figures to come are accepted, too.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "scenarios/fields.h"

namespace orrery::scenarios {

/// Where a schema says what `content` is, which is not `anything`: "#/definitions/scenario".
std::string definition_of(Content content);

/// The schema's "definitions". `scenario` is the schema of a whole one.
nlohmann::ordered_json data_set_definitions(nlohmann::ordered_json scenario);

}  // namespace orrery::scenarios
