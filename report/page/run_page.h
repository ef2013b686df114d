// The page of a run (`orrery run FILE --out DIR`): which sections it has, in which order.
//
//     const PlayedRun run{report, program, timeline, cluster, "orrery run mt-nlg-530b --out results"};
//     write_file("results/index.html", run_page(run, charts));
//
// The same run gives the same bytes: what the simulation itself took is left out.
#pragma once

#include <cstddef>
#include <string>

#include "report/run_report.h"
#include "sim/program.h"
#include "sim/timeline.h"
#include "topology/cluster.h"
#include "workloads/collective_model.h"
#include "workloads/placement.h"

namespace orrery::report {

/// Of which a page shows the timeline at the most. A pipeline has hardly more; a trace may have thousands.
inline constexpr std::size_t most_drawn_roles = 64;

struct PlayedRun {
  const RunReport& report;
  const sim::Program& program;
  const sim::Timeline& timeline;  // with the spans of one rank of some roles, for the timeline
  const topology::Cluster& cluster;
  std::string command;  // that makes the page again
};

/// Where its ranks are.
workloads::Placement placement_of(const PlayedRun& run);
/// What performs its collectives, as its stack does.
workloads::CollectiveModel collective_model_of(const PlayedRun& run);

/// `charts` is the bundle of charts/build, or empty (report/page/page.h).
std::string run_page(const PlayedRun& run, std::string charts);

}  // namespace orrery::report
