// What a run comes to, in sentences: the same in a terminal and on the page.
#pragma once

#include <string>

#include "report/run_report.h"
#include "report/terminal_style.h"

namespace orrery::report {

/// "mt-nlg-530b on 2,240 GPUs (280 nodes dgx-a100-80gb): tensor 8 x pipeline 35 x data 8, ..."; lines, where there is more to say.
std::string job_sentence(const RunReport& report);

/// "An iteration takes 58.7 s: 66,973 tokens/s, ..."
std::string verdict_sentence(const RunReport& report, const TerminalStyle& style);

/// "Measured: 60.1 s (...). Predicted is -2.3 % off."; empty where nothing was published.
std::string measured_sentence(const RunReport& report, const TerminalStyle& style);

/// "Expected error: 3.7 % on average over 47 measured runs: ..."; empty where nothing was compared.
std::string expected_error_sentence(const RunReport& report);

/// "An iteration takes 22.45 kWh and emits 8.3 kg of CO2: ..." and "It costs 31.39 USD to own: ..."; empty where they are not known.
std::string energy_sentence(const RunReport& report);
std::string money_sentence(const RunReport& report);

/// "Energy and money are not known: the prices mine have no building and grid; ..."; empty where both are.
std::string unknown_costs_sentence(const workloads::Costs& costs);

}  // namespace orrery::report
