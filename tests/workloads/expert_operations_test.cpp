// The MLP part of a layer with experts, listed by hand.
//
// One micro-batch of 2 sequences of 96 tokens, 192; hidden 512, 8 experts of 1280 columns, 2 a token: 384 copies a rank.
#include "workloads/expert_operations.h"

#include <gtest/gtest.h>

#include <sstream>

#include "sim/fluid_engine.h"
#include "sim/program_text.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/collective_model.h"
#include "workloads/expert_routing.h"
#include "workloads/stages.h"
#include "workloads/training_groups.h"
#include "workloads/training_program.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

TrainingJob expert_job(int tensor, int data, int expert) {
  TrainingJob job = test::small_job(tensor, 1, data, 2);
  job.model.hidden = 512;
  job.model.heads = job.model.kv_heads = 8;
  job.model.ffn = 2560;
  job.model.experts = 8;
  job.model.experts_per_token = 2;
  job.model.expert_ffn = 1280;
  job.sequence_length = 96;
  job.micro_batch = 2;
  job.global_batch = 4 * data;
  job.recompute = Recompute::none;
  job.parallelism.expert = expert;
  job.parallelism.sequence = tensor > 1;
  return job;
}

// Lines of a block from one that begins with `from` to its end, "compute: " left out.
std::string mlp_of(const TrainingJob& job, const std::string& block, const std::string& from, const std::string& until) {
  std::istringstream text(test::lines_of_block(training_program(job, test::flash_software()), block));
  std::string lines = "\n";
  int norms = 0;
  for (std::string line; std::getline(text, line);) {
    norms += line.starts_with(from) ? 1 : 0;
    if (norms == 2 || (block == "layer_backward" && norms == 1)) lines += line + "\n";
    if (block == "layer_backward" && line.starts_with(until)) return lines;
  }
  return lines;
}
std::string forward_mlp(const TrainingJob& job) { return mlp_of(job, "layer_forward", "layer_norm ", ""); }
std::string backward_mlp(const TrainingJob& job) {
  return mlp_of(job, "layer_backward", "bias_dropout_add_backward ", "layer_norm_backward ");
}

TEST(ExpertOperations, OneRankHasAllExpertsInGroupedProducts) {
  // 8 experts with 384 / 8 = 48 copies each. The 8 numbers of the router a token: 1536.
  const TrainingJob job = expert_job(1, 1, 1);
  EXPECT_EQ(forward_mlp(job),
            "\n"
            "layer_norm fp16 rows=192 columns=512\n"
            "gemm fp16 m=192 n=8 k=512 batch=1\n"
            "softmax fp16 rows=192 columns=8\n"
            "elementwise fp16 elements=1536 reads=1 writes=1\n"
            "elementwise fp16 elements=196608 reads=1 writes=1\n"  // 384 * 512: copies in order of expert
            "gemm fp16 m=48 n=1280 k=512 batch=8\n"
            "bias_gelu fp16 rows=384 columns=1280\n"
            "gemm fp16 m=48 n=512 k=1280 batch=8\n"
            "elementwise fp16 elements=98304 reads=2 writes=1\n"  // 192 * 512: weighted sums of two
            "bias_dropout_add fp16 rows=192 columns=512\n");
  EXPECT_EQ(backward_mlp(job),
            "\n"
            "bias_dropout_add_backward fp16 rows=192 columns=512\n"
            "elementwise fp16 elements=98304 reads=3 writes=2\n"
            "gemm fp16 m=48 n=1280 k=512 batch=8\n"
            "gemm fp16 m=512 n=1280 k=48 batch=8\n"
            "bias_gelu_backward fp16 rows=384 columns=1280\n"
            "gemm fp16 m=48 n=512 k=1280 batch=8\n"
            "gemm fp16 m=1280 n=512 k=48 batch=8\n"
            "elementwise fp16 elements=98304 reads=2 writes=1\n"
            "softmax_backward fp16 rows=192 columns=8\n"
            "gemm fp16 m=192 n=512 k=8 batch=1\n"
            "gemm fp16 m=8 n=512 k=192 batch=1\n"
            "layer_norm_backward fp16 rows=192 columns=512\n");
}

