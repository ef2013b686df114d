#include "cli/output.h"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

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

void say(std::string_view line) {
  const std::string text = "orrery: " + std::string(line) + "\n";
  std::fputs(text.c_str(), stderr);
}

}  // namespace orrery::cli
