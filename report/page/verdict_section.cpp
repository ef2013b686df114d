#include "report/page/verdict_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/page/blame_section.h"
#include "report/run_sentences.h"
#include "sim/units_text.h"

namespace orrery::report {
namespace {

// "Compute holds it up for 66.5 % of that time, tensor for 16.4 %, pipeline bubble for 14.9 %."
std::string blame_sentence(const workloads::IterationResult& iteration) {
  auto parts = iteration.breakdown;
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  constexpr std::size_t shown = 3;
  constexpr double worth_saying = 0.01;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, parts.size()); ++i) {
    const double share = parts[i].second.seconds() / iteration.iteration.seconds();
    if (!(share >= worth_saying)) break;  // nor of no time at all
    text += i == 0 ? capitalised(plain_name(parts[i].first)) + " holds it up" : ", " + plain_name(parts[i].first);
    text += fmt::format(" for {:.1f} %", 100 * share);
  }
  return text.empty() ? text : text + (text.find(',') == text.npos ? " of that time." : " of the time.");
}

}  // namespace

Section verdict_section(const RunReport& report) {
  Section section{.id = "verdict", .title = "Verdict", .body = paragraph(verdict_sentence(report, {}), "verdict")};
  section.body += paragraph(blame_sentence(report.iteration));
  if (const std::string measured = measured_sentence(report, {}); !measured.empty()) section.body += paragraph(measured);
  if (const std::string expected = expected_error_sentence(report); !expected.empty()) section.body += paragraph(expected + ".");
  for (const std::string& note : report.validity.notes) section.body += paragraph("Outside the validated range: " + note + ".", "warning");
  return section;
}

}  // namespace orrery::report