TEST(ExpertOperations, AGroupSendsCopiesToTheirExpertsAndBack) {
  // Four ranks, two experts each, which have 4 * 192 * 2 / 8 = 192 copies each: 384 a rank, as many as it sends: 196,608 elements.
  const TrainingJob job = expert_job(1, 4, 4);
  EXPECT_EQ(forward_mlp(job),
            "\n"
            "layer_norm fp16 rows=192 columns=512\n"
            "gemm fp16 m=192 n=8 k=512 batch=1\n"
            "softmax fp16 rows=192 columns=8\n"
            "elementwise fp16 elements=1536 reads=1 writes=1\n"
            "elementwise fp16 elements=196608 reads=1 writes=1\n"
            "expert: all_to_all fp16 196608 expert\n"
            "elementwise fp16 elements=196608 reads=1 writes=1\n"  // from order of rank to order of expert
            "gemm fp16 m=192 n=1280 k=512 batch=2\n"
            "bias_gelu fp16 rows=384 columns=1280\n"
            "gemm fp16 m=192 n=512 k=1280 batch=2\n"
            "elementwise fp16 elements=196608 reads=1 writes=1\n"
            "expert: all_to_all fp16 196608 expert\n"
            "elementwise fp16 elements=98304 reads=2 writes=1\n"
            "bias_dropout_add fp16 rows=192 columns=512\n");
  EXPECT_EQ(backward_mlp(job),
            "\n"
            "bias_dropout_add_backward fp16 rows=192 columns=512\n"
            "elementwise fp16 elements=98304 reads=3 writes=2\n"
            "expert: all_to_all fp16 196608 expert\n"
            "elementwise fp16 elements=196608 reads=1 writes=1\n"
            "gemm fp16 m=192 n=1280 k=512 batch=2\n"
            "gemm fp16 m=512 n=1280 k=192 batch=2\n"
            "bias_gelu_backward fp16 rows=384 columns=1280\n"
            "gemm fp16 m=192 n=512 k=1280 batch=2\n"
            "gemm fp16 m=1280 n=512 k=192 batch=2\n"
            "elementwise fp16 elements=196608 reads=1 writes=1\n"
            "expert: all_to_all fp16 196608 expert\n"
            "elementwise fp16 elements=98304 reads=2 writes=1\n"
            "softmax_backward fp16 rows=192 columns=8\n"
            "gemm fp16 m=192 n=512 k=8 batch=1\n"
            "gemm fp16 m=8 n=512 k=192 batch=1\n"
            "layer_norm_backward fp16 rows=192 columns=512\n");
}

TEST(ExpertOperations, ATensorGroupSplitsExpertsByColumnsAndTokensAmongItsRanks) {
  // Tensor 2: a rank routes 96 tokens, 192 copies of them, 98,304 elements; the group together has the 384 that its experts take, in 640
  // columns. One expert a rank: nothing to sort.
  EXPECT_EQ(forward_mlp(expert_job(2, 8, 8)),
            "\n"
            "layer_norm fp16 rows=96 columns=512\n"
            "gemm fp16 m=96 n=8 k=512 batch=1\n"
            "softmax fp16 rows=96 columns=8\n"
            "elementwise fp16 elements=768 reads=1 writes=1\n"
            "elementwise fp16 elements=98304 reads=1 writes=1\n"
            "expert: all_to_all fp16 98304 expert\n"
            "tensor: all_gather fp16 98304 tensor\n"
            "gemm fp16 m=384 n=640 k=512 batch=1\n"
            "bias_gelu fp16 rows=384 columns=640\n"
            "gemm fp16 m=384 n=512 k=640 batch=1\n"
            "tensor: reduce_scatter fp16 98304 tensor\n"
            "expert: all_to_all fp16 98304 expert\n"
            "elementwise fp16 elements=49152 reads=2 writes=1\n"
            "bias_dropout_add fp16 rows=96 columns=512\n");
}

