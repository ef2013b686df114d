#include "workloads/explanation.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "workloads/link_users.h"
#include "workloads/placement.h"

namespace orrery::workloads {
namespace {

UsedLink used_link(const LinkUse& use, const sim::Model& model, const sim::Program& program, int units_a_byte) {
  UsedLink link{use};
  const std::vector<double> users = users_of(model, use.resource);
  for (std::size_t label = 0; label < program.labels.size(); ++label) {
    const auto bytes = static_cast<std::int64_t>(std::llround(users[label] / units_a_byte));
    if (bytes > 0) link.by_label.emplace_back(program.labels[label], sim::Bytes{bytes});
  }
  std::ranges::sort(link.by_label,
                    [](const auto& a, const auto& b) { return std::pair(b.second, a.first) < std::pair(a.second, b.first); });
  return link;
}

}  // namespace

Explanation explain(const TrainingJob& job, const Stack& stack, const topology::ClusterSpec& cluster, sim::Engine& engine,
                    const Conduct& conduct, const std::function<void(double)>& progress) {
  const topology::Cluster machine(cluster);
  const TrainingRun run = run_training(job, stack, machine, engine, {}, conduct);
  Explanation why{.iteration = run.iteration,
                  .parts = influences(job, {stack, cluster, conduct}, run.iteration.iteration, engine, progress),
                  .links = {}};
  const sim::Model model = lowered(run.program, job, stack, machine, conduct);
  for (const LinkUse& use : run.iteration.busiest_links) {
    why.links.push_back(used_link(use, model, run.program, machine.units_a_byte()));
  }
  return why;
}

}  // namespace orrery::workloads
