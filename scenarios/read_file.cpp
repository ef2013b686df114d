#include "scenarios/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "sim/error.h"

namespace orrery::scenarios {
namespace {

class OpenFile {
 public:
  explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
  ~OpenFile() { close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

[[noreturn]] void refuse(const std::filesystem::path& path, std::string what, std::string remedy) {
  throw sim::Error({.place = path.string(), .what = std::move(what), .remedy = std::move(remedy)});
}

/// Without waiting, as opening a pipe does until somebody opens its other end.
int opened(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor >= 0) return descriptor;
  if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG) refuse(path, "no such file", "check the path");
  refuse(path, "cannot be read: " + std::generic_category().message(errno), "check the path and its permissions");
}

/// Whether somebody writes into the pipe, or did: not waited for without end.
bool has_writer(const OpenFile& pipe) {
  constexpr int patience = 1'000;  // milliseconds
  pollfd waiting{pipe.descriptor(), POLLIN, 0};
  return poll(&waiting, 1, patience) > 0;
}

}  // namespace

std::string file_text(const std::filesystem::path& path, std::size_t most_bytes) {
  const OpenFile file(opened(path));
  struct stat status{};
  if (fstat(file.descriptor(), &status) != 0) refuse(path, "cannot be read: " + std::generic_category().message(errno), "check the disk");
  if (S_ISDIR(status.st_mode)) refuse(path, "is a directory, not a file", "name a file in it");
  const auto refuse_size = [&] {
    refuse(path, fmt::format("is larger than {} MiB", most_bytes >> 20U), "no file of ours is; is it the right one?");
  };
  if (S_ISREG(status.st_mode) && static_cast<std::uintmax_t>(status.st_size) > most_bytes) refuse_size();
  const bool is_idle = S_ISFIFO(status.st_mode) && !has_writer(file);
  std::string text;
  std::array<char, 1U << 16U> chunk;
  while (true) {
    const ssize_t count = ::read(file.descriptor(), chunk.data(), chunk.size());
    if (count == 0 && text.empty() && is_idle) refuse(path, "is a pipe that nobody writes into", "start its writer first");
    if (count == 0) return text;
    if (count < 0 && errno == EAGAIN) {  // there is more to come, and now we wait for it
      fcntl(file.descriptor(), F_SETFL, fcntl(file.descriptor(), F_GETFL) & ~O_NONBLOCK);
    } else if (count < 0 && errno != EINTR) {
      refuse(path, "cannot be read: " + std::generic_category().message(errno), "check the disk");
    }
    if (count > 0) text.append(chunk.data(), static_cast<std::size_t>(count));
    if (text.size() > most_bytes) refuse_size();
  }
}

}  // namespace orrery::scenarios
