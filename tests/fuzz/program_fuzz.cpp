// Any bytes as a Program's text: refused with placed faults, or valid, and the same again when it is written and read. Small ones are
// played.
#include "sim/program_text.h"
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/play_program.h"
#include "tests/fuzz/target.h"

namespace orrery::fuzz {
void read(std::string_view text) {
  const auto program = read_or_refused([&] { return sim::program_from(text, "x"); });
  if (!program) return;
  sim::validate(*program);
  const std::string written = sim::text_of(*program);
  const sim::Program again = sim::program_from(written, "written");
  sim::check(again == *program, "a written Program reads as the same Program");
  sim::check(sim::text_of(again) == written, "equal Programs are written alike");
  try {
    play(*program);
  } catch (const sim::Error& error) {  // a deadlock, or a receive from any rank
    for (const sim::Fault& fault : error.faults()) check_line(sim::to_text(fault));
  }
}

}  // namespace orrery::fuzz
