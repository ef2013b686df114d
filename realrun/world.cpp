#include "realrun/world.h"

#include <utility>

#include "sim/error.h"

namespace orrery::realrun {

void agree(World& world, const std::string& fault) {
  std::vector<sim::Fault> faults;
  std::int32_t rank = 0;
  for (std::string& text : world.gather(fault)) {
    if (!text.empty()) faults.push_back({.place = "rank " + std::to_string(rank), .what = std::move(text)});
    ++rank;
  }
  if (!faults.empty()) throw sim::Error(std::move(faults), sim::ErrorKind::unavailable);
}

}  // namespace orrery::realrun
