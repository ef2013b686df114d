#include "workloads/chakra_groups.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>

#include "sim/error.h"
#include "sim/printable.h"

namespace orrery::workloads {
namespace {

using nlohmann::json;

/// Ranks, each once and of those that there are; none where they are not.
std::optional<std::vector<std::int32_t>> ranks_from(const json& list, std::int32_t ranks) {
  if (!list.is_array()) return std::nullopt;
  std::vector<std::int32_t> members;
  for (const json& rank : list) {
    if (!rank.is_number_integer() || rank.get<std::int64_t>() < 0 || rank.get<std::int64_t>() >= ranks) return std::nullopt;
    members.push_back(rank.get<std::int32_t>());
  }
  std::vector<std::int32_t> ascending = members;
  std::sort(ascending.begin(), ascending.end());
  if (std::adjacent_find(ascending.begin(), ascending.end()) != ascending.end()) return std::nullopt;
  return members;
}

/// The list of objects that stands somewhere in `inputs`, without the backslashes of quotes within quotes.
std::string list_in(std::string_view inputs) {
  const std::size_t begin = inputs.find("[{");
  const std::size_t end = inputs.rfind("}]");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return "";
  std::string list(inputs.substr(begin, end + 2 - begin));
  std::erase(list, '\\');
  return list;
}

}  // namespace

ChakraGroups::ChakraGroups(std::int32_t ranks) : ranks_(ranks) {
  std::vector<std::int32_t> all(static_cast<std::size_t>(ranks));
  std::iota(all.begin(), all.end(), 0);
  groups_.push_back({"of all ranks", std::move(all)});
}

void ChakraGroups::add(const std::string& name, std::vector<std::int32_t> members) {
  const auto [entry, is_new] = numbers_.try_emplace(name, static_cast<std::int32_t>(groups_.size()));
  if (is_new) groups_.push_back({sim::printable(name), std::move(members)});
}

void ChakraGroups::read_file(std::string_view text, const std::string& name) {
  json document;
  try {
    document = json::parse(text);
  } catch (const json::exception& error) {
    throw sim::Error({.place = name, .what = sim::printable(error.what()), .remedy = "correct the JSON"});
  }
  if (!document.is_object()) {
    throw sim::Error({.place = name, .what = "is no object of groups", .remedy = "write {\"NAME\": [RANK, ...], ...}"});
  }
  for (const auto& [group, list] : document.items()) {
    auto members = ranks_from(list, ranks_);
    if (!members || members->empty()) {
      throw sim::Error(
          {.place = name,
           .what = "group \"" + sim::printable(group) + "\" is no list of ranks, each once and below " + std::to_string(ranks_),
           .remedy = "give a trace for every rank of the groups, or correct the list"});
    }
    add(group, std::move(*members));
  }
}

void ChakraGroups::read_inputs(std::string_view inputs, Tolerated& tolerated) {
  const json list = json::parse(list_in(inputs), nullptr, false);
  if (!list.is_array()) return tolerated.add("process groups that could not be read");
  for (const json& group : list) {
    const auto name = group.find("pg_name");
    if (!group.is_object() || name == group.end() || !name->is_string()) {
      tolerated.add("process groups that could not be read");
      continue;
    }
    const auto members = ranks_from(group.value("ranks", json::array()), ranks_);
    if (!members) {
      tolerated.add("process groups with ranks that have no trace (a collective in one is refused)");
      continue;
    }
    add(name->get<std::string>(), members->empty() ? groups_.front().members : *members);
  }
}

std::int32_t ChakraGroups::number_of(std::string_view name) const {
  if (name.empty()) return 0;
  const auto found = numbers_.find(std::string(name));
  return found == numbers_.end() ? -1 : found->second;
}

}  // namespace orrery::workloads
