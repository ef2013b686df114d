#include "cli/run_player.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "realrun/timeline_csv.h"
#include "report/write_file.h"
#include "scenarios/read_file.h"
#include "sim/error.h"
#include "sim/program_text.h"

namespace orrery::cli {
namespace {

constexpr std::size_t most_output = std::size_t{1} << 30U;

/// A folder that goes when it is no longer needed.
class PlayerFolder {
 public:
  PlayerFolder() {
    std::string name = std::filesystem::temp_directory_path() / "orrery-realrun-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
      throw sim::Error({.place = name, .what = "cannot be made", .remedy = "set TMPDIR to a folder that can be written"});
    }
    path_ = name;
  }
  ~PlayerFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PlayerFolder(const PlayerFolder&) = delete;
  PlayerFolder& operator=(const PlayerFolder&) = delete;

  std::string file(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// What the process ends with; its stdout goes nowhere.
int run_to_end(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) {
    throw sim::Error({.place = words[0], .what = "cannot be started", .remedy = "build it: ninja orrery_player"},
                     sim::ErrorKind::unavailable);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

sim::ErrorKind kind_of_exit(int exit) {
  switch (exit) {
    case 2:
      return sim::ErrorKind::bad_input;
    case 4:
      return sim::ErrorKind::infeasible;
    default:
      return sim::ErrorKind::unavailable;
  }
}

}  // namespace

std::int32_t launched_rank() {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  return rank == nullptr ? 0 : std::atoi(rank);
}

PlayedForReal run_player(const sim::Program& program, const PlayerOptions& options) {
  const PlayerFolder folder;
  report::write_file(folder.file("program"), sim::text_of(program));
  const int exit = run_to_end({ORRERY_PLAYER, folder.file("program"), "--samples", folder.file("samples"), "--timeline",
                               folder.file("timeline"), "--warm-ups", std::to_string(options.warm_ups), "--repeats",
                               std::to_string(options.repeats), "--patience", options.patience});
  if (exit != 0) {
    throw sim::Error(
        {.place = "the player", .what = "has failed, with exit code " + std::to_string(exit), .remedy = "see what it said above"},
        kind_of_exit(exit));
  }
  PlayedForReal played{.rank = launched_rank(), .timeline = {}, .samples = {}};
  if (played.rank != 0) return played;
  played.timeline = realrun::timeline_from_csv(program, scenarios::file_text(folder.file("timeline"), most_output), "timeline");
  played.samples = sim::samples_from(scenarios::file_text(folder.file("samples"), most_output), "samples");
  return played;
}

}  // namespace orrery::cli
