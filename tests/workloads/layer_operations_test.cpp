// The kernels and collectives of a layer, of the embedding and of the head, listed by hand from the papers: Shoeybi et al. 2019, section 3
// (which matrices are split how, and where the group meets), Korthikanti et al. 2022, section 4.2 (sequence parallelism: fig. 5 and 6) and
// section 5 (selective recomputation).
//
// One micro-batch of 2 sequences of 96 tokens, tensor group of 4; the model is so shaped that no two sizes are equal:
//     tokens 192, a rank's share of them 48       hidden 512, 8 heads of 64: 2 heads a rank, 128 columns, Q K V 384
//     feed-forward 2560, 640 a rank               scores of a rank: 2 sequences x 2 heads = 4 squares of 96 x 96 = 36,864
//     vocabulary 1024, 256 a rank                 elements: 192 * 512 = 98,304; shares 24,576; 192 * 128 = 24,576; 192 * 384 = 73,728
#include "workloads/layer_operations.h"

#include <gtest/gtest.h>

#include "tests/workloads/fixtures.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

TrainingJob listed_job(Recompute recompute, bool sequence) {
  TrainingJob job = test::small_job(4, 1, 1, 1);
  job.model.hidden = 512;
  job.model.heads = job.model.kv_heads = 8;
  job.model.ffn = 2560;
  job.model.vocabulary = 1024;
  job.sequence_length = 96;
  job.micro_batch = job.global_batch = 2;
  job.recompute = recompute;
  job.parallelism.sequence = sequence;
  return job;
}

enum class Core { fused_softmax, passes, flash };

Software software_with(Core core) {
  Software software = test::plain_software();
  software.fused_softmax = core == Core::fused_softmax;
  software.fused_attention = core == Core::flash;
  return software;
}

std::string block_of(const TrainingJob& job, const Software& software, const std::string& block) {
  return test::lines_of_block(training_program(job, software), block);
}

// Q K^T, mask and softmax, dropout, times V, heads back together.
std::string core_forward(Core core) {
  if (core == Core::flash) return "attention fp16 batch=2 heads=2 sequence=96 head_dimension=64\n";
  std::string lines = "gemm fp16 m=96 n=96 k=64 batch=4\n";
  if (core == Core::passes) {
    lines +=
        "elementwise fp16 elements=36864 reads=1 writes=1\n"   // scaled
        "elementwise fp16 elements=36864 reads=2 writes=1\n"   // masked
        "elementwise fp16 elements=36864 reads=3 writes=3\n";  // to fp32 and back: three tensors of 2 bytes read and written
  }
  return lines +
         "softmax fp16 rows=384 columns=96\n"
         "dropout fp16 elements=36864\n"
         "gemm fp16 m=96 n=64 k=96 batch=4\n"
         "elementwise fp16 elements=24576 reads=1 writes=1\n";
}

// The same backwards; each of the two products has two gradients.
std::string core_backward(Core core) {
  if (core == Core::flash) return "attention_backward fp16 batch=2 heads=2 sequence=96 head_dimension=64\n";
  std::string lines =
      "elementwise fp16 elements=24576 reads=1 writes=1\n"
      "gemm fp16 m=96 n=96 k=64 batch=4\n"
      "gemm fp16 m=96 n=64 k=96 batch=4\n"
      "dropout_backward fp16 elements=36864\n"
      "softmax_backward fp16 rows=384 columns=96\n";
  if (core == Core::passes) {
    lines +=
        "elementwise fp16 elements=36864 reads=3 writes=3\n"
        "elementwise fp16 elements=36864 reads=2 writes=1\n";
  }
  return lines +
         "gemm fp16 m=96 n=64 k=96 batch=4\n"
         "gemm fp16 m=96 n=64 k=96 batch=4\n"
         "elementwise fp16 elements=73728 reads=1 writes=1\n";
}

// Shoeybi, fig. 3 and 4: "f" is the identity forward and an all-reduce backward, "g" the other way round.
std::string forward_by_hand(Core core) {
  return "layer_norm fp16 rows=192 columns=512\n"
         "gemm fp16 m=192 n=384 k=512 batch=1\n" +
         core_forward(core) +
         "gemm fp16 m=192 n=512 k=128 batch=1\n"
         "tensor: all_reduce fp16 98304 tensor\n"
         "bias_dropout_add fp16 rows=192 columns=512\n"
         "layer_norm fp16 rows=192 columns=512\n"
         "gemm fp16 m=192 n=640 k=512 batch=1\n"
         "bias_gelu fp16 rows=192 columns=640\n"
         "gemm fp16 m=192 n=512 k=640 batch=1\n"
         "tensor: all_reduce fp16 98304 tensor\n"
         "bias_dropout_add fp16 rows=192 columns=512\n";
}

