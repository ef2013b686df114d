#include "workloads/nccl_filter.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

// In NCCL's order.
constexpr std::array<const char*, nccl_algorithm_count> algorithm_words = {"tree",     "ring", "collnetdirect", "collnetchain", "nvls",
                                                                           "nvlstree", "pat"};
constexpr std::array<const char*, protocol_count> protocol_words = {"ll", "ll128", "simple"};
constexpr std::array<const char*, 5> kind_words = {"broadcast", "reduce", "allgather", "reducescatter", "allreduce"};

/// Of the kinds above; none for what NCCL does not tune.
std::optional<std::size_t> number_of(CollectiveKind kind) {
  switch (kind) {
    case CollectiveKind::broadcast:
      return 0;
    case CollectiveKind::reduce:
      return 1;
    case CollectiveKind::all_gather:
      return 2;
    case CollectiveKind::reduce_scatter:
      return 3;
    case CollectiveKind::all_reduce:
    case CollectiveKind::barrier:
      return 4;
    case CollectiveKind::all_to_all:
    case CollectiveKind::gather:
    case CollectiveKind::scatter:
      break;
  }
  return std::nullopt;
}

std::vector<std::string_view> parts(std::string_view text, char separator) {
  std::vector<std::string_view> result;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

/// NCCL's words, and those that we print: "nvls_tree" and "all_reduce" are NCCL's "nvlstree" and "allreduce".
std::size_t place_among(std::span<const char* const> words, std::string_view written, const char* variable) {
  std::string lower(written);
  std::erase(lower, '_');
  for (char& letter : lower) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  const auto found = std::ranges::find_if(words, [&](const char* word) { return lower == word; });
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::vector<std::string> known(words.begin(), words.end());
  const std::string nearest = sim::nearest_name(written, known);
  std::string remedy = "did you mean " + nearest + "?";
  if (nearest.empty()) {
    remedy = "NCCL knows";
    for (const std::string& word : known) remedy += (word == known.front() ? " " : ", ") + word;
  }
  throw sim::Error({.place = variable,
                    .what = written.empty() ? std::string("a word is missing") : "\"" + std::string(written) + "\" is unknown",
                    .remedy = remedy});
}

/// A list of words, or "^" and those that are left out.
template <std::size_t Count>
std::bitset<Count> set_of(std::string_view list, const std::array<const char*, Count>& words, const char* variable) {
  const bool all_but = list.starts_with('^');
  std::bitset<Count> set;
  for (const std::string_view word : parts(all_but ? list.substr(1) : list, ',')) set.set(place_among(words, word, variable));
  return all_but ? ~set : set;
}

/// What one variable says, by kind; `is_listed` is set for the kinds that it speaks of.
template <std::size_t Count>
void parse(std::string_view text, const std::array<const char*, Count>& words, const char* variable,
           std::array<std::bitset<Count>, kind_words.size()>& sets, std::bitset<kind_words.size()>& is_listed) {
  if (text.empty()) return;
  const std::vector<std::string_view> lists = parts(text, ';');
  for (std::size_t i = 0; i < lists.size(); ++i) {
    const std::size_t colon = lists[i].find(':');
    if (colon == std::string_view::npos) {
      if (i > 0) {
        throw sim::Error({.place = variable,
                          .what = "\"" + std::string(lists[i]) + "\" would undo the lists before it",
                          .remedy = "put a collective before it: allreduce:" + std::string(lists[i])});
      }
      sets.fill(set_of(lists[i], words, variable));
      is_listed.set();
      continue;
    }
    const std::size_t kind = place_among(kind_words, lists[i].substr(0, colon), variable);
    sets[kind] = set_of(lists[i].substr(colon + 1), words, variable);
    is_listed.set(kind);
  }
}

}  // namespace

NcclFilter::NcclFilter() {
  for (auto& algorithms : algorithms_) algorithms.set();
  for (auto& protocols : protocols_) protocols.set();
}

bool NcclFilter::allows(CollectiveKind kind, NcclAlgorithm algorithm, Protocol protocol) const {
  const std::optional<std::size_t> number = number_of(kind);
  return !number ||
         (algorithms_[*number].test(static_cast<std::size_t>(algorithm)) && protocols_[*number].test(static_cast<std::size_t>(protocol)));
}

bool NcclFilter::insists_on_ll128(CollectiveKind kind) const {
  const std::optional<std::size_t> number = number_of(kind);
  return number && lists_protocols_.test(*number) && protocols_[*number].test(static_cast<std::size_t>(Protocol::ll128));
}

NcclFilter parse_nccl_filter(std::string_view algorithms, std::string_view protocols) {
  NcclFilter filter;
  std::bitset<NcclFilter::tuned_kinds> lists_algorithms;
  parse(algorithms, algorithm_words, "NCCL_ALGO", filter.algorithms_, lists_algorithms);
  parse(protocols, protocol_words, "NCCL_PROTO", filter.protocols_, filter.lists_protocols_);
  return filter;
}

}  // namespace orrery::workloads