TEST(ExpertOperations, SharedExpertsTakeEveryToken) {
  // Two of 1280 columns side by side.
  TrainingJob job = expert_job(1, 4, 4);
  job.model.shared_experts = 2;
  EXPECT_NE(forward_mlp(job).find("\ngemm fp16 m=192 n=2560 k=512 batch=1\n"
                                  "bias_gelu fp16 rows=192 columns=2560\n"
                                  "gemm fp16 m=192 n=512 k=2560 batch=1\n"
                                  "bias_dropout_add fp16 rows=192 columns=512\n"),
            std::string::npos)
      << forward_mlp(job);
}

TEST(ExpertOperations, WhatIsDispatchedIsTokensTimesExpertsAToken) {
  // Over all ranks of a group, one all-to-all sends expert * 192 * 2 copies of 512 elements, whatever the group.
  for (const auto& [tensor, data, expert] : {std::tuple{1, 2, 2}, {1, 8, 4}, {1, 8, 8}, {4, 2, 2}}) {
    const sim::Program program = training_program(expert_job(tensor, data, expert), test::flash_software());
    std::vector<std::int64_t> counts;
    for (const sim::Operation& operation : program.blocks[0].operations) {
      const auto* collect = std::get_if<sim::Collect>(&operation.action);
      if (collect != nullptr && collect->kind == sim::CollectiveKind::all_to_all) counts.push_back(collect->count * tensor * expert);
    }
    EXPECT_EQ(counts, (std::vector<std::int64_t>(2, std::int64_t{expert} * 192 * 2 * 512)));
  }
}

TEST(ExpertOperations, FlopsAreThePublishedOnesWhereverTheExpertsAre) {
  // All products of all ranks are model FLOPs; the vocabulary is no padding.
  for (const auto& [tensor, data, expert] : {std::tuple{1, 1, 1}, {1, 8, 8}, {2, 4, 2}}) {
    TrainingJob job = expert_job(tensor, data, expert);
    job.model.shared_experts = 1;
    job.model.dense_layers = 1;
    const sim::Program program = training_program(job, test::plain_software());
    double sum = 0;
    for (const sim::Operation& call : program.roles[0].streams[0].operations) {
      const auto* block = std::get_if<sim::Call>(&call.action);
      if (block == nullptr) continue;
      for (const sim::Operation& operation : program.blocks[static_cast<std::size_t>(block->block)].operations) {
        const auto* compute = std::get_if<sim::Compute>(&operation.action);
        if (compute != nullptr) sum += block->times * sim::flops(compute->kernel).count * program.ranks;
      }
    }
    EXPECT_NEAR(sum / model_flops(job.model, job.global_batch, 96).count, 1, 1e-9) << tensor << " " << data << " " << expert;
  }
}

