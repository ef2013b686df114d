// T5: layers of an encoder, which see all of the input, and of a decoder, which see what comes out of it.

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/memory.h"
#include "workloads/stages.h"
#include "workloads/training_program.h"
#include "workloads/training_run.h"
#include "workloads/transformer.h"
#include "workloads/validate_job.h"

namespace orrery::workloads {
namespace {

// Heads of 64 that are twice as wide as hidden together, an MLP of 3 times hidden; 2 layers each.
TrainingJob encoder_decoder_job(int tensor = 1) {
  TrainingJob job;
  job.model.name = "small-t5";
  job.model.layers = 4;
  job.model.encoder_layers = 2;
  job.model.hidden = 512;
  job.model.heads = job.model.kv_heads = 16;
  job.model.head_size = 64;
  job.model.ffn = 1536;
  job.model.vocabulary = 1024;
  job.model.norm = Norm::rms_norm;
  job.model.activation = Activation::relu;
  job.sequence_length = 512;
  job.decoder_sequence_length = 128;
  job.micro_batch = 2;
  job.global_batch = 4;
  job.parallelism.tensor = tensor;
  return job;
}

TEST(EncoderDecoder, PublishedModelsHaveTheWeightsThatTheyHave) {
  // T5 11B: 24 (4 * 1024 * 16384 + 2 * 1024 * 65536 + 2 * 1024) + 24 (8 * 1024 * 16384 + 2 * 1024 * 65536 + 3 * 1024) + 32128 * 1024
  // + 2 * 1024 + 2 * 32 * 128.
  Transformer model;
  model.layers = 48;
  model.encoder_layers = 24;
  model.hidden = 1024;
  model.heads = model.kv_heads = 128;
  model.head_size = 128;
  model.ffn = 65'536;
  model.vocabulary = 32'128;
  model.norm = Norm::rms_norm;
  EXPECT_EQ(parameters(model), 11'307'321'344);
  // T5 v1.1 XXL: gated, and the head has weights of its own.
  model.hidden = 4096;
  model.heads = model.kv_heads = 64;
  model.head_size = 64;
  model.ffn = 10'240;
  model.gated = true;
  model.tied_embeddings = false;
  EXPECT_EQ(parameters(model), 11'135'332'352);
}

double product_flops(const sim::Program& program, const std::string& block) {
  double sum = 0;
  for (const sim::Block& one : program.blocks) {
    if (one.name != block) continue;
    for (const sim::Operation& operation : one.operations) {
      const auto* compute = std::get_if<sim::Compute>(&operation.action);
      if (compute != nullptr && compute->kernel.kind == sim::KernelKind::gemm) sum += sim::flops(compute->kernel).count;
    }
  }
  return sum;
}

TEST(EncoderDecoder, ProductsAreTheFlopsThatPapersCount) {
  // Two micro-batches through two layers of each kind and the head, on each rank of a tensor group.
  for (const int tensor : {1, 4}) {
    const TrainingJob job = encoder_decoder_job(tensor);
    const sim::Program program = training_program(job, test::plain_software());
    double sum = 0;
    for (const char* pass : {"_forward", "_backward"}) {
      sum += 2 * (2 * product_flops(program, std::string("dense_layer") + pass) + 2 * product_flops(program, std::string("layer") + pass) +
                  product_flops(program, std::string("head") + pass));
    }
    EXPECT_NEAR(tensor * sum / model_flops(job.model, job.global_batch, job.lengths()).count, 1, 1e-12) << tensor;
  }
  // Forward, a sequence: encoder tokens meet 4 * 512 * 1024 + 2 * 512 * 1536 weights and see 512 tokens; targets meet as many and 2 * 512 *
  // 1024 of cross attention, inputs the other half of it; targets see 128 and 512.
  const TrainingJob job = encoder_decoder_job();
  const double weights = 4.0 * 512 * 1024 + 2 * 512 * 1536;
  const double half = 2.0 * 512 * 1024;
  const double seen = 4.0 * 1024 * (512 * 512 + 128 * (128 + 512));
  EXPECT_EQ(layers_forward_flops(job.model, 1, job.lengths()).count,
            2 * (2 * (512 * weights + 128 * (weights + half) + 512 * half) + seen));
}

TEST(EncoderDecoder, ADecodersLayerByHand) {
  // Flash attention, tensor 2 with sequence parallelism: 256 targets and 1,024 inputs of two sequences, 8 heads of 64 on a rank.
  TrainingJob job = encoder_decoder_job(2);
  job.parallelism.sequence = true;
  const sim::Program program = training_program(job, test::flash_software());
  const std::string self =
      "\nlayer_norm fp16 rows=128 columns=512\n"
      "tensor: all_gather fp16 65536 tensor\n"
      "gemm fp16 m=256 n=1536 k=512 batch=1\n"
      "attention fp16 batch=2 heads=8 sequence=128 head_dimension=64\n"
      "gemm fp16 m=256 n=512 k=512 batch=1\n"
      "tensor: reduce_scatter fp16 65536 tensor\n"
      "bias_dropout_add fp16 rows=128 columns=512\n";
  const std::string cross =
      "layer_norm fp16 rows=128 columns=512\n"
      "tensor: all_gather fp16 65536 tensor\n"
      "gemm fp16 m=256 n=512 k=512 batch=1\n"
      "tensor: all_gather fp16 262144 tensor\n"
      "gemm fp16 m=1024 n=1024 k=512 batch=1\n"
      "attention_block fp16 heads=16 queries=128 keys=512 head_dimension=64\n"
      "gemm fp16 m=256 n=512 k=512 batch=1\n"
      "tensor: reduce_scatter fp16 65536 tensor\n"
      "bias_dropout_add fp16 rows=128 columns=512\n";
  const std::string layer = test::lines_of_block(program, "layer_forward");
  EXPECT_TRUE(layer.starts_with(self + cross)) << layer;
  // An encoder's tokens see all others.
  const std::string encoder = test::lines_of_block(program, "dense_layer_forward");
  EXPECT_NE(encoder.find("attention_block fp16 heads=16 queries=512 keys=512 head_dimension=64\n"), std::string::npos) << encoder;
  EXPECT_EQ(encoder.find("m=256"), std::string::npos);
}

TEST(EncoderDecoder, ProductsOfWeightsAreOfTheirTypeAndThoseOfScoresAreNot) {
  // Unfused attention: scores and what they weigh are batched products of the pass's type. Forward a decoder's layer has 2 + 3
  // + 2 products with weights (self attention, cross attention, MLP) and 2 batched ones an attention; backward twice as many.
  TrainingJob job = encoder_decoder_job();
  job.precision = sim::DataType::bf16;
  job.products = sim::DataType::fp8;
  const sim::Program program = training_program(job, test::plain_software());
  for (const auto& [name, times] : {std::pair{"layer_forward", 1}, {"layer_backward", 2}}) {
    const auto block = std::ranges::find(program.blocks, name, &sim::Block::name);
    int with_weights = 0;
    int batched = 0;
    for (const sim::Operation& operation : block->operations) {
      const auto* compute = std::get_if<sim::Compute>(&operation.action);
      if (compute == nullptr || compute->kernel.kind != sim::KernelKind::gemm) continue;
      const bool of_scores = compute->kernel.shape[3] > 1;
      ++(of_scores ? batched : with_weights);
      EXPECT_EQ(compute->kernel.type, of_scores ? sim::DataType::bf16 : sim::DataType::fp8) << name;
    }
    EXPECT_EQ(with_weights, 7 * times) << name;
    EXPECT_EQ(batched, 4 * times) << name;
  }
}

TEST(EncoderDecoder, ActivationsOfBothKindsByHand) {
  // Flash attention, one rank, bytes of a token and hidden element. Encoder: 34, 8 more for heads twice as wide, 4 * 3 - 16 of the MLP: 38.
  // Decoder, of a quarter of the tokens: 38, 5 + 4 * 2 of cross attention and 4 * 2 for keys and values of 4 inputs each: 83.
  TrainingJob job = encoder_decoder_job();
  const auto activations = [&] { return training_memory(job, test::flash_software(), committed::dgx_a100().gpu).activations.count; };
  const std::int64_t inputs = 2 * 512 * 512;
  const std::int64_t logits = 2 * 128 * 1024 * 6;
  EXPECT_EQ(activations(), 2 * inputs * 38 + 2 * inputs / 4 * 83 + 2 * inputs + logits);
  job.recompute = Recompute::full;
  EXPECT_EQ(activations(), 2 * inputs * 2 + 2 * inputs / 4 * 2 + inputs * 38 + 2 * inputs + logits);
}

TEST(EncoderDecoder, AnIterationTakesLongerWithLongerTargetsAndNoLessThanItsFlops) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}});
  const auto run = [&](const TrainingJob& job) {
    return run_training(job, {test::flash_software(), committed::a100(), committed::nccl()}, cluster, *sim::make_fluid_engine(), {});
  };
  TrainingJob job = encoder_decoder_job(2);
  const TrainingRun shorter = run(job);
  job.decoder_sequence_length = 512;
  const TrainingRun longer = run(job);
  EXPECT_GT(longer.iteration.iteration, shorter.iteration.iteration);
  EXPECT_LT(longer.training.mfu, 1);
  EXPECT_NEAR(longer.training.tokens_per_second * longer.iteration.iteration.seconds(), 4 * (512 + 512), 1e-6);
}

