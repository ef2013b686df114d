// Every C++ and CUDA source of the repository, for the tests that read sources.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace orrery::tests {

/// A file as it stands on disk; `path` is relative to the root, with forward slashes ("sim/units.h").
struct SourceFile {
  std::string path;
  std::string text;
};

/// Every .h, .cpp, .cu and .cuh under the folders of design.md, sorted by path; folders that do not exist yet are passed over.
inline std::vector<SourceFile> source_files() {
  const std::filesystem::path root = ORRERY_SOURCE_DIR;
  std::vector<SourceFile> files;
  for (const char* folder : {"cli", "report", "scenarios", "realrun", "kernels", "workloads", "topology", "sim", "tests"}) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp" && extension != ".cu" && extension != ".cuh") continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      files.push_back({entry.path().lexically_relative(root).generic_string(), text.str()});
    }
  }
  std::sort(files.begin(), files.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

}  // namespace orrery::tests
