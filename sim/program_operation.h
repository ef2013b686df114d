// Reads one operation of a Program's text; the grammar is in sim/program_text.h.
//
//     ProgramLine line("    compute: busy 1300000ps");
//     const Operation operation = operation_from(line, names);   // line.fault() says what is wrong with it
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/program.h"
#include "sim/program_line.h"

namespace orrery::sim {

/// What may be named, by name: labels, communicators or blocks in the order of their indices.
class ProgramNameTable {
 public:
  /// `name` must outlive the table.
  void add(std::string_view name);
  /// Of `word`, a part of `line`, which should be a `noun`; a fault there and 0 if there is no such name.
  std::int32_t index_of(ProgramLine& line, std::string_view word, std::string_view noun) const;

 private:
  std::unordered_map<std::string_view, std::int32_t> indices_;  // of the first of that name
  std::vector<std::string_view> names_;
};

/// What the lines above have named.
struct ProgramNames {
  ProgramNameTable labels, communicators, blocks;
  bool labels_known = false;  // false where the line of labels is missing: that was blamed once, and any label will do
};

/// Reads the rest of `line` but for its end.
Operation operation_from(ProgramLine& line, const ProgramNames& names);

}  // namespace orrery::sim
