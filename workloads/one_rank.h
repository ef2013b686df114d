// A stretch of a Program that all ranks of a role perform alike and at the same time: one rank is played and stands for all. Kernels come
// as `lower` has them (launches, what bounds them), communications cost what CommunicationPrices says, share the first node's links where
// they run beside each other, take from the kernels beside them and begin late by noise as in any play.
//
//     OneRank rank(program, cluster, times, prices, options, engine);
//     const RankTimes layer = rank.play({.streams = {{"main", {{0, sim::Call{blocks.layer.forward, 4}}}}}}, {});
//     layer.main();                                        // four layers, forward
//
// Costs a pass over the Program's blocks up to the highest called, once, and the play: some hundred nanoseconds a step.
// Leaves out: ranks that come to a meeting at different times, and messages but those that go round in a ring of such ranks.
#pragma once

#include <array>
#include <vector>

#include "sim/engine.h"
#include "sim/program.h"
#include "workloads/communication_prices.h"
#include "workloads/flatten.h"
#include "workloads/kernel_times.h"
#include "workloads/labels.h"

namespace orrery::workloads {

struct RankTimes {
  sim::Duration end{};                               // of all streams
  std::array<sim::Account, label_count> accounts{};  // of the main one

  /// Of the main stream.
  sim::Duration main() const;
};

class OneRank {
 public:
  /// Keeps references.
  OneRank(const sim::Program& program, const topology::Cluster& cluster, const KernelTimes& times, CommunicationPrices& prices,
          const LoweringOptions& options, sim::Engine& engine);

  /// `ring` are the messages that all ranks send at once where one of the role sends.
  RankTimes play(const sim::Role& role, const std::vector<CommunicationPrices::Message>& ring);

 private:
  void bind(const std::vector<Communication>& slots, const std::vector<CommunicationPrices::Message>& ring, sim::Model& model);
  void add_activity(CommunicationPrice price, int participants, sim::Model& model);
  void share_links(sim::Model& model) const;

  const sim::Program& program_;
  const KernelTimes& times_;
  CommunicationPrices& prices_;
  LoweringOptions options_;
  Flattener flattener_;
  sim::Engine& engine_;
  std::vector<std::vector<sim::Demand>> on_node_;  // by flow of the Model at hand
};

}  // namespace orrery::workloads
