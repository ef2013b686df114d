#include "topology/read_survey.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "sim/error.h"
#include "topology/dump_lines.h"
#include "topology/import_dot.h"
#include "topology/import_forwarding.h"
#include "topology/import_graphml.h"
#include "topology/import_iblinkinfo.h"
#include "topology/import_ibnetdiscover.h"
#include "topology/import_opensm.h"
#include "topology/import_slurm.h"

namespace orrery::topology {
namespace {

struct SurveyFormat {
  std::string_view name;
  bool (*is_line)(std::string_view line);  // whether a line, its blanks trimmed, could only be of this format
  Survey (*read)(std::string_view text, std::string_view file);
};

bool is_ibnetdiscover(std::string_view line) { return ibnetdiscover_form(line) != IbnetdiscoverForm::none; }

bool is_graphml(std::string_view line) { return line.find("<graphml") != std::string_view::npos; }

bool is_dot(std::string_view line) {
  if (line.starts_with("strict ")) line = trimmed(line.substr(7));
  for (const std::string_view word : {"graph", "digraph"}) {
    if (line.starts_with(word) && (line.ends_with("{") || line.substr(word.size()).starts_with(" "))) return true;
  }
  return false;
}

bool is_slurm(std::string_view line) {
  const auto begins = [&](std::string_view word) {
    return line.size() >= word.size() &&
           std::equal(word.begin(), word.end(), line.begin(), [](char a, char b) { return a == std::tolower(b); });
  };
  return begins("switchname=") || begins("blockname=") || begins("- topology:");
}

constexpr std::array<SurveyFormat, 7> formats{{{"ibnetdiscover", is_ibnetdiscover, read_ibnetdiscover},
                                               {"iblinkinfo", is_iblinkinfo, read_iblinkinfo},
                                               {"opensm-subnet.lst", is_opensm_subnet, read_opensm_subnet},
                                               {"ibroute, dump_fts, opensm-lfts.dump", is_forwarding_table, read_forwarding},
                                               {"GraphML", is_graphml, read_graphml},
                                               {"DOT", is_dot, read_dot},
                                               {"SLURM's topology", is_slurm, read_slurm}}};

}  // namespace

Survey read_survey(std::string_view text, std::string_view file) {
  const SurveyFormat* found = nullptr;
  for_each_line(text, [&](int, std::string_view line) {
    if (found != nullptr) return;
    line = trimmed(line);
    for (const SurveyFormat& format : formats) {
      if (found == nullptr && format.is_line(line)) found = &format;
    }
  });
  if (found != nullptr) return found->read(text, file);
  std::string known;
  for (const SurveyFormat& format : formats) known += (known.empty() ? "" : "; ") + std::string(format.name);
  throw sim::Error(sim::Fault{std::string(file), "no dump of a fabric that is known here", fmt::format("known are those of {}", known)});
}

}  // namespace orrery::topology
