// The kinds of files that we read by a description (scenarios/fields.h): scenarios, presets and data sets.
//
//     describe_file("hardware", [](const Fields& fields) { fmt::print("{}", fmt::join(fields.names(), " ")); });
//
// What goes over all of them, schemas (scenarios/schema.h) and the reference (scenarios/reference.h), takes them from here.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/fields.h"

namespace orrery::scenarios {

/// "scenario", presets as `orrery list` calls them, "data-set".
std::vector<std::string> file_kinds();

/// What such a file describes, in a line. Throws sim::Error where there is no such kind.
std::string_view meaning_of_kind(std::string_view kind);

/// Calls `use` with the keys of such a file, of which nothing is read yet: what they hold are defaults. They live as long as the call.
/// Throws sim::Error where there is no such kind.
void describe_file(std::string_view kind, const std::function<void(const Fields&)>& use);

}  // namespace orrery::scenarios
