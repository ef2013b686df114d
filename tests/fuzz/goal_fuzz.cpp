// Any bytes as a GOAL schedule, text or binary: refused with a place, or a Program that comes to its end.
#include "tests/fuzz/check_import.h"
#include "tests/fuzz/target.h"
#include "workloads/import_goal.h"

namespace orrery::fuzz {

void read(std::string_view text) {
  check_import([&] { return workloads::read_goal(text, "x.goal", {}); });
  check_import([&] { return workloads::read_goal(text, "x.goal", {.eager = {0}}); });
}

}  // namespace orrery::fuzz
