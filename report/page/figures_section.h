// The key figures of a run, each with the band that the mean error of its software stack gives, where that was compared with measured runs.
#pragma once

#include "report/page/page.h"
#include "report/run_report.h"

namespace orrery::report {

Section figures_section(const RunReport& report);

/// Between what measured times lie that are so far from a predicted one: a prediction p off by e of a measurement m is |p / m - 1| = e.
struct Band {
  double low = 0;
  double high = 0;
};
Band band_of_time(double predicted, double error);
Band band_of_rate(double predicted, double error);

}  // namespace orrery::report
