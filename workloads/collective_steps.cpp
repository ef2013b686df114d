#include "workloads/collective_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "sim/error.h"
#include "workloads/run_steps.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

constexpr std::array<std::string_view, 9> action_names = {"s", "r", "rcs", "rrs", "rrc", "rrcs", "cpy", "re", "nop"};

/// Faults of form, one block after the other.
class StepChecker {
 public:
  explicit StepChecker(const CollectiveSteps& steps) : steps_(steps) {}

  void check() {
    check_size();
    for (std::size_t rank = 0; rank < steps_.ranks.size(); ++rank) {
      rank_ = static_cast<int>(rank);
      for (std::size_t block = 0; block < steps_.ranks[rank].blocks.size(); ++block) check_block(static_cast<int>(block));
    }
  }

 private:
  [[noreturn]] void fail(const std::string& place, std::string what, std::string remedy) const {
    throw sim::Error(
        {.place = place.empty() ? steps_.name : steps_.name + ", " + place, .what = std::move(what), .remedy = std::move(remedy)});
  }

  void check_size() const {
    const auto ranks = std::ssize(steps_.ranks);
    if (ranks < 1 || ranks > max_step_ranks) fail("", fmt::format("has {} GPUs", ranks), fmt::format("write 1 to {}", max_step_ranks));
    if (steps_.instances < 1) fail("", fmt::format("has {} instances", steps_.instances), "write 1 at least");
    if (steps_.chunks < 1) fail("", fmt::format("has {} chunks", steps_.chunks), "write 1 at least");
    if (steps_.input_chunks() == 0 || steps_.output_chunks() == 0 ||
        (std::min(steps_.input_chunks(), steps_.output_chunks()) < steps_.chunks && steps_.chunks % ranks != 0)) {
      fail("", fmt::format("has {} chunks for {} GPUs", steps_.chunks, ranks),
           "write a multiple of the GPUs: each has an equal part of the longer buffer");
    }
    std::int64_t chunks = 0;
    for (const StepRank& rank : steps_.ranks) {
      chunks += std::int64_t{2} * steps_.chunks + rank.scratch_chunks;
      for (const StepBlock& block : rank.blocks) {
        ++chunks;
        for (const CollectiveStep& step : block.steps) chunks += std::max(step.count, 1);
      }
      if (rank.scratch_chunks < 0 || chunks > max_step_chunks)
        fail("", "has no or too many chunks in its buffers and steps",
             fmt::format("use {} chunks at most, and as one each step and block", max_step_chunks));
    }
  }

  void check_block(int number) {
    const StepBlock& block = steps_.ranks[static_cast<std::size_t>(rank_)].blocks[static_cast<std::size_t>(number)];
    const std::string place = fmt::format("gpu {}, tb {}", rank_, number);
    if (block.channel < 0) fail(place, fmt::format("is on channel {}", block.channel), "channels count from 0");
    for (const auto& [peer, taken, does] :
         {std::tuple(block.send_to, &sending_, "sends to"), std::tuple(block.receive_from, &receiving_, "receives from")}) {
      if (!peer) continue;
      if (*peer < 0 || *peer >= std::ssize(steps_.ranks))
        fail(place, fmt::format("{} gpu {}", does, *peer), fmt::format("there are GPUs 0 to {}", steps_.ranks.size() - 1));
      if (*peer == rank_) fail(place, fmt::format("{} itself", does), "copy (cpy) instead");
      if (!taken->insert({rank_, *peer, block.channel}).second) {
        fail(place, fmt::format("{} gpu {} on channel {} as a block before it does", does, *peer, block.channel),
             "give each connection one block, or blocks channels of their own");
      }
    }
    for (std::size_t step = 0; step < block.steps.size(); ++step)
      check_step(fmt::format("{}, step {}", place, step), {number, static_cast<int>(step)}, block);
  }

