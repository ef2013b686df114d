// What may be shown: text that a terminal takes as one line and a JSON document takes at all.
//
//     is_printable("dgx \u00b5");            // true
//     printable("a\x1b[31mred\n")            // "a?[31mred?"
#pragma once

#include <string>
#include <string_view>

namespace orrery::sim {

/// Well-formed UTF-8 (RFC 3629) without control characters (those of ASCII, and U+0080 to U+009F, which some terminals obey).
bool is_printable(std::string_view text);

/// `text` with '?' for every byte that keeps it from being printable.
std::string printable(std::string text);

}  // namespace orrery::sim
