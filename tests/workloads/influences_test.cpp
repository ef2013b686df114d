// What holds an iteration up, against analyses by hand of jobs that one part of the machine holds up.
#include "workloads/influences.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <variant>

#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/explanation.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

using sim::Duration;

Stack quiet_stack() {
  Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  stack.calibration.noise.reset();
  GemmCalibration& gemm = stack.calibration.gemm;  // the longer of computing and moving bytes, all of which are alike
  gemm.write_bandwidth = gemm.store_bandwidth = {};
  gemm.overlap = 1000;
  return stack;
}

topology::ClusterSpec dgx(int nodes) { return {.node = committed::dgx_a100(), .nodes = nodes, .fabric = {}}; }

const Influence& of(const Influences& found, Part part) { return *std::ranges::find(found.parts, part, &Influence::part); }

double saved(const Influences& found, Part part) { return found.iteration.seconds() - of(found, part).freed.seconds(); }

Influences influences_of(const TrainingJob& job, const Stack& stack, const topology::ClusterSpec& cluster) {
  const auto engine = sim::make_fluid_engine();
  const Duration as_is = run_training(job, stack, topology::Cluster(cluster), *engine, {}).iteration.iteration;
  return influences(job, {stack, cluster, {}}, as_is, *engine);
}

/// With a part a tenth worse or better, what it costs is a tenth more or less.
void expect_proportional(const Influences& found, Part part) {
  const double cost = saved(found, part), whole = found.iteration.seconds();
  EXPECT_NEAR(of(found, part).worse.seconds(), whole + 0.1 * cost, 0.03 * cost) << name_of(part);
  EXPECT_NEAR(of(found, part).better.seconds(), whole - cost / 11, 0.03 * cost) << name_of(part);
}

void for_each_kernel(const sim::Program& program, const std::vector<sim::Operation>& operations,
                     const std::function<void(const sim::Kernel&)>& use) {
  for (const sim::Operation& operation : operations) {
    if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) use(compute->kernel);
    if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
      for (int time = 0; time < call->times; ++time)
        for_each_kernel(program, program.blocks[static_cast<std::size_t>(call->block)].operations, use);
    }
  }
}

/// Of the first rank's first stream, on which all kernels of these jobs are.
void for_each_kernel(const TrainingJob& job, const Stack& stack, const std::function<void(const sim::Kernel&)>& use) {
  const sim::Program program = training_program(job, stack.software);
  for_each_kernel(program, program.roles.front().streams.front().operations, use);
}

TEST(Influences, OnOneGpuWideLayersAreHeldUpByMatrixUnits) {
  // One kernel after the other. Where operations cost nothing, a product takes its launch and its bytes.
  TrainingJob job = test::small_job(1, 1, 1, 2);
  job.model.hidden = 4096;
  job.model.ffn = 16384;
  job.micro_batch = 4;
  job.global_batch = 8;
  const Stack stack = quiet_stack();
  const GemmCalibration& gemm = stack.calibration.gemm;
  const KernelTimes times(stack.calibration, committed::dgx_a100().gpu);
  double operations = 0, tiles = 0, all = 0;
  for_each_kernel(job, stack, [&](const sim::Kernel& kernel) {
    const double time = times.duration(kernel).seconds();
    all += time;
    if (kernel.kind != sim::KernelKind::gemm) return;
    tiles += time - gemm.launch.seconds();
    operations += time - gemm.launch.seconds() - static_cast<double>(sim::memory_bytes(kernel).count) / gemm.memory_bandwidth.value;
  });
  const Influences found = influences_of(job, stack, dgx(1));
  EXPECT_NEAR(found.iteration.seconds(), all, 0.001 * all);
  EXPECT_EQ(found.parts.front().part, Part::matrix_units);
  EXPECT_NEAR(saved(found, Part::matrix_units), operations, 0.01 * operations);
  EXPECT_NEAR(of(found, Part::matrix_units).worse.seconds(), all + 0.1 * tiles, 0.002 * all);
  for (const Part part : {Part::nvlink, Part::network_bandwidth, Part::network_latency, Part::network_shape, Part::host, Part::noise}) {
    EXPECT_EQ(of(found, part).freed, found.iteration) << name_of(part) << ": there is one GPU";
    EXPECT_EQ(of(found, part).worse, found.iteration) << name_of(part);
  }
}

