// What must hold of a trace that is read, whatever its form.
#pragma once

#include "sim/program_text.h"
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/play_program.h"
#include "workloads/trace_program.h"

namespace orrery::fuzz {

/// `trace()` is refused, or becomes a Program that is valid, reads as it is written, and comes to its end.
template <class Read>
void check_import(const Read& trace) {
  const auto made = read_or_refused([&] { return workloads::program_of_trace(trace()); });
  if (!made) return;
  for (const std::string& line : made->tolerated) check_line(line);
  sim::check(sim::program_from(sim::text_of(made->program), "x") == made->program, "an imported Program reads as it is written");
  play(made->program);
}

}  // namespace orrery::fuzz
