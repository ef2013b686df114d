#include "workloads/training_program.h"

#include <gtest/gtest.h>

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
  Software flash = test::plain_software();
  flash.fused_attention = true;
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
  const TrainingJob job = test::small_job(8, 2, 1, 2);
  EXPECT_EQ(bytes(training_program(job, test::plain_software())).count, 512 * 1024 * 2);
  EXPECT_EQ(bytes(training_program(job, split)).count, 512 * 1024 * 2 / 8);
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

}  // namespace
}  // namespace orrery::workloads
