// ZeRO-3 (FSDP): weights that are gathered layer by layer.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/collective_model.h"
#include "workloads/labels.h"
#include "workloads/stages.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

TrainingJob sharded_job(int data, std::int64_t micro_batches) {
  TrainingJob job = test::small_job(1, 1, data, micro_batches);
  job.parallelism.zero = 3;
  return job;
}

const sim::Stream& data_stream(const sim::Program& program) {
  return *std::ranges::find(program.roles[0].streams, "data", &sim::Stream::name);
}

// Elements a rank gathers or gives away, by collective and count of them.
std::map<std::pair<sim::CollectiveKind, std::int64_t>, int> collectives_of(const sim::Program& program) {
  std::map<std::pair<sim::CollectiveKind, std::int64_t>, int> found;
  for (const sim::Operation& operation : data_stream(program).operations) {
    if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) ++found[{collect->kind, collect->count}];
  }
  return found;
}

TrainingRun run(const TrainingJob& job, const topology::Cluster& cluster) {
  return run_training(job, {test::plain_software(), committed::a100(), committed::nccl()}, cluster, *sim::make_fluid_engine(), {});
}

topology::Cluster machine(double nic_share = 1) {
  topology::NodeSpec node = committed::dgx_a100();
  node.nic.bandwidth = node.nic.bandwidth * nic_share;
  return topology::Cluster({.node = node, .nodes = 2, .fabric = {}});
}

TEST(ShardedWeights, EachLayerIsGatheredTwiceAMicroBatchAndReducedOnce) {
  // 2 layers of 12 h^2 + 13 h = 12,596,224 weights, and a rest of 51,200 * 1024 (table) + 2048 * 1024 (positions) + 2048 (last norm); a
  // sixteenth of each.
  const auto program = training_program(sharded_job(16, 3), test::plain_software());
  const std::int64_t layer = 12'596'224 / 16;
  const std::int64_t rest = (51'200 * 1024 + 2048 * 1024 + 2048) / 16;
  using sim::CollectiveKind;
  EXPECT_EQ(collectives_of(program),
            (std::map<std::pair<CollectiveKind, std::int64_t>, int>{{{CollectiveKind::all_gather, layer}, 3 * 2 * 2},
                                                                    {{CollectiveKind::all_gather, rest}, 3},
                                                                    {{CollectiveKind::reduce_scatter, layer}, 3 * 2},
                                                                    {{CollectiveKind::reduce_scatter, rest}, 3}}));
  // Nothing else is moved but the norm of the gradients: there are no whole weights to hand round after Adam.
  for (const sim::Operation& operation : program.roles[0].streams[0].operations) {
    const auto* collect = std::get_if<sim::Collect>(&operation.action);
    EXPECT_TRUE(collect == nullptr || collect->count == 1);
  }
}

TEST(ShardedWeights, GathersRunOneLayerAhead) {
  // Two layers, one micro-batch. The gather for a pass through a layer waits for the end of the pass before the last: the one before it is
  // being computed meanwhile. Passes are F0 F1 B1 B0: the third gather waits for F0, the fourth for F1; what follows shares out B1, B0 and
  // the rest as they end.
  std::string order;
  const auto program = training_program(sharded_job(16, 1), test::plain_software());
  for (const sim::Operation& operation : data_stream(program).operations) {
    if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
      order += collect->kind == sim::CollectiveKind::all_gather ? "gather " : "reduce ";
    } else if (std::holds_alternative<sim::Wait>(operation.action)) {
      order += "wait ";
    }
  }
  EXPECT_EQ(order, "gather gather gather wait gather wait gather wait reduce wait reduce wait reduce ");
}

TEST(ShardedWeights, GradientsAreReducedInTheirTypeAndWeightsGatheredInThePrecision) {
  TrainingJob job = sharded_job(16, 1);
  job.precision = sim::DataType::bf16;
  job.reductions = sim::DataType::fp32;
  const auto program = training_program(job, test::plain_software());
  for (const sim::Operation& operation : data_stream(program).operations) {
    if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
      EXPECT_EQ(collect->type, collect->kind == sim::CollectiveKind::all_gather ? sim::DataType::bf16 : sim::DataType::fp32);
    }
  }
}

TEST(ShardedWeights, ARankAddsUpItsShareOfTheGradients) {
  // The last kernel of a layer's backward pass: a sixteenth of 12,596,224 gradients, after they were widened for a reduction in fp32.
  TrainingJob job = sharded_job(16, 1);
  const auto last_kernels = [](const TrainingJob& of) {
    const auto program = training_program(of, test::plain_software());
    const auto& operations = program.blocks[1].operations;
    return std::pair{std::get<sim::Compute>(operations[operations.size() - 2].action).kernel,
                     std::get<sim::Compute>(operations.back().action).kernel};
  };
  job.reductions = sim::DataType::fp32;
  EXPECT_EQ(last_kernels(job).first.shape, (std::array<std::int64_t, 4>{12'596'224, 1, 2, 1}));
  EXPECT_EQ(last_kernels(job).second.shape, (std::array<std::int64_t, 4>{12'596'224 / 16, 2, 1, 1}));
  job.reductions = sim::DataType::fp16;
  EXPECT_EQ(last_kernels(job).second.shape, (std::array<std::int64_t, 4>{12'596'224 / 16, 2, 1, 1}));
  EXPECT_NE(last_kernels(job).first.shape[0], 12'596'224);
  job.parallelism.zero = 1;  // tensor by tensor: the last of 13 * 1024 in eight vectors
  EXPECT_EQ(last_kernels(job).second.shape, (std::array<std::int64_t, 4>{1664, 2, 1, 1}));
}

