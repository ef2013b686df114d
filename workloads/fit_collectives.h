// Fits a device's collective constants to measured times on one node: how much slower than NCCL's own estimate its rings are, and what a
// message between two GPUs takes.
//
//     const CollectiveCalibration fitted = fit_collectives(samples, sends, calibration.collectives, node, nccl);
//     fitted.provenance.residuals        // one a class of size
//
// Loss as in fit_kernels. Costs milliseconds. Leaves out: scales between nodes, for which no table is public here, and other algorithms
// than rings.
#pragma once

#include <vector>

#include "sim/program.h"
#include "sim/units.h"
#include "topology/node_spec.h"
#include "workloads/calibration.h"
#include "workloads/fit_constants.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// One collective as measured on the first `gpus` of a node: `bytes` as NCCL's tuner counts them, the larger of send and receive buffer.
struct CollectiveSample {
  sim::CollectiveKind kind{};
  int gpus = 0;
  sim::Bytes bytes{};
  sim::DataType type{};
  sim::Duration measured{};
};

/// One message between two GPUs of a node.
struct SendSample {
  sim::Bytes bytes{};
  sim::Duration measured{};
};

/// `start` with its constants within a node fitted and its residuals filled in; what no sample tells of stays. Throws sim::Error where
/// there are no collectives, and where `start` has no constants to turn.
CollectiveCalibration fit_collectives(const std::vector<CollectiveSample>& samples, const std::vector<SendSample>& sends,
                                      const CollectiveCalibration& start, const topology::NodeSpec& node, const NcclConstants& nccl,
                                      const FitOptions& options = {});

/// How well `calibration` predicts the samples, by size: "ring, 1 to 16 MB", "send, 16 to 128 MB". Empty classes are left out.
std::vector<Residual> collective_residuals(const std::vector<CollectiveSample>& samples, const std::vector<SendSample>& sends,
                                           const CollectiveCalibration& calibration, const topology::NodeSpec& node,
                                           const NcclConstants& nccl);

}  // namespace orrery::workloads
