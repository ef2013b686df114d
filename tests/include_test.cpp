// The architecture, enforced: walks every #include line against the table of folders and libraries below.
// What a folder may include is written here once more than in the CMake DEPENDS lines because a header-only include links all the same.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/source_files.h"

namespace orrery::tests {
namespace {

using Folders = std::set<std::string>;

/// Which other folders each folder may include. A folder may always include itself.
const std::map<std::string, Folders>& includable_folders() {
  static const Folders all = {"cli", "report", "scenarios", "realrun", "kernels", "workloads", "topology", "sim"};
  static const std::map<std::string, Folders> table = {
      {"cli", all},
      {"report", {"scenarios", "workloads", "topology", "sim"}},
      {"scenarios", {"workloads", "topology", "sim"}},
      {"realrun", {"kernels", "sim"}},
      {"kernels", {}},
      {"workloads", {"topology", "sim"}},
      {"topology", {"sim"}},
      {"sim", {}},
      {"tests", all},
  };
  return table;
}

/// A library that only some files may include: both expressions match from the start.
struct Confinement {
  std::string library;
  std::regex header;
  std::regex may_include;
};

const std::vector<Confinement>& confinements() {
  static const std::vector<Confinement> table = {
      {"Boost.Graph", std::regex("boost/(graph|property_map)/.*"), std::regex("(tests/)?topology/.*")},
      {"CUDA or NCCL", std::regex("(cuda|cublas|cudnn|cupti|curand|nccl|nvml|nvtx|mma|cub/|thrust/).*"),
       std::regex("(tests/)?(kernels|realrun)/.*")},
      {"MPI", std::regex("mpi(|cxx|-ext)\\.h"), std::regex("(tests/)?(realrun/.*|cli/sweep_mpi\\..*)")},
      {"SimGrid", std::regex("(simgrid|xbt|smpi)/.*|simgrid\\.h"),
       std::regex("sim/simgrid_(platform|player)\\..*|tests/topology/load_simgrid_platform\\.cpp")},
  };
  return table;
}

/// These travel with realrun to machines that have a compiler and nothing else: standard headers and each other only. The model is among
/// them because a timeline speaks of its actors.
bool travels(const std::string& path) {
  static const std::regex file(
      "sim/(units|units_text|unit_slips|printable|error|kernel|model|program|program_[a-z]+|timeline|samples)\\.(h|cpp)");
  return std::regex_match(path, file);
}

std::string folder_of(const std::string& path) { return path.substr(0, path.find('/')); }

/// What is wrong with one include; empty where nothing is.
std::string include_fault(const std::string& path, const std::string& header, bool quoted) {
  if (quoted) {
    const auto& table = includable_folders();
    const std::string from = folder_of(path), to = folder_of(header);
    if (header.find('/') == std::string::npos || !table.contains(to)) return "is not written from the root";
    if (from != to && !table.at(from).contains(to)) return "is not below " + from + "/";
    if (travels(path) && !travels(header)) return "does not travel with realrun";
    return "";
  }
  static const std::regex standard("[a-z_]+");
  if (travels(path) && !std::regex_match(header, standard)) return "is not a standard header";
  for (const Confinement& confinement : confinements()) {
    if (std::regex_match(header, confinement.header) && !std::regex_match(path, confinement.may_include)) {
      return "brings " + confinement.library + " where it may not go";
    }
  }
  return "";
}

/// One line "path:line: header what" per include of `text` that breaks a rule.
std::vector<std::string> include_faults(const std::string& path, const std::string& text) {
  static const std::regex include("\\s*#\\s*include\\s*([<\"])([^>\"]+)[>\"].*");
  std::vector<std::string> faults;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    std::smatch match;
    if (!std::regex_match(line, match, include)) continue;
    const std::string fault = include_fault(path, match[2], match[1] == "\"");
    if (!fault.empty()) faults.push_back(path + ":" + std::to_string(number) + ": " + match[2].str() + " " + fault);
  }
  return faults;
}

std::vector<std::string> only(const std::string& fault) { return {fault}; }
const std::vector<std::string> none;

TEST(IncludeTest, EveryFileKeepsToItsFolder) {
  const std::vector<SourceFile> files = source_files();
  EXPECT_GT(files.size(), 50U) << "the walk did not find the sources";
  for (const SourceFile& file : files) {
    for (const std::string& fault : include_faults(file.path, file.text)) ADD_FAILURE() << fault;
  }
}

TEST(IncludeTest, ArrowsPointDownOnly) {
  EXPECT_EQ(include_faults("workloads/lower.h", "#include \"sim/model.h\"\n#include \"workloads/plan.h\"\n#include <vector>\n"), none);
  EXPECT_EQ(include_faults("sim/model.h", "\n  #  include \"topology/fabric.h\"  // why\n"),
            only("sim/model.h:2: topology/fabric.h is not below sim/"));
  EXPECT_EQ(include_faults("workloads/lower.cpp", "#include \"scenarios/reader.h\""),
            only("workloads/lower.cpp:1: scenarios/reader.h is not below workloads/"));
  EXPECT_EQ(include_faults("realrun/player.cpp", "#include \"workloads/lower.h\""),
            only("realrun/player.cpp:1: workloads/lower.h is not below realrun/"));
  EXPECT_EQ(include_faults("kernels/gemm.cu", "#include \"sim/units.h\""), only("kernels/gemm.cu:1: sim/units.h is not below kernels/"));
  EXPECT_EQ(include_faults("report/json.cpp", "#include \"tests/source_files.h\""),
            only("report/json.cpp:1: tests/source_files.h is not below report/"));
}

TEST(IncludeTest, OurHeadersAreIncludedFromTheRoot) {
  EXPECT_EQ(include_faults("sim/model.cpp", "#include \"model.h\""), only("sim/model.cpp:1: model.h is not written from the root"));
  EXPECT_EQ(include_faults("sim/model.cpp", "#include \"../sim/model.h\""),
            only("sim/model.cpp:1: ../sim/model.h is not written from the root"));
}

TEST(IncludeTest, LibrariesStayWhereTheyAreConfined) {
  EXPECT_EQ(include_faults("topology/metrics.cpp", "#include <boost/graph/adjacency_list.hpp>"), none);
  EXPECT_EQ(include_faults("workloads/lower.cpp", "#include <boost/graph/adjacency_list.hpp>"),
            only("workloads/lower.cpp:1: boost/graph/adjacency_list.hpp brings Boost.Graph where it may not go"));
  EXPECT_EQ(include_faults("kernels/gemm.cu", "#include <cuda_runtime.h>"), none);
  EXPECT_EQ(include_faults("cli/main.cpp", "#include <nccl.h>"), only("cli/main.cpp:1: nccl.h brings CUDA or NCCL where it may not go"));
  EXPECT_EQ(include_faults("cli/sweep_mpi.cpp", "#include <mpi.h>"), none);
  EXPECT_EQ(include_faults("cli/sweep.cpp", "#include <mpi.h>"), only("cli/sweep.cpp:1: mpi.h brings MPI where it may not go"));
  EXPECT_EQ(include_faults("sim/simgrid_player.cpp", "#include <simgrid/s4u.hpp>"), none);
  EXPECT_EQ(include_faults("sim/fluid_engine.cpp", "#include <simgrid/s4u.hpp>"),
            only("sim/fluid_engine.cpp:1: simgrid/s4u.hpp brings SimGrid where it may not go"));
}

TEST(IncludeTest, WhatTravelsWithRealrunNeedsTheStandardLibraryAlone) {
  EXPECT_EQ(include_faults("sim/program.h", "#include <string>\n#include \"sim/kernel.h\"\n"), none);
  EXPECT_EQ(include_faults("sim/program.h", "#include \"sim/random.h\""),
            only("sim/program.h:1: sim/random.h does not travel with realrun"));
  EXPECT_EQ(include_faults("sim/units_text.cpp", "#include <fmt/format.h>"),
            only("sim/units_text.cpp:1: fmt/format.h is not a standard header"));
}

}  // namespace
}  // namespace orrery::tests
