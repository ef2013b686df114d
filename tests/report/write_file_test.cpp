#include "report/write_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace orrery::report {
namespace {

TEST(WriteFile, MakesFoldersAndReplacesWhole) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "a" / "b" / "file";
  for (const char* content : {"first, the longer one", "second"}) {
    write_file(file, content);
    std::ifstream stream(file);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), content);
  }
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}), 1) << "nothing temporary stays";
}

TEST(WriteFile, SaysWhyItCannot) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "file";
  write_file(file, "");
  const auto place_and_what = [](const auto& action) {
    try {
      action();
    } catch (const sim::Error& error) {
      return error.faults().front().place + ": " + error.faults().front().what;
    }
    return std::string();
  };
  const std::filesystem::path below = file / "below";
  EXPECT_EQ(place_and_what([&] { write_file(below, "x"); }), below.string() + ": cannot be written: Not a directory");
  EXPECT_EQ(place_and_what([&] { check_writable(file); }), file.string() + ": cannot be written: Not a directory");
  EXPECT_EQ(place_and_what([&] { write_file(folder.path(), "x"); }), folder.path().string() + ": cannot be written: Is a directory");
}

TEST(WriteFile, AskingLeavesNothingButTheFolder) {
  const test::TemporaryFolder folder;
  check_writable(folder.path() / "new");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "new"));
}

}  // namespace
}  // namespace orrery::report
