// What a fuzz target does with an input; each *_fuzz.cpp defines it. It returns where all is as it should be, refusals included, and throws
// or crashes where not.
#pragma once

#include <string_view>

namespace orrery::fuzz {

void read(std::string_view text);

}  // namespace orrery::fuzz