// A layer has 12 h^2 + 13 h weights where ffn = 4 h; here 4 h^2 + 2 * 5 h^2 = 14 * 262,144 = 3,670,016 in matrices, biases of 3 h + h +
// 5 h + h and norms of 4 h: 14 * 512 = 7,168. A rank holds a quarter: 919,296. Their gradients are added to the old ones, in fp32, tensor
// by tensor: matrices of 512 x 384, 512 x 128 and twice 512 x 640, then eight vectors that share the remaining 1,792.
std::string accumulation_by_hand() {
  std::string lines;
  for (const char* elements : {"196608", "65536", "327680", "327680", "224", "224", "224", "224", "224", "224", "224", "224"})
    lines += "elementwise fp32 elements=" + std::string(elements) + " reads=2 writes=1\n";
  return lines;
}
const std::string accumulation = accumulation_by_hand();

std::string backward_by_hand(Core core, const std::string& core_again) {
  return "bias_dropout_add_backward fp16 rows=192 columns=512\n"
         "gemm fp16 m=192 n=640 k=512 batch=1\n"  // gradient of the input of the second matrix
         "gemm fp16 m=512 n=640 k=192 batch=1\n"  // and of its weight
         "bias_gelu_backward fp16 rows=192 columns=640\n"
         "gemm fp16 m=192 n=512 k=640 batch=1\n"
         "gemm fp16 m=640 n=512 k=192 batch=1\n"
         "tensor: all_reduce fp16 98304 tensor\n"
         "layer_norm_backward fp16 rows=192 columns=512\n"
         "elementwise fp16 elements=98304 reads=2 writes=1\n"  // what came by the residual
         "bias_dropout_add_backward fp16 rows=192 columns=512\n"
         "gemm fp16 m=192 n=128 k=512 batch=1\n"
         "gemm fp16 m=512 n=128 k=192 batch=1\n" +
         core_again + core_backward(core) +
         "gemm fp16 m=192 n=512 k=384 batch=1\n"
         "gemm fp16 m=384 n=512 k=192 batch=1\n"
         "tensor: all_reduce fp16 98304 tensor\n"
         "layer_norm_backward fp16 rows=192 columns=512\n"
         "elementwise fp16 elements=98304 reads=2 writes=1\n" +
         accumulation;
}

// Korthikanti, fig. 5: norms, dropouts and residuals on 48 tokens; "g" gathers them forward and scatters sums backward, "g-bar" the other
// way round.
std::string sequence_forward_by_hand(Core core) {
  return "layer_norm fp16 rows=48 columns=512\n"
         "tensor: all_gather fp16 24576 tensor\n"
         "gemm fp16 m=192 n=384 k=512 batch=1\n" +
         core_forward(core) +
         "gemm fp16 m=192 n=512 k=128 batch=1\n"
         "tensor: reduce_scatter fp16 24576 tensor\n"
         "bias_dropout_add fp16 rows=48 columns=512\n"
         "layer_norm fp16 rows=48 columns=512\n"
         "tensor: all_gather fp16 24576 tensor\n"
         "gemm fp16 m=192 n=640 k=512 batch=1\n"
         "bias_gelu fp16 rows=192 columns=640\n"
         "gemm fp16 m=192 n=512 k=640 batch=1\n"
         "tensor: reduce_scatter fp16 24576 tensor\n"
         "bias_dropout_add fp16 rows=48 columns=512\n";
}

