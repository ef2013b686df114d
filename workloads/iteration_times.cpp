#include "workloads/iteration_times.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "sim/refinement.h"
#include "workloads/communications.h"
#include "workloads/reroutes.h"

namespace orrery::workloads {
namespace {

// What is broken or slow from the start, as changes at time 0 of a machine as new, whose routes know of it at once.
topology::Condition as_changes(const topology::Condition& condition) {
  topology::Condition changing;
  std::set<std::uint32_t> dead;  // cables
  for (const topology::LinkId link : condition.dead_links) {
    dead.insert(index(link) / 2);
    changing.link_changes.push_back({{}, link, 0});
  }
  for (const auto& [link, speed] : condition.slow_links) {
    if (!dead.contains(index(link) / 2)) changing.link_changes.push_back({{}, link, speed});
  }
  for (const auto& [gpu, speed] : condition.slow_gpus) changing.gpu_changes.push_back({{}, gpu, speed});
  changing.reroute = sim::Duration{};
  return changing;
}

bool is_from_the_start(const topology::Condition& condition) { return condition.link_changes.empty() && condition.gpu_changes.empty(); }

}  // namespace

struct IterationTimes::Machine {
  Machine(const sim::Program& the_program, const Stack& the_stack, const topology::Cluster& the_cluster, const Placement& the_placement)
      : program(the_program),
        stack(the_stack),
        cluster(the_cluster),
        placement(the_placement),
        times(stack.calibration, gpu_of(program, cluster, placement, stack.calibration)),
        collectives(cluster, stack.nccl, collectives_of(stack)),
        communications(program, placement),
        model(lower_at_start(program, cluster, times, collectives, lowering_options(stack, {}), communications)),
        refinement(model),
        as_new(refinement.coarsest()),
        demands(model.demands.size()) {}

  const sim::Program& program;
  Stack stack;
  const topology::Cluster& cluster;
  Placement placement;
  KernelTimes times;
  CollectiveModel collectives;
  Communications communications;
  sim::Model model;
  sim::Refinement refinement;
  sim::Partition as_new;
  std::size_t demands;  // of the Model without changes
};

IterationTimes::IterationTimes(const sim::Program& program, const Stack& stack, const topology::Cluster& cluster,
                               const Placement& placement)
    : machine_(std::make_unique<Machine>(program, stack, cluster, placement)) {}

IterationTimes::~IterationTimes() = default;

IterationTimes::Key IterationTimes::key_of(const topology::Condition& condition) {
  Key key;
  const auto add = [&key](double list, std::uint32_t part, sim::Time at, double speed) {
    key.push_back({list, static_cast<double>(part), static_cast<double>(at.ticks), speed});
  };
  for (const topology::LinkId link : condition.dead_links) add(0, index(link) / 2, {}, 0);
  for (const auto& [link, speed] : condition.slow_links) add(1, index(link) / 2, {}, speed);
  for (const auto& [gpu, speed] : condition.slow_gpus) add(2, index(gpu), {}, speed);
  for (const auto& [at, link, speed] : condition.link_changes) add(3, index(link) / 2, at, speed);
  for (const auto& [at, gpu, speed] : condition.gpu_changes) add(4, index(gpu), at, speed);
  if (condition.reroute) add(5, 0, sim::Time{} + *condition.reroute, 0);
  std::sort(key.begin(), key.end());
  return key;
}

sim::Duration IterationTimes::under(const topology::Condition& condition) {
  Key key = key_of(condition);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  return known_[std::move(key)] = play(condition);
}

// What changes on the way, beside what is so from the start, is played from the beginning.
sim::Duration IterationTimes::play(const topology::Condition& condition) {
  Machine& machine = *machine_;
  if (auto found = topology::faults(condition, machine.cluster); !found.empty()) throw sim::Error(std::move(found));
  const auto engine = sim::make_fluid_engine();
  LoweringOptions options = lowering_options(machine.stack, {});
  try {
    if (!is_from_the_start(condition)) {
      options.condition = condition;
      const sim::Model model = lower(machine.program, machine.cluster, machine.placement, machine.times, machine.collectives, options);
      return sim::make_folding_engine(sim::make_fluid_engine())->play(model, {}).end - sim::Time{};
    }
    options.condition = as_changes(condition);
    machine.model.changes.clear();
    machine.model.demands.resize(machine.demands);
    add_changes(options, machine.cluster, machine.collectives, machine.communications, machine.model);
    const sim::Partition partition = machine.refinement.refined(machine.as_new);
    sim::check(sim::is_equitable(machine.model, partition), "refined classes are alike in themselves and in their neighbours");
    return engine->play(sim::quotient(machine.model, partition), {}).end - sim::Time{};
  } catch (const sim::Stuck&) {
    throw sim::Error({.place = machine.program.name,
                      .what = "an iteration does not end under this condition: a link or a GPU that it needs is gone for good",
                      .remedy = "run it by itself to see which"},
                     sim::ErrorKind::infeasible);
  }
}

}  // namespace orrery::workloads
