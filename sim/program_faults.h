// What is wrong with a Program, each fault with its place as data: `validate` names the place in words, the reader of the text form by
// line.
//
//     for (const ProgramFault& fault : faults_of(program)) ...   // {.place = {ProgramPart::role, 0, 1, 11}, .what = "waits for event 3 of
//     2"}
//
// What is checked, and what it costs, is said at `validate` in sim/program.h.
#pragma once

#include <string>
#include <vector>

#include "sim/program.h"

namespace orrery::sim {

enum class ProgramPart : std::uint8_t { name, ranks, labels, communicator, block, role };

/// Indices from 0; -1 where the place is not as deep as that.
struct ProgramPlace {
  ProgramPart part = ProgramPart::name;
  std::int32_t index = -1;      // of the communicator, block or role
  std::int32_t stream = -1;     // of the role
  std::int32_t operation = -1;  // of the block or stream
};

struct ProgramFault {
  ProgramPlace place;
  std::string what;
  std::string remedy;
};

/// Past so many faults nobody reads on.
inline constexpr std::size_t max_program_faults = 20;

/// The first `max_program_faults` faults; none for a valid Program.
std::vector<ProgramFault> faults_of(const Program& program);

}  // namespace orrery::sim
