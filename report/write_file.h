// Writes a whole file or nothing: into a temporary file beside it, then renamed over it.
#pragma once

#include <filesystem>
#include <string_view>

namespace orrery::report {

/// Makes missing parent directories. Throws sim::Error where the file cannot be written; the old one, if any, is then untouched.
void write_file(const std::filesystem::path& path, std::string_view content);

/// Throws as write_file would for a file in `folder`, which is made where it is missing: to be asked before long work.
void check_writable(const std::filesystem::path& folder);

}  // namespace orrery::report