// Only a share of each input is kept, so that it is gathered once more before the weight's gradient ("an extra all-gather", section 4.2.2).
std::string sequence_backward_by_hand(Core core, const std::string& core_again) {
  return "bias_dropout_add_backward fp16 rows=48 columns=512\n"
         "tensor: all_gather fp16 24576 tensor\n"  // "g-bar" backward
         "gemm fp16 m=192 n=640 k=512 batch=1\n"
         "gemm fp16 m=512 n=640 k=192 batch=1\n"
         "bias_gelu_backward fp16 rows=192 columns=640\n"
         "tensor: all_gather fp16 24576 tensor\n"  // the kept input
         "gemm fp16 m=192 n=512 k=640 batch=1\n"
         "gemm fp16 m=640 n=512 k=192 batch=1\n"
         "tensor: reduce_scatter fp16 24576 tensor\n"
         "layer_norm_backward fp16 rows=48 columns=512\n"
         "elementwise fp16 elements=24576 reads=2 writes=1\n"
         "bias_dropout_add_backward fp16 rows=48 columns=512\n"
         "tensor: all_gather fp16 24576 tensor\n"
         "gemm fp16 m=192 n=128 k=512 batch=1\n"
         "gemm fp16 m=512 n=128 k=192 batch=1\n" +
         core_again + core_backward(core) +
         "tensor: all_gather fp16 24576 tensor\n"
         "gemm fp16 m=192 n=512 k=384 batch=1\n"
         "gemm fp16 m=384 n=512 k=192 batch=1\n"
         "tensor: reduce_scatter fp16 24576 tensor\n"
         "layer_norm_backward fp16 rows=48 columns=512\n"
         "elementwise fp16 elements=24576 reads=2 writes=1\n" +
         accumulation;
}

TEST(LayerOperations, ForwardIsShoeybisLayer) {
  for (const Core core : {Core::fused_softmax, Core::passes, Core::flash}) {
    for (const Recompute recompute : {Recompute::none, Recompute::selective, Recompute::full}) {
      EXPECT_EQ(block_of(listed_job(recompute, false), software_with(core), "layer_forward"), "\n" + forward_by_hand(core));
      EXPECT_EQ(block_of(listed_job(recompute, true), software_with(core), "layer_forward"), "\n" + sequence_forward_by_hand(core));
    }
  }
}

TEST(LayerOperations, BackwardDoesAgainWhatRecomputationAsksFor) {
  for (const Core core : {Core::fused_softmax, Core::passes, Core::flash}) {
    const auto backward = [&](Recompute recompute, bool sequence) {
      return block_of(listed_job(recompute, sequence), software_with(core), "layer_backward");
    };
    EXPECT_EQ(backward(Recompute::none, false), "\n" + backward_by_hand(core, ""));
    EXPECT_EQ(backward(Recompute::selective, false), "\n" + backward_by_hand(core, core_forward(core)));
    EXPECT_EQ(backward(Recompute::full, false), "\n" + forward_by_hand(core) + backward_by_hand(core, ""));
    EXPECT_EQ(backward(Recompute::none, true), "\n" + sequence_backward_by_hand(core, ""));
    EXPECT_EQ(backward(Recompute::selective, true), "\n" + sequence_backward_by_hand(core, core_forward(core)));
    EXPECT_EQ(backward(Recompute::full, true), "\n" + sequence_forward_by_hand(core) + sequence_backward_by_hand(core, ""));
  }
}

/// Products with weights are those of one batch.
std::string with_products_in_8_bits(std::string lines) {
  for (std::size_t at = lines.find("gemm fp16"); at != std::string::npos; at = lines.find("gemm fp16", at + 1)) {
    if (lines.substr(at, lines.find('\n', at) - at).ends_with("batch=1")) lines.replace(at, 9, "gemm fp8");
  }
  return lines;
}

TEST(LayerOperations, ProductsWithWeightsMayHaveATypeOfTheirOwn) {
  TrainingJob job = listed_job(Recompute::none, false);
  const Software software = software_with(Core::fused_softmax);
  const std::string head = block_of(job, software, "head_forward");
  job.products = sim::DataType::fp8;
  EXPECT_EQ(block_of(job, software, "layer_forward"), "\n" + with_products_in_8_bits(forward_by_hand(Core::fused_softmax)));
  EXPECT_EQ(block_of(job, software, "layer_backward"), "\n" + with_products_in_8_bits(backward_by_hand(Core::fused_softmax, "")));
  EXPECT_EQ(block_of(job, software, "head_forward"), head) << "the head's stay as they are";
}

