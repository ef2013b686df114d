// What a result rests on: every preset and fitted set of constants, who says so, and what it holds for.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace orrery::report {

struct SourceOf {
  std::string what;    // "matrix products"
  std::string preset;  // "a100-sxm-80gb"
  std::string source;
  std::string validity;  // what it is of, and how well it fits what was measured
};

enum class Played : std::uint8_t { iteration_with_costs, kernels_and_collectives, collectives };

/// The scenario's, workload first; of what was played.
std::vector<SourceOf> sources_of(const scenarios::Scenario& scenario, Played played = Played::kernels_and_collectives);

}  // namespace orrery::report
