// What a result rests on: every preset and fitted set of constants, and who says so.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace orrery::report {

struct SourceOf {
  std::string what;    // "matrix products"
  std::string preset;  // "a100-sxm-80gb"
  std::string source;
};

/// The scenario's, workload first.
std::vector<SourceOf> sources_of(const scenarios::Scenario& scenario);

}  // namespace orrery::report
