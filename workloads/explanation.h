// Why an iteration takes what it takes: what each part of the machine costs it, and who uses the links that are used most.
//
//     const Explanation why = explain(job, stack, cluster_spec, *engine, {});
//     why.parts.parts.front();             // {Part::matrix_units, ...}
//     why.links.front().by_label[...]      // bytes of each kind of communication over the busiest link of a layer
#pragma once

#include <functional>
#include <vector>

#include "workloads/influences.h"
#include "workloads/iteration_result.h"

namespace orrery::workloads {

struct UsedLink {
  LinkUse use;
  std::vector<std::pair<std::string, sim::Bytes>> by_label{};  // of the Program's labels that use it, the most first
};

struct Explanation {
  IterationResult iteration;
  Influences parts;
  std::vector<UsedLink> links;  // the busiest of each layer, most used first
};

/// Costs what influences() costs, and a play. Throws sim::Error as run_training does.
Explanation explain(const TrainingJob& job, const Stack& stack, const topology::ClusterSpec& cluster, sim::Engine& engine,
                    const Conduct& conduct, const std::function<void(double)>& progress = {});

}  // namespace orrery::workloads
