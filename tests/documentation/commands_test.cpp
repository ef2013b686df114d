// Every command that the documentation shows runs as it stands there: `orrery ...` in comments of the examples, `./orrery ...` in
// README.md, and the blocks of shell commands in docs/. Those of a file run one after another in a folder that has scenarios/ and tests/.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/process.h"

namespace orrery::documentation {
namespace {

const std::filesystem::path root = ORRERY_SOURCE_DIR;

/// What follows `prefix` in the lines of a file that begin with it.
std::vector<std::string> commands(const std::filesystem::path& path, const std::string& prefix) {
  std::vector<std::string> found;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(prefix)) found.push_back(line.substr(prefix.size()));
  }
  return found;
}

std::string without_comment(const std::string& arguments) {
  const std::string command = arguments.substr(0, arguments.find(" #"));
  return command.substr(0, command.find_last_not_of(' ') + 1);
}

class Workplace {
 public:
  Workplace() {
    for (const char* name : {"scenarios", "tests"}) std::filesystem::create_directory_symlink(root / name, folder_.path() / name);
    std::ofstream(folder_.path() / "orrery") << "#!/bin/sh\nORRERY_HOME='" ORRERY_SOURCE_DIR "' exec '" ORRERY_BINARY "' \"$@\"\n";
    std::filesystem::permissions(folder_.path() / "orrery", std::filesystem::perms::owner_all);
  }
  void expect_runs(const std::string& arguments) const {
    const auto outcome = cli::test::orrery(arguments, folder_.path());
    EXPECT_EQ(outcome.exit, 0) << "orrery " << arguments << "\n" << outcome.error;
  }
  void expect_block_runs(const std::string& block) const {
    std::ofstream(folder_.path() / "block.sh") << block;
    const std::string run = "cd '" + folder_.path().string() + "' && sh -ex block.sh >out 2>&1";
    EXPECT_EQ(std::system(run.c_str()), 0) << cli::test::text_of(folder_.path() / "out");  // NOLINT(concurrency-mt-unsafe)
  }

 private:
  orrery::test::TemporaryFolder folder_;
};

/// What stands between "```sh" and "```".
std::vector<std::string> shell_blocks(const std::filesystem::path& path) {
  std::vector<std::string> blocks;
  bool inside = false;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line == "```sh") {
      blocks.emplace_back();
      inside = true;
    } else if (line == "```") {
      inside = false;
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

std::string name_of_page(const testing::TestParamInfo<std::string>& page) { return page.param; }

/// Pages in docs/ with commands of Orrery, by their stems.
std::vector<std::string> pages_with_commands() {
  std::set<std::string> pages;
  for (const auto& entry : std::filesystem::directory_iterator(root / "docs")) {
    if (entry.path().extension() != ".md") continue;
    for (const std::string& block : shell_blocks(entry.path())) {
      if (block.find("./orrery ") != block.npos) pages.insert(entry.path().stem().string());
    }
  }
  return {pages.begin(), pages.end()};
}

class CommandsOfAPage : public testing::TestWithParam<std::string> {};

TEST_P(CommandsOfAPage, Run) {
  const Workplace workplace;
  for (const std::string& block : shell_blocks(root / "docs" / (GetParam() + ".md"))) workplace.expect_block_runs(block);
}

INSTANTIATE_TEST_SUITE_P(Documentation, CommandsOfAPage, testing::ValuesIn(pages_with_commands()), name_of_page);

/// Of every example; without the plain run, which the golden test plays.
std::set<std::string> commands_of_examples() {
  std::set<std::string> all;
  for (const auto& entry : std::filesystem::directory_iterator(root / "scenarios/examples")) {
    for (const std::string& arguments : commands(entry.path(), "//     orrery ")) all.insert(without_comment(arguments));
    all.erase("run scenarios/examples/" + entry.path().filename().string());
  }
  return all;
}

class CommandOfAnExample : public testing::TestWithParam<std::string> {};

TEST_P(CommandOfAnExample, Runs) { Workplace().expect_runs(GetParam()); }

INSTANTIATE_TEST_SUITE_P(Documentation, CommandOfAnExample, testing::ValuesIn(commands_of_examples()));

TEST(Documentation, EveryExampleSaysHowToRunIt) {
  for (const auto& entry : std::filesystem::directory_iterator(root / "scenarios/examples")) {
    EXPECT_FALSE(commands(entry.path(), "//     orrery ").empty()) << entry.path();
  }
}

// One after another: some read what others wrote.
TEST(Documentation, EveryCommandOfTheReadmeRuns) {
  const Workplace workplace;
  const auto shown = commands(root / "README.md", "./orrery ");
  EXPECT_FALSE(shown.empty());
  const auto elsewhere = commands_of_examples();
  for (const std::string& arguments : shown) {
    if (!elsewhere.contains(without_comment(arguments))) workplace.expect_runs(arguments);
  }
}

}  // namespace
}  // namespace orrery::documentation
