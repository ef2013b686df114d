// Dumps for the tests of their readers: a small fabric, what a reader says of a bad text, and the samples of real tools, which do not come
// with Orrery (ORRERY_DATA names the folder that holds them).
#pragma once

#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "sim/error.h"
#include "topology/survey.h"

namespace orrery::topology::samples {

/// Two leaves with an adapter each and two cables to one spine; the second cable of leaf-1 is degraded (EDR).
inline constexpr std::string_view small = R"(#
# Topology file: generated on Sun Nov 22 00:00:00 2026
#
# Initiated from node 00000000000000a1 port 00000000000000a1

vendid=0x2c9
devid=0xd2f0
sysimgguid=0xb1
switchguid=0xb1(b1)
Switch	41 "S-00000000000000b1"		# "leaf-0" enhanced port 0 lid 1 lmc 0
[1]	"H-00000000000000a1"[1](a1) 		# "n1 mlx5_0" lid 4 4xHDR
[21]	"S-00000000000000c1"[1]		# "spine" lid 3 4xHDR
[22]	"S-00000000000000c1"[2]		# "spine" lid 3 4xHDR

switchguid=0xb2(b2)
Switch	41 "S-00000000000000b2"		# "leaf-1" enhanced port 0 lid 2 lmc 0
[1]	"H-00000000000000a2"[1](a2) 		# "n1 mlx5_1" lid 5 4xHDR
[21]	"S-00000000000000c1"[3]		# "spine" lid 3 4xHDR
[22]	"S-00000000000000c1"[4]		# "spine" lid 3 4xEDR

switchguid=0xc1(c1)
Switch	41 "S-00000000000000c1"		# "spine" enhanced port 0 lid 3 lmc 0
[1]	"S-00000000000000b1"[21]		# "leaf-0" lid 1 4xHDR
[2]	"S-00000000000000b1"[22]		# "leaf-0" lid 1 4xHDR
[3]	"S-00000000000000b2"[21]		# "leaf-1" lid 2 4xHDR
[4]	"S-00000000000000b2"[22]		# "leaf-1" lid 2 4xEDR

caguid=0xa1
Ca	1 "H-00000000000000a1"		# "n1 mlx5_0"
[1](a1) 	"S-00000000000000b1"[1]		# lid 4 lmc 0 "leaf-0" lid 1 4xHDR

caguid=0xa2
Ca	1 "H-00000000000000a2"		# "n1 mlx5_1"
[1](a2) 	"S-00000000000000b2"[1]		# lid 5 lmc 0 "leaf-1" lid 2 4xHDR
)";

/// `text` with its only `old` replaced.
inline std::string with(std::string_view text, std::string_view old, std::string_view replacement) {
  std::string changed(text);
  const std::size_t at = changed.find(old);
  sim::check(at != changed.npos && changed.find(old, at + 1) == changed.npos, "a test replaces what is there once");
  return changed.replace(at, old.size(), replacement);
}

/// The faults of what `read` refuses, a line each; empty where it takes it.
template <class Read>
std::string faults(const Read& read, std::string_view text) {
  try {
    read(text, "x");
  } catch (const sim::Error& error) {
    std::string lines;
    for (const sim::Fault& fault : error.faults()) lines += to_text(fault) + "\n";
    return lines;
  }
  return {};
}

/// A file below $ORRERY_DATA/fabrics.
inline std::optional<std::string> text_of(const std::string& name) {
  const char* data = std::getenv("ORRERY_DATA");
  if (data == nullptr) return std::nullopt;
  const std::string path = std::string(data) + "/fabrics/" + name;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no sample " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline constexpr auto why_skipped = "ORRERY_DATA is not set: no dumps of real fabrics";

/// What every format tells of the fabric su1: 20 hosts with 8 adapters, a leaf for each rail, 4 spines, five cables from each leaf to each
/// spine. Dumps of one side alone have no reciprocal cables, and not every format tells of capabilities.
inline SurveyFacts su1() {
  return {.switches = 12,
          .leaves = 8,
          .adapters = 160,
          .aggregators = 0,
          .routers = 0,
          .hosts = 20,
          .unnamed_adapters = 0,
          .cables_between_switches = 160,
          .reciprocal_cables = 160,
          .degraded_cables = 0,
          .fewest_hosts_on_a_leaf = 20,
          .most_hosts_on_a_leaf = 20,
          .fewest_uplinks_of_a_leaf = 20,
          .most_uplinks_of_a_leaf = 20,
          .rail_purity = 1};
}

inline int cables_at(const Survey& survey, sim::BytesPerSecond bandwidth) {
  int found = 0;
  for (const SurveyCable& cable : survey.cables) found += cable.bandwidth == bandwidth ? 1 : 0;
  return found;
}

}  // namespace orrery::topology::samples
