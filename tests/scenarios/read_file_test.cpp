#include "scenarios/read_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
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
  std::filesystem::create_symlink("loop", folder.path() / "loop");
  EXPECT_EQ(refusal(folder.path() / "loop", 1), "cannot be read: Too many levels of symbolic links");
}

TEST(ReadFile, LargeFilesAreRefusedUnreadAndDevicesAtTheLimit) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "file";
  std::ofstream(file) << 'x';
  std::filesystem::resize_file(file, std::uintmax_t{1} << 40U);  // all of it a hole
  EXPECT_EQ(refusal(file, 1U << 20U), "is larger than 1 MiB");
  EXPECT_EQ(refusal("/dev/zero", 1U << 20U), "is larger than 1 MiB");
  EXPECT_EQ(file_text("/dev/null", 1), "");
}

/// Exit of a child that cannot be made to have no rights; a refusal ends with 0, its absence with 1.
constexpr int cannot_drop_rights = 77;

/// Reads as somebody whom permissions bind: root is another user for it.
int exit_of_reader_without_rights(const std::filesystem::path& file) {
  const pid_t child = fork();
  if (child == 0) {
    constexpr unsigned nobody = 65534;
    if (geteuid() == 0 && (setgid(nobody) != 0 || setuid(nobody) != 0)) _exit(cannot_drop_rights);
    _exit(refusal(file, 100) == "cannot be read: Permission denied" ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ReadFile, WhatOnesRightsForbidIsSaidSo) {
  using std::filesystem::perms;
  const test::TemporaryFolder folder;
  std::filesystem::permissions(folder.path(), perms::owner_all | perms::others_exec | perms::others_read);
  const std::filesystem::path file = folder.path() / "file";
  std::ofstream(file) << "{}";
  std::filesystem::permissions(file, perms::none);
  const int exit = exit_of_reader_without_rights(file);
  if (exit == cannot_drop_rights) GTEST_SKIP() << "root reads everything, and this process may not become another user";
  EXPECT_EQ(exit, 0);
  std::filesystem::permissions(file, perms::owner_read | perms::others_read);
  EXPECT_EQ(exit_of_reader_without_rights(file), 1) << "a readable file is no case";
}

TEST(ReadFile, PipesAreReadToTheirEndAndAwaitTheirWriter) {
  const test::TemporaryFolder folder;
  const std::string pipe = folder.path() / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  ASSERT_EQ(std::system(("(sleep 0.1; echo one; sleep 0.2; echo two) > '" + pipe + "' &").c_str()), 0);
  EXPECT_EQ(file_text(pipe, 100), "one\ntwo\n");
  ASSERT_EQ(std::system(("(sleep 0.1; exec > '" + pipe + "'; sleep 1.2; echo late) &").c_str()), 0);
  EXPECT_EQ(file_text(pipe, 100), "late\n") << "who has a writer waits for him";
  EXPECT_EQ(refusal(pipe, 100), "is a pipe that nobody writes into");
}

}  // namespace
}  // namespace orrery::scenarios
