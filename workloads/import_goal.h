// Schedules in GOAL, the language of LogGOPSim and ATLAHS, as traces: text, or the binary form that their txt2bin writes.
//
//     num_ranks 2
//     rank 0 {
//       work: calc 5000
//       out: send 1024b to 1 tag 7
//       out requires work
//     }
//     rank 1 { ... }                              // one statement a line, // and /* */ comments
//
//     const Trace trace = read_goal(bytes, "ring.goal", {});
//
// A `calc` holds its cpu for so many nanoseconds, whatever the machine; each cpu is a stream. Messages are under way beside it: the
// overhead o, the latency L and the gaps g and G of LogGP are the machine's affair. `irequires` waits until a calc has begun, a message
// could. What is counted and let pass: numbers of NICs (the machine chooses), ranks without a block, what a binary says of how many
// dependencies an operation has where they are others.
// Leaves out: messages of a rank to itself (refused), the cpu of messages, sends that let go before their message has arrived.
// Cost: 0.4 us a line, with the Program that comes of it.
#pragma once

#include <string>
#include <string_view>

#include "workloads/trace.h"

namespace orrery::workloads {

struct GoalOptions {
  sim::Bytes eager{sim::max_operation_bytes};  // messages of up to so many bytes begin without their receive (LogGOPS: S)
};

/// Either form. Throws sim::Error with the line (of a binary: the rank and operation), where `name` stands for the file.
Trace read_goal(std::string_view bytes, const std::string& name, const GoalOptions& options);

}  // namespace orrery::workloads
