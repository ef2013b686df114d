// Every GPU kernel against its CPU reference in doubles, and timed beside a copy of the same bytes. Needs no test framework: it travels.
//
//     for (const KernelVerdict& verdict : self_test(512 << 20)) std::puts(line_of(verdict).c_str());
//
// An element may be off by two roundings of its type in memory and, as each case says, so many of the floats that it is made of, both of
// the largest element of the array. Times are of 20 launches after 5, with arrays that should be some times larger than the second cache.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orrery::kernels {

struct KernelVerdict {
  std::string kernel;           // "layer_norm fp16"
  double error = 0;             // the worst, as a share of what is allowed: over 1, or no number, is a fault
  double bytes_per_second = 0;  // what its header says that it reads and writes, by time
  double share_of_copy = 0;     // of the bytes a second of `copy`
  double flops = 0;             // a second, of a matrix product; else 0
  std::string fault{};          // why it could not run; else empty
};

bool is_right(const KernelVerdict& verdict);

/// "right  layer_norm fp16  error 0.41 of allowed  1402 GB/s  0.93 of copy".
std::string line_of(const KernelVerdict& verdict);

/// On the current device; `bytes` is about what the arrays of a timed kernel take, from 1 MiB. Throws CudaError.
std::vector<KernelVerdict> self_test(std::int64_t bytes);

}  // namespace orrery::kernels
