// What was gzipped, plain.
//
//     const std::string plain = gunzipped(std::move(bytes), "wl.0.et.gz", std::size_t{1} << 30U);
#pragma once

#include <string>

namespace orrery::workloads {

/// `bytes` themselves where they do not begin as gzip does. Throws sim::Error placed at `name`: cut off or damaged, or more than
/// `most_bytes` when unpacked, or an archive of files (tar), which has to be unpacked first.
std::string gunzipped(std::string bytes, const std::string& name, std::size_t most_bytes);

}  // namespace orrery::workloads
