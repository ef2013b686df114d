#include "scenarios/read_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

std::string refusal(const std::filesystem::path& path, std::size_t most_bytes) {
  try {
    file_text(path, most_bytes);
  } catch (const sim::Error& error) {
    return error.faults().front().what;
  }
  return "";
}

TEST(ReadFile, ReadsEveryByteUpToTheLimit) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "file";
  std::string content(200'000, 'x');
  content[7] = '\0';
  std::ofstream(file, std::ios::binary) << content;
  EXPECT_EQ(file_text(file, content.size()), content);
  EXPECT_EQ(refusal(file, content.size() - 1), "is larger than 0 MiB");
}

TEST(ReadFile, WhatCannotBeReadSaysWhy) {
  const test::TemporaryFolder folder;
  EXPECT_EQ(refusal(folder.path(), 1), "is a directory, not a file");
  EXPECT_EQ(refusal(folder.path() / "none", 1), "no such file");
  EXPECT_EQ(refusal(std::string(5'000, 'a'), 1), "no such file");
}

}  // namespace
}  // namespace orrery::scenarios