TEST(ExpertOperations, ExpertsAreReducedOverThoseWhoHoldTheSame) {
  // 8 replicas in groups of 4: an expert has two. 2 layers of 8 experts of 2 * 512 * 1280 + 1280 + 512 weights, a quarter on each rank.
  TrainingJob job = expert_job(1, 8, 4);
  const std::int64_t experts = 2 * 8 * (2 * 512 * 1280 + 1280 + 512) / 4;
  const auto reductions = [&] {
    std::vector<std::pair<std::string, std::int64_t>> found;
    const sim::Program program = training_program(job, test::flash_software());
    for (const sim::Operation& operation : program.roles[0].streams[0].operations) {
      const auto* collect = std::get_if<sim::Collect>(&operation.action);
      if (collect != nullptr && collect->count > 1) {
        found.emplace_back(program.communicators[static_cast<std::size_t>(collect->communicator)].name, collect->count);
      }
    }
    return found;
  };
  const std::int64_t rest = stage_parameters(job, partition(job, test::flash_software())[0]) - experts;
  using Found = std::vector<std::pair<std::string, std::int64_t>>;
  EXPECT_EQ(reductions(), (Found{{"data", rest}, {"expert_data", experts}}));
  // ZeRO-1 shares out each over those who have it, and puts it together again.
  job.parallelism.zero = 1;
  EXPECT_EQ(reductions(),
            (Found{{"data", (rest + 7) / 8}, {"expert_data", experts / 2}, {"data", (rest + 7) / 8}, {"expert_data", experts / 2}}));
  // Nobody else has them: nothing to reduce.
  job.parallelism.zero = 0;
  job.parallelism.expert = 8;
  EXPECT_EQ(reductions(), (Found{{"data", rest}}));
}

TEST(ExpertOperations, ProgramsAreValidAndReadBack) {
  for (const int zero : {0, 1, 2, 3}) {
    for (const auto& [tensor, data, expert] : {std::tuple{1, 2, 2}, {2, 4, 2}, {1, 8, 1}}) {
      TrainingJob job = expert_job(tensor, data, expert);
      job.parallelism.zero = zero;
      job.model.dense_layers = 1;
      job.imbalance = 1.5;
      Software software = test::flash_software();
      software.overlap_gradients = true;
      const sim::Program program = training_program(job, software);
      EXPECT_NO_THROW(sim::validate(program));
      EXPECT_EQ(sim::program_from(sim::text_of(program), "text"), program);
    }
  }
}

TEST(ExpertOperations, OneExpertIsADenseModel) {
  TrainingJob job = expert_job(1, 2, 1);
  job.model.experts = job.model.experts_per_token = 1;
  job.model.expert_ffn = 0;
  TrainingJob with_keys = job;
  with_keys.model.expert_ffn = 99;
  with_keys.model.dense_layers = 1;
  with_keys.imbalance = 1;
  EXPECT_EQ(training_program(with_keys, test::flash_software()), training_program(job, test::flash_software()));
  EXPECT_EQ(model_flops(with_keys.model, 1, 96).count, model_flops(job.model, 1, 96).count);
}

TEST(ExpertOperations, AHotExpertHoldsUpProductsAndAllToAllsInProportion) {
  // On 8 ranks, one expert each, twice the mean: twice the rows, and twice the bytes into the hottest rank. The all-to-all of a node takes
  // what the collective model says of so many bytes.
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const auto expert_seconds = [&](double imbalance) {
    TrainingJob job = expert_job(1, 8, 8);
    job.sequence_length = 2048;
    job.imbalance = imbalance;
    const Stack stack{test::flash_software(), committed::a100(), committed::nccl()};
    const TrainingRun run = run_training(job, stack, cluster, *sim::make_fluid_engine(), {}, {.chance = Conduct::Chance::none});
    for (const auto& [name, part] : run.iteration.breakdown) {
      if (name == "expert") return part.seconds();
    }
    return 0.0;
  };
  std::vector<topology::GpuId> members;
  for (std::uint32_t gpu = 0; gpu < 8; ++gpu) members.push_back(topology::GpuId{gpu});
  const CollectiveModel collectives(cluster, committed::nccl(), committed::a100().collectives);
  for (const std::int64_t imbalance : {1, 2}) {
    // 2 layers, 2 micro-batches, 4 all-to-alls each of 2 * 2048 tokens * 2 copies * 512 elements of 2 bytes.
    const CollectivePlan plan =
        collectives.plan(sim::CollectiveKind::all_to_all, {imbalance * 2 * 2048 * 2 * 512 * 2}, sim::DataType::fp16, members);
    const double one = plan.latency.seconds() + static_cast<double>(plan.edge_bytes.count) / plan.edge_rate.value;
    EXPECT_NEAR(expert_seconds(static_cast<double>(imbalance)) / (16 * one), 1, 0.02) << imbalance;
  }
}

