// The completion scripts, in their shells: bash is there wherever Orrery is tested; zsh and fish are asked where they are installed.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using test::orrery;

std::string script_for(const std::string& shell) {
  const auto outcome = orrery("completion " + shell);
  EXPECT_EQ(outcome.exit, 0) << outcome.error;
  return outcome.out;
}

/// Runs a script of bash in `folder`, where completion.bash lies, and returns what it prints.
std::string bash(const std::filesystem::path& folder, const std::string& script) {
  std::ofstream(folder / "test.bash") << script;
  const std::string command = "cd '" + folder.string() + "' && bash --norc test.bash 2>&1";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) out.append(buffer.data(), n);
  return out;
}

bool is_installed(const std::string& shell) { return bash(std::filesystem::temp_directory_path(), "type -P " + shell) != ""; }

class BashCompletion : public testing::Test {
 protected:
  BashCompletion() { std::ofstream(folder_.path() / "completion.bash") << script_for("bash"); }

  /// What is offered for the last of `words`, which are given as bash breaks them.
  std::string offered(const std::string& words) {
    return bash(folder_.path(), "compopt() { :; }\n. ./completion.bash\nCOMP_WORDS=(" + words +
                                    ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_orrery\necho \"${COMPREPLY[*]}\"");
  }
  std::filesystem::path folder() const { return folder_.path(); }

 private:
  orrery::test::TemporaryFolder folder_;
};

TEST_F(BashCompletion, CommandsAndTheirOptions) {
  EXPECT_EQ(offered("orrery ru"), "run\n");
  EXPECT_EQ(offered("orrery --v"), "--version\n");
  EXPECT_EQ(offered("orrery run --se"), "--set --seed\n");
  EXPECT_EQ(offered("orrery list --se"), "\n");
}

TEST_F(BashCompletion, NamesThatAnArgumentMayBe) {
  EXPECT_EQ(offered("orrery list h"), "hardware\n");
  EXPECT_EQ(offered("orrery run x.json --engine fl"), "fluid\n");
  EXPECT_EQ(offered("orrery run x.json --engine = fl"), "fluid\n");
  EXPECT_EQ(offered("orrery completion ''"), "bash zsh fish\n");
  EXPECT_EQ(offered("orrery schema mo"), "models\n");
  EXPECT_EQ(offered("orrery run x.json --seed ''"), "\n");
}

TEST_F(BashCompletion, ScenariosAreFilesAndExamples) {
  for (const char* name : {"mt-mine.json", "mt-mine.program", "mt-mine.txt"}) std::ofstream(folder() / name) << "";
  std::filesystem::create_directory(folder() / "mt-folder");
  const std::string all = offered("orrery check mt-");
  EXPECT_EQ(all.find("mt-nlg-530b"), 0U) << all;
  for (const char* name : {"mt-mine.json", "mt-mine.program", "mt-folder"}) EXPECT_NE(all.find(name), std::string::npos) << all;
  EXPECT_EQ(all.find("mt-mine.txt"), std::string::npos) << all;
  EXPECT_EQ(offered("orrery run x --out mt-"), "mt-folder\n");
  EXPECT_EQ(offered("orrery init mt-"), "mt-nlg-530b\n");
}

TEST_F(BashCompletion, EachArgumentHasItsPlace) {
  std::ofstream(folder() / "runs.json") << "";
  EXPECT_EQ(offered("orrery import ru"), "runs\n");
  EXPECT_EQ(offered("orrery import runs ru"), "runs.json\n");
  EXPECT_EQ(offered("orrery import -o x ru"), "runs\n") << "x is the option's";
  EXPECT_EQ(offered("orrery import runs -o = x ru"), "runs.json\n");
  EXPECT_EQ(offered("orrery import chakra x.et ru"), "runs.json\n") << "a file a rank";
  EXPECT_EQ(offered("orrery list hardware ''"), "\n");
  EXPECT_EQ(offered("orrery run --set = a.b = c ru"), "runs.json\n");
  EXPECT_EQ(offered("orrery run --set a.b=c --json ru"), "runs.json\n");
  EXPECT_EQ(offered("orrery check a.json b.json ru"), "runs.json\n");
}

