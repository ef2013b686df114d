#include "workloads/training_program.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "sim/program_text.h"
#include "tests/workloads/fixtures.h"
#include "workloads/labels.h"
#include "workloads/stages.h"

namespace orrery::workloads {
namespace {

// Every operation that a stream performs, calls unrolled.
void unroll(const sim::Program& program, const std::vector<sim::Operation>& operations, std::vector<sim::Operation>& to) {
  for (const auto& operation : operations) {
    if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
      for (int i = 0; i < call->times; ++i) unroll(program, program.blocks[static_cast<std::size_t>(call->block)].operations, to);
    } else {
      to.push_back(operation);
    }
  }
}

std::vector<sim::Operation> performed(const sim::Program& program, std::size_t role, std::size_t stream = 0) {
  std::vector<sim::Operation> operations;
  unroll(program, program.roles[role].streams[stream].operations, operations);
  return operations;
}

double gemm_flops(const sim::Program& program) {
  double sum = 0;
  for (std::size_t role = 0; role < program.roles.size(); ++role) {
    for (const auto& operation : performed(program, role)) {
      if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) {
        sum += sim::flops(compute->kernel).count * static_cast<double>(program.roles[role].ranks.size());
      }
    }
  }
  return sum;
}

template <class Action>
int count(const std::vector<sim::Operation>& operations, Label label) {
  int found = 0;
  for (const auto& operation : operations)
    found += std::holds_alternative<Action>(operation.action) && operation.label == static_cast<std::uint8_t>(label) ? 1 : 0;
  return found;
}

TEST(TrainingProgram, IsValidAndReadsBackFromItsText) {
  for (const auto& [tensor, pipeline, data] : {std::tuple{1, 1, 1}, {8, 1, 1}, {1, 4, 1}, {1, 1, 4}, {2, 2, 2}}) {
    const auto program = training_program(test::small_job(tensor, pipeline, data, 4), test::plain_software());
    EXPECT_NO_THROW(sim::validate(program));
    EXPECT_EQ(sim::program_from(sim::text_of(program), "text"), program);
  }
}

TEST(TrainingProgram, FlopsOfItsKernelsAreThePublishedOnes) {
  // Forward and backward of everything is model FLOPs; full recomputation adds the layers' forward pass once more. The vocabulary is a
  // multiple of 128 x tensor, so that none of it is padding.
  for (const auto& [tensor, pipeline, data] : {std::tuple{1, 1, 1}, {8, 2, 1}, {2, 4, 2}}) {
    TrainingJob job = test::small_job(tensor, pipeline, data, 4);
    for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
      job.recompute = recompute;
      const auto program = training_program(job, test::plain_software());
      EXPECT_NEAR(gemm_flops(program) / hardware_flops(job).count, 1, 1e-9) << tensor << " " << pipeline << " " << data;
    }
  }
}

TEST(TrainingProgram, FusedAttentionDoesTheSameAlgebraButItsOwnRecomputation) {
  TrainingJob job = test::small_job(1, 1, 1, 1);
  job.recompute = Recompute::none;
  const Software flash = test::flash_software();
  // Flash attention's backward pass is 2.5 times the forward, an eighth... one product more than the unfused 2: half the forward core's
  // FLOPs more.
  const double more = gemm_flops(training_program(job, flash)) - gemm_flops(training_program(job, test::plain_software()));
  EXPECT_NEAR(more / attention_core_flops(job.model, job.global_batch, job.sequence_length).count, 0.5, 1e-9);
}

TEST(TrainingProgram, TensorParallelRanksMeetSixTimesALayerWithFullRecomputation) {
  // Two all-reduces forward, two when recomputed, two backward (Shoeybi et al.); 4 micro-batches, 2 layers.
  TrainingJob job = test::small_job(8, 1, 1, 4);
  job.model.layers = 2;
  const auto main = performed(training_program(job, test::plain_software()), 0);
  // And one for the embedding, three small ones for the loss and one for the logits' gradient a micro-batch.
  EXPECT_EQ(count<sim::Collect>(main, Label::tensor), 4 * (2 * 6 + 1 + 3 + 1));
}