TEST(TrainingGroups, AreByRankArithmetic) {
  // tensor 2, data 4, expert 2, pipeline 2: 16 ranks.
  Parallelism parallelism{.tensor = 2, .pipeline = 2, .data = 4, .expert = 2};
  const TrainingGroups groups = training_groups(parallelism);
  const auto& expert = groups.communicators[static_cast<std::size_t>(groups.expert)];
  const auto& expert_data = groups.communicators[static_cast<std::size_t>(groups.expert_data)];
  const auto& norm = groups.communicators[static_cast<std::size_t>(groups.norm)];
  const auto values = [](const sim::Lattice& lattice) {
    std::vector<std::int32_t> all;
    for (std::int64_t i = 0; i < lattice.size(); ++i) all.push_back(lattice.at(i));
    return all;
  };
  using Ranks = std::vector<std::int32_t>;
  EXPECT_EQ(values({.first = 0, .extents = expert.members}), (Ranks{0, 2}));
  EXPECT_EQ(values(expert.groups), (Ranks{0, 1, 4, 5, 8, 9, 12, 13}));
  EXPECT_EQ(values({.first = 0, .extents = expert_data.members}), (Ranks{0, 4}));
  EXPECT_EQ(values(expert_data.groups), (Ranks{0, 1, 2, 3, 8, 9, 10, 11}));
  // The norm of gradients: tensor and pipeline ranks, and both of those that hold other experts.
  EXPECT_EQ(values({.first = 0, .extents = norm.members}), (Ranks{0, 1, 2, 3, 8, 9, 10, 11}));
  EXPECT_EQ(values(norm.groups), (Ranks{0, 4}));
}

std::vector<std::string> expert_faults(const TrainingJob& job) {
  std::vector<std::string> faults;
  for (const sim::Fault& fault : validate_job(job, test::flash_software(), {.node = committed::dgx_a100(), .nodes = 2, .fabric = {}})) {
    faults.push_back(fault.place + ": " + fault.what);
    EXPECT_FALSE(fault.remedy.empty());
  }
  return faults;
}

TEST(ExpertOperations, JobsThatCannotBeAreRefused) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(expert_faults(expert_job(2, 8, 8)), Texts{});
  EXPECT_EQ(expert_faults(expert_job(1, 6, 6)), Texts{"/workload/parallelism/expert: 8 experts do not divide by expert 6"});
  EXPECT_EQ(expert_faults(expert_job(1, 6, 4)),
            Texts{"/workload/parallelism/expert: experts are shared by replicas: data 6 x context 1 does not divide by expert 4"});
  TrainingJob job = expert_job(2, 4, 4);
  job.parallelism.sequence = false;
  EXPECT_EQ(expert_faults(job),
            Texts{"/workload/parallelism/expert: expert 4 beside tensor 2 would send every token from each rank of the tensor group"});
  job = expert_job(1, 1, 1);
  job.imbalance = 4.5;
  EXPECT_EQ(expert_faults(job),
            Texts{"/workload/imbalance: the hottest expert would have more tokens than there are: 2 of 8 experts a token "
                  "bound it to 4 times the mean"});
  job.imbalance = 4;
  EXPECT_EQ(expert_faults(job), Texts{});
  job.model.experts_per_token = 9;
  EXPECT_EQ(expert_faults(job), Texts{"/workload/model: 9 experts a token are more than the 8 experts of a layer"});
  job = expert_job(1, 1, 1);
  job.model.dense_layers = 3;
  EXPECT_EQ(expert_faults(job), Texts{"/workload/model: 3 dense layers are more than all 2"});
}

}  // namespace
}  // namespace orrery::workloads
