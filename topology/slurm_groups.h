// Builds the groups of a SLURM topology one switch or block at a time and checks that they make a forest; both formats of
// topology/import_slurm.h use it.
//
//     SlurmGroups groups("topology.conf");
//     groups.add({.name = "core", .line = 1, .children = "su[1-2]"});
//     survey.groups = groups.finished();
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "topology/survey.h"

namespace orrery::topology {

/// As it stands in the file: lists of names unexpanded, empty where absent.
struct SlurmGroup {
  std::string name;
  int line = 0;
  std::string hosts{};
  std::string children{};
};

class SlurmGroups {
 public:
  static constexpr std::size_t most_names = 1U << 19U;  // in a file

  explicit SlurmGroups(std::string_view file) : file_(file) {}

  /// Throws sim::Error for faults of that one and names that stand before.
  void add(const SlurmGroup& group);
  /// Throws sim::Error for unknown children, two parents, and rings. The builder is empty afterwards.
  std::vector<PlacementGroup> finished();

  [[noreturn]] void fail(int line, const std::string& what, const std::string& remedy) const;

 private:
  std::vector<std::string> names(const std::string& list, int line);
  void claim(std::unordered_map<std::string, int>& lines, const std::string& name, int line, std::string_view what) const;
  void refuse_rings(const std::map<std::string, std::string>& parents) const;

  std::string file_;
  std::vector<PlacementGroup> groups_;
  std::unordered_map<std::string, int> group_lines_;
  std::unordered_map<std::string, int> host_lines_;
  std::size_t names_left_ = most_names;
};

}  // namespace orrery::topology
