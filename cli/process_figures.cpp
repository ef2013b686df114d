#include "cli/process_figures.h"

#include <sys/resource.h>

#include <algorithm>

namespace orrery::cli {

void measure_process(report::SimulationFigures& figures) {
  rusage usage{};
  rusage children{};
  getrusage(RUSAGE_SELF, &usage);
  getrusage(RUSAGE_CHILDREN, &children);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime) + seconds(children.ru_utime) + seconds(children.ru_stime);
  figures.peak_rss_bytes = std::int64_t{std::max(usage.ru_maxrss, children.ru_maxrss)} * 1024;
}

}  // namespace orrery::cli
