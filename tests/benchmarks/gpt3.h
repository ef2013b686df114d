// The iteration that the benchmarks play: a GPT-3 175B, tensor 8, pipeline 8 of 3 chunks a rank, on nodes of 8 A100s with 8 x 400 Gbit/s
// and a fat-tree of radix 64 with the levels it needs.
#pragma once

#include <string>

#include "scenarios/models.h"
#include "tests/committed.h"
#include "workloads/lower.h"
#include "workloads/training_program.h"

namespace orrery::workloads {

struct Gpt3Options {
  std::int64_t micro_batches = 32;
  topology::Routing routing = topology::Routing::d_mod_k;
  double oversubscription = 1;
  std::string node = "a100-80gb-8xndr";
  bool interference = true;  // LoweringOptions::interference
};

struct Gpt3 {
  explicit Gpt3(std::int64_t gpus, const Gpt3Options& options = {})
      : cluster({.node = committed::node(options.node),
                 .nodes = static_cast<int>(gpus / 8),
                 .fabric = {.switch_radix = 64, .oversubscription = options.oversubscription, .routing = options.routing}}),
        interference(options.interference) {
    job.model = committed::preset<Transformer>(scenarios::PresetKind::models, "gpt3-175b");
    job.sequence_length = 2048;
    job.parallelism.tensor = 8;
    job.parallelism.pipeline = 8;
    job.parallelism.interleave = 3;
    job.schedule = Schedule::interleaved;
    job.parallelism.data = static_cast<int>(gpus / 64);
    job.global_batch = options.micro_batches * job.parallelism.data;
    program = training_program(job, committed::software("megatron-lm-2021"));
  }

  sim::Model lowered(Granularity granularity = Granularity::hyperflow) const {
    return lowered(program, packed_placement(program.ranks), granularity);
  }
  sim::Model lowered(const sim::Program& what, const Placement& placement, Granularity granularity = Granularity::hyperflow) const {
    const Calibration calibration = committed::a100();
    const KernelTimes times(calibration, cluster.node().gpu);
    const CollectiveModel collectives(cluster, committed::nccl(), calibration.collectives);
    LoweringOptions options;
    options.granularity = granularity;
    options.interference = interference;
    return lower(what, cluster, placement, times, collectives, options);
  }

  topology::Cluster cluster;
  bool interference;
  TrainingJob job;
  sim::Program program;
};

}  // namespace orrery::workloads
