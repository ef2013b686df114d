#include "workloads/analytic.h"

#include <gtest/gtest.h>

#include "scenarios/models.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/stages.h"

namespace orrery::workloads {
namespace {

Stack analytic_stack(const std::string& software) {
  const Software of = committed::software(software);
  return {of, committed::a100(), committed::nccl(of.nccl)};
}

topology::Cluster dgx_nodes(int nodes) { return topology::Cluster({.node = committed::dgx_a100(), .nodes = nodes, .fabric = {}}); }

sim::Duration part_of(const AnalyticEstimate& estimate, Label label) {
  const sim::Account& account = estimate.accounts[number(label)];
  return account.running + account.waiting;
}

TEST(Analytic, OneGpuTakesWhatThePlayTakes) {
  const topology::Cluster cluster = dgx_nodes(1);
  const Stack stack = analytic_stack("megatron-lm-2022");
  const TrainingJob job = test::small_job(1, 1, 1, 7);
  const auto played = run_training(job, stack, cluster, *sim::make_fluid_engine(), {});
  const auto estimate = AnalyticModel(stack, cluster).evaluate(job);
  EXPECT_NEAR(estimate.iteration.seconds() / played.iteration.iteration.seconds(), 1, 1e-9);
  EXPECT_EQ(part_of(estimate, Label::data).ticks, 0);
  EXPECT_EQ(part_of(estimate, Label::pipeline_transfer).ticks, 0);
}

TEST(Analytic, ReplicasAddTheirAllReduceAndNothingElse) {
  // One GPU on each of four nodes at the end of which gradients are summed: what NCCL takes for them, by the collective model, plus the
  // wait of the kernels' noise, which is left out here.
  topology::NodeSpec node = committed::dgx_a100();
  node.gpus = 1;
  node.nics = 1;
  const topology::Cluster cluster({.node = node, .nodes = 4, .fabric = {}});
  Stack stack = analytic_stack("megatron-lm-2022");
  stack.calibration.noise.reset();
  const TrainingJob alone = test::small_job(1, 1, 1, 3);
  const TrainingJob four = test::small_job(1, 1, 4, 3);
  AnalyticModel model(stack, cluster);

  const std::int64_t parameters = stage_parameters(four, partition(four, stack.software).front());
  const CollectiveModel collectives(cluster, stack.nccl, stack.calibration.collectives);
  const std::vector<topology::GpuId> members{topology::GpuId{0}, topology::GpuId{1}, topology::GpuId{2}, topology::GpuId{3}};
  const sim::Bytes bytes{parameters * sim::size_of(four.reductions)};
  const CollectivePlan plan = collectives.plan(sim::CollectiveKind::all_reduce, bytes, four.reductions, members);
  const sim::Duration sum = plan.latency + plan.edge_bytes / plan.edge_rate;
  const sim::Duration longer = model.evaluate(four).iteration - model.evaluate(alone).iteration;
  EXPECT_NEAR(longer.seconds() / sum.seconds(), 1, 1e-6);
  EXPECT_NEAR(part_of(model.evaluate(four), Label::data).seconds() / sum.seconds(), 1, 1e-6);
}

TEST(Analytic, PartsSumToTheIterationAndMemoryIsTheFullestRanks) {
  const topology::Cluster cluster = dgx_nodes(8);
  for (const char* software : {"megatron-lm-2021", "megatron-core-2024"}) {
    const Stack stack = analytic_stack(software);
    AnalyticModel model(stack, cluster);
    for (const int interleave : {1, 2}) {
      for (const int micro_batches : {4, 8, 40, 100}) {
        TrainingJob job = test::small_job(2, 4, 8, micro_batches);
        job.parallelism.interleave = interleave;
        if (interleave > 1) job.schedule = Schedule::interleaved;
        const AnalyticEstimate estimate = model.evaluate(job);
        sim::Duration sum{};
        for (const sim::Account& account : estimate.accounts) {
          EXPECT_GE(account.running, sim::Duration{});
          EXPECT_GE(account.waiting, sim::Duration{});
          sum += account.running + account.waiting;
        }
        EXPECT_EQ(sum, estimate.iteration);
        const MemoryUse fullest = training_memory(job, stack.software, cluster.node().gpu);
        EXPECT_EQ(estimate.memory.total(), fullest.total());
        EXPECT_EQ(estimate.memory.pipeline_rank, fullest.pipeline_rank);
      }
    }
  }
}

TEST(Analytic, TheBubbleVanishesWithManyMicroBatches) {
  // Stages that are all but equal (the last has the head, which the others wait for): (p - 1) / (m + p - 1) of the time.
  const topology::Cluster cluster = dgx_nodes(1);
  Stack stack = analytic_stack("megatron-core-2024");
  AnalyticModel model(stack, cluster);
  const auto bubble = [&](std::int64_t micro_batches) {
    TrainingJob job = test::small_job(1, 8, 1, micro_batches);
    job.model.layers = 80;
    job.model.vocabulary = 128;
    const AnalyticEstimate estimate = model.evaluate(job);
    return part_of(estimate, Label::pipeline_transfer).seconds() / estimate.iteration.seconds();
  };
  EXPECT_NEAR(bubble(8), 7.0 / 15, 0.02);
  EXPECT_LT(bubble(8'000), 0.01);
}

TEST(Analytic, TakesLongerWhereThereIsMoreToDoOrLessToDoItWith) {
  const topology::Cluster cluster = dgx_nodes(16);
  topology::ClusterSpec thin = cluster.spec();
  thin.node.nic.bandwidth = thin.node.nic.bandwidth * 0.25;
  thin.fabric.link = thin.node.nic.bandwidth;
  const topology::Cluster thin_cluster(thin);
  const Stack stack = analytic_stack("megatron-lm-2022");
  AnalyticModel model(stack, cluster);
  AnalyticModel thin_model(stack, thin_cluster);
  sim::Duration before{};
  for (const std::int64_t micro_batches : {1, 2, 3, 5, 8, 13, 21, 34, 55}) {
    TrainingJob job = test::small_job(2, 4, 16, micro_batches);
    const sim::Duration with_recomputation = model.evaluate(job).iteration;
    EXPECT_GT(with_recomputation, before) << micro_batches;
    EXPECT_GT(thin_model.evaluate(job).iteration, with_recomputation) << micro_batches;
    before = with_recomputation;
    job.recompute = Recompute::none;
    EXPECT_LT(model.evaluate(job).iteration, with_recomputation) << micro_batches;
  }
}

TEST(Analytic, AnswersAlikeHoweverItIsAsked) {
  const topology::Cluster cluster = dgx_nodes(8);
  const Stack stack = analytic_stack("megatron-lm-2021");
  AnalyticModel model(stack, cluster);
  const TrainingJob one = test::small_job(2, 4, 8, 12);
  TrainingJob other = test::small_job(4, 2, 8, 12);
  other.model.hidden = 2048;
  const sim::Duration first = model.evaluate(one).iteration;
  EXPECT_NE(model.evaluate(other).iteration, first);
  EXPECT_EQ(model.evaluate(one).iteration, first);
  EXPECT_EQ(AnalyticModel(stack, cluster).evaluate(one).iteration, first);
}

TEST(Analytic, SaysWhatDoesNotFitWithoutPricingIt) {
  const topology::Cluster cluster = dgx_nodes(1);
  const Stack stack = analytic_stack("megatron-lm-2021");
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.model = committed::preset<Transformer>(scenarios::PresetKind::models, "gpt3-175b");
  const AnalyticEstimate estimate = AnalyticModel(stack, cluster).evaluate(job);
  EXPECT_FALSE(estimate.fits());
  EXPECT_EQ(estimate.iteration, sim::Duration{});
  EXPECT_EQ(estimate.memory.total(), training_memory(job, stack.software, cluster.node().gpu).total());
  try {
    run_analytic(job, stack, cluster);
    FAIL() << "it fits";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.kind(), sim::ErrorKind::infeasible);
  }
}

TEST(Analytic, RefusesMachinesWhosePartsAreNotAlike) {
  const topology::ClusterSpec plain{.node = committed::dgx_a100(), .nodes = 2, .fabric = {}};
  EXPECT_FALSE(analytic_fault(plain, {}));
  topology::ClusterSpec mixed = plain;
  mixed.others = {{.node = committed::node("dgx-a100-40gb"), .nodes = 2}};
  EXPECT_TRUE(analytic_fault(mixed, {}));
  topology::ClusterSpec imported = plain;
  imported.fabric.topology = topology::Topology::imported;
  EXPECT_TRUE(analytic_fault(imported, {}));
  topology::Condition slow;
  slow.slow_gpus = {{topology::GpuId{1}, 0.5}};
  EXPECT_TRUE(analytic_fault(plain, slow));
  const topology::Cluster cluster(plain);
  EXPECT_THROW(AnalyticModel(analytic_stack("megatron-lm-2021"), cluster, slow), sim::Error);
}

TEST(Analytic, ARunHasTheBreakdownAndTheBoundsOfThePlay) {
  const topology::Cluster cluster = dgx_nodes(4);
  const Stack stack = analytic_stack("megatron-lm-2022");
  const TrainingJob job = test::small_job(2, 4, 4, 8);
  const TrainingRun run = run_analytic(job, stack, cluster);
  const TrainingRun played = run_training(job, stack, cluster, *sim::make_fluid_engine(), {});
  sim::Duration sum{};
  ASSERT_EQ(run.iteration.breakdown.size(), played.iteration.breakdown.size());
  for (std::size_t i = 0; i < run.iteration.breakdown.size(); ++i) {
    EXPECT_EQ(run.iteration.breakdown[i].first, played.iteration.breakdown[i].first);
    sum += run.iteration.breakdown[i].second;
  }
  EXPECT_EQ(sum, run.iteration.iteration);
  EXPECT_EQ(run.iteration.bounds.compute, played.iteration.bounds.compute);
  EXPECT_EQ(run.iteration.bounds.memory, played.iteration.bounds.memory);
  EXPECT_NEAR(run.training.mfu / played.training.mfu, 1, 0.01);
}

TEST(Analytic, RefusesGroupsOfWhichSomeKeepToANode) {
  // Nodes of 8: stages of 4 share one, stages of 16 fill two; of stages of 3 the third lies on two nodes.
  const Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 4, .fabric = {}});
  AnalyticModel model(stack, cluster);
  for (const int data : {1, 2, 4, 8, 16}) EXPECT_GT(model.evaluate(test::small_job(1, 2, data, 4)).iteration, sim::Duration{}) << data;
  EXPECT_GT(model.evaluate(test::small_job(1, 1, 3, 4)).iteration, sim::Duration{}) << "one stage: what it does not fill is idle";
  for (const auto& [tensor, data] : {std::pair{1, 3}, std::pair{1, 6}, std::pair{2, 3}, std::pair{3, 2}}) {
    EXPECT_THROW(model.evaluate(test::small_job(tensor, 2, data, 4)), sim::Error) << tensor << " x " << data;
  }
}

}  // namespace
}  // namespace orrery::workloads
