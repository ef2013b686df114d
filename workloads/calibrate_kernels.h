// A device's kernel constants from measured tables: which rows of them say what, and the fits of all families that have rows.
//
//     const KernelRows rows = read_kernel_tables({.gemm = {"gemm_perf.csv.gz"}}, gpu);
//     const Calibration fitted = calibrate_kernels(rows, start, gpu, {.evaluations = 4000});
//
// Left out of the tables: attention over fewer than 256 tokens, whose strips are hardly filled; sums and activations of sizes at which a
// cache holds part of them and yet more than the launch shows (a calibration speaks of memory); norms and gated activations of Vidur's
// profiles, which are several kernels. Of one's own samples every row counts. A fit of products or attention looks at rows from 0.1 GFLOP,
// for what smaller ones take is their launch, which would bend the rest; and at so many of a family, evenly taken. Residuals are of all.
// Refused are products and attention of other types than 16-bit ones, whose rates are the datasheet's share of these, and a family with
// fewer different kernels than three a constant of it (least_kernels of fit_kernels.h): 42 products, 12 attentions and 9 of what memory
// bounds for the A100's constants. Costs seconds.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "topology/node_spec.h"
#include "workloads/calibration.h"
#include "workloads/fit_kernels.h"

namespace orrery::workloads {

/// Files, by what they hold (workloads/import_kernel_tables.h).
struct KernelTables {
  std::vector<std::string> gemm{};
  std::vector<std::string> attention{};
  std::vector<std::string> layers{};   // Vidur's
  std::vector<std::string> samples{};  // one's own
};

/// What a fit of each family looks at.
struct KernelRows {
  std::vector<KernelSample> gemm{};
  std::vector<KernelSample> attention{};
  std::vector<KernelSample> memory{};
};

/// Throws sim::Error, placed at file and line, for what cannot be read, a time that is none in picoseconds and a type that is not fitted,
/// and where a file has no row of its family.
KernelRows read_kernel_tables(const KernelTables& tables, const topology::GpuSpec& gpu);

/// At most so many of them, from the first on, at even distances.
std::vector<KernelSample> evenly_taken(const std::vector<KernelSample>& rows, std::size_t most);

/// Throws sim::Error, with every family that has rows, but too few different ones among the `most` that its fit would look at.
void check_rows(const KernelRows& rows, const Calibration& start, std::size_t most = 2500);

/// `start`, carried to `gpu` where it is of another device, with the constants of the families that have rows. Where all three have, no
/// kernel time is another device's any more. Provenance names no source yet. Throws as check_rows does.
Calibration calibrate_kernels(const KernelRows& rows, const Calibration& start, const topology::GpuSpec& gpu,
                              const FitOptions& options = {}, std::size_t most = 2500);

}  // namespace orrery::workloads
