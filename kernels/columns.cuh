// Kernels whose threads keep to a pack of columns and go down the rows: values of a column are read once a thread, and sums over rows need
// no atomics. Sums are written a line a block row (`partials`) and added up in a fixed order: same input, same bits.
//
//     const Grid grid = grid_of_columns<Number>(kernel, shape);     // x: columns, y: rows
//     StreamArray<float> partials(grid.blocks.y * shape.columns, stream);
//     launch(kernel, grid, stream, ..., partials.data());
//     sum_partials(grid.blocks.y, shape.columns, partials.data(), sums, stream);
#pragma once

#include <algorithm>

#include "kernels/launch.cuh"
#include "kernels/operands.h"
#include "kernels/pack.cuh"

namespace orrery::kernels {

template <class Number, class... Parameters>
Grid grid_of_columns(void (*kernel)(Parameters...), const MatrixShape& shape) {
  constexpr unsigned threads = 128;
  const std::int64_t across = (expect_packs<Number>(shape.columns, "columns") + threads - 1) / threads;
  // At most what the grid's second dimension may be.
  const std::int64_t down =
      std::clamp<std::int64_t>(resident_blocks(kernel, threads) / across, 1, std::min(shape.rows, std::int64_t{65535}));
  return {dim3(static_cast<unsigned>(across), static_cast<unsigned>(down)), threads};
}

namespace columns {

constexpr unsigned slices = 8;  // of the partials, each summed up by a warp of its own

/// A block sums up 32 columns.
template <class Number>
__global__ void sum_partials_kernel(const float* __restrict__ partials, std::int64_t parts, std::int64_t count, Number* __restrict__ sums) {
  __shared__ float of_slices[slices][32];
  const unsigned lane = threadIdx.x % 32;
  const unsigned slice = threadIdx.x / 32;
  const std::int64_t column = static_cast<std::int64_t>(blockIdx.x) * 32 + lane;
  float sum = 0;
  for (std::int64_t part = slice; part < parts && column < count; part += slices) sum += partials[part * count + column];
  of_slices[slice][lane] = sum;
  __syncthreads();
  if (slice != 0 || column >= count) return;
  for (unsigned other = 1; other < slices; ++other) sum += of_slices[other][lane];
  sums[column] = as_number<Number>(sum);
}

}  // namespace columns

/// sums[column] is the sum of `parts` lines of `count` columns.
template <class Number>
void sum_partials(std::int64_t parts, std::int64_t count, const float* partials, Number* sums, cudaStream_t stream) {
  const Grid grid{dim3(static_cast<unsigned>((count + 31) / 32)), 32 * columns::slices};
  launch(columns::sum_partials_kernel<Number>, grid, stream, partials, parts, count, sums);
}

}  // namespace orrery::kernels
