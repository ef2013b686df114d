// Writes a schedule of steps round by round: blocks come as peers are spoken to, dependencies as rounds follow each other.
//
//     StepsWriter write("exchange", CollectiveKind::all_reduce, {.ranks = 2, .chunks = 2});
//     for (const int rank : {0, 1}) write.send(rank, {.to = 1 - rank, .from = 1 - rank}, input(1 - rank), 1);
//     for (const int rank : {0, 1}) write.receive_add(rank, {.to = 1 - rank, .from = 1 - rank}, input(rank), 1);
//     write.end_round();
//
// All that a rank does in a round comes after what it received, copied or added last in its rounds before.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "workloads/collective_steps.h"

namespace orrery::workloads {

class StepsWriter {
 public:
  struct Size {
    int ranks = 1;
    int chunks = 1;
  };
  StepsWriter(std::string_view name, sim::CollectiveKind kind, Size size) {
    steps_.name = name;
    steps_.kind = kind;
    steps_.chunks = size.chunks;
    steps_.ranks.resize(static_cast<std::size_t>(size.ranks));
    before_.resize(steps_.ranks.size());
    next_.resize(steps_.ranks.size());
  }

  void apart() { steps_.buffers = CollectiveSteps::Buffers::apart; }
  void scratch(int chunks) {
    for (StepRank& rank : steps_.ranks) rank.scratch_chunks = chunks;
  }

  struct Peers {
    std::optional<int> to{};
    std::optional<int> from{};
  };
  void send(int rank, Peers peers, ChunkPlace source, int count) {
    step(rank, peers, {.action = StepAction::send, .source = source, .count = count});
  }
  void receive(int rank, Peers peers, ChunkPlace target, int count) {
    step(rank, peers, {.action = StepAction::receive, .target = target, .count = count});
  }
  /// Adds what comes to what is there.
  void receive_add(int rank, Peers peers, ChunkPlace place, int count) {
    step(rank, peers, {.action = StepAction::receive_reduce_copy, .source = place, .target = place, .count = count});
  }
  void copy(int rank, ChunkPlace source, ChunkPlace target, int count) {
    if (count > 0) step(rank, {}, {.action = StepAction::copy, .source = source, .target = target, .count = count});
  }

  void end_round(int rank) { before_[static_cast<std::size_t>(rank)] = next_[static_cast<std::size_t>(rank)]; }
  void end_round() { before_ = next_; }

  CollectiveSteps take() { return std::move(steps_); }

 private:
  /// Of the block that speaks to these peers.
  void step(int rank, Peers peers, CollectiveStep step) {
    StepRank& of = steps_.ranks[static_cast<std::size_t>(rank)];
    const auto [entry, is_new] =
        blocks_.try_emplace({rank, peers.to.value_or(-1), peers.from.value_or(-1)}, static_cast<int>(of.blocks.size()));
    if (is_new) of.blocks.push_back({.send_to = peers.to, .receive_from = peers.from});
    StepBlock& block = of.blocks[static_cast<std::size_t>(entry->second)];
    const auto at = static_cast<std::size_t>(rank);
    if (before_[at] && before_[at]->block != entry->second) step.after = before_[at];
    block.steps.push_back(step);
    if (step.action != StepAction::send) next_[at] = StepPlace{entry->second, static_cast<int>(block.steps.size()) - 1};
  }

  CollectiveSteps steps_;
  std::map<std::tuple<int, int, int>, int> blocks_;  // by rank and peers
  std::vector<std::optional<StepPlace>> before_;     // by rank, the step that this round depends on
  std::vector<std::optional<StepPlace>> next_;       // by rank, the last step of this round that others may depend on
};

inline ChunkPlace input(int offset) { return {ChunkBuffer::input, offset}; }
inline ChunkPlace output(int offset) { return {ChunkBuffer::output, offset}; }
inline ChunkPlace scratch(int offset) { return {ChunkBuffer::scratch, offset}; }

}  // namespace orrery::workloads
