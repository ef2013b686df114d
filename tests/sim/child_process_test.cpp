#include "sim/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace orrery::sim {
namespace {

// Every part filled, `size` entries each.
Timeline some_timeline(std::size_t size) {
  Timeline timeline;
  timeline.end = Time{12'345};
  timeline.labels = 2;
  timeline.events = 77;
  timeline.irregular = true;
  for (std::size_t i = 0; i < size; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    const auto id = static_cast<std::uint32_t>(i);
    timeline.actor_ends.push_back(Time{n});
    timeline.accounts.push_back({Duration{n}, Duration{2 * n}});
    timeline.served.push_back(-n);
    timeline.spans.push_back({ActorId{id}, 3, 4, 5, Time{n}, Time{n + 1}, Time{n + 2}});
    timeline.classes.of_actor.push_back(id);
    timeline.classes.of_resource.push_back(id + 1);
  }
  return timeline;
}

std::string failure_of(const std::function<Timeline(const PlayOptions&)>& play) {
  try {
    play_in_child("The engine", play, {});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    return error.faults().front().what;
  }
  return "";
}

TEST(ChildProcess, ATimelineComesBackWhole) {
  for (const std::size_t size : {0U, 1U, 200'000U}) {  // more than a pipe holds
    const Timeline timeline = some_timeline(size);
    EXPECT_TRUE(play_in_child("The engine", [&](const PlayOptions&) { return timeline; }, {}) == timeline);
  }
}

TEST(ChildProcess, ItPlaysInAnotherProcess) {
  const pid_t here = getpid();
  int plays = 0;
  const auto play = [&](const PlayOptions&) {
    ++plays;
    Timeline timeline;
    timeline.events = getpid() == here ? 0 : 1;
    return timeline;
  };
  EXPECT_EQ(play_in_child("The engine", play, {}).events, 1U);
  EXPECT_EQ(plays, 0);
}

TEST(ChildProcess, OptionsGoInAndProgressComesOut) {
  std::vector<double> told;
  const PlayOptions options{.recorded = {ActorId{3}}, .progress = [&](double share) { told.push_back(share); }};
  const auto play = [](const PlayOptions& in_child) {
    for (int i = 1; i <= 1'000; ++i) in_child.progress(i / 1'000.0);
    Timeline timeline;
    timeline.events = in_child.recorded.size() == 1 ? index(in_child.recorded[0]) : 0;
    return timeline;
  };
  EXPECT_EQ(play_in_child("The engine", play, options).events, 3U);
  ASSERT_EQ(told.size(), 1'000U);
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(told.back(), 1);
}

TEST(ChildProcess, AnErrorComesBackAsItWas) {
  const std::vector<Fault> faults = {{"pod.json:1:2", "no such thing", "write another"}, {"", "nor that", ""}};
  try {
    play_in_child("The engine", [&](const PlayOptions&) -> Timeline { throw Error(faults, ErrorKind::infeasible); }, {});
    FAIL() << "an error was swallowed";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::infeasible);
    ASSERT_EQ(error.faults().size(), 2U);
    EXPECT_EQ(to_text(error.faults()[0]), to_text(faults[0]));
    EXPECT_EQ(to_text(error.faults()[1]), to_text(faults[1]));
  }
}

TEST(ChildProcess, WhateverElseGoesWrongIsAnErrorThatNamesTheEngine) {
  EXPECT_EQ(failure_of([](const PlayOptions&) -> Timeline { throw std::runtime_error("no luck"); }), "The engine failed: no luck");
  EXPECT_EQ(failure_of([](const PlayOptions&) -> Timeline { _exit(3); }), "The engine left with exit 3 before it had a result");
  EXPECT_EQ(failure_of([](const PlayOptions&) -> Timeline {
              std::signal(SIGTERM, SIG_DFL);
              raise(SIGTERM);
              return {};
            }),
            "The engine was ended by signal 15 before it had a result");
  EXPECT_EQ(failure_of([](const PlayOptions&) -> Timeline { throw 3; }), "The engine left with exit 1 before it had a result");
}

TEST(ChildProcess, NoProcessAndNoDescriptorIsLeftOver) {
  const auto descriptors = [] {
    std::vector<std::string> open;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) open.push_back(entry.path().filename());
    return open.size();
  };
  const std::size_t before = descriptors();
  for (int i = 0; i < 20; ++i) {
    play_in_child("The engine", [](const PlayOptions&) { return Timeline{}; }, {});
    failure_of([](const PlayOptions&) -> Timeline { _exit(3); });
  }
  EXPECT_EQ(descriptors(), before);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

// A signal every millisecond that interrupts what is under way, for as long as the object lives.
class Interruptions {
 public:
  Interruptions() {
    struct sigaction action{};
    action.sa_handler = [](int) {};  // without SA_RESTART
    sigaction(SIGALRM, &action, &before_);
    set_every(1'000);
  }
  ~Interruptions() {
    set_every(0);
    sigaction(SIGALRM, &before_, nullptr);
  }
  Interruptions(const Interruptions&) = delete;
  Interruptions& operator=(const Interruptions&) = delete;

 private:
  static void set_every(suseconds_t microseconds) {
    const itimerval timer{{0, microseconds}, {0, microseconds}};
    setitimer(ITIMER_REAL, &timer, nullptr);
  }
  struct sigaction before_{};
};

TEST(ChildProcess, SignalsHereOrThereInterruptNothing) {
  const Timeline timeline = some_timeline(500'000);
  const auto interrupted_play = [&](const PlayOptions&) {
    new Interruptions;  // to the end of the child
    return timeline;
  };
  EXPECT_TRUE(play_in_child("The engine", interrupted_play, {}) == timeline);
  const Interruptions interruptions;
  EXPECT_TRUE(play_in_child("The engine", [&](const PlayOptions&) { return timeline; }, {}) == timeline);
}

TEST(ChildProcess, WhereTheCallerGivesUpTheChildGoesToo) {
  const auto play = [](const PlayOptions& options) -> Timeline {
    for (;;) options.progress(0.5);
  };
  const auto give_up = [](double) { throw std::runtime_error("enough"); };
  EXPECT_THROW(play_in_child("The engine", play, {.progress = give_up}), std::runtime_error);
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST(ChildProcess, WhatTheCallerHadBufferedIsWrittenOnce) {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder.path() / "out";
  std::fflush(stdout);
  const int terminal = dup(STDOUT_FILENO);
  const int file = open(path.c_str(), O_CREAT | O_WRONLY, 0600);
  dup2(file, STDOUT_FILENO);
  std::fputs("once", stdout);
  play_in_child("The engine",
                [](const PlayOptions&) {
                  std::fflush(stdout);
                  return Timeline{};
                },
                {});
  std::fflush(stdout);
  dup2(terminal, STDOUT_FILENO);
  close(terminal);
  close(file);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "once");
}

TEST(ChildProcess, NoHandlerOfTheCallersRunsThere) {
  const test::TemporaryFolder folder;
  static std::filesystem::path left;  // where the handler may find it
  left = folder.path() / "left";
  std::atexit([] { std::ofstream(left) << "a handler ran"; });
  play_in_child("The engine", [](const PlayOptions&) { return Timeline{}; }, {});
  failure_of([](const PlayOptions&) -> Timeline { throw std::runtime_error("no luck"); });
  EXPECT_FALSE(std::filesystem::exists(left));
}

// Else a child that lives on would hold an end of another's pipe, and whoever reads that would wait for both.
TEST(ChildProcess, ItHoldsNoDescriptorOfTheCallers) {
  int ends[2] = {};
  ASSERT_EQ(pipe(ends), 0);
  const auto play = [&](const PlayOptions&) {
    Timeline timeline;
    for (int descriptor = 0; descriptor < 1'000; ++descriptor) timeline.events += fcntl(descriptor, F_GETFD) >= 0 ? 1 : 0;
    return timeline;
  };
  EXPECT_EQ(play_in_child("The engine", play, {}).events, 4U);  // stdin, stdout, stderr and the one it answers through
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace orrery::sim