TEST(LayerOperations, AGatedMlpHasOneMatrixTwiceAsWideAndAProductForItsGelu) {
  TrainingJob job = listed_job(Recompute::none, false);
  job.model.gated = true;
  // Gate and up projection side by side: 2 * 640 columns. silu(gate) * up reads two and writes one; backward reads both and the gradient,
  // writes two.
  const std::string forward = block_of(job, software_with(Core::flash), "layer_forward");
  EXPECT_NE(forward.find("\ngemm fp16 m=192 n=1280 k=512 batch=1\n"
                         "elementwise fp16 elements=122880 reads=2 writes=1\n"
                         "gemm fp16 m=192 n=512 k=640 batch=1\n"),
            std::string::npos)
      << forward;
  const std::string backward = block_of(job, software_with(Core::flash), "layer_backward");
  EXPECT_NE(backward.find("\ngemm fp16 m=512 n=640 k=192 batch=1\n"
                          "elementwise fp16 elements=122880 reads=3 writes=2\n"
                          "gemm fp16 m=192 n=512 k=1280 batch=1\n"
                          "gemm fp16 m=1280 n=512 k=192 batch=1\n"),
            std::string::npos)
      << backward;
}

TEST(LayerOperations, GroupedHeadsNarrowTheProjectionAlone) {
  TrainingJob job = listed_job(Recompute::none, false);
  job.model.kv_heads = 4;
  // Q of 512, K and V of 4 heads * 64 each: 1024 columns, 256 a rank.
  EXPECT_NE(block_of(job, software_with(Core::flash), "layer_forward").find("\ngemm fp16 m=192 n=256 k=512 batch=1\nattention "),
            std::string::npos);
}

TEST(LayerOperations, LatentAttentionGoesDownAndUp) {
  // Ranks of 96 for queries and 80 for keys and values, positions of 32: down to 208 columns; up to 2 heads of 64 + 32 a rank, and 2 of
  // 64 + 64. Attention: 96 wide and 64 wide products are as many operations as two of 80.
  TrainingJob job = listed_job(Recompute::none, false);
  job.model.query_rank = 96;
  job.model.key_value_rank = 80;
  job.model.rope_dimension = 32;
  const std::string forward = block_of(job, software_with(Core::flash), "layer_forward");
  EXPECT_NE(forward.find("\ngemm fp16 m=192 n=208 k=512 batch=1\n"
                         "layer_norm fp16 rows=192 columns=96\n"
                         "layer_norm fp16 rows=192 columns=80\n"
                         "gemm fp16 m=192 n=192 k=96 batch=1\n"
                         "gemm fp16 m=192 n=256 k=80 batch=1\n"
                         "elementwise fp16 elements=36864 reads=2 writes=2\n"
                         "attention fp16 batch=2 heads=2 sequence=96 head_dimension=80\n"
                         "gemm fp16 m=192 n=512 k=128 batch=1\n"),
            std::string::npos)
      << forward;
  const std::string backward = block_of(job, software_with(Core::flash), "layer_backward");
  EXPECT_NE(backward.find("\nattention_backward fp16 batch=2 heads=2 sequence=96 head_dimension=80\n"
                          "elementwise fp16 elements=36864 reads=2 writes=2\n"
                          "gemm fp16 m=192 n=80 k=256 batch=1\n"
                          "gemm fp16 m=256 n=80 k=192 batch=1\n"
                          "gemm fp16 m=192 n=96 k=192 batch=1\n"
                          "gemm fp16 m=192 n=96 k=192 batch=1\n"
                          "layer_norm_backward fp16 rows=192 columns=80\n"
                          "layer_norm_backward fp16 rows=192 columns=96\n"
                          "gemm fp16 m=192 n=512 k=208 batch=1\n"
                          "gemm fp16 m=208 n=512 k=192 batch=1\n"),
            std::string::npos)
      << backward;
}

TEST(LayerOperations, EmbeddingSumsItsSharesOfTheVocabulary) {
  // A rank finds the tokens of its quarter of the vocabulary; positions are added. Of the table 256 * 512 gradients are accumulated.
  const Software software = software_with(Core::fused_softmax);
  EXPECT_EQ(block_of(listed_job(Recompute::none, false), software, "embedding_forward"),
            "\n"
            "embedding fp16 rows=192 columns=512\n"
            "tensor: all_reduce fp16 98304 tensor\n"
            "elementwise fp16 elements=98304 reads=2 writes=1\n"
            "dropout fp16 elements=98304\n");
  EXPECT_EQ(block_of(listed_job(Recompute::none, false), software, "embedding_backward"),
            "\n"
            "dropout_backward fp16 elements=98304\n"
            "embedding_backward fp16 rows=192 columns=512\n"
            "elementwise fp32 elements=131072 reads=2 writes=1\n");
  EXPECT_EQ(block_of(listed_job(Recompute::none, true), software, "embedding_forward"),
            "\n"
            "embedding fp16 rows=192 columns=512\n"
            "tensor: reduce_scatter fp16 24576 tensor\n"
            "elementwise fp16 elements=24576 reads=2 writes=1\n"
            "dropout fp16 elements=24576\n");
  EXPECT_EQ(block_of(listed_job(Recompute::none, true), software, "embedding_backward"),
            "\n"
            "dropout_backward fp16 elements=24576\n"
            "tensor: all_gather fp16 24576 tensor\n"
            "embedding_backward fp16 rows=192 columns=512\n"
            "elementwise fp32 elements=131072 reads=2 writes=1\n");
}

