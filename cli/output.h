// What the command line prints: data to stdout, chatter to stderr.
#pragma once

#include <string_view>

namespace orrery::cli {

/// Prints data at once. A reader that has gone away (`| head`) has read enough: that is no fault. Throws sim::Error where stdout cannot be
/// written otherwise.
void print(std::string_view text);
/// The same for what others left in stdout's buffer.
void flush_output();

/// A line on stderr, after "orrery: ". Never fails.
void say(std::string_view line);

}  // namespace orrery::cli
