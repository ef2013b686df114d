// ZeRO-Offload and ZeRO-Infinity: what is kept with the host, what passes between, and who does the optimizer's work.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/labels.h"
#include "workloads/memory.h"
#include "workloads/stages.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

// Two layers of 12 h^2 + 13 h weights; table, positions and the last norm.
constexpr std::int64_t layer_count = 12'596'224;
constexpr std::int64_t rest_count = 51'200 * 1024 + 2048 * 1024 + 2048;
constexpr std::int64_t all_count = 2 * layer_count + rest_count;

TrainingJob offloading_job(int data, std::int64_t micro_batches, Offload optimizer, Offload weights, int zero = 3) {
  TrainingJob job = test::small_job(1, 1, data, micro_batches);
  job.parallelism.zero = zero;
  job.parallelism.offload_optimizer = optimizer;
  job.parallelism.offload_parameters = weights;
  return job;
}

// Bytes of copies in a stream, by kind.
std::map<sim::CopyKind, std::int64_t> copied(const sim::Program& program, const std::string& stream) {
  std::map<sim::CopyKind, std::int64_t> bytes;
  for (const sim::Stream& one : program.roles[0].streams) {
    if (one.name != stream) continue;
    for (const sim::Operation& operation : one.operations) {
      if (const auto* copy = std::get_if<sim::Copy>(&operation.action)) bytes[copy->kind] += copy->bytes.count;
    }
  }
  return bytes;
}

topology::NodeSpec roomy_node() {
  topology::NodeSpec node = committed::dgx_a100();
  node.host = {.memory = {2'000'000'000'000},
               .memory_bandwidth = sim::gigabytes_per_second(400),
               .storage = {30'000'000'000'000},
               .storage_read = sim::gigabytes_per_second(40),
               .storage_write = sim::gigabytes_per_second(20)};
  return node;
}

TrainingRun run_offloaded(const TrainingJob& job, const topology::NodeSpec& node) {
  const topology::Cluster cluster({.node = node, .nodes = 2, .fabric = {}});
  return run_training(job, {test::plain_software(), committed::a100(), committed::nccl()}, cluster, *sim::make_fluid_engine(), {});
}

double part_seconds(const TrainingRun& run, const std::string& name) {
  for (const auto& [part, duration] : run.iteration.breakdown) {
    if (part == name) return duration.seconds();
  }
  return 0;
}

using CopiedBytes = std::map<sim::CopyKind, std::int64_t>;

TEST(Offload, EachRankMovesItsShareOfEveryLayer) {
  // 3 micro-batches, shares of a sixteenth, weights of 2 bytes: layers forward and backward, the rest once. Gradients of 4 bytes go down
  // with each micro-batch, and come up before the second and third, to be added to.
  const auto program = training_program(offloading_job(16, 3, Offload::cpu, Offload::cpu), test::plain_software());
  const std::int64_t layer = layer_count / 16;
  const std::int64_t rest = rest_count / 16;
  EXPECT_EQ(copied(program, "weights_up"), (CopiedBytes{{sim::CopyKind::from_host, 3 * 2 * (2 * 2 * layer + rest)}}));
  EXPECT_EQ(copied(program, "gradients_down"),
            (CopiedBytes{{sim::CopyKind::to_host, 3 * 4 * (2 * layer + rest)}, {sim::CopyKind::from_host, 2 * 4 * (2 * layer + rest)}}));
  // The norm reads 4 bytes a parameter; the step reads and writes gradients, reads them again, reads and writes 12 of states, writes 2.
  EXPECT_EQ(copied(program, "main"), (CopiedBytes{{sim::CopyKind::host, (4 + 8 + 4 + 24 + 2) * (all_count / 16)}}));
}

TEST(Offload, StatesOnStorageComeAndGoOnce) {
  const auto program = training_program(offloading_job(16, 1, Offload::nvme, Offload::nvme), test::plain_software());
  const std::int64_t share = all_count / 16;
  EXPECT_EQ(copied(program, "weights_up"), (CopiedBytes{{sim::CopyKind::from_host, 2 * (4 * layer_count + rest_count) / 16},
                                                        {sim::CopyKind::from_storage, 2 * (4 * layer_count + rest_count) / 16}}));
  EXPECT_EQ(copied(program, "main"), (CopiedBytes{{sim::CopyKind::host, 42 * share},
                                                  {sim::CopyKind::from_storage, 12 * share},
                                                  {sim::CopyKind::to_storage, (12 + 2) * share}}));
}

