#include "cli/run_player.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
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
    std::error_code missing;
    std::string name = std::filesystem::temp_directory_path(missing) / "orrery-realrun-XXXXXX";
    if (missing || mkdtemp(name.data()) == nullptr) {
      throw sim::Error({.place = "a temporary folder", .what = "cannot be made", .remedy = "set TMPDIR to a folder that can be written"});
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

/// Keeps the signals that end this process, and that of a child's end, for who waits for them.
class HeldSignals {
 public:
  HeldSignals() {
    struct sigaction usual{};
    usual.sa_handler = SIG_DFL;  // where SIGCHLD is ignored nobody learns how a child ended
    sigaction(SIGCHLD, &usual, &child_action_);
    sigemptyset(&held_);
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM}) sigaddset(&held_, signal);
    pthread_sigmask(SIG_BLOCK, &held_, &before_);
  }
  ~HeldSignals() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    sigaction(SIGCHLD, &child_action_, nullptr);
  }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  const sigset_t& before() const { return before_; }
  /// The next; 0 where a second went by without.
  int next() const {
    constexpr timespec second{.tv_sec = 1, .tv_nsec = 0};
    return std::max(sigtimedwait(&held_, nullptr, &second), 0);
  }

 private:
  sigset_t held_{};
  sigset_t before_{};
  struct sigaction child_action_{};
};

pid_t started(std::vector<std::string>& words, const HeldSignals& signals) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &signals.before());
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = 0;
  const int failed = posix_spawn(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failed == 0) return child;
  throw sim::Error({.place = words[0], .what = "cannot be started", .remedy = "build it: ninja orrery_player"},
                   sim::ErrorKind::unavailable);
}

/// What the process ends with; its stdout goes nowhere. A signal that is to end this process is sent on to it.
int run_to_end(std::vector<std::string> words) {
  const HeldSignals signals;
  const pid_t child = started(words, signals);
  int status = 0;
  for (pid_t ended = 0; ended != child;) {
    const int signal = signals.next();
    if (signal == SIGINT || signal == SIGTERM) kill(child, signal);
    ended = waitpid(child, &status, WNOHANG);
    if (ended < 0 && errno != EINTR) {
      throw sim::Error({.place = words[0], .what = "cannot be waited for"}, sim::ErrorKind::unavailable);
    }
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
