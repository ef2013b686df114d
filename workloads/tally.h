// How often resources are named, told in their order without sorting them.
//
//     Tally tally(model.resources.size());
//     tally.add(sim::ResourceId{7}, 1);
//     tally.add(sim::ResourceId{3}, 2);
//     tally.add(sim::ResourceId{7}, 1);
//     tally.take(demands);                 // appends {3, 2}, {7, 2}
//
// Costs four bytes and a bit a resource, a few instructions a name, and in `take` a few for each of those named and each 4,096 resources.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model.h"

namespace orrery::workloads {

class Tally {
 public:
  /// Of resources 0 to `resources` - 1.
  explicit Tally(std::size_t resources);

  void add(sim::ResourceId resource, std::uint32_t times) {
    const std::uint32_t number = index(resource);
    if (counts_[number] == 0) {
      named_[number / 64] |= std::uint64_t{1} << number % 64;
      words_[number / 4096] |= std::uint64_t{1} << number / 64 % 64;
    }
    counts_[number] += times;
  }

  /// Appends each resource named, in order, with how often it was, and begins anew.
  void take(std::vector<sim::Demand>& demands);

 private:
  std::vector<std::uint32_t> counts_;  // by resource
  std::vector<std::uint64_t> named_;   // a bit a resource
  std::vector<std::uint64_t> words_;   // a bit a word of named_ that is not 0
};

}  // namespace orrery::workloads
