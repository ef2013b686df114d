// The page of an explanation (`orrery explain FILE --out DIR`): what would give most, how the answer goes with parts and constants, and
// what it rests on.
//
//     write_file("results/index.html", explanation_page(report, "orrery explain gpt3-175b --out results", charts));
#pragma once

#include <string>

#include "report/explanation_report.h"

namespace orrery::report {

/// `command` makes the page again; `charts` as report/page/page.h has it.
std::string explanation_page(const ExplanationReport& report, const std::string& command, std::string charts);

}  // namespace orrery::report
