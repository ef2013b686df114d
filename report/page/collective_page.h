// The page of collectives (`orrery collective OP --out DIR`): bandwidth and time by size, a curve a number of nodes, with a log's
// measurements as dots where there is one.
//
//     write_file("results/index.html", collective_page(report, "orrery collective all_reduce ...", charts));
#pragma once

#include <string>

#include "report/collective_report.h"

namespace orrery::report {

/// `command` makes the page again; `charts` as report/page/page.h has it.
std::string collective_page(const CollectiveReport& report, const std::string& command, std::string charts);

}  // namespace orrery::report
