// What the pieces of a training iteration take, each for itself: passes through layers, embedding and head, the end of the iteration, the
// exchange of gradients beside the last pass, transfers between pipeline ranks. The pieces are those that the Program is made of
// (workloads/training_blocks.h, replica_exchange.h, optimizer_step.h), each performed by one rank that stands for all
// (workloads/one_rank.h).
//
//     TrainingPrices prices(stack, cluster, job.first_node);
//     const LayerPrices layers = prices.layers(job);
//     layers.pass(stage, Pass::forward)                    // picoseconds by label
//
// Costs some hundred microseconds a call: who asks often keeps what was answered (workloads/analytic.h).
// Leaves out what pieces of different ranks take from each other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "workloads/one_rank.h"
#include "workloads/pipeline_pace.h"
#include "workloads/stages.h"
#include "workloads/training_run.h"

namespace orrery::workloads {

/// Of a rank's main stream, in picoseconds by label: running and waiting together.
using LabelTicks = std::array<std::int64_t, label_count>;
std::int64_t sum_of(const LabelTicks& ticks);
/// a + times * b
LabelTicks plus(const LabelTicks& a, const LabelTicks& b, std::int64_t times = 1);

struct LayerPrices {
  /// Of one layer after the other: so much each, and so much besides however many there are.
  struct Row {
    LabelTicks each{};
    LabelTicks besides{};
    LabelTicks of(std::int64_t layers) const;
  };
  std::array<Row, pass_count> usual{};
  std::array<Row, pass_count> dense{};
  std::array<LabelTicks, pass_count> embedding{};
  std::array<LabelTicks, pass_count> head{};
  LabelTicks gather{};  // of what came over a pipeline link in shares

  /// Through a virtual stage; forward from its input on, or backward, or the weights' part.
  LabelTicks pass(const Stage& stage, Pass pass) const;
};

/// The end of an iteration on a rank: gradients over the replicas where that is not done beside the last pass, gradients of a tied
/// embedding between the first and the last rank, the optimizer before, at and behind the norm of all gradients.
struct FinishPrices {
  LabelTicks reduction{};
  LabelTicks before_norm{};
  LabelTicks norm{};
  LabelTicks behind_norm{};
};

/// A few layers more show what the last pass through any number of them takes.
inline constexpr std::int64_t some_layers = 2;
inline constexpr std::int64_t more_layers = 4;

/// The last pass of a virtual stage with the exchange of its gradients beside it.
struct LastPass {
  std::int64_t passing = 0;     // the main stream
  std::int64_t all = 0;         // until the gradients are exchanged too
  std::int64_t exchanging = 0;  // the exchange alone
};

class TrainingPrices {
 public:
  /// Keeps a reference to the cluster. Throws sim::Error where the calibration is of another device.
  TrainingPrices(const Stack& stack, const topology::Cluster& cluster, int first_node);

  LayerPrices layers(const TrainingJob& job);
  FinishPrices finish(const TrainingJob& job, const LocalWeights& weights);
  LabelTicks tied(const TrainingJob& job);
  LastPass last_pass(const TrainingJob& job, const Stage& stage);
  /// Of a pipeline's messages, by the rank before the link; the last one's goes to the first. Alone, then where a rank sends to both
  /// neighbours at once. Of one byte: those of more take their bytes longer.
  std::vector<CollectivePlan> links(const TrainingJob& job);
  /// The iteration of a job without a pipeline, from plays of a few layers and micro-batches.
  RankTimes without_pipeline(const TrainingJob& job);

  const Stack& stack() const { return stack_; }
  const topology::GpuSpec& gpu() const { return gpu_; }

 private:
  OneRank rank_of(const sim::Program& program) { return {program, *cluster_, times_, prices_, options_, *engine_}; }
  std::vector<CommunicationPrices::Message> ring(const TrainingJob& job) const;
  enum class Ways : std::uint8_t { one, both };
  CollectivePlan link(const TrainingJob& job, int number, Ways ways) const;
  RankTimes played(TrainingJob job, std::int64_t layers, std::int64_t micro_batches);
  RankTimes of_layers(const TrainingJob& job, std::int64_t layers);

  Stack stack_;
  const topology::Cluster* cluster_;
  topology::GpuId first_;
  topology::GpuSpec gpu_;
  KernelTimes times_;
  CollectiveModel collectives_;
  CommunicationPrices prices_;
  LoweringOptions options_;
  std::unique_ptr<sim::Engine> engine_;
};

}  // namespace orrery::workloads
