// Which names a Program may use, and how a message shows text that may be anything.
//
//     is_plain_name("stage0");          // true; "stage 0" is not
//     quoted("all_reduce\t")            // "\"all_reduce?\""
#pragma once

#include <string>
#include <string_view>

namespace orrery::sim {

/// Printable ASCII without blank, '#', ':' and '"'; not empty. The words of the text form are such.
bool is_plain_name(std::string_view name);

/// `text` between quotes, shortened, with '?' for what a terminal or a JSON document would not take.
std::string quoted(std::string_view text);

}  // namespace orrery::sim
