// Two kinds of fitted constants. A Calibration belongs to a device (one file in scenarios/calibrations/, fitted to measured kernel tables
// by fit_kernels and fit_collectives); a Software belongs to a stack (scenarios/software/, at most three fitted numbers). Both are plain
// data with their provenance.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/kernel.h"
#include "sim/program.h"
#include "sim/units.h"
#include "topology/node_spec.h"
#include "workloads/node_collectives.h"

namespace orrery::workloads {

/// How far predictions are from measurements in one class of rows, as fractions of the measured time.
struct Residual {
  std::string rows_of;  // "16 to 128 GFLOP"
  int rows = 0;
  double median = 0;  // of |predicted / measured - 1|
  double p90 = 0;
  double bias = 0;  // median of predicted / measured - 1: positive where the model is too slow
};

/// What a value was fitted to, and how well.
struct Provenance {
  std::string source;  // data set and date
  std::vector<Residual> residuals;
};

/// One tile shape of the GEMM library: blocks of `rows` x `columns` of C, or lying on their side, each at `rate` when all multiprocessors
/// work on such.
struct GemmTile {
  int rows = 0;
  int columns = 0;
  sim::FlopsPerSecond rate{};  // whole device, steady state
};

/// GEMM by tiles and waves: the library picks the fastest tile, and may cut k in parts that run side by side;
///   time = launch + both(waves * (tile_overhead + tile_bytes * multiprocessors / store_bandwidth + tile_flops * multiprocessors / rate),
///                        bytes read / memory_bandwidth + bytes written / write_bandwidth),
/// where the last, partly filled wave counts as partial_wave_floor + (1 - partial_wave_floor) * fill, tile_bytes are those of C that a tile
/// stores when its sums are done, and cutting k costs split_overhead and the traffic of the partial sums. Computing and moving hide each
/// other but not wholly: both(a, b) = (a^overlap + b^overlap)^(1 / overlap), from one after the other (1) to the longer alone (1000).
struct GemmCalibration {
  std::vector<GemmTile> tiles;
  sim::Duration tile_overhead{};  // prologue and epilogue of a tile
  double partial_wave_floor = 1;
  sim::BytesPerSecond memory_bandwidth{};
  sim::BytesPerSecond write_bandwidth{};         // 0: as memory_bandwidth
  sim::BytesPerSecond store_bandwidth{};         // of all multiprocessors' tiles; 0: nothing shows of it
  double overlap = 1000;                         // of computing and moving
  sim::Duration launch{};                        // fixed cost on the device
  sim::Duration split_overhead{};                // of the reduction that follows a cut k
  sim::FlopsPerSecond unaligned_rate{};          // where rows of n or k elements are no multiple of 16 bytes
  sim::FlopsPerSecond unaligned_batched_rate{};  // the same of several products in a launch
  Provenance provenance;
};

/// Fused (flash) attention over the tiles of 128 x 128 scores that the causal mask leaves;
///   time = launch + (strips * strip_overhead + tiles * tile_time) / multiprocessors + tail * longest strip,
/// a strip being the tiles of 128 queries of one head; the tail is what the last strips take while other multiprocessors are idle.
struct AttentionCalibration {
  sim::FlopsPerSecond rate{};  // whole device, steady state, forward
  double backward_ratio = 1;   // rate of the backward pass (which does 2.5 times the operations) over the forward's
  sim::Duration strip_overhead{};
  double tail = 0;
  sim::Duration launch{};
  Provenance provenance;
};

/// Kernels bound by memory: launch + bytes / bandwidth. Those that only stream (sums, copies, optimizer) come near the memory's rate; those
/// that reduce rows or evaluate functions (norms, softmax, activations, losses) do not.
struct MemoryCalibration {
  sim::BytesPerSecond stream_bandwidth{};
  sim::BytesPerSecond row_bandwidth{};
  sim::Duration launch{};
  Provenance provenance;
};

/// What one kind of kernel takes in one type where it was measured for itself: fixed + operations / rate where it has operations
/// (sim::flops), fixed + bytes / bandwidth where it has none.
struct KernelLine {
  sim::KernelKind kernel = sim::KernelKind::gemm;
  sim::DataType type = sim::DataType::fp32;
  sim::Duration fixed{};
  sim::FlopsPerSecond rate{};       // of kernels with operations
  sim::BytesPerSecond bandwidth{};  // of the others
};

/// Measured kind by kind, by realrun: in place of the models of products, attention and memory, none of which is asked any more. A kernel
/// that was not measured is refused.
struct LineCalibration {
  std::vector<KernelLine> kernels;
  Provenance provenance;
};

/// What a collective among so many ranks of one node takes where that was measured for itself: fixed + bytes / bandwidth, bytes as NCCL's
/// tuner counts them.
struct CollectiveLine {
  sim::CollectiveKind collective = sim::CollectiveKind::all_reduce;
  int ranks = 2;
  sim::Duration fixed{};
  sim::BytesPerSecond bandwidth{};
};

/// What collectives take on one node, as measured (workloads/node_collectives.h); between nodes, over NCCL's own model (scenarios/nccl):
/// seconds = inter_latency_scale * L + S / (inter_bandwidth_scale * B). A message between two GPUs of a node takes send_latency + bytes /
/// send_bandwidth. What is not there, or a zero bandwidth, was not measured: NCCL's model stands.
struct CollectiveCalibration {
  std::optional<NodeCollectives> on_node{};
  std::vector<CollectiveLine> lines{};  // where there is one for a collective, on_node is not asked
  double inter_latency_scale = 1;
  double inter_bandwidth_scale = 1;
  double slowdown = 1;  // Software::collective_slowdown; no file has it
  sim::Duration send_latency{};
  sim::BytesPerSecond send_bandwidth{};
  Provenance provenance;
};

/// How much times differ from what they are on average, as relative standard deviations (sim/noise.h says what that does to a machine).
struct NoiseCalibration {
  double kernels = 0;  // a kernel's, from one launch to the next
  double devices = 0;  // a GPU's, from one to the next, for good; 0: not measured
  Provenance provenance;
};

/// What tells a device from its siblings, of its datasheet.
struct Datasheet {
  int compute_capability = 0;
  int multiprocessors = 0;
  sim::FlopsPerSecond peak_fp16{};
  sim::BytesPerSecond memory_bandwidth{};
};

struct Calibration {
  std::string name;                    // "a100-sxm-80gb"
  std::string device;                  // the GpuSpec name that it is for
  std::string carried_from;            // the device that was measured, where it is another
  bool other_chip = false;             // ... and not even of the same chip: nothing measured says how near this is
  std::optional<Datasheet> datasheet;  // of the device; without, the calibration cannot be carried to another
  GemmCalibration gemm;
  AttentionCalibration attention;
  MemoryCalibration memory;
  std::optional<LineCalibration> lines{};
  CollectiveCalibration collectives;
  std::optional<NoiseCalibration> noise;
};

/// Whether the calibration tells of that GPU: it was measured on it, or on one of the same chip (compute capability and multiprocessors).
bool covers(const Calibration& calibration, const topology::GpuSpec& gpu);

/// The calibration for `gpu`: matrix rates go with the peak, achieved bandwidths with the memory's, as the datasheets have them; times that
/// are fixed stay. To a chip that it does not cover it brings the measured one's efficiencies (other_chip), and no collectives, for these
/// have another NVLink under them: NCCL's own model stands. The same where it was measured on that very device. It must cover the GPU or
/// have a datasheet.
Calibration carried_to(const topology::GpuSpec& gpu, Calibration calibration);

}  // namespace orrery::workloads