TEST(EncoderDecoder, GradientsOfEveryWeightAreAdded) {
  // What a layer's backward pass adds up is the layer's weights, in as many tensors: 4 + 3 of attention and MLP and 3 norms.
  const TrainingJob job = encoder_decoder_job();
  const sim::Program program = training_program(job, test::flash_software());
  const auto block = std::ranges::find(program.blocks, "layer_backward", &sim::Block::name);
  std::int64_t added = 0;
  int tensors = 0;
  const auto& operations = block->operations;
  for (auto it = operations.rbegin(); it != operations.rend(); ++it, ++tensors) {
    const auto* compute = std::get_if<sim::Compute>(&it->action);
    if (compute == nullptr || compute->kernel.type != sim::DataType::fp32) break;
    added += compute->kernel.shape[0];
  }
  EXPECT_EQ(added, layer_parameters(job.model, LayerKind::decoder));
  EXPECT_EQ(tensors, 2 + 3 + 2 + 3);
}

TEST(EncoderDecoder, WhatIsNotModelledIsRefused) {
  const auto places = [](const TrainingJob& job) {
    std::vector<std::string> result;
    for (const sim::Fault& fault : validate_job(job, test::flash_software(), {.node = committed::dgx_a100(), .nodes = 1, .fabric = {}}))
      result.push_back(fault.place);
    return result;
  };
  using Places = std::vector<std::string>;
  TrainingJob job = encoder_decoder_job();
  EXPECT_EQ(places(job), Places{});
  job.parallelism.pipeline = 2;
  EXPECT_EQ(places(job), Places{"/workload/parallelism/pipeline"});
  job = encoder_decoder_job();
  job.model.encoder_layers = 4;
  EXPECT_EQ(places(job), Places{"/workload/model"});
  job = encoder_decoder_job(8);
  job.parallelism.sequence = true;
  job.decoder_sequence_length = 100;
  EXPECT_EQ(places(job), Places{"/workload/decoder_sequence_length"});
  job = encoder_decoder_job();
  job.model.encoder_layers = 0;
  EXPECT_EQ(places(job), Places{"/workload/decoder_sequence_length"});
}

}  // namespace
}  // namespace orrery::workloads
