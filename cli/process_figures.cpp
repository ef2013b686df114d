#include "cli/process_figures.h"

#include <algorithm>

namespace orrery::cli {
namespace {

double processor_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

ProcessFigures::ProcessFigures() { getrusage(RUSAGE_CHILDREN, &children_before_); }

void ProcessFigures::tell(report::SimulationFigures& figures) const {
  rusage usage{};
  rusage children{};
  getrusage(RUSAGE_SELF, &usage);
  getrusage(RUSAGE_CHILDREN, &children);
  figures.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  figures.cpu_seconds = processor_seconds(usage) + processor_seconds(children) - processor_seconds(children_before_);
  const auto of_children = children.ru_maxrss > children_before_.ru_maxrss ? children.ru_maxrss : 0;
  figures.peak_rss_bytes = std::int64_t{std::max(usage.ru_maxrss, of_children)} * 1024;
}

}  // namespace orrery::cli
