#include <cmath>

#include "kernels/launch.cuh"
#include "kernels/pack.cuh"
#include "kernels/paged_attention.cuh"
#include "kernels/reduction.cuh"
#include "kernels/stream_array.cuh"

namespace orrery::kernels {
namespace {

constexpr unsigned attend_threads = 128;
constexpr int most_queries = 4;                  // of a block, which share a key head
constexpr std::int64_t least_part_tokens = 256;  // of a sequence that is cut into parts

/// What a part of a sequence's tokens comes to for one query: exponentials of scores above `highest`, and values weighted with them.
struct PartSums {
  float highest = Maximum::nothing;
  float sum = 0;
};

/// How much less weigh sums whose highest score was `from`, once it is `to`.
__device__ float shrinkage(float from, float to) { return from == Maximum::nothing ? 0 : __expf(from - to); }

/// Team t of so many lanes takes tokens t, t + teams, ...; each lane has a pack of the dimension. Writes, for each query and part, the
/// weighted values to `parts` and the rest to `sums`.
template <class Number, int lanes>
__global__ void __launch_bounds__(attend_threads) attend_kernel(PagedAttentionShape shape, PagedAttentionPointers<Number> inputs,
                                                                float scale, float* __restrict__ parts, PartSums* __restrict__ sums) {
  constexpr int size = pack_size<Number>;
  constexpr int dimension = lanes * size;
  constexpr int teams = static_cast<int>(attend_threads) / lanes;
  const int team = static_cast<int>(threadIdx.x) / lanes;
  const int first = static_cast<int>(threadIdx.x) % lanes * size;  // of the dimension

  const std::int64_t sharing = shape.heads / shape.key_heads;
  const std::int64_t groups = (sharing + most_queries - 1) / most_queries;
  const std::int64_t sequence = blockIdx.x / (shape.key_heads * groups);
  const std::int64_t key_head = blockIdx.x / groups % shape.key_heads;
  const std::int64_t first_query = blockIdx.x % groups * most_queries;
  const int queries = static_cast<int>(min(static_cast<std::int64_t>(most_queries), sharing - first_query));
  const std::int64_t first_row = sequence * shape.heads + key_head * sharing + first_query;

  float query[most_queries][size] = {};
  for (int q = 0; q < most_queries; ++q) {
    if (q >= queries) continue;
    const auto pack = load_pack<size>(inputs.queries + (first_row + q) * dimension + first);
    for (int i = 0; i < size; ++i) query[q][i] = scale * as_float(pack.at[i]);
  }

  const std::int64_t length = inputs.lengths[sequence];
  const std::int64_t each = (length + gridDim.y - 1) / gridDim.y;
  const std::int64_t end = min(length, (blockIdx.y + 1) * each);
  PartSums of_team[most_queries];
  float weighted[most_queries][size] = {};
  for (std::int64_t base = blockIdx.y * each; base < end; base += teams) {
    const std::int64_t token = min(base + team, end - 1);  // the last, again, for teams that have none: their shuffles are waited for
    const std::int64_t page = inputs.page_table[sequence * shape.most_pages + token / shape.page_tokens];
    const std::int64_t row = (page * shape.page_tokens + token % shape.page_tokens) * shape.key_heads + key_head;
    const auto key = load_pack<size>(inputs.key_pool + row * dimension + first);
    const auto value = load_pack<size>(inputs.value_pool + row * dimension + first);
    for (int q = 0; q < most_queries; ++q) {
      if (q >= queries) continue;
      float score = 0;
      for (int i = 0; i < size; ++i) score += query[q][i] * as_float(key.at[i]);
      score = warp_reduction<Sum, lanes>(score);
      if (base + team >= end) continue;
      const float highest = fmaxf(of_team[q].highest, score);
      const float shrink = shrinkage(of_team[q].highest, highest);
      const float weight = __expf(score - highest);
      for (int i = 0; i < size; ++i) weighted[q][i] = shrink * weighted[q][i] + weight * as_float(value.at[i]);
      of_team[q] = {highest, shrink * of_team[q].sum + weight};
    }
  }

  __shared__ float values_of_teams[most_queries][teams][dimension];
  __shared__ float highest_of_teams[most_queries][teams];
  __shared__ float sums_of_teams[most_queries][teams];
  for (int q = 0; q < most_queries; ++q) {
    for (int i = 0; i < size; ++i) values_of_teams[q][team][first + i] = weighted[q][i];
    if (first != 0) continue;
    highest_of_teams[q][team] = of_team[q].highest;
    sums_of_teams[q][team] = of_team[q].sum;
  }
  __syncthreads();
  if (threadIdx.x >= dimension) return;
  for (int q = 0; q < queries; ++q) {
    PartSums all;
    for (const float highest : highest_of_teams[q]) all.highest = fmaxf(all.highest, highest);
    float element = 0;
    for (int t = 0; t < teams; ++t) {
      const float shrink = shrinkage(highest_of_teams[q][t], all.highest);
      all.sum += shrink * sums_of_teams[q][t];
      element += shrink * values_of_teams[q][t][threadIdx.x];
    }
    const std::int64_t part = (first_row + q) * gridDim.y + blockIdx.y;
    parts[part * dimension + threadIdx.x] = element;
    if (threadIdx.x == 0) sums[part] = all;
  }
}

/// A block joins the parts of one query, a thread for each of the dimension.
template <class Number>
__global__ void join_kernel(std::int64_t count, const float* __restrict__ parts, const PartSums* __restrict__ sums,
                            Number* __restrict__ outputs) {
  const std::int64_t first = blockIdx.x * count;
  PartSums all;
  for (std::int64_t part = first; part < first + count; ++part) all.highest = fmaxf(all.highest, sums[part].highest);
  float element = 0;
  for (std::int64_t part = first; part < first + count; ++part) {
    const float shrink = shrinkage(sums[part].highest, all.highest);
    all.sum += shrink * sums[part].sum;
    element += shrink * parts[part * blockDim.x + threadIdx.x];
  }
  outputs[std::int64_t{blockIdx.x} * blockDim.x + threadIdx.x] = as_number<Number>(element / all.sum);
}

template <class Number, int lanes>
void attend_in_teams(const PagedAttentionShape& shape, const PagedAttentionPointers<Number>& inputs, Number* outputs, cudaStream_t stream) {
  const std::int64_t rows = shape.sequences * shape.heads;
  const std::int64_t groups = (shape.heads / shape.key_heads + most_queries - 1) / most_queries;
  const std::int64_t blocks = shape.sequences * shape.key_heads * groups;
  const std::int64_t most_parts = (shape.most_pages * shape.page_tokens + least_part_tokens - 1) / least_part_tokens;
  const std::int64_t count =
      std::clamp<std::int64_t>(resident_blocks(attend_kernel<Number, lanes>, attend_threads) / blocks, 1, most_parts);
  const StreamArray<float> parts(rows * count * shape.dimension, stream);
  const StreamArray<PartSums> sums(rows * count, stream);
  launch(attend_kernel<Number, lanes>, {dim3(static_cast<unsigned>(blocks), static_cast<unsigned>(count)), attend_threads}, stream, shape,
         inputs, 1 / std::sqrt(static_cast<float>(shape.dimension)), parts.data(), sums.data());
  launch(join_kernel<Number>, {dim3(static_cast<unsigned>(rows)), static_cast<unsigned>(shape.dimension)}, stream, count, parts.data(),
         sums.data(), outputs);
}

}  // namespace

template <class Number>
void paged_attention(const PagedAttentionShape& shape, const PagedAttentionPointers<Number>& inputs, Number* outputs, cudaStream_t stream) {
  if (shape.key_heads <= 0 || shape.heads % shape.key_heads != 0) throw std::invalid_argument("key heads do not divide the heads");
  switch (shape.dimension % pack_size<Number> == 0 ? shape.dimension / pack_size<Number> : 0) {
    case 8:
      return attend_in_teams<Number, 8>(shape, inputs, outputs, stream);
    case 16:
      return attend_in_teams<Number, 16>(shape, inputs, outputs, stream);
    default:
      throw std::invalid_argument("heads of dimension " + std::to_string(shape.dimension) + ": this kernel knows " +
                                  std::to_string(8 * pack_size<Number>) + " and " + std::to_string(16 * pack_size<Number>));
  }
}

template void paged_attention<float>(const PagedAttentionShape&, const PagedAttentionPointers<float>&, float*, cudaStream_t);
template void paged_attention<__half>(const PagedAttentionShape&, const PagedAttentionPointers<__half>&, __half*, cudaStream_t);
template void paged_attention<__nv_bfloat16>(const PagedAttentionShape&, const PagedAttentionPointers<__nv_bfloat16>&, __nv_bfloat16*,
                                             cudaStream_t);

}  // namespace orrery::kernels