TEST(Influences, ASlowCpuIsPaidByTheKernel) {
  TrainingJob job = test::small_job(1, 1, 1, 2);
  Stack stack = quiet_stack();
  stack.software.host_per_kernel = sim::Duration{10'000'000'000};  // 10 ms: no kernel here takes as long
  int kernels = 0;
  double on_device = 0;
  const KernelTimes times(stack.calibration, committed::dgx_a100().gpu);
  for_each_kernel(job, stack, [&](const sim::Kernel& kernel) {
    ++kernels;
    on_device += times.duration(kernel).seconds();
  });
  const Influences found = influences_of(job, stack, dgx(1));
  EXPECT_NEAR(found.iteration.seconds(), kernels * 0.01, 0.01 * kernels * 0.01);
  EXPECT_EQ(found.parts.front().part, Part::launches);
  EXPECT_NEAR(saved(found, Part::launches), kernels * 0.01 - on_device, 0.01 * kernels * 0.01);
  EXPECT_NEAR(of(found, Part::launches).better.seconds(), found.iteration.seconds() / 1.1, 0.001 * found.iteration.seconds());
}

TEST(Influences, GradientsOverSlowNicsAreHeldUpByTheNetwork) {
  // One GPU of each of two nodes (the others of a node hold other shares of the tensor): a ring of two sends 2 (2 - 1) / 2 of its gradients
  // over its own NIC, here of 1 GB/s, in LL128, which has 120 bytes of them in 128.
  TrainingJob job = test::small_job(8, 1, 2, 1);
  topology::ClusterSpec cluster = dgx(2);
  cluster.node.nic.bandwidth = sim::gigabytes_per_second(1);
  cluster.node.nic.efficiency = 1;
  Stack stack = quiet_stack();
  stack.software.gradient_type = sim::DataType::fp32;
  job.reductions = sim::DataType::fp32;
  const sim::Program program = training_program(job, stack.software);
  std::int64_t bytes = 0;
  for (const sim::Operation& operation : program.roles.front().streams.front().operations) {
    const auto* collect = std::get_if<sim::Collect>(&operation.action);
    if (collect != nullptr && program.labels[operation.label] == "data") bytes += collect->count * sim::size_of(collect->type);
  }
  bytes = bytes * 128 / 120;
  const double by_hand = static_cast<double>(bytes) / 1e9;
  const Explanation why = explain(job, stack, cluster, *sim::make_fluid_engine(), {});
  const Influences& found = why.parts;
  EXPECT_EQ(found.parts.front().part, Part::network_bandwidth);
  EXPECT_NEAR(saved(found, Part::network_bandwidth), by_hand, 0.01 * by_hand);
  expect_proportional(found, Part::network_bandwidth);

  const auto is_nic = [](const UsedLink& link) { return link.use.name.find("nic") != std::string::npos; };
  const auto nic = std::ranges::find_if(why.links, is_nic);
  ASSERT_NE(nic, why.links.end());
  EXPECT_EQ(nic->by_label.front().first, "data");
  EXPECT_NEAR(static_cast<double>(nic->by_label.front().second.count), static_cast<double>(bytes), 64);
  for (const UsedLink& link : why.links) {
    std::int64_t sum = 0;
    for (const auto& [label, crossed] : link.by_label) sum += crossed.count;
    EXPECT_NEAR(static_cast<double>(sum), static_cast<double>(link.use.bytes.count), 8) << link.use.name << ": every byte is somebody's";
  }
}

TEST(Influences, TensorCollectivesOnANodeAreNvlinks) {
  // Measured ones of an A100, and NCCL's own model of an H100. Nothing overlaps, so that what NVLink costs is what is booked under tensor,
  // and one sum for the norm of gradients, of 20 us.
  const TrainingJob job = test::small_job(8, 1, 1, 8);
  for (const char* node : {"dgx-a100-80gb", "dgx-h100"}) {
    Stack stack = quiet_stack();
    const topology::ClusterSpec cluster{.node = committed::node(node), .nodes = 1, .fabric = {}};
    stack.calibration.device = cluster.node.gpu.name;
    if (cluster.node.gpu.name != committed::a100().device) stack.calibration.collectives = {};
    const TrainingRun run = run_training(job, stack, topology::Cluster(cluster), *sim::make_fluid_engine(), {});
    const auto tensor = std::ranges::find(run.iteration.breakdown, "tensor", [](const auto& part) { return part.first; });
    const Influences found = influences_of(job, stack, cluster);
    EXPECT_NEAR(saved(found, Part::nvlink), tensor->second.seconds(), 0.01 * tensor->second.seconds()) << node;
    expect_proportional(found, Part::nvlink);
  }
}

TEST(Influences, StatesOnAHostAreTheHosts) {
  TrainingJob job = test::small_job(1, 1, 8, 1);
  job.parallelism.zero = 3;
  job.parallelism.offload_optimizer = job.parallelism.offload_parameters = Offload::nvme;
  const Influences found = influences_of(job, quiet_stack(), dgx(1));
  EXPECT_EQ(found.parts.front().part, Part::host);
  EXPECT_LT(of(found, Part::host).better, found.iteration);
  EXPECT_GT(of(found, Part::host).worse, found.iteration);
}

// Plays share what NCCL found on the machine as it is, which each would have found again.
TEST(Influences, AreRunsOfTheChangedSetting) {
  const TrainingJob job = test::small_job(2, 2, 4, 4);
  Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  stack.software.host_per_kernel = sim::Duration{5'000'000};
  const Setting as_is{stack, dgx(2), {}};
  const auto time_of = [&](const Setting& setting) {
    return run_training(job, setting.stack, topology::Cluster(setting.cluster), *sim::make_fluid_engine(), {}, setting.conduct)
        .iteration.iteration;
  };
  const Influences found = influences(job, as_is, time_of(as_is), *sim::make_fluid_engine());
  for (const Influence& part : found.parts) {
    EXPECT_EQ(part.freed, time_of(improved(part.part, 1e6, as_is))) << name_of(part.part);
    if (part.part != Part::network_shape) {
      EXPECT_EQ(part.worse, time_of(improved(part.part, 1 / 1.1, as_is))) << name_of(part.part);
    }
  }
  for (const ConstantInfluence& each : found.constants) {
    EXPECT_EQ(each.larger, time_of(with_constant(each.constant.name, 1.1, as_is))) << each.constant.name;
  }
}

TEST(Influences, NothingChangesByAFactorOfOne) {
  const TrainingJob job = test::small_job(2, 2, 2, 4);
  Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  stack.software.host_per_kernel = sim::Duration{5'000'000};
  const auto time_of = [&](const Setting& setting) {
    return run_training(job, setting.stack, topology::Cluster(setting.cluster), *sim::make_fluid_engine(), {}, setting.conduct)
        .iteration.iteration;
  };
  const Setting as_is{stack, dgx(1), {}};
  for (int number = 0; number < part_count; ++number) {
    const auto part = static_cast<Part>(number);
    EXPECT_EQ(time_of(improved(part, 1, as_is)), time_of(as_is)) << name_of(part);
  }
}

TEST(Influences, RoutesThatMeetArePaidForByTheNetworksShape) {
  // Four NICs of a leaf share an uplink.
  TrainingJob job = test::small_job(1, 1, 64, 1);
  job.model.hidden = 2048;
  job.model.ffn = 8192;
  topology::ClusterSpec cluster = dgx(8);
  cluster.fabric.switch_radix = 5;
  cluster.fabric.oversubscription = 4;
  const auto time_on = [&](const topology::ClusterSpec& machine, double factor) {
    const Setting setting = improved(Part::network_shape, factor, {quiet_stack(), machine, {}});
    return run_training(job, setting.stack, topology::Cluster(setting.cluster), *sim::make_fluid_engine(), {}).iteration.iteration;
  };
  EXPECT_LT(time_on(cluster, 2), time_on(cluster, 1));
  EXPECT_EQ(time_on(cluster, 0.5), time_on(cluster, 1)) << "there is no half of a shape";
  cluster.fabric = {.topology = topology::Topology::single_switch};
  EXPECT_EQ(time_on(cluster, 2), time_on(cluster, 1)) << "nothing is better than one switch";
}

}  // namespace
}  // namespace orrery::workloads
