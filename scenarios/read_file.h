// Reads a whole file.
//
//     const std::string text = file_text("pod.json", 16U << 20U);
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace orrery::scenarios {

/// Pipes and devices are read to their end. Throws sim::Error where there is no such file, it is a directory, it cannot be read, it is
/// larger than `most_bytes` (at once, where its size is known), or it is a pipe that nobody begins to write into within a second.
std::string file_text(const std::filesystem::path& path, std::size_t most_bytes);

}  // namespace orrery::scenarios
