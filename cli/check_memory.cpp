#include "cli/check_memory.h"

#include "sim/error.h"
#include "workloads/placement.h"

namespace orrery::cli {

workloads::MemoryUse check_memory(const scenarios::Scenario& scenario) {
  const topology::GpuSpec& gpu = workloads::gpu_of(*scenario.training, scenario.cluster);
  const auto memory = workloads::training_memory(*scenario.training, scenario.software, gpu);
  if (const auto fault = workloads::memory_fault(*scenario.training, memory, gpu)) {
    throw sim::Error(scenario.places.placed(fault->place, fault->what, fault->remedy), sim::ErrorKind::infeasible);
  }
  const topology::NodeSpec& node = topology::node_at(scenario.cluster, scenario.training->first_node);
  if (const auto fault = workloads::offload_fault(*scenario.training, memory, node)) {
    throw sim::Error(scenario.places.placed(fault->place, fault->what, fault->remedy), sim::ErrorKind::infeasible);
  }
  return memory;
}

}  // namespace orrery::cli
