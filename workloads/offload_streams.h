// What passes between a GPU and its host during the passes of an iteration, where ZeRO's shares are kept there (ZeRO-Offload, Ren et al.
// 2021, arXiv 2101.06840; ZeRO-Infinity, Rajbhandari et al. 2021, arXiv 2104.07857): on streams of their own, beside kernels and
// collectives. A rank moves its own share: the bandwidth of all PCIe links adds up.
//
//     weights_up      weights of a layer, before they are gathered; one layer further ahead than gathers are
//     gradients_down  gradients, when they are reduced; where there are several micro-batches what was there comes up before, to be added
//     to
//
//     OffloadStreams offload(job, software);
//     offload.fetch(weights, data);              // `data` goes on when they are there
//     offload.leave(weights, micro_batch, main); // as soon as `main` has come so far
//     offload.await(main);                       // `main` goes on when all gradients are gone
//
// Leaves out: pinned buffers running short, and what NICs take of the same PCIe lanes.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/program.h"
#include "workloads/context_operations.h"
#include "workloads/stages.h"
#include "workloads/training_job.h"

namespace orrery::workloads {

/// Of a rank that offloads; those of rings come before.
inline constexpr std::int32_t first_offload_event = first_ring_event + ring_event_count;
inline constexpr std::int32_t offload_event_count = 4;

class OffloadStreams {
 public:
  OffloadStreams(const TrainingJob& job, const Software& software);

  /// The rank's share of weights that are about to be gathered on `gathering`; nothing where weights are not offloaded.
  void fetch(const LocalWeights& weights, std::vector<sim::Operation>& gathering);
  /// The rank's share of a micro-batch's gradients; nothing where gradients stay.
  void leave(const LocalWeights& weights, std::int32_t micro_batch, std::vector<sim::Operation>& reducing);
  void await(std::vector<sim::Operation>& main);

  /// Those that have something to do.
  std::vector<sim::Stream> take_streams();

 private:
  std::int64_t share(const LocalWeights& weights) const { return shared_out(job_.parallelism, weights); }

  const TrainingJob& job_;
  const Software& software_;
  std::vector<sim::Operation> up_;
  std::vector<sim::Operation> down_;
};

}  // namespace orrery::workloads
