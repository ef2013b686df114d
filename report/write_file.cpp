#include "report/write_file.h"

#include <unistd.h>

#include <fstream>
#include <system_error>

#include "sim/error.h"

namespace orrery::report {

void write_file(const std::filesystem::path& path, std::string_view content) {
  const auto fail = [&path](const std::string& why) {
    throw sim::Error({.place = path.string(), .what = "cannot be written: " + why, .remedy = "choose a place that this user may write to"});
  };
  std::error_code error;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), error);
  if (error) fail(error.message());
  const std::filesystem::path temporary = path.string() + "." + std::to_string(::getpid()) + ".part";
  {
    std::ofstream stream(temporary, std::ios::binary | std::ios::trunc);
    stream.write(content.data(), static_cast<std::streamsize>(content.size()));
    stream.flush();
    if (!stream) {
      std::filesystem::remove(temporary, error);
      fail("the disk is full, or the place does not exist");
    }
  }
  std::filesystem::rename(temporary, path, error);
  if (error) {
    const std::string why = error.message();
    std::filesystem::remove(temporary, error);
    fail(why);
  }
}

}  // namespace orrery::report
