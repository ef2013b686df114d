// What pages of results need of the command line: the charts' bundle, and the command line that makes a page again.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"

namespace orrery::cli {

/// The bundle that report/page/charts/build makes, as report::Page takes it; empty where nobody has made one.
std::string charts_bundle(const Context& context);

/// "orrery" and its arguments, as a shell takes them: quoted where that is needed.
std::string command_line_of(const std::vector<std::string>& arguments);

}  // namespace orrery::cli
