// Process groups of a Chakra trace, by name: those of a file beside it, and those that PyTorch's nodes "## process_group:init ##" tell.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "workloads/trace.h"

namespace orrery::workloads {

class ChakraGroups {
 public:
  /// All ranks are the group without a name.
  explicit ChakraGroups(std::int32_t ranks);

  /// {"1": [0, 1, 2], ...}. Throws sim::Error, placed at `name`.
  void read_file(std::string_view text, const std::string& name);
  /// [{"pg_name": "0", "ranks": [], "group_size": 2}, ...], in the quotes of Python or not; no ranks: all. What cannot be read is passed
  /// over.
  void read_inputs(std::string_view inputs, Tolerated& tolerated);

  /// Its number; -1 where none is of this name.
  std::int32_t number_of(std::string_view name) const;
  const std::vector<TraceGroup>& all() const { return groups_; }

 private:
  void add(const std::string& name, std::vector<std::int32_t> members);

  std::int32_t ranks_;
  std::vector<TraceGroup> groups_;
  std::unordered_map<std::string, std::int32_t> numbers_;
};

}  // namespace orrery::workloads
