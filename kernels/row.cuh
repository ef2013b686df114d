// Rows held in the registers of a block, so that kernels which need a row more than once read it from memory once. Thread t has the packs
// t, t + threads, and so on.
//
//     Row<Number, 4> x;
//     x.load(from + row * columns, columns);
//
// A row is at most 1024 threads times so many packs long: 4 are 32768 columns of 16 bits or 16384 floats, 2 are half of that.
#pragma once

#include <algorithm>

#include "kernels/launch.cuh"
#include "kernels/pack.cuh"

namespace orrery::kernels {

template <class Number, int packs>
struct Row {
  static constexpr int size = pack_size<Number>;
  Pack<Number, size> at[packs];

  /// First column of this thread's pack `pack`; past the end where the row is shorter.
  static __device__ int column(int pack) { return (static_cast<int>(threadIdx.x) + pack * static_cast<int>(blockDim.x)) * size; }

  __device__ void load(const Number* row, int columns) {
#pragma unroll
    for (int pack = 0; pack < packs; ++pack) {
      if (column(pack) < columns) at[pack] = load_pack<size>(row + column(pack));
    }
  }
  __device__ void store(Number* row, int columns) const {
#pragma unroll
    for (int pack = 0; pack < packs; ++pack) {
      if (column(pack) < columns) store_pack(row + column(pack), at[pack]);
    }
  }
};

/// What the threads of a block have summed up by column, as a line of floats.
template <int packs, int size>
__device__ void store_sums(const float (&sums)[packs][size], int columns, float* line) {
  for (int pack = 0; pack < packs; ++pack) {
    const int column = (static_cast<int>(threadIdx.x) + pack * static_cast<int>(blockDim.x)) * size;
    if (column >= columns) continue;
    for (int i = 0; i < size; ++i) line[column + i] = sums[pack][i];
  }
}

/// Threads of a block whose threads have so many packs each. Throws std::invalid_argument where a row is too long.
template <class Number, int packs>
unsigned row_threads(std::int64_t columns, unsigned most_threads = 1024) {
  const std::int64_t each = std::int64_t{packs} * pack_size<Number>;
  const std::int64_t warps = (expect_packs<Number>(columns, "columns") * pack_size<Number> + 32 * each - 1) / (32 * each);
  if (32 * warps <= most_threads) return static_cast<unsigned>(32 * warps);
  throw std::invalid_argument(std::to_string(columns) + " columns are more than a block holds (" + std::to_string(most_threads * each) +
                              ")");
}

}  // namespace orrery::kernels