TEST(TrainingProgram, SequenceParallelismMovesTheSameBytesInTwoHalves) {
  TrainingJob job = test::small_job(8, 1, 1, 1);
  job.recompute = Recompute::none;
  job.parallelism.sequence = true;
  const auto program = training_program(job, test::plain_software());
  std::int64_t gathered = 0;
  std::int64_t scattered = 0;
  for (const auto& operation : program.blocks[0].operations) {  // a layer's forward pass
    if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
      (collect->kind == sim::CollectiveKind::all_gather ? gathered : scattered) += collect->count * 8;
    }
  }
  EXPECT_EQ(gathered, 2 * 512 * 1024);
  EXPECT_EQ(scattered, 2 * 512 * 1024);
}

TEST(TrainingProgram, PipelineNeighboursExchangeEveryMicroBatchOnce) {
  const auto program = training_program(test::small_job(1, 3, 1, 5), test::plain_software());
  const auto sends = [&](std::size_t role) {
    int found = 0;
    for (std::size_t stream = 0; stream < program.roles[role].streams.size(); ++stream) {
      found += count<sim::Send>(performed(program, role, stream), Label::pipeline_transfer);
    }
    return found;
  };
  EXPECT_EQ(sends(0), 5);
  EXPECT_EQ(sends(1), 10);
  EXPECT_EQ(sends(2), 5);
}

TEST(TrainingProgram, ScatterGatherDividesTheTransferOverTheTensorGroup) {
  Software split = test::plain_software();
  split.scatter_gather = true;
  const auto bytes = [](const sim::Program& program) {
    for (const auto& stream : program.roles[0].streams) {
      for (const auto& operation : stream.operations) {
        if (const auto* send = std::get_if<sim::Send>(&operation.action)) return send->bytes;
      }
    }
    return sim::Bytes{};
  };
  TrainingJob job = test::small_job(8, 2, 1, 2);
  EXPECT_EQ(bytes(training_program(job, test::plain_software())).count, 512 * 1024 * 2);
  EXPECT_EQ(bytes(training_program(job, split)).count, 512 * 1024 * 2 / 8);
  job.parallelism.sequence = true;  // a rank has its share of the tokens only
  EXPECT_EQ(bytes(training_program(job, test::plain_software())).count, 512 * 1024 * 2 / 8);
}

TEST(TrainingProgram, GradientsAreReducedOnceWhetherOverlappedOrNot) {
  for (const int zero : {0, 1}) {
    TrainingJob job = test::small_job(1, 2, 4, 3);
    job.parallelism.zero = zero;
    Software overlapped = test::plain_software();
    overlapped.overlap_gradients = true;
    for (const Software& software : {test::plain_software(), overlapped}) {
      const auto program = training_program(job, software);
      std::int64_t reduced = 0;
      for (std::size_t stream = 0; stream < program.roles[0].streams.size(); ++stream) {
        for (const auto& operation : performed(program, 0, stream)) {
          const auto* collect = std::get_if<sim::Collect>(&operation.action);
          if (collect == nullptr || collect->communicator != 1 || collect->kind == sim::CollectiveKind::all_gather) continue;
          reduced += collect->count * (collect->kind == sim::CollectiveKind::reduce_scatter ? 4 : 1);
        }
      }
      const std::int64_t held = stage_parameters(job, partition(job, software)[0]);
      EXPECT_NEAR(static_cast<double>(reduced), static_cast<double>(held), 16) << "zero " << zero;
    }
  }
}

// What a role's main stream does after its last pass, in the Program's text; records and waits left out.
std::string end_of(const sim::Program& program, const std::string& role) {
  std::istringstream text(sim::text_of(program));
  std::string lines = "\n";
  bool in_role = false;
  bool in_main = false;
  for (std::string line; std::getline(text, line);) {
    if (line.front() != ' ') in_role = line.starts_with("role " + role + " ");
    if (line.starts_with("  stream")) in_main = in_role && line == "  stream main";
    if (!in_main || !in_role || !line.starts_with("    ")) continue;
    line.erase(0, 4);
    if (line.starts_with("call")) lines = "\n";
    if (!line.starts_with("call") && !line.starts_with("wait") && !line.starts_with("record")) lines += line + "\n";
  }
  return lines;
}

