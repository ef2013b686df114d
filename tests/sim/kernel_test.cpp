#include "sim/kernel.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

namespace orrery::sim {
namespace {

Kernel attention(KernelKind kind) { return {kind, DataType::fp16, {2, 3, 5, 7}}; }
Bytes bytes_of_matrix(KernelKind kind) { return memory_bytes({kind, DataType::fp16, {10, 100, 1, 1}}); }

TEST(Kernel, SizesAndNamesOfDataTypes) {
  EXPECT_EQ(size_of(DataType::fp32), 4);
  EXPECT_EQ(size_of(DataType::fp16), 2);
  EXPECT_EQ(size_of(DataType::bf16), 2);
  EXPECT_EQ(size_of(DataType::fp8), 1);
  EXPECT_EQ(size_of(DataType::int8), 1);
  EXPECT_EQ(name_of(DataType::bf16), "bf16");
  EXPECT_EQ(name_of(DataType::int8), "int8");
}

TEST(Kernel, EveryKindHasItsOwnNameAndOneToFourParameters) {
  std::set<std::string_view> names;
  for (int i = 0; i < kernel_kind_count; ++i) {
    const KernelTraits& traits = kernel_traits(static_cast<KernelKind>(i));
    EXPECT_TRUE(names.insert(traits.name).second) << traits.name;
    EXPECT_GE(traits.parameters.size(), 1U);
    EXPECT_LE(traits.parameters.size(), 4U);
  }
  // The table is in the order of the enumeration.
  EXPECT_EQ(name_of(KernelKind::gemm), "gemm");
  EXPECT_EQ(name_of(KernelKind::attention_backward), "attention_backward");
  EXPECT_EQ(name_of(KernelKind::softmax), "softmax");
  EXPECT_EQ(name_of(KernelKind::layer_norm_backward), "layer_norm_backward");
  EXPECT_EQ(name_of(KernelKind::bias_dropout_add_backward), "bias_dropout_add_backward");
  EXPECT_EQ(name_of(KernelKind::elementwise), "elementwise");
  EXPECT_EQ(name_of(KernelKind::cross_entropy), "cross_entropy");
  EXPECT_EQ(name_of(KernelKind::gradient_norm), "gradient_norm");
}

TEST(Kernel, GemmMultipliesAndAddsOnceForEachTriple) {
  // 2 x 3 from 2 x 4 and 4 x 3: 6 elements of 4 products; 2*6*4 = 48, 5 times: 240.
  // A has 8 elements, B 12, C 6: 26 of 2 bytes, 5 times: 260.
  const Kernel kernel{KernelKind::gemm, DataType::fp16, {2, 3, 4, 5}};
  EXPECT_EQ(flops(kernel).count, 240);
  EXPECT_EQ(memory_bytes(kernel), Bytes{260});
}

TEST(Kernel, GptLayerProductHasItsPublishedFlops) {
  // GPT-3's 4h x h product over 2,048 tokens: 2 * 2048 * 12288 * 49152 = 2.473901162496e12.
  EXPECT_EQ(flops({KernelKind::gemm, DataType::fp16, {2048, 49152, 12288, 1}}).count, 2473901162496.0);
}

TEST(Kernel, AttentionCountsTheWholeSquareAndMovesNoScores) {
  // 2*3 heads, each Q K^T (5 x 5 x 7) and P V (5 x 7 x 5): 2 * 175 products: 6 * 2 * 2 * 175 = 4200.
  // Q K V O of 2*3*5*7 = 210 elements: 840, of 2 bytes: 1680.
  EXPECT_EQ(flops(attention(KernelKind::attention)).count, 4200);
  EXPECT_EQ(memory_bytes(attention(KernelKind::attention)), Bytes{1680});
}

TEST(Kernel, AttentionBackwardRecomputesTheScores) {
  // Five products instead of two: 4200 * 5/2. Eight tensors instead of four.
  EXPECT_EQ(flops(attention(KernelKind::attention_backward)).count, 10500);
  EXPECT_EQ(memory_bytes(attention(KernelKind::attention_backward)), Bytes{3360});
}

TEST(Kernel, AnAttentionBlockIsARectangle) {
  // 6 heads, 5 queries, 11 keys, 7 wide: Q K^T and P V are 2 * 5 * 11 * 7 = 770 products each: 6 * 2 * 770 = 9240; backward 5/2 of it.
  // Q and O of 6*5*7 = 210 elements, K and V of 462: 1344, of 2 bytes; backward two more of each.
  EXPECT_EQ(flops({KernelKind::attention_block, DataType::fp16, {6, 5, 11, 7}}).count, 9240);
  EXPECT_EQ(flops({KernelKind::attention_block_backward, DataType::fp16, {6, 5, 11, 7}}).count, 23'100);
  EXPECT_EQ(memory_bytes({KernelKind::attention_block, DataType::fp16, {6, 5, 11, 7}}), Bytes{2688});
  EXPECT_EQ(memory_bytes({KernelKind::attention_block_backward, DataType::fp16, {6, 5, 11, 7}}), Bytes{5376});
}

TEST(Kernel, MemoryBoundKindsOverAMatrix) {
  // 10 x 100 halves: a tensor has 2000 bytes, a vector of columns 200, a mask 1000.
  EXPECT_EQ(bytes_of_matrix(KernelKind::softmax), Bytes{4000});
  EXPECT_EQ(bytes_of_matrix(KernelKind::softmax_backward), Bytes{6000});
  EXPECT_EQ(bytes_of_matrix(KernelKind::layer_norm), Bytes{4000 + 400});                        // and gain, shift
  EXPECT_EQ(bytes_of_matrix(KernelKind::layer_norm_backward), Bytes{6000 + 600});               // and gain; gradients of both
  EXPECT_EQ(bytes_of_matrix(KernelKind::bias_gelu), Bytes{4000 + 200});                         // and the bias
  EXPECT_EQ(bytes_of_matrix(KernelKind::bias_gelu_backward), Bytes{6000 + 400});                // and the bias; its gradient
  EXPECT_EQ(bytes_of_matrix(KernelKind::bias_dropout_add), Bytes{6000 + 200 + 1000});           // and the bias; the mask
  EXPECT_EQ(bytes_of_matrix(KernelKind::bias_dropout_add_backward), Bytes{4000 + 200 + 1000});  // and the mask; the bias' gradient
  EXPECT_EQ(bytes_of_matrix(KernelKind::embedding), Bytes{4000});
  EXPECT_EQ(bytes_of_matrix(KernelKind::embedding_backward), Bytes{6000});
  EXPECT_EQ(bytes_of_matrix(KernelKind::cross_entropy), Bytes{2000});
  EXPECT_EQ(bytes_of_matrix(KernelKind::cross_entropy_backward), Bytes{4000});
}

TEST(Kernel, MemoryBoundKindsOverAVector) {
  // 1000 halves: read and written 4000, mask 1000.
  EXPECT_EQ(memory_bytes({KernelKind::dropout, DataType::fp16, {1000, 1, 1, 1}}), Bytes{5000});
  EXPECT_EQ(memory_bytes({KernelKind::dropout_backward, DataType::fp16, {1000, 1, 1, 1}}), Bytes{5000});
  // The mask is a byte whatever the type is.
  EXPECT_EQ(memory_bytes({KernelKind::dropout, DataType::fp32, {1000, 1, 1, 1}}), Bytes{9000});
  EXPECT_EQ(memory_bytes({KernelKind::elementwise, DataType::bf16, {1000, 2, 1, 1}}), Bytes{6000});
  EXPECT_EQ(memory_bytes({KernelKind::elementwise, DataType::fp32, {1000, 0, 1, 1}}), Bytes{4000});
  EXPECT_EQ(memory_bytes({KernelKind::gradient_norm, DataType::fp32, {1000, 1, 1, 1}}), Bytes{4000});
}

TEST(Kernel, AdamMovesTwelveBytesOfStateTwiceAndAGradientAndACopy) {
  // fp16: 24 + gradient 2 + copy 2. fp32: 24 + gradient 4, and no copy.
  EXPECT_EQ(memory_bytes({KernelKind::adam, DataType::fp16, {10, 1, 1, 1}}), Bytes{280});
  EXPECT_EQ(memory_bytes({KernelKind::adam, DataType::bf16, {10, 1, 1, 1}}), Bytes{280});
  EXPECT_EQ(memory_bytes({KernelKind::adam, DataType::fp32, {10, 1, 1, 1}}), Bytes{280});
  EXPECT_EQ(memory_bytes({KernelKind::adam, DataType::fp8, {10, 1, 1, 1}}), Bytes{260});
}

TEST(Kernel, ACountedOneIsWhatWasCounted) {
  const Kernel kernel{KernelKind::counted, DataType::fp16, {5000, 300, 1, 1}};
  EXPECT_EQ(flops(kernel).count, 5000);
  EXPECT_EQ(memory_bytes(kernel), Bytes{300});
  EXPECT_EQ(fault_of({KernelKind::counted, DataType::fp16, {0, 300, 1, 1}}), "");
  EXPECT_EQ(fault_of({KernelKind::counted, DataType::fp16, {5000, 0, 1, 1}}), "counted with bytes = 0");
  EXPECT_EQ(fault_of({KernelKind::counted, DataType::fp16, {-1, 300, 1, 1}}), "counted with operations = -1");
}

TEST(Kernel, OnlyMatrixKindsAndCountedOnesHaveFlops) {
  for (int i = 0; i < kernel_kind_count; ++i) {
    const auto kind = static_cast<KernelKind>(i);
    const bool matrix = kind == KernelKind::gemm || is_attention(kind);
    EXPECT_EQ(flops({kind, DataType::fp16, {1, 1, 1, 1}}).count > 0, matrix || kind == KernelKind::counted) << name_of(kind);
    EXPECT_GT(memory_bytes({kind, DataType::fp16, {1, 1, 1, 1}}).count, 0) << name_of(kind);
  }
}

TEST(Kernel, EveryKindOfOnesIsWithoutFault) {
  for (int i = 0; i < kernel_kind_count; ++i) EXPECT_EQ(fault_of({static_cast<KernelKind>(i), DataType::fp8, {1, 1, 1, 1}}), "");
}

TEST(Kernel, SizesMustBePositiveAndUnusedOnesOne) {
  EXPECT_EQ(fault_of({KernelKind::gemm, DataType::fp16, {4, 4, 0, 1}}), "gemm with k = 0");
  EXPECT_EQ(fault_of({KernelKind::softmax, DataType::fp16, {-4, 4, 1, 1}}), "softmax with rows = -4");
  EXPECT_EQ(fault_of({KernelKind::softmax, DataType::fp16, {4, 4, 2, 1}}), "softmax has 2 sizes; the unused ones must be 1");
  EXPECT_EQ(fault_of({KernelKind::elementwise, DataType::fp16, {4, 0, 1, 1}}), "");  // a fill
  EXPECT_EQ(fault_of({KernelKind::elementwise, DataType::fp16, {4, 1, 0, 1}}), "");  // a reduction
  EXPECT_EQ(fault_of({KernelKind::elementwise, DataType::fp16, {4, 0, 0, 1}}), "elementwise moves nothing");
  EXPECT_EQ(fault_of({KernelKind::elementwise, DataType::fp16, {0, 1, 1, 1}}), "elementwise with elements = 0");
  EXPECT_NE(fault_of({static_cast<KernelKind>(kernel_kind_count), DataType::fp16, {1, 1, 1, 1}}), "");
  EXPECT_NE(fault_of({KernelKind::gemm, static_cast<DataType>(data_type_count), {1, 1, 1, 1}}), "");
}

TEST(Kernel, ByteCountsThatOverflowAreFaults) {
  constexpr std::int64_t pebibyte = std::int64_t{1} << 50;
  EXPECT_EQ(fault_of({KernelKind::gradient_norm, DataType::int8, {pebibyte, 1, 1, 1}}), "");
  EXPECT_EQ(fault_of({KernelKind::gradient_norm, DataType::int8, {pebibyte + 1, 1, 1, 1}}), "gradient_norm moves more than 1 PiB");
  // 2^32 * 2^32 * ... is 0 in 64 bits.
  constexpr std::int64_t wide = std::int64_t{1} << 32;
  for (int i = 0; i < kernel_kind_count; ++i) {
    const auto kind = static_cast<KernelKind>(i);
    const std::size_t used = kernel_traits(kind).parameters.size();
    Kernel kernel{kind, DataType::fp16, {1, 1, 1, 1}};
    for (std::size_t k = 0; k < used; ++k) kernel.shape[k] = used == 1 || kind == KernelKind::counted ? INT64_MAX : wide;
    EXPECT_NE(fault_of(kernel), "") << name_of(kind);
    if (kind == KernelKind::counted) continue;  // its bytes are one number
    EXPECT_THROW(memory_bytes(kernel), std::logic_error) << name_of(kind);
  }
}

}  // namespace
}  // namespace orrery::sim
