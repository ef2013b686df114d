// A machine for closed forms: nodes of one GPU with a port of 1 GB/s on one switch, nothing in between; a message takes NCCL's hop over a
// network (14 us by Simple) and 1 ns a byte, a copy as long as the GPU's memory takes, without a launch.
#pragma once

#include "sim/fluid_engine.h"
#include "sim/program.h"
#include "tests/committed.h"
#include "tests/workloads/thin_node.h"
#include "topology/cluster.h"
#include "workloads/lower.h"

namespace orrery::workloads::test {

class OneSwitch {
 public:
  explicit OneSwitch(int nodes)
      : cluster({.node = thin_node(), .nodes = nodes, .fabric = {.topology = topology::Topology::single_switch}}) {}
  OneSwitch(const OneSwitch&) = delete;

  sim::Duration end_of(const sim::Program& program, const KernelMessages& in_kernel = {}, const topology::Condition& condition = {}) const {
    sim::validate(program);
    const sim::Model model = lower(program, cluster, packed_placement(program.ranks), times, collectives,
                                   {.granularity = Granularity::transfer, .condition = condition, .in_kernel = in_kernel});
    sim::validate(model);
    return {sim::make_fluid_engine()->play(model, {}).end.ticks};
  }
  sim::Duration copy(std::int64_t bytes) const {
    return times.duration({sim::KernelKind::elementwise, sim::DataType::int8, {bytes, 1, 1, 1}});
  }

  static constexpr std::int64_t hop = 14'000'000;  // picoseconds
  static constexpr std::int64_t byte = 1000;

  topology::Cluster cluster;
  Calibration calibration = without_launches();
  KernelTimes times{calibration, cluster.node().gpu};
  CollectiveModel collectives{cluster, committed::nccl(), {}};

 private:
  static Calibration without_launches() {
    Calibration calibration = committed::a100();
    calibration.memory.launch = {};
    return calibration;
  }
};

}  // namespace orrery::workloads::test