// Tensor 2, pipeline 2, data 2, two layers a stage of 12 h^2 + 13 h = 12,596,224 weights; the table is 51200 * 1024 = 52,428,800.
//     stage 0: (2 * 12,596,224 + 52,428,800 + 2048 * 1024 positions) / 2 = 39,859,200 a rank
//     stage 1: (2 * 12,596,224 + 52,428,800 + 2 * 1024 of the final norm) / 2 = 38,811,648 a rank
// Gradients are reduced in bf16, so that no other type passes for it.
TrainingJob ending_job(int zero) {
  TrainingJob job = test::small_job(2, 2, 2, 2);
  job.reductions = sim::DataType::bf16;
  job.parallelism.zero = zero;
  return job;
}

TEST(TrainingProgram, AnIterationEndsWithReductionClippingAndAdam) {
  // Over the data group; between the copies of the tied table (25,600 * 1024 weights a rank); unscaled; the norm of the model's gradients,
  // one number over its ranks; clipped; Adam.
  const auto program = training_program(ending_job(0), test::plain_software());
  EXPECT_EQ(end_of(program, "stage0"),
            "\n"
            "data: all_reduce bf16 39859200 data\n"
            "cross_stage: all_reduce bf16 26214400 embedding\n"
            "optimizer: elementwise fp32 elements=39859200 reads=1 writes=1\n"
            "optimizer: gradient_norm fp32 elements=39859200\n"
            "cross_stage: all_reduce fp32 1 model\n"
            "optimizer: elementwise fp32 elements=39859200 reads=1 writes=1\n"
            "optimizer: adam fp16 parameters=39859200\n");
  EXPECT_EQ(end_of(program, "stage1"),
            "\n"
            "data: all_reduce bf16 38811648 data\n"
            "cross_stage: all_reduce bf16 26214400 embedding\n"
            "optimizer: elementwise fp32 elements=38811648 reads=1 writes=1\n"
            "optimizer: gradient_norm fp32 elements=38811648\n"
            "cross_stage: all_reduce fp32 1 model\n"
            "optimizer: elementwise fp32 elements=38811648 reads=1 writes=1\n"
            "optimizer: adam fp16 parameters=38811648\n");
  // Of one data-parallel copy: ranks 0, 1 (stage 0) and 4, 5 (stage 1) and the same two further.
  const sim::Communicator& model = program.communicators.at(2);
  EXPECT_EQ(model.name, "model");
  EXPECT_EQ(model.groups.size(), 2);
  EXPECT_EQ(model.groups.at(1), 2);
  EXPECT_EQ(sim::Lattice({.first = 0, .extents = model.members}).at(3), 5);
}

TEST(TrainingProgram, ZeroReducesAndUpdatesAShareAndGathersTheWeights) {
  // Half of stage 0's 39,859,200 each. What is summed of the norm is a share, too: all eight ranks add theirs.
  const auto program = training_program(ending_job(1), test::plain_software());
  EXPECT_EQ(end_of(program, "stage0"),
            "\n"
            "data: reduce_scatter bf16 19929600 data\n"
            "cross_stage: all_reduce bf16 26214400 embedding\n"
            "optimizer: elementwise fp32 elements=19929600 reads=1 writes=1\n"
            "optimizer: gradient_norm fp32 elements=19929600\n"
            "cross_stage: all_reduce fp32 1 world\n"
            "optimizer: elementwise fp32 elements=19929600 reads=1 writes=1\n"
            "optimizer: adam fp16 parameters=19929600\n"
            "data: all_gather fp16 19929600 data\n");
  EXPECT_EQ(sim::Lattice({.first = 0, .extents = program.communicators.at(2).members}).size(), 8);
}

TEST(TrainingProgram, ZeroAloneSharesTheNormOverItsDataGroup) {
  // No tensor or pipeline group: without ZeRO every rank knows the norm; with it, the four shares are added.
  TrainingJob job = test::small_job(1, 1, 4, 2);
  EXPECT_EQ(end_of(training_program(job, test::plain_software()), "stage0").find("all_reduce fp32 1 "), std::string::npos);
  job.parallelism.zero = 1;
  EXPECT_NE(end_of(training_program(job, test::plain_software()), "stage0").find("all_reduce fp32 1 world\n"), std::string::npos);
}

TEST(TrainingProgram, HalfGradientsAreWidenedBeforeAdam) {
  Software half = test::plain_software();
  half.gradient_type = sim::DataType::fp16;
  EXPECT_NE(end_of(training_program(ending_job(0), half), "stage0")
                .find("\noptimizer: elementwise fp16 elements=39859200 reads=1 writes=2\n"
                      "optimizer: elementwise fp32 elements=39859200 reads=1 writes=1\n"
                      "optimizer: gradient_norm"),
            std::string::npos);
}

