#include "report/calibration_json.h"

#include <fmt/format.h>

#include "scenarios/calibrations.h"
#include "scenarios/field_writer.h"

namespace orrery::report {

std::string calibration_json(const workloads::Calibration& calibration) { return scenarios::to_json(calibration).dump(2) + "\n"; }

std::string residuals_text(const std::vector<workloads::Residual>& residuals) {
  std::string text = fmt::format("  {:<28}{:>6}{:>10}{:>10}{:>10}\n", "error", "rows", "median", "p90", "bias");
  for (const workloads::Residual& residual : residuals) {
    text += fmt::format("  {:<28}{:>6}{:>8.1f} %{:>8.1f} %{:>+8.1f} %\n", residual.rows_of, residual.rows, 100 * residual.median,
                        100 * residual.p90, 100 * residual.bias);
  }
  return text;
}

}  // namespace orrery::report
