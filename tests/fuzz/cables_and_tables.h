// A survey of which an input may hold two dumps: the cables of one with the tables of another, apart by a line of their own.
#pragma once

#include <optional>
#include <string_view>

#include "tests/fuzz/check_faults.h"
#include "topology/read_survey.h"

namespace orrery::fuzz {

inline constexpr std::string_view tables_mark = "\n=== tables\n";

/// Nothing where either is refused, or there is no mark.
inline std::optional<topology::Survey> cables_and_tables(std::string_view text) {
  const std::size_t at = text.find(tables_mark);
  if (at == text.npos) return std::nullopt;
  auto cables = read_or_refused([&] { return topology::read_survey(text.substr(0, at + 1), "x"); });
  auto tables = read_or_refused([&] { return topology::read_survey(text.substr(at + tables_mark.size()), "x"); });
  if (!cables || !tables) return std::nullopt;
  cables->tables = std::move(tables->tables);
  return cables;
}

}  // namespace orrery::fuzz
