// A JSON Schema (draft-07) of our files, made from the descriptions by which they are read (scenarios/fields.h), so that the two cannot
// disagree: editors complete keys and names with it, show their meaning and mark faults.
//
//     schema("scenario", library).dump(2)
//
// It accepts what the reader accepts today, so names that are not available yet are refused, and known names of presets are those of
// `library`. Three things are left to the reader: ranges of quantities (the schema knows their units alone), whether files exist, and what
// values say together. Beside the standard's keywords there are two of VS Code, which other programs pass over: allowComments, and
// patternErrorMessage. Costs the reading of the library's folders.
#pragma once

#include <nlohmann/json.hpp>
#include <string_view>

#include "scenarios/fields.h"

namespace orrery::scenarios {

/// Of a kind of file (scenarios/file_kinds.h). Throws sim::Error where there is no such kind.
nlohmann::ordered_json schema(std::string_view kind, const PresetLibrary& library);

/// Of an object with these fields, without the head of a schema.
nlohmann::ordered_json schema_of(const Fields& fields, const PresetLibrary& library);

}  // namespace orrery::scenarios
