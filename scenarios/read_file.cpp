#include "scenarios/read_file.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

#include "sim/error.h"

namespace orrery::scenarios {

std::string file_text(const std::filesystem::path& path, std::size_t most_bytes) {
  const auto fail = [&path](std::string what, std::string remedy) {
    throw sim::Error({.place = path.string(), .what = std::move(what), .remedy = std::move(remedy)});
  };
  const auto why = [] { return std::generic_category().message(errno); };
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) fail("no such file", "check the path");
  if (std::filesystem::is_directory(status)) fail("is a directory, not a file", "name a file in it");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), [](std::FILE* f) { return std::fclose(f); });
  if (!file) fail("cannot be read: " + why(), "check its permissions");
  std::string text;
  std::array<char, 1U << 16U> chunk;
  for (std::size_t count = 0; (count = std::fread(chunk.data(), 1, chunk.size(), file.get())) > 0;) {
    text.append(chunk.data(), count);
    if (text.size() > most_bytes) {
      fail(fmt::format("is larger than {} MiB", most_bytes >> 20U), "no file of ours is; is it the right one?");
    }
  }
  if (std::ferror(file.get()) != 0) fail("cannot be read: " + why(), "check the disk");
  return text;
}

}  // namespace orrery::scenarios
