// A fabric drawn as GraphML.
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/check_survey.h"
#include "tests/fuzz/target.h"
#include "topology/export_graphml.h"
#include "topology/export_simgrid.h"
#include "topology/import_graphml.h"

namespace orrery::fuzz {

void read(std::string_view text) {
  const auto survey = read_or_refused([&] { return topology::read_graphml(text, "fabric.graphml"); });
  if (!survey) return;
  check_survey(*survey, topology::graphml, [](const std::string& written) { return topology::read_graphml(written, "again.graphml"); });
  constexpr std::size_t few = 1000;  // cables
  if (survey->cables.size() < few) read_or_refused([&] { return topology::simgrid_platform(*survey); });
}

}  // namespace orrery::fuzz