TEST(Offload, StatesOfZeroOneTakeGradientsDownAtTheEnd) {
  const auto program = training_program(offloading_job(16, 3, Offload::cpu, Offload::none, 1), test::plain_software());
  const std::int64_t share = all_count / 16;
  EXPECT_EQ(copied(program, "main"),
            (CopiedBytes{{sim::CopyKind::to_host, 4 * share}, {sim::CopyKind::host, 42 * share}, {sim::CopyKind::from_host, 2 * share}}));
  EXPECT_EQ(program.roles[0].streams.size(), 1U);
}

TEST(Offload, WithoutItNothingIsCopied) {
  const auto program = training_program(offloading_job(16, 3, Offload::none, Offload::none), test::plain_software());
  for (const sim::Stream& stream : program.roles[0].streams) EXPECT_TRUE(copied(program, stream.name).empty()) << stream.name;
}

TEST(Offload, TheStepTakesWhatTheHostsMemoryTakes) {
  // One GPU has the host for itself: 42 bytes a parameter at 400 GB/s; then weights of 2 bytes go up over PCIe, at 26 GB/s. Gradients of
  // the rest, the last, are still on their way down when the kernels are done: 4 bytes a parameter.
  const TrainingRun one = run_offloaded(offloading_job(1, 1, Offload::cpu, Offload::none, 2), roomy_node());
  EXPECT_NEAR(part_seconds(one, "optimizer"), 42.0 * all_count / 400e9, 1e-9);
  EXPECT_GT(part_seconds(one, "offload"), 2.0 * all_count / 26e9);
  EXPECT_LE(part_seconds(one, "offload"), (2.0 * all_count + 4.0 * all_count) / 26e9 + 1e-9);
  // Eight share it: an eighth of the parameters each, an eighth of the bandwidth.
  const TrainingRun eight = run_offloaded(offloading_job(8, 1, Offload::cpu, Offload::none, 2), roomy_node());
  EXPECT_NEAR(part_seconds(eight, "optimizer"), 42.0 * all_count / 400e9, 1e-9);
}

TEST(Offload, NothingIsFasterThanPcie) {
  // At 1 GB/s all else is hidden behind weights that come up, or gradients that go down: whichever are more. Here weights of two passes
  // and a rest, 2 bytes each, against 4 bytes of gradients; then no more than what begins and ends the iteration comes on top.
  topology::NodeSpec node = roomy_node();
  node.pcie_bandwidth = sim::gigabytes_per_second(1);
  const TrainingJob job = offloading_job(1, 1, Offload::cpu, Offload::cpu);
  const double up = 2.0 * (4 * layer_count + rest_count) / 1e9;
  const double down = 4.0 * all_count / 1e9;
  const double seconds = run_offloaded(job, node).iteration.iteration.seconds();
  EXPECT_GT(seconds, std::max(up, down));
  const double without = run_offloaded(offloading_job(1, 1, Offload::none, Offload::none), node).iteration.iteration.seconds();
  EXPECT_LT(seconds, up + down + without + 42.0 * all_count / 400e9);
}

TEST(Offload, AFastHostLeavesTheComputation) {
  topology::NodeSpec node = roomy_node();
  node.pcie_bandwidth = sim::gigabytes_per_second(1e6);
  node.host->memory_bandwidth = sim::gigabytes_per_second(1e6);
  const TrainingRun offloaded = run_offloaded(offloading_job(1, 2, Offload::cpu, Offload::cpu), node);
  const TrainingRun kept = run_offloaded(offloading_job(1, 2, Offload::none, Offload::none), node);
  EXPECT_NEAR(part_seconds(offloaded, "compute"), part_seconds(kept, "compute"), 1e-4);
  EXPECT_NEAR(offloaded.iteration.iteration.seconds(), part_seconds(offloaded, "compute"), 1e-5);
}

