#include "workloads/tally.h"

#include <bit>
#include <utility>

namespace orrery::workloads {

Tally::Tally(std::size_t resources) : counts_(resources, 0), named_(resources / 64 + 1, 0), words_(resources / 4096 + 1, 0) {}

void Tally::take(std::vector<sim::Demand>& demands) {
  for (std::size_t group = 0; group < words_.size(); ++group) {
    for (std::uint64_t words = std::exchange(words_[group], 0); words != 0; words &= words - 1) {
      const std::size_t word = group * 64 + static_cast<std::size_t>(std::countr_zero(words));
      for (std::uint64_t bits = std::exchange(named_[word], 0); bits != 0; bits &= bits - 1) {
        const auto number = static_cast<std::uint32_t>(word * 64) + static_cast<std::uint32_t>(std::countr_zero(bits));
        demands.push_back({sim::ResourceId{number}, std::exchange(counts_[number], 0)});
      }
    }
  }
}

}  // namespace orrery::workloads