  void check_step(const std::string& place, StepPlace here, const StepBlock& block) const {
    const CollectiveStep& step = block.steps[static_cast<std::size_t>(here.step)];
    if (sends(step.action) && !block.send_to) fail(place, "sends, and its block has no receiver", "write send=\"GPU\" for the block");
    if (receives(step.action) && !block.receive_from)
      fail(place, "receives, and its block has no sender", "write recv=\"GPU\" for the block");
    if (step.action != StepAction::nothing && step.count < 1) fail(place, fmt::format("moves {} chunks", step.count), "write 1 at least");
    if (reads_source(step.action)) check_chunks(place, "reads", step.source, step.count);
    if (writes_target(step.action)) check_chunks(place, "writes", step.target, step.count);
    if (!step.after) return;
    const auto& blocks = steps_.ranks[static_cast<std::size_t>(rank_)].blocks;
    const auto [on, at] = *step.after;
    if (on < 0 || on >= std::ssize(blocks) || at < 0 || at >= std::ssize(blocks[static_cast<std::size_t>(on)].steps))
      fail(place, fmt::format("depends on tb {}, step {}, which is not there", on, at), "name a block and a step of this GPU");
    if (on == here.block && at >= here.step) fail(place, "depends on a step that comes after it", "steps of a block are done in order");
  }

  void check_chunks(const std::string& place, const char* does, ChunkPlace chunk, int count) const {
    constexpr std::array names = {"input", "output", "scratch"};
    const std::array sizes = {steps_.input_chunks(), steps_.output_chunks(), steps_.ranks[static_cast<std::size_t>(rank_)].scratch_chunks};
    const auto buffer = static_cast<std::size_t>(chunk.buffer);
    if (chunk.offset >= 0 && chunk.offset <= sizes[buffer] - count) return;
    fail(place, fmt::format("{} {} chunks from {} on of the {} buffer", does, count, chunk.offset, names[buffer]),
         fmt::format("that buffer has {} chunks", sizes[buffer]));
  }

  const CollectiveSteps& steps_;
  int rank_ = 0;
  std::set<std::tuple<int, int, int>> sending_;  // rank, peer, channel
  std::set<std::tuple<int, int, int>> receiving_;
};

}  // namespace

bool sends(StepAction action) {
  return action == StepAction::send || action == StepAction::receive_copy_send || action == StepAction::receive_reduce_send ||
         action == StepAction::receive_reduce_copy_send;
}

bool receives(StepAction action) {
  return action != StepAction::send && action != StepAction::copy && action != StepAction::reduce && action != StepAction::nothing;
}

bool reduces(StepAction action) {
  return action == StepAction::receive_reduce_send || action == StepAction::receive_reduce_copy ||
         action == StepAction::receive_reduce_copy_send || action == StepAction::reduce;
}

bool reads_source(StepAction action) {
  return action != StepAction::receive && action != StepAction::receive_copy_send && action != StepAction::nothing;
}

bool writes_target(StepAction action) {
  return action != StepAction::send && action != StepAction::receive_reduce_send && action != StepAction::nothing;
}

std::string_view name_of(StepAction action) { return action_names[static_cast<std::size_t>(action)]; }

std::optional<StepAction> step_action(std::string_view name) {
  const auto found = std::ranges::find(action_names, name);
  if (found == action_names.end()) return std::nullopt;
  return static_cast<StepAction>(found - action_names.begin());
}

int CollectiveSteps::input_chunks() const {
  return kind == CollectiveKind::all_gather ? chunks / std::max(1, static_cast<int>(ranks.size())) : chunks;
}

int CollectiveSteps::output_chunks() const {
  return kind == CollectiveKind::reduce_scatter ? chunks / std::max(1, static_cast<int>(ranks.size())) : chunks;
}

int channels_of(const CollectiveSteps& steps) {
  std::set<int> channels;
  for (const StepRank& rank : steps.ranks) {
    for (const StepBlock& block : rank.blocks) {
      if (block.send_to || block.receive_from) channels.insert(block.channel);
    }
  }
  return static_cast<int>(channels.size()) * steps.instances;
}

int thread_blocks_of(const CollectiveSteps& steps) {
  std::size_t most = 0;
  for (const StepRank& rank : steps.ranks) most = std::max(most, rank.blocks.size());
  return static_cast<int>(most) * steps.instances;
}

std::int64_t messages_of(const CollectiveSteps& steps) {
  std::int64_t messages = 0;
  for (const StepRank& rank : steps.ranks) {
    for (const StepBlock& block : rank.blocks)
      messages += std::ranges::count_if(block.steps, [](const CollectiveStep& step) { return sends(step.action); });
  }
  return messages * steps.instances;
}

void validate(const CollectiveSteps& steps) {
  StepChecker(steps).check();
  run_steps(steps);
}

}  // namespace orrery::workloads