TEST_F(BashCompletion, PathsOfSetStepByStepAndTheirValues) {
  EXPECT_EQ(offered("orrery run --set clu"), "cluster.\n");
  EXPECT_EQ(offered("orrery run --set cluster.n"), "cluster.node= cluster.node. cluster.nodes=\n");
  EXPECT_EQ(offered("orrery run --set workload.parallelism.t"), "workload.parallelism.tensor=\n");
  EXPECT_EQ(offered("orrery run --set cluster.node.gpu.mem"), "cluster.node.gpu.memory= cluster.node.gpu.memory_bandwidth=\n");
  EXPECT_EQ(offered("orrery run --set cluster.fabric.routing ="), "d-mod-k s-mod-k minhop updown ecmp adaptive valiant ugal lft\n");
  EXPECT_EQ(offered("orrery run --set cluster.fabric.routing = s"), "s-mod-k\n");
  EXPECT_EQ(offered("orrery run --set = cluster.fabric.routing = s"), "s-mod-k\n");
  EXPECT_EQ(offered("orrery run --set workload.parallelism.sequence = t"), "true\n");
  EXPECT_EQ(offered("orrery run --set cluster.node = dgx-h"), "dgx-h100 dgx-h200\n");
  EXPECT_EQ(offered("orrery run --set cluster.fabric.routing=s"), "cluster.fabric.routing=s-mod-k\n") << "where = breaks no words";
}

TEST_F(BashCompletion, EveryCommandThatTakesChangesCompletesThem) {
  const std::string help = orrery("--help").out;
  const std::regex command("\n  ([a-z]+) +[A-Z]");
  int found = 0;
  for (std::sregex_iterator it(help.begin(), help.end(), command), end; it != end; ++it) {
    const std::string name = (*it)[1];
    EXPECT_NE((" " + offered("orrery ''")).find(" " + name + " "), std::string::npos) << name;
    if (orrery(name + " --help").out.find("\n  --set ") == std::string::npos) continue;
    EXPECT_EQ(offered("orrery " + name + " --set clu"), "cluster.\n") << name << ": its --set needs type_name(\"PATH=VALUE\")";
    ++found;
  }
  EXPECT_GE(found, 3);
}

// A calibration of one's own has any name; a script that completes must not run it.
TEST_F(BashCompletion, NamesThatAShellWouldReadOtherwiseAreLeftOut) {
  std::filesystem::create_directory(folder() / "calibrations");
  for (const char* name : {"a$(touch owned).json", "b;c.json", "d e.json", "mine.json"})
    std::ofstream(folder() / "calibrations" / name) << "{}";
  const std::string script = orrery("completion bash", folder()).out;
  EXPECT_NE(script.find("mine"), std::string::npos);
  for (const char* part : {"touch", "b;c", "d e"}) EXPECT_EQ(script.find(part), std::string::npos) << part;
}

TEST(Completion, EveryScriptIsReadByItsShell) {
  const orrery::test::TemporaryFolder folder;
  for (const auto& [shell, check] : {std::pair("bash", "bash -n"), std::pair("zsh", "zsh -n"), std::pair("fish", "fish --no-execute")}) {
    const std::string script = script_for(shell);
    EXPECT_NE(script.find("cluster.fabric.routing"), std::string::npos) << shell;
    EXPECT_NE(script.find("megatron-1t"), std::string::npos) << shell;
    std::ofstream(folder.path() / shell) << script;
    if (!is_installed(shell)) continue;
    EXPECT_EQ(bash(folder.path(), std::string(check) + " " + shell), "") << shell;
  }
}

TEST(Completion, FishOffersWhatBashDoes) {
  if (!is_installed("fish")) GTEST_SKIP() << "fish is not installed";
  const orrery::test::TemporaryFolder folder;
  std::ofstream(folder.path() / "orrery.fish") << script_for("fish");
  const auto offered = [&](const std::string& line) {
    return bash(folder.path(), "fish --no-config -c 'source orrery.fish; complete -C \"" + line + "\"' | cut -f 1 | xargs");
  };
  EXPECT_EQ(offered("orrery run --set clu"), "cluster.\n");
  EXPECT_EQ(offered("orrery run --set cluster.fabric.routing=s"), "cluster.fabric.routing=s-mod-k\n");
  EXPECT_EQ(offered("orrery list h"), "hardware\n");
  EXPECT_EQ(offered("orrery list hardware h"), "\n");
  std::ofstream(folder.path() / "runs.json") << "";
  EXPECT_EQ(offered("orrery import -o x ru"), "runs\n");
  EXPECT_EQ(offered("orrery import runs ru"), "runs.json\n");
}

TEST(Completion, AnUnknownShellIsRefused) {
  const auto outcome = orrery("completion bsh");
  EXPECT_EQ(outcome.exit, 2);
  EXPECT_EQ(outcome.error, "orrery: there is no completion for the shell \"bsh\"; did you mean \"bash\"?\n");
}

}  // namespace
}  // namespace orrery::cli
