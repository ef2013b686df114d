#include "workloads/import_chakra.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sim/error.h"
#include "sim/printable.h"
#include "workloads/chakra_file.h"
#include "workloads/chakra_groups.h"
#include "workloads/chakra_rank.h"

namespace orrery::workloads {
namespace {

constexpr std::string_view group_node = "## process_group:init ##";

std::size_t rank_index(std::int32_t rank) { return static_cast<std::size_t>(rank); }

/// The file of each rank, -1 where there is none.
std::vector<std::int32_t> files_by_rank(std::span<const ChakraSource> sources) {
  std::vector<std::int32_t> files;
  for (std::int32_t i = 0; i < std::ssize(sources); ++i) {
    const std::string& name = sources[rank_index(i)].name;
    const std::size_t rank = sources.size() == 1 ? 0 : rank_index(chakra_rank(name));
    if (rank >= files.size()) files.resize(rank + 1, -1);
    if (files[rank] >= 0) {
      throw sim::Error({.place = name,
                        .what = "is of rank " + std::to_string(rank) + " as " + sources[rank_index(files[rank])].name + " is",
                        .remedy = "name files PREFIX.RANK.et, and give each rank one"});
    }
    files[rank] = i;
  }
  return files;
}

void check_alone(const TraceRank& rank, const std::string& name) {
  const auto is_message = [](const TraceOperation& each) { return each.kind == TraceKind::send || each.kind == TraceKind::receive; };
  if (std::none_of(rank.operations.begin(), rank.operations.end(), is_message)) return;
  throw sim::Error({.place = name,
                    .what = "has messages to other ranks, so that these do not do as it says",
                    .remedy = "give a file for every rank instead of --ranks"});
}

/// "a/wl.0.et" is "wl".
std::string prefix_of(const std::string& name) {
  const std::size_t slash = name.find_last_of('/');
  const std::string file = name.substr(slash == std::string::npos ? 0 : slash + 1);
  return sim::printable(file.substr(0, file.find('.')));
}

}  // namespace

std::int32_t chakra_rank(const std::string& name) {
  std::string_view rest = name;
  for (const std::string_view ending : {".gz", ".et", ".json"}) {
    if (rest.ends_with(ending)) rest.remove_suffix(ending.size());
  }
  const std::size_t dot = rest.find_last_of('.');
  if (dot == std::string_view::npos) return 0;
  rest.remove_prefix(dot + 1);
  std::int32_t rank = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), rank);
  constexpr std::int32_t most = 1 << 20;
  if (error != std::errc{} || end != rest.data() + rest.size() || rank < 0 || rank > most) return 0;
  return rank;
}

Trace read_chakra(std::span<const ChakraSource> sources, const ChakraOptions& options) {
  std::vector<std::int32_t> files = files_by_rank(sources);
  const bool alike = options.ranks > 1;
  if (alike && sources.size() > 1) {
    throw sim::Error(
        {.place = "--ranks", .what = "there are " + std::to_string(sources.size()) + " files", .remedy = "give one file, or leave it out"});
  }
  if (alike) files.resize(rank_index(options.ranks), -1);
  Trace trace{.name = prefix_of(sources[0].name), .noun = "node"};
  trace.ranks.resize(files.size());
  ChakraGroups groups(static_cast<std::int32_t>(files.size()));
  if (!options.groups.empty()) groups.read_file(options.groups, options.groups_name);
  ChakraLabels labels;
  for (std::size_t rank = 0; rank < files.size(); ++rank) {
    if (files[rank] < 0) continue;
    const ChakraSource& source = sources[rank_index(files[rank])];
    const ChakraFile file = read_chakra_file(source.bytes, source.name);
    for (const ChakraNode& node : file.nodes) {
      if (node.name == group_node) groups.read_inputs(node.inputs, trace.tolerated);
    }
    trace.ranks[rank] = chakra_rank_of(file, source.name, {groups, options.comm_size, options.eager}, labels, trace);
  }
  trace.tolerated.add("ranks without a file", alike ? 0 : std::count(files.begin(), files.end(), -1));
  trace.groups = groups.all();
  trace.labels = labels.names();
  if (alike) {
    check_alone(trace.ranks.front(), sources[0].name);
    constexpr std::size_t most = 50'000'000;
    if (trace.ranks.front().operations.size() > most / files.size()) {
      throw sim::Error({.place = "--ranks", .what = "more than 50 million operations in all", .remedy = "take fewer ranks"});
    }
    std::fill(trace.ranks.begin() + 1, trace.ranks.end(), trace.ranks.front());
  }
  return trace;
}

}  // namespace orrery::workloads
