// What the command line prints: data to stdout, chatter to stderr.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace orrery::cli {

/// Prints data at once. A reader that has gone away (`| head`) has read enough: that is no fault. Throws sim::Error where stdout cannot be
/// written otherwise.
void print(std::string_view text);
/// The same for what others left in stdout's buffer.
void flush_output();

/// What tells how far long work is: a line on stderr, kept up to date from the first second on and wiped out at the end, where stderr is a
/// terminal; nothing (an empty function) where it is not. Told shares from 0 to 1.
std::function<void(double)> progress_line(std::string what);

/// A line on stderr, after "orrery: ". Never fails.
void say(std::string_view line);

}  // namespace orrery::cli
