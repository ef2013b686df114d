// What is wrong with a text that is no JSON, in words for who wrote it. The JSON library tells what its parser met and expected; here it is
// said what the slip was: a comma before a closing brace, a key without quotes, NaN, a file that ends too soon.
//
//     syntax_fault("pod.json", "{\"nodes\": 08}", error)      // pod.json:1:11: not JSON: 08 is no number in JSON; write 8
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sim/error.h"

namespace orrery::scenarios {

inline constexpr int max_depth = 64;
inline constexpr std::size_t max_values = 1'000'000;

/// Throws sim::Error for a text that is not worth parsing: empty, not UTF-8 but UTF-16 or binary, nested deeper than `max_depth` levels, or
/// with more than `max_values` values (which would take gigabytes).
void check_text(const std::string& name, std::string_view text);

/// What stopped the library's parser.
sim::Fault syntax_fault(const std::string& name, std::string_view text, const nlohmann::json::parse_error& error);

/// Every number of the text that is larger than a double holds. The library refuses them without a place.
std::vector<sim::Fault> overflow_faults(const std::string& name, std::string_view text);

}  // namespace orrery::scenarios
