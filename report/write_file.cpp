#include "report/write_file.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "sim/error.h"

namespace orrery::report {
namespace {

/// False where it fails, and errno says why.
bool write_all(const std::filesystem::path& path, std::string_view content) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file == nullptr) return false;
  const bool written = std::fwrite(content.data(), 1, content.size(), file) == content.size() && std::fflush(file) == 0;
  const int why = errno;
  if (std::fclose(file) != 0) return false;
  errno = why;
  return written;
}

}  // namespace

void check_writable(const std::filesystem::path& folder) {
  const std::filesystem::path probe = folder / (".orrery." + std::to_string(::getpid()));
  try {
    write_file(probe, "");
  } catch (const sim::Error& error) {
    sim::Fault fault = error.faults().front();
    fault.place = folder.string();
    throw sim::Error(std::move(fault));
  }
  std::error_code ignored;
  std::filesystem::remove(probe, ignored);
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  const auto fail = [&path](const std::string& why) {
    throw sim::Error({.place = path.string(), .what = "cannot be written: " + why, .remedy = "choose a place that this user may write to"});
  };
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) fail(error.message());
  const std::filesystem::path temporary = path.string() + "." + std::to_string(::getpid()) + ".part";
  if (!write_all(temporary, content)) {
    const std::string why = std::generic_category().message(errno);
    std::filesystem::remove(temporary, error);
    fail(why);
  }
  std::filesystem::rename(temporary, path, error);
  if (error) {
    const std::string why = error.message();
    std::filesystem::remove(temporary, error);
    fail(why);
  }
}

}  // namespace orrery::report
