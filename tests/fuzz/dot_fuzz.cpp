// A fabric drawn in DOT.
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/check_survey.h"
#include "tests/fuzz/target.h"
#include "topology/export_dot.h"
#include "topology/export_simgrid.h"
#include "topology/import_dot.h"

namespace orrery::fuzz {

void read(std::string_view text) {
  const auto survey = read_or_refused([&] { return topology::read_dot(text, "fabric.dot"); });
  if (!survey) return;
  check_survey(*survey, topology::dot, [](const std::string& written) { return topology::read_dot(written, "again.dot"); });
  constexpr std::size_t few = 1000;  // cables
  if (survey->cables.size() < few) read_or_refused([&] { return topology::simgrid_platform(*survey); });
}

}  // namespace orrery::fuzz