TEST(Offload, WhatLeavesTheGpuIsWithTheHost) {
  // A sixteenth each. ZeRO-2: weights stay whole, of gradients those of a layer and the rest; 12 + 4 bytes a parameter are with the host.
  const Software software = test::plain_software();
  const auto gpu = committed::dgx_a100().gpu;
  MemoryUse use = training_memory(offloading_job(16, 2, Offload::cpu, Offload::none, 2), software, gpu);
  EXPECT_EQ(use.weights.count, 2 * all_count);
  EXPECT_EQ(use.gradients.count, 2 * (rest_count + layer_count));
  EXPECT_EQ(use.optimizer.count, 0);
  EXPECT_EQ(use.host.count, 16 * all_count / 16);
  EXPECT_EQ(use.storage.count, 0);
  // ZeRO-3, all of it on storage but the gradients: the two layers at hand and the rest are on the GPU.
  use = training_memory(offloading_job(16, 2, Offload::nvme, Offload::nvme), software, gpu);
  EXPECT_EQ(use.weights.count, 2 * all_count);
  EXPECT_EQ(use.host.count, 4 * all_count / 16);
  EXPECT_EQ(use.storage.count, 14 * all_count / 16);
}

TEST(Offload, AHostThatIsTooSmallIsAFault) {
  // 16 bytes of a sixteenth of 79,720,448 parameters on each of 8 GPUs: 637,763,584 bytes.
  topology::NodeSpec node = roomy_node();
  const TrainingJob job = offloading_job(16, 2, Offload::cpu, Offload::none);
  const MemoryUse use = training_memory(job, test::plain_software(), node.gpu);
  node.host->memory = {637'763'584};
  EXPECT_FALSE(offload_fault(job, use, node));
  node.host->memory = {637'763'576};
  const auto fault = offload_fault(job, use, node);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->what, "does not fit: 8 GPUs of a node would leave 79.7 MB each in the host's memory of 638 MB");
  EXPECT_NE(fault->remedy.find("nvme"), std::string::npos);
}

std::vector<std::string> faults_of_offload(const TrainingJob& job, const topology::NodeSpec& node) {
  std::vector<std::string> places;
  for (const sim::Fault& fault : validate_job(job, test::plain_software(), {.node = node, .nodes = 2, .fabric = {}}))
    places.push_back(fault.place + ": " + fault.what);
  return places;
}

TEST(Offload, WhatIsNotShardedIsNotOffloaded) {
  using Places = std::vector<std::string>;
  const std::string path = "/workload/parallelism/";
  const auto faults = [&](Offload optimizer, Offload weights, int zero) {
    return faults_of_offload(offloading_job(16, 2, optimizer, weights, zero), roomy_node());
  };
  EXPECT_EQ(faults(Offload::cpu, Offload::cpu, 3), Places{});
  EXPECT_EQ(faults(Offload::cpu, Offload::none, 1), Places{});
  EXPECT_EQ(faults(Offload::cpu, Offload::none, 0), Places{path + "offload_optimizer: states are offloaded where ZeRO shards them"});
  EXPECT_EQ(faults(Offload::nvme, Offload::none, 2), Places{path + "offload_optimizer: states are offloaded where ZeRO shards them"});
  EXPECT_EQ(faults(Offload::cpu, Offload::cpu, 2), Places{path + "offload_parameters: weights are offloaded where ZeRO shards them"});
  EXPECT_EQ(faults(Offload::none, Offload::cpu, 3).size(), 1U);
}

TEST(Offload, AHostOfWhichNothingIsKnownIsRefused) {
  topology::NodeSpec node = roomy_node();
  node.host->storage_read = {};
  const TrainingJob onto_storage = offloading_job(16, 2, Offload::nvme, Offload::none);
  EXPECT_EQ(faults_of_offload(onto_storage, node), std::vector<std::string>{"/cluster/node: the hosts of dgx-a100-80gb have no storage"});
  EXPECT_TRUE(faults_of_offload(offloading_job(16, 2, Offload::cpu, Offload::none), node).empty());
  node.host.reset();
  EXPECT_EQ(faults_of_offload(onto_storage, node),
            std::vector<std::string>{"/cluster/node: what memory the hosts of dgx-a100-80gb have, nobody says"});
}

}  // namespace
}  // namespace orrery::workloads