TEST(ShardedWeights, VolumesAreThoseOfThePaper) {
  // Rajbhandari et al. 2020, section 7: of P weights a rank sends 2 P where gradients are all-reduced, as much with stages 1 and 2, and 3 P
  // with stage 3; all-reduces count twice. Here stage 3 gathers what is in no layer once a micro-batch, not twice.
  constexpr int replicas = 16;
  TrainingJob job = sharded_job(replicas, 1);
  const std::int64_t whole = stage_parameters(job, partition(job, test::plain_software())[0]);
  const std::int64_t rest = whole - 2 * 12'596'224;
  for (const auto& [stage, volume] : {std::pair{0, 2 * whole}, {1, 2 * whole}, {2, 2 * whole}, {3, 3 * whole - rest}}) {
    job.parallelism.zero = stage;
    const sim::Program program = training_program(job, test::plain_software());
    std::int64_t sent = 0;
    for (const sim::Stream& stream : program.roles[0].streams) {
      for (const sim::Operation& operation : stream.operations) {
        const auto* collect = std::get_if<sim::Collect>(&operation.action);
        if (collect == nullptr || operation.label != number(Label::data)) continue;
        sent += collect->count * (collect->kind == sim::CollectiveKind::all_reduce ? 2 : replicas);
      }
    }
    EXPECT_NEAR(static_cast<double>(sent), static_cast<double>(volume), 3.0 * 2 * replicas) << stage;  // shares are rounded up
  }
}

TEST(ShardedWeights, HybridShardingStaysOnTheNodeButForItsShares) {
  // 16 replicas, shards over 8: of a layer's 12,596,224 weights an eighth each, gathered and scattered on the node, then summed over the
  // two ranks that have the same.
  TrainingJob job = sharded_job(16, 1);
  job.parallelism.shard = 8;
  const sim::Program program = training_program(job, test::plain_software());
  EXPECT_NO_THROW(sim::validate(program));
  std::map<std::pair<std::string, sim::CollectiveKind>, int> layers;
  for (const sim::Operation& operation : data_stream(program).operations) {
    const auto* collect = std::get_if<sim::Collect>(&operation.action);
    if (collect == nullptr || collect->count != 12'596'224 / 8) continue;
    ++layers[{program.communicators[static_cast<std::size_t>(collect->communicator)].name, collect->kind}];
  }
  using sim::CollectiveKind;
  EXPECT_EQ(layers, (std::map<std::pair<std::string, CollectiveKind>, int>{{{"shard", CollectiveKind::all_gather}, 2 * 2},
                                                                           {{"shard", CollectiveKind::reduce_scatter}, 2},
                                                                           {{"replicate", CollectiveKind::all_reduce}, 2}}));
  const auto groups_of = [&](const char* name) { return *std::ranges::find(program.communicators, name, &sim::Communicator::name); };
  EXPECT_EQ(groups_of("shard").members, (std::vector<sim::Extent>{{8, 1}}));
  EXPECT_EQ(groups_of("replicate").members, (std::vector<sim::Extent>{{2, 8}}));
  // The norm of the gradients is over those that share, once.
  EXPECT_EQ(groups_of("model").members, (std::vector<sim::Extent>{{8, 1}, {1, 16}}));
  // Memory is that of 8 replicas, and a slow fabric is spared.
  TrainingJob eight = job;
  eight.parallelism.shard = 0;
  eight.parallelism.data = 8;
  eight.global_batch = 8;
  const auto memory = [](const TrainingJob& of) { return rank_memory(of, test::plain_software(), committed::dgx_a100().gpu, 0); };
  EXPECT_EQ(memory(job).weights, memory(eight).weights);
  EXPECT_EQ(memory(job).optimizer, memory(eight).optimizer);
  const auto slow = machine(0.01);
  TrainingJob all = job;
  all.parallelism.shard = 0;
  EXPECT_LT(run(job, slow).iteration.iteration, run(all, slow).iteration.iteration);
}

TEST(ShardedWeights, SharingByAllReplicasIsTheDefault) {
  TrainingJob job = sharded_job(16, 2);
  const sim::Program program = training_program(job, test::plain_software());
  job.parallelism.shard = 16;
  EXPECT_EQ(training_program(job, test::plain_software()), program);
  // Alone, a rank shares with nobody: gradients are summed as without ZeRO.
  job.parallelism.shard = 1;
  const sim::Program alone = training_program(job, test::plain_software());
  for (const sim::Stream& stream : alone.roles[0].streams) {
    for (const sim::Operation& operation : stream.operations) {
      const auto* collect = std::get_if<sim::Collect>(&operation.action);
      EXPECT_TRUE(collect == nullptr || collect->kind == sim::CollectiveKind::all_reduce);
    }
  }
}

