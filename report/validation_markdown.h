// What `orrery validate` has to say as a page of the documentation, in Markdown: errors by data set, what is fitted, what lies outside of
// what was compared, the runs that are off most, and the commands that give all of it again.
//
//     orrery validate --markdown > docs/validation.md
//
// Figures are rounded to a tenth of a percent: the page changes where a prediction does.
#pragma once

#include <string>
#include <vector>

#include "report/validation.h"

namespace orrery::report {

std::string validation_markdown(const std::vector<Validation>& validations);

}  // namespace orrery::report
