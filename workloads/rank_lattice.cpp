#include "workloads/rank_lattice.h"

#include <algorithm>

namespace orrery::workloads {

std::optional<sim::Lattice> lattice_of(std::span<const std::int32_t> ranks) {
  sim::Lattice lattice{.first = ranks.front()};
  for (std::size_t block = 1; block < ranks.size();) {
    const std::int32_t stride = ranks[block] - ranks[0];
    std::size_t count = 2;
    while (count * block < ranks.size() && ranks[count * block] - ranks[(count - 1) * block] == stride) ++count;
    block *= count;
    if (ranks.size() % block != 0) return std::nullopt;
    lattice.extents.push_back({static_cast<std::int32_t>(count), stride});
  }
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (lattice.at(static_cast<std::int64_t>(i)) != ranks[i]) return std::nullopt;
  }
  return lattice;
}

std::vector<sim::Lattice> lattices_of(std::span<const std::int32_t> ranks) {
  std::vector<sim::Lattice> lattices;
  if (ranks.empty()) return lattices;
  if (auto whole = lattice_of(ranks)) return {std::move(*whole)};
  for (std::size_t begin = 0; begin < ranks.size();) {
    std::size_t end = begin + 1;
    while (end < ranks.size() && (end == begin + 1 || ranks[end] - ranks[end - 1] == ranks[begin + 1] - ranks[begin])) ++end;
    // Two that happen to stand side by side may each begin a run of their own.
    if (end == begin + 2 && end < ranks.size()) end = begin + 1;
    lattices.push_back(*lattice_of(ranks.subspan(begin, end - begin)));
    begin = end;
  }
  return lattices;
}

}  // namespace orrery::workloads
