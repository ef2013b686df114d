// What `orrery explain` has to say of a result: what holds it up, what a better part would give, who uses the busiest links, and what all
// that rests on; as text for a terminal and as one JSON document.
#pragma once

#include <string>
#include <vector>

#include "report/terminal_style.h"
#include "scenarios/scenario.h"
#include "workloads/explanation.h"
#include "workloads/validity.h"

namespace orrery::report {

struct ExplanationReport {
  std::string version;
  const scenarios::Scenario& scenario;
  std::vector<std::string> overrides;  // "path=value" of --set, as given
  workloads::Explanation why;
  workloads::Validity validity;
};

std::string explanation_text(const ExplanationReport& report, const TerminalStyle& style);

/// "What would give most: the GPUs' matrix units. At no cost they would leave 12.1 s, 79.4 % less."
std::string gain_sentence(const workloads::Influences& parts, const TerminalStyle& style);

/// What of the iteration another time would be more or less, in percent: +1.5.
double change_in_percent(const workloads::Influences& parts, sim::Duration time);

/// {"orrery", "scenario", "validity", "explanation": {"iteration_seconds", "breakdown_seconds", "parts": [{"part", "meaning",
/// "freed_seconds", "saved", "better_seconds", "worse_seconds"}], "constants": [{"constant", "of", "value", "larger_seconds",
/// "smaller_seconds"}], "links": [{"name", "utilization", "bytes", "by"}], "sources": [{"what", "preset", "source", "validity"}], "fitted":
/// [{"stack", "constant", "to"}]}}
std::string explanation_json(const ExplanationReport& report);

}  // namespace orrery::report