TEST(TrainingProgram, AnUntiedTableIsNobodyElses) {
  TrainingJob job = ending_job(0);
  job.model.tied_embeddings = false;
  EXPECT_EQ(end_of(training_program(job, test::plain_software()), "stage0").find("embedding"), std::string::npos);
}

// Bytes of the collectives of a role by communicator, label and kind: the larger of the buffers sent and received, as NCCL counts.
std::map<std::string, std::int64_t> bytes_met(const sim::Program& program, std::size_t role) {
  std::map<std::string, std::int64_t> bytes;
  for (std::size_t stream = 0; stream < program.roles[role].streams.size(); ++stream) {
    for (const auto& operation : performed(program, role, stream)) {
      const auto* collect = std::get_if<sim::Collect>(&operation.action);
      if (collect == nullptr) continue;
      const auto& group = program.communicators[static_cast<std::size_t>(collect->communicator)];
      const bool per_rank = collect->kind == sim::CollectiveKind::all_gather || collect->kind == sim::CollectiveKind::reduce_scatter;
      const std::int64_t members = per_rank ? sim::Lattice({.first = 0, .extents = group.members}).size() : 1;
      bytes[program.labels[operation.label] + " " + std::string(sim::name_of(collect->kind)) + " " + group.name] +=
          collect->count * members * sim::size_of(collect->type);
    }
  }
  return bytes;
}

// Micro-batches of 1 x 512 tokens of 1024 halves: 1 MiB.
constexpr std::int64_t micro_batch_bytes = 1 << 20;

TEST(TrainingProgram, BytesOfAnIterationAreTheClosedForm) {
  // Tensor 2, pipeline 2, data 4, 3 micro-batches, 2 layers a stage, full recomputation. Tensor group: 2 forward, 2 again and 2 backward a
  // layer; one for the embedding, one for the head's gradient; three fp32 numbers a token for the loss. Data group: the weights in the
  // type of reductions. Tied table: 25,600 * 1024.
  TrainingJob job = test::small_job(2, 2, 4, 3);
  job.reductions = sim::DataType::fp32;
  const auto program = training_program(job, test::plain_software());
  EXPECT_EQ(bytes_met(program, 0), (std::map<std::string, std::int64_t>{{"tensor all_reduce tensor", 3 * (2 * 6 + 1) * micro_batch_bytes},
                                                                        {"data all_reduce data", 4 * 39'859'200},
                                                                        {"cross_stage all_reduce embedding", 4 * 26'214'400},
                                                                        {"cross_stage all_reduce model", 4}}));
  EXPECT_EQ(bytes_met(program, 1),
            (std::map<std::string, std::int64_t>{{"tensor all_reduce tensor", 3 * (2 * 6 + 1) * micro_batch_bytes + 3 * 3 * 512 * 4},
                                                 {"data all_reduce data", 4 * 38'811'648},
                                                 {"cross_stage all_reduce embedding", 4 * 26'214'400},
                                                 {"cross_stage all_reduce model", 4}}));
}

TEST(TrainingProgram, BytesOfSequenceParallelismAndZeroAreTheClosedForm) {
  // As above with sequence parallelism and ZeRO 1. Gathered a layer: 2 forward, 2 again, 2 gradients and 2 inputs once more backward;
  // scattered: 2, 2 and 2. The embedding scatters forward and gathers backward; the data group scatters gradients in bf16 and gathers
  // weights in fp16.
  TrainingJob job = test::small_job(2, 2, 4, 3);
  job.parallelism.sequence = true;
  job.parallelism.zero = 1;
  job.reductions = sim::DataType::bf16;
  EXPECT_EQ(bytes_met(training_program(job, test::plain_software()), 0),
            (std::map<std::string, std::int64_t>{{"tensor all_gather tensor", 3 * (2 * 8 + 1) * micro_batch_bytes},
                                                 {"tensor reduce_scatter tensor", 3 * (2 * 6 + 1) * micro_batch_bytes},
                                                 {"data reduce_scatter data", 2 * 39'859'200},
                                                 {"data all_gather data", 2 * 39'859'200},
                                                 {"cross_stage all_reduce embedding", 2 * 26'214'400},
                                                 {"cross_stage all_reduce world", 4}}));
}

