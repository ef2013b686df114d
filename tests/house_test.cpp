// House-style rules that a machine can judge in a line each.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/source_files.h"

namespace orrery::tests {
namespace {

bool is_header(const std::string& path) { return path.ends_with(".h") || path.ends_with(".cuh"); }

TEST(HouseTest, NoFileIsLongerThan400Lines) {
  for (const SourceFile& file : source_files()) {
    EXPECT_LE(std::count(file.text.begin(), file.text.end(), '\n'), 400) << file.path << " holds more than one concept";
  }
}

TEST(HouseTest, EveryHeaderOpensWithWhatItIs) {
  for (const SourceFile& file : source_files()) {
    EXPECT_TRUE(!is_header(file.path) || file.text.starts_with("//")) << file.path << " does not open with a comment";
  }
}

TEST(HouseTest, EverySourceIsBuilt) {
  const std::filesystem::path root = ORRERY_SOURCE_DIR;
  for (const SourceFile& file : source_files()) {
    const std::filesystem::path path = file.path;
    if (is_header(file.path)) continue;
    const bool has_list = file.path.starts_with("tests/benchmarks/") || file.path.starts_with("tests/fuzz/");
    const bool is_test = file.path.starts_with("tests/") && !has_list;
    const std::filesystem::path folder = is_test ? "tests" : path.parent_path();
    std::ostringstream lists;
    lists << std::ifstream(root / folder / "CMakeLists.txt").rdbuf();
    const bool is_listed = lists.str().find(path.lexically_relative(folder).generic_string()) != std::string::npos;
    EXPECT_TRUE(is_listed) << file.path << " is not in " << folder / "CMakeLists.txt";
  }
}

TEST(HouseTest, EveryHeaderIsIncludedOnce) {
  for (const SourceFile& file : source_files()) {
    EXPECT_TRUE(!is_header(file.path) || file.text.find("\n#pragma once\n") != std::string::npos) << file.path << " has no #pragma once";
  }
}

}  // namespace
}  // namespace orrery::tests