TEST(ShardedWeights, SharersDivideTheReplicas) {
  TrainingJob job = sharded_job(16, 1);
  const auto faults = [&] {
    std::vector<std::string> found;
    for (const sim::Fault& fault : validate_job(job, test::plain_software(), machine().spec()))
      found.push_back(fault.place + ": " + fault.what);
    return found;
  };
  using Found = std::vector<std::string>;
  const std::string place = "/workload/parallelism/shard: ";
  job.parallelism.shard = 6;
  EXPECT_EQ(faults(), Found{place + "16 replicas (data x context) do not divide by shard 6"});
  job.parallelism.shard = 8;
  EXPECT_EQ(faults(), Found{});
  job.parallelism.zero = 0;
  EXPECT_EQ(faults(), Found{place + "nothing is sharded with zero 0"});
}

TEST(ShardedWeights, IsValidAndReadsBackFromItsText) {
  for (const int tensor : {1, 2}) {
    TrainingJob job = sharded_job(4, 2);
    job.parallelism.tensor = tensor;
    const auto program = training_program(job, test::plain_software());
    EXPECT_NO_THROW(sim::validate(program));
    EXPECT_EQ(sim::program_from(sim::text_of(program), "text"), program);
  }
}

TEST(ShardedWeights, OneReplicaHasNothingToShard) {
  TrainingJob job = sharded_job(1, 2);
  const auto sharded = training_program(job, test::plain_software());
  job.parallelism.zero = 0;
  EXPECT_EQ(sharded.roles, training_program(job, test::plain_software()).roles);
}

TEST(ShardedWeights, AFastFabricHidesAllButTheFirstGatherAndTheLastReduction) {
  // Large micro-batches: a layer computes for longer than it is gathered. What is exposed is the gather of the rest and of the first layer
  // (partly behind the embedding), and the reductions of the last layer and of the rest, over the time of a lone replica (whose Adam has
  // all weights to do).
  TrainingJob job = sharded_job(16, 1);
  job.micro_batch = 16;
  job.global_batch = 16 * 16;
  const auto cluster = machine();
  const double sharded = run(job, cluster).iteration.iteration.seconds();
  job.parallelism.zero = 0;
  job.parallelism.data = 1;
  job.global_batch = 16;
  const double alone = run(job, cluster).iteration.iteration.seconds();
  std::vector<topology::GpuId> members;
  for (std::uint32_t gpu = 0; gpu < 16; ++gpu) members.push_back(topology::GpuId{gpu});
  const CollectiveModel collectives(cluster, committed::nccl(), committed::a100().collectives);
  const auto seconds = [&](sim::CollectiveKind kind, std::int64_t elements) {
    const CollectivePlan plan = collectives.plan(kind, {2 * elements}, sim::DataType::fp16, members);
    return plan.latency.seconds() + static_cast<double>(plan.edge_bytes.count) / plan.edge_rate.value;
  };
  const std::int64_t rest = 51'200 * 1024 + 2048 * 1024 + 2048;
  const double rest_both = seconds(sim::CollectiveKind::all_gather, rest) + seconds(sim::CollectiveKind::reduce_scatter, rest);
  const double layer_both = seconds(sim::CollectiveKind::all_gather, 12'596'224) + seconds(sim::CollectiveKind::reduce_scatter, 12'596'224);
  EXPECT_LT(sharded, alone + rest_both + layer_both);
}

TEST(ShardedWeights, ASlowFabricIsBusyAllTheTime) {
  // A hundredth of the NICs' rate: the data stream never waits for computation but at the ends, so an iteration takes what its collectives
  // take one after the other, and no less.
  const auto cluster = machine(0.01);
  TrainingJob job = sharded_job(16, 4);
  const TrainingRun slow = run(job, cluster);
  std::vector<topology::GpuId> members;
  for (std::uint32_t gpu = 0; gpu < 16; ++gpu) members.push_back(topology::GpuId{gpu});
  const CollectiveModel collectives(cluster, committed::nccl(), committed::a100().collectives);
  double busy = 0;
  for (const auto& [what, times] : collectives_of(slow.program)) {
    const CollectivePlan plan = collectives.plan(what.first, {2 * 16 * what.second}, sim::DataType::fp16, members);
    busy += times * (plan.latency.seconds() + static_cast<double>(plan.edge_bytes.count) / plan.edge_rate.value);
  }
  EXPECT_GE(slow.iteration.iteration.seconds(), busy * (1 - 1e-9));
  EXPECT_LT(slow.iteration.iteration.seconds(), busy * 1.03);
  EXPECT_EQ(slow.iteration.bottleneck, "data");
}

TEST(ShardedWeights, DoNotGoWithAPipeline) {
  TrainingJob job = sharded_job(2, 2);
  job.parallelism.pipeline = 2;
  const auto faults = validate_job(job, test::plain_software(), machine().spec());
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].place, "/workload/parallelism/zero");
}

}  // namespace
}  // namespace orrery::workloads
