// The page of `orrery validate --out DIR`: predictions over measurements, a scatter plot a data set, and how far they are off.
#pragma once

#include <string>
#include <vector>

#include "report/validation.h"

namespace orrery::report {

/// Of at least one data set. `command` makes the page again; `charts` is the bundle of charts/build, or empty (report/page/page.h).
std::string validation_page(const std::vector<Validation>& validations, const std::string& version, const std::string& command,
                            std::string charts);

}  // namespace orrery::report
