// What any Program's iteration was like, from its Timeline: how long, where the time went, what could not have been faster, which links
// were busy.
//
// Breakdown. Of the rank that ended last (the lowest number of those), the time of its main stream by the label of what held it up. Waiting
// for another pipeline rank, before a transfer or a sum across stages begins, is "pipeline_bubble". The parts sum to the iteration to the
// picosecond.
//
// A Timeline by classes (sim/fold.h) gives the same result as one of every rank and link; it costs a look at every link either way.
//
// Bounds that no schedule can beat: the busiest rank's FLOPs at peak, its bytes at full memory bandwidth, the busiest link's bytes at its
// capacity.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/program.h"
#include "sim/timeline.h"
#include "topology/cluster.h"
#include "topology/condition.h"

namespace orrery::workloads {

struct LinkUse {
  sim::ResourceId resource{};
  std::string name;
  double utilization = 0;  // bytes over capacity x iteration
  sim::Bytes bytes{};
};

/// The rail whose cables between switches are the busiest, of a fabric that was imported: rails of real halls are not alike.
struct WorstRail {
  int rail = 0;
  LinkUse link;       // the busiest of its links
  double others = 0;  // utilization of the busiest link of the next rail
};

struct Bounds {
  sim::Duration compute{};
  sim::Duration memory{};
  sim::Duration network{};
};

struct IterationResult {
  sim::Duration iteration{};
  std::string bottleneck;  // the largest part of the breakdown
  Bounds bounds;
  std::vector<std::pair<std::string, sim::Duration>> breakdown;  // in order of the program's labels; sums to `iteration`
  bool sees_links = true;                                        // else neither bounds.network nor what follows is known
  std::vector<LinkUse> busiest_links;                            // the busiest of each layer, most used first, at most 8
  std::optional<WorstRail> worst_rail;                           // of imported fabrics with several rails
};

/// `condition` is that of the machine: links that were slow from the start are as busy as their capacity was then. `first` is the GPU of
/// the first rank: all kernels ran on its kind.
IterationResult iteration_result(const sim::Program& program, const topology::Cluster& cluster, const sim::Timeline& timeline,
                                 const topology::Condition& condition = {}, topology::GpuId first = {});

}  // namespace orrery::workloads