TEST(LayerOperations, HeadPassesOverTheLogitsAndMeetsForThreeNumbersAToken) {
  // 192 * 256 = 49,152 logits a rank: cast to fp32, maximum, subtraction, exponential, sum, quotient (vocab_parallel_cross_entropy); the
  // group shares maximum, target's logit and sum of each of the 192 tokens.
  const Software software = software_with(Core::fused_softmax);
  EXPECT_EQ(block_of(listed_job(Recompute::none, false), software, "head_forward"),
            "\n"
            "layer_norm fp16 rows=192 columns=512\n"
            "gemm fp16 m=192 n=256 k=512 batch=1\n"
            "elementwise fp16 elements=49152 reads=1 writes=2\n"
            "elementwise fp32 elements=49152 reads=1 writes=0\n"
            "elementwise fp32 elements=49152 reads=1 writes=1\n"
            "elementwise fp32 elements=49152 reads=1 writes=1\n"
            "elementwise fp32 elements=49152 reads=1 writes=0\n"
            "elementwise fp32 elements=49152 reads=1 writes=1\n"
            "tensor: all_reduce fp32 192 tensor\n"
            "tensor: all_reduce fp32 192 tensor\n"
            "tensor: all_reduce fp32 192 tensor\n");
  EXPECT_EQ(block_of(listed_job(Recompute::none, false), software, "head_backward"),
            "\n"
            "elementwise fp32 elements=49152 reads=1 writes=1\n"
            "elementwise fp16 elements=49152 reads=2 writes=1\n"
            "gemm fp16 m=192 n=512 k=256 batch=1\n"
            "gemm fp16 m=256 n=512 k=192 batch=1\n"
            "tensor: all_reduce fp16 98304 tensor\n"
            "layer_norm_backward fp16 rows=192 columns=512\n"
            "elementwise fp32 elements=131072 reads=2 writes=1\n");
  // With sequence parallelism the last norm, too, sees a share of the tokens, gathered forward and once more backward.
  const std::string forward = block_of(listed_job(Recompute::none, true), software, "head_forward");
  EXPECT_TRUE(
      forward.starts_with("\nlayer_norm fp16 rows=48 columns=512\n"
                          "tensor: all_gather fp16 24576 tensor\n"
                          "gemm fp16 m=192 n=256 k=512 batch=1\n"))
      << forward;
  EXPECT_EQ(block_of(listed_job(Recompute::none, true), software, "head_backward"),
            "\n"
            "elementwise fp32 elements=49152 reads=1 writes=1\n"
            "elementwise fp16 elements=49152 reads=2 writes=1\n"
            "tensor: all_gather fp16 24576 tensor\n"
            "gemm fp16 m=192 n=512 k=256 batch=1\n"
            "gemm fp16 m=256 n=512 k=192 batch=1\n"
            "tensor: reduce_scatter fp16 24576 tensor\n"
            "layer_norm_backward fp16 rows=48 columns=512\n"
            "elementwise fp32 elements=131072 reads=2 writes=1\n");
}

TEST(LayerOperations, ARankAloneMeetsNobody) {
  TrainingJob job = listed_job(Recompute::full, false);
  job.parallelism.tensor = 1;
  for (const char* block :
       {"layer_forward", "layer_backward", "embedding_forward", "embedding_backward", "head_forward", "head_backward"}) {
    EXPECT_EQ(block_of(job, software_with(Core::flash), block).find("tensor:"), std::string::npos) << block;
  }
}

TEST(LayerOperations, GradientsAccumulateInTheStacksType) {
  Software half = software_with(Core::fused_softmax);
  half.gradient_type = sim::DataType::fp16;
  const std::string backward = block_of(listed_job(Recompute::none, false), half, "layer_backward");
  EXPECT_TRUE(backward.ends_with("\nelementwise fp16 elements=224 reads=2 writes=1\n")) << backward;
}

}  // namespace
}  // namespace orrery::workloads
