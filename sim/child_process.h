// Plays in a child process: for an engine that a process can run once only, or that may take the process down with it.
//
//     return play_in_child("SimGrid", [&](const PlayOptions& told) { return play_once(model, told); }, options);
//
// The child is a fork, so it knows all that the caller knows; its Timeline, or what it failed with, comes back through a pipe. It leaves by
// _exit and forgets what the caller had buffered in stdout and stderr: no handler or destructor of the caller's runs there, and nothing is
// written twice. It holds none of the caller's descriptors but stdin, stdout and stderr. When play_in_child returns or throws, the child
// has ended and been waited for.
//
// Cost: a fork (a millisecond, and more where the caller is large) and a copy of the Timeline. May be called from several threads at once:
// what the child runs must then do without the locks that other threads might hold (those of the C library are seen to).
#pragma once

#include <functional>
#include <string>

#include "sim/engine.h"

namespace orrery::sim {

/// The Timeline that `play` makes of `options`, whose progress is told here. Throws the Error that `play` throws, and Error (unavailable),
/// naming `who`, where it throws something else, or the child dies, or none can be made.
Timeline play_in_child(const std::string& who, const std::function<Timeline(const PlayOptions&)>& play, const PlayOptions& options);

}  // namespace orrery::sim