TEST(TrainingProgram, WhatWasScatteredForATransferIsGatheredAfterIt) {
  // Stage 0 receives 3 gradients, stage 1 3 activations of 1 MiB, a half of each by each rank of the tensor group. With sequence
  // parallelism every rank has and needs its own half: nothing to gather.
  TrainingJob job = test::small_job(2, 2, 1, 3);
  Software split = test::plain_software();
  split.scatter_gather = true;
  const auto gathered = [&](const Software& software, std::size_t role) {
    return bytes_met(training_program(job, software), role)["pipeline_transfer all_gather tensor"];
  };
  EXPECT_EQ(gathered(split, 0), 3 * micro_batch_bytes);
  EXPECT_EQ(gathered(split, 1), 3 * micro_batch_bytes);
  EXPECT_EQ(gathered(test::plain_software(), 0), 0);
  job.parallelism.sequence = true;
  EXPECT_EQ(gathered(split, 0), 0);
}

TEST(TrainingProgram, OverlappedGradientsAreReducedByTheLayerInTheirType) {
  // Stage 0 has two layers of 6,298,112 weights a rank; what is not of a layer, 39,859,200 - 2 * 6,298,112, follows them.
  Software overlapped = test::plain_software();
  overlapped.overlap_gradients = true;
  const auto program = training_program(ending_job(0), overlapped);
  std::vector<std::int64_t> counts;
  for (const auto& operation : program.roles[0].streams.back().operations) {
    const auto* collect = std::get_if<sim::Collect>(&operation.action);
    if (collect == nullptr) continue;
    EXPECT_EQ(collect->type, sim::DataType::bf16);
    counts.push_back(collect->count);
  }
  EXPECT_EQ(counts, (std::vector<std::int64_t>{6'298'112, 6'298'112, 27'262'976}));
  EXPECT_TRUE(end_of(program, "stage0").starts_with("\ncross_stage: all_reduce bf16 26214400 embedding\n")) << end_of(program, "stage0");
}

TEST(TrainingProgram, ZeroTwoReducesEveryMicroBatch) {
  // 3 micro-batches, each reducing the gradients of all weights in fp32 (their number divides by 4).
  TrainingJob job = test::small_job(1, 1, 4, 3);
  job.parallelism.zero = 2;
  job.reductions = sim::DataType::fp32;
  Software overlapped = test::plain_software();
  overlapped.overlap_gradients = true;
  for (const Software& software : {test::plain_software(), overlapped}) {
    EXPECT_EQ(bytes_met(training_program(job, software), 0)["data reduce_scatter data"], 3 * 4 * parameters(job.model));
  }
}

TEST(TrainingProgram, ABlockingRankPostsAheadWhatWrapsAroundAlone) {
  // Interleaved, 2 ranks of 2 chunks, 4 micro-batches. Forward, rank 0 receives what rank 1's first chunk made, rank 1 both of its chunks'
  // inputs; backward the other way round. Each receive waits for the main stream to come to it, but those from the last rank to the first
  // (backward: from the first to the last), which are needed later than they are made.
  TrainingJob job = test::small_job(1, 2, 1, 4);
  job.schedule = Schedule::interleaved;
  job.parallelism.interleave = 2;
  const auto program = training_program(job, test::plain_software());
  const auto receives_and_waits = [&](std::size_t role, const std::string& name) {
    std::pair<int, int> counts{0, 0};
    for (const sim::Stream& stream : program.roles[role].streams) {
      if (stream.name != name) continue;
      for (const auto& operation : stream.operations) {
        counts.first += std::holds_alternative<sim::Receive>(operation.action) ? 1 : 0;
        counts.second += std::holds_alternative<sim::Wait>(operation.action) ? 1 : 0;
      }
    }
    return counts;
  };
  EXPECT_EQ(receives_and_waits(0, "forward_receive"), (std::pair{4, 0}));
  EXPECT_EQ(receives_and_waits(1, "forward_receive"), (std::pair{8, 8}));
  EXPECT_EQ(receives_and_waits(0, "backward_receive"), (std::pair{8, 8}));
  EXPECT_EQ(receives_and_waits(1, "backward_receive"), (std::pair{4, 0}));
}

}  // namespace
}  // namespace orrery::workloads
