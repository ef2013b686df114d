#include "cli/output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "sim/error.h"

namespace orrery::cli {
namespace {

void check_written(bool written) {
  if (written || errno == EPIPE) return;
  throw sim::Error({.place = "stdout",
                    .what = "cannot be written: " + std::generic_category().message(errno),
                    .remedy = "nothing that was printed is whole"});
}

}  // namespace

void print(std::string_view text) {
  check_written(std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0);
}

void flush_output() { check_written(std::fflush(stdout) == 0); }

std::function<void(double)> progress_line(std::string what) {
  using Clock = std::chrono::steady_clock;
  if (isatty(STDERR_FILENO) != 1) return {};
  // Wipes its line out when the last copy goes.
  struct Line {
    Clock::time_point start = Clock::now();
    Clock::time_point shown{};
    Line() = default;
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;
    ~Line() {
      if (shown != Clock::time_point{}) std::fputs("\r\x1b[K", stderr);
    }
  };
  return [what = std::move(what), line = std::make_shared<Line>()](double share) {
    constexpr double first_after = 0.5;
    constexpr double every = 0.2;
    const auto now = Clock::now();
    const double elapsed = std::chrono::duration<double>(now - line->start).count();
    if (elapsed < first_after || share <= 0 || std::chrono::duration<double>(now - line->shown).count() < every) return;
    line->shown = now;
    fmt::print(stderr, "\r{} {:.0f} %, {:.0f} s left\x1b[K", what, 100 * share, elapsed * (1 - share) / share);
  };
}

void say(std::string_view line) {
  const std::string text = "orrery: " + std::string(line) + "\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace orrery::cli
