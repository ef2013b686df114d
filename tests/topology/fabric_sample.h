// Sample files of fabrics and nodes, where the measured data are here, and what a reader says of bad input.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "sim/error.h"

namespace orrery::topology::test {

/// The file `name` below fabrics/ of ORRERY_DATA; nothing where that is not set.
inline std::optional<std::string> fabric_sample(const std::string& name) {
  const char* data = std::getenv("ORRERY_DATA");
  if (data == nullptr) return std::nullopt;
  const std::filesystem::path path = std::filesystem::path(data) / "fabrics" / name;
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  if (text.str().empty()) throw std::runtime_error(path.string() + " is not there or is empty");
  return text.str();
}

/// "place: what; remedy" of what `read` refuses; "read" where it does not.
template <class Read>
std::string refusal(const Read& read) {
  try {
    read();
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "read";
}

}  // namespace orrery::topology::test
