#include "cli/traced_ranks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "report/perfetto_trace.h"
#include "sim/error.h"
#include "workloads/training_run.h"

namespace orrery::cli {
namespace {

sim::Error wrong_ranks(std::string what, std::string remedy) {
  return sim::Error({.place = "--trace-ranks", .what = std::move(what), .remedy = std::move(remedy)});
}

/// A rank of the Program, which must be the whole text.
std::int32_t rank_from(std::string_view text, const sim::Program& program) {
  std::int32_t rank = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rank);
  if (error == std::errc::invalid_argument || end != text.data() + text.size() || text.starts_with('-')) {
    throw wrong_ranks(fmt::format("\"{}\" is no rank", text), "write ranks and ranges of them, e.g. 0,8..15");
  }
  if (error != std::errc{} || rank >= program.ranks) {
    throw wrong_ranks(fmt::format("there is no rank {}", text), fmt::format("the last one is {}", program.ranks - 1));
  }
  return rank;
}

void append_range(std::string_view text, const sim::Program& program, std::vector<std::int32_t>& ranks) {
  const std::size_t dots = text.find("..");
  const std::int32_t first = rank_from(text.substr(0, dots), program);
  const std::int32_t last = dots == text.npos ? first : rank_from(text.substr(dots + 2), program);
  if (last < first) throw wrong_ranks(fmt::format("\"{}\" goes backwards", text), "write the lower rank first");
  for (std::int32_t rank = first; rank <= last; ++rank) ranks.push_back(rank);
}

void sort_apart(std::vector<std::int32_t>& ranks) {
  std::ranges::sort(ranks);
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
}

}  // namespace

std::vector<std::int32_t> traced_ranks(const std::optional<std::string>& text, const sim::Program& program) {
  std::vector<std::int32_t> ranks;
  if (!text) ranks = workloads::first_of_roles(program);
  for (std::size_t begin = 0; text && begin <= text->size();) {
    const std::size_t end = std::min(text->find(',', begin), text->size());
    append_range(std::string_view(*text).substr(begin, end - begin), program, ranks);
    sort_apart(ranks);  // each time, so that the list stays as short as the Program
    begin = end + 1;
  }
  sort_apart(ranks);
  if (const std::int64_t operations = report::traced_operations(program, ranks); operations > report::most_traced_operations) {
    throw wrong_ranks(fmt::format("a trace of {} ranks would tell of {} operations, more than {}", ranks.size(), operations,
                                  report::most_traced_operations),
                      "name fewer ranks, e.g. --trace-ranks 0");
  }
  return ranks;
}

}  // namespace orrery::cli
