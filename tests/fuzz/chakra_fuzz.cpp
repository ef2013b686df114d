// Any bytes as Chakra traces, a file a rank, parted by "%%%%": binary, JSON or gzipped; and the first as that of three ranks. What begins
// with "groups" is the file of process groups.
#include "tests/fuzz/check_import.h"
#include "tests/fuzz/target.h"
#include "workloads/gunzip.h"
#include "workloads/import_chakra.h"

namespace orrery::fuzz {

void read(std::string_view text) {
  constexpr std::string_view between = "%%%%";
  constexpr std::string_view groups = "groups";
  constexpr std::size_t most_files = 6;
  constexpr std::size_t most_bytes = 1U << 20U;
  std::vector<workloads::ChakraSource> sources;
  workloads::ChakraOptions options{.groups_name = "groups.json"};
  for (std::size_t at = 0; at <= text.size() && sources.size() < most_files;) {
    const std::size_t end = std::min(text.find(between, at), text.size());
    const std::string_view part = text.substr(at, end - at);
    at = end + between.size();
    if (part.starts_with(groups)) {
      options.groups = part.substr(groups.size());
      continue;
    }
    auto bytes = read_or_refused([&] { return workloads::gunzipped(std::string(part), "x.et", most_bytes); });
    if (bytes) sources.push_back({"x." + std::to_string(sources.size()) + ".et", std::move(*bytes)});
  }
  if (sources.empty()) return;
  check_import([&] { return workloads::read_chakra(sources, options); });
  sources.resize(1);
  options.ranks = 3;
  options.comm_size = workloads::CommSize::whole;
  check_import([&] { return workloads::read_chakra(sources, options); });
}

}  // namespace orrery::fuzz
