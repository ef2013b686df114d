// Fits a device's kernel constants to measured times: minimises the mean over classes of the mean |log(predicted / measured)|, so that few
// huge and many tiny kernels count alike. A class is a kind and a size.
//
//     const Calibration fitted = fit_kernels(KernelFamily::gemm, samples, start, gpu);
//     fitted.gemm.provenance.residuals        // one a class
//
// Costs some thousand passes over the samples: seconds for ten thousand rows. Deterministic. Finds a local optimum near `start`. Leaves
// out: choosing tile shapes (those of `start` are kept), the alignment rule and the backward pass of attention, which no table here has
// rows for.
#pragma once

#include <cstddef>
#include <vector>

#include "sim/kernel.h"
#include "sim/units.h"
#include "topology/node_spec.h"
#include "workloads/calibration.h"
#include "workloads/fit_constants.h"

namespace orrery::workloads {

struct KernelSample {
  sim::Kernel kernel;
  sim::Duration measured{};
  int line = 0;  // of the table that it stands in; 0: of none
};

/// Which constants to fit.
enum class KernelFamily { gemm, attention, memory };

/// How many different kernels a fit of the family asks for: three a constant. With as many rows as constants every fit is exact and its
/// residual says nothing; with three, two of each three are left over to contradict it.
std::size_t least_kernels(KernelFamily family, const Calibration& start);

/// `start` with the family's constants fitted to `samples` and its residuals filled in; constants that no sample tells of stay, such as the
/// rows' bandwidth where only sums were measured. Throws sim::Error where there are no samples.
Calibration fit_kernels(KernelFamily family, const std::vector<KernelSample>& samples, const Calibration& start,
                        const topology::GpuSpec& gpu, const FitOptions& options = {});

/// How well `calibration` predicts the samples, by class ("gemm, 1 to 16 GFLOP"): kind and size, matrix kernels by operations (below
/// 0.1, to 1, to 16, to 128, from 128 GFLOP), others by bytes (below 1, 1 to 16, from 16 MB). Empty classes are left out.
std::vector<Residual> kernel_residuals(const std::vector<KernelSample>& samples, const Calibration& calibration,
                                       const topology::GpuSpec& gpu);

}  // namespace orrery::workloads
