#include "workloads/steps_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace orrery::workloads {
namespace {

/// Writes the streams of one rank.
class RankWriter {
 public:
  RankWriter(int number, const StepRank& rank, std::int64_t chunk_elements, sim::DataType type)
      : number_(number), rank_(rank), chunk_elements_(chunk_elements), type_(type) {
    for (const StepBlock& block : rank.blocks) {
      for (const CollectiveStep& step : block.steps) {
        if (step.after) event_of_.try_emplace({step.after->block, step.after->step}, 0);
      }
    }
    for (auto& [place, event] : event_of_) event = written_.events++;
  }

  RankStreams write() {
    for (std::size_t block = 0; block < rank_.blocks.size(); ++block) write_block(static_cast<int>(block));
    if (written_.streams.empty()) written_.streams.push_back({.name = "idle"});
    return std::move(written_);
  }

 private:
  using Operations = std::vector<sim::Operation>;

  void write_block(int number) {
    const StepBlock& block = rank_.blocks[static_cast<std::size_t>(number)];
    const bool only_sends = std::ranges::all_of(
        block.steps, [](const CollectiveStep& step) { return step.action == StepAction::send || step.action == StepAction::nothing; });
    Operations own;
    Operations sending;
    std::map<int, int> reached;  // the last step of other blocks that was waited for
    const std::int32_t to_send = written_.events;
    for (std::size_t s = 0; s < block.steps.size(); ++s) {
      const CollectiveStep& step = block.steps[s];
      if (receives(step.action)) own.push_back({0, sim::Receive{bytes(step), *block.receive_from - number_, block.channel}});
      if (step.after && step.after->block != number) {
        const auto [known, is_new] = reached.try_emplace(step.after->block, step.after->step);
        if (is_new || std::exchange(known->second, std::max(known->second, step.after->step)) < step.after->step)
          own.push_back({0, sim::Wait{event_of_.at({step.after->block, step.after->step})}});
      }
      if (step.action == StepAction::copy) own.push_back({0, sim::Copy{sim::CopyKind::device, bytes(step)}});
      if (step.action == StepAction::reduce) own.push_back({0, sim::Compute{addition(step)}});
      if (sends(step.action) && !only_sends) own.push_back({0, sim::Record{to_send}});
      if (const auto event = event_of_.find({number, static_cast<int>(s)}); event != event_of_.end())
        own.push_back({0, sim::Record{event->second}});
      if (!sends(step.action)) continue;
      if (!only_sends) sending.push_back({0, sim::Wait{to_send}});
      (only_sends ? own : sending).push_back({0, sim::Send{bytes(step), *block.send_to - number_, block.channel}});
    }
    if (!own.empty()) written_.streams.push_back({fmt::format("tb{}", number), std::move(own)});
    if (sending.empty()) return;
    ++written_.events;
    written_.streams.push_back({fmt::format("tb{}.send", number), std::move(sending)});
  }

  sim::Bytes bytes(const CollectiveStep& step) const { return {step.count * chunk_elements_ * sim::size_of(type_)}; }

  sim::Kernel addition(const CollectiveStep& step) const {
    return {sim::KernelKind::elementwise, type_, {step.count * chunk_elements_, 2, 1, 1}};
  }

  int number_;
  const StepRank& rank_;
  std::int64_t chunk_elements_;
  sim::DataType type_;
  RankStreams written_;
  std::map<std::pair<int, int>, std::int32_t> event_of_;  // by block and step that others depend on
};

}  // namespace

std::vector<sim::Role> roles_of(std::vector<RankStreams> of_rank) {
  std::vector<sim::Role> roles;
  std::vector<std::size_t> kinds;  // the first rank of each kind
  std::vector<std::vector<std::int32_t>> ranks;
  for (std::size_t rank = 0; rank < of_rank.size(); ++rank) {
    std::size_t kind = 0;
    while (kind < kinds.size() && !(of_rank[kinds[kind]] == of_rank[rank])) ++kind;
    if (kind == kinds.size()) {
      kinds.push_back(rank);
      ranks.emplace_back();
    } else {
      of_rank[rank] = {};
    }
    ranks[kind].push_back(static_cast<std::int32_t>(rank));
  }
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
    const std::vector<std::int32_t>& of = ranks[kind];
    for (std::size_t begin = 0, end = 0; begin < of.size(); begin = end) {
      end = begin + 1;
      const std::int32_t stride = end < of.size() ? of[end] - of[begin] : 1;
      while (end < of.size() && of[end] - of[end - 1] == stride) ++end;
      sim::Role role{.name = fmt::format("rank{}", of[begin]), .ranks = {.first = of[begin]}, .events = of_rank[kinds[kind]].events};
      if (end - begin > 1) role.ranks.extents = {{static_cast<std::int32_t>(end - begin), stride}};
      role.streams = of_rank[kinds[kind]].streams;
      roles.push_back(std::move(role));
    }
  }
  return roles;
}

sim::Program program_of(const CollectiveSteps& steps, sim::Bytes bytes, sim::DataType type) {
  const std::int64_t elements = (bytes.count + sim::size_of(type) - 1) / sim::size_of(type);
  const std::int64_t chunk_elements = (elements + steps.chunks - 1) / steps.chunks;
  std::vector<RankStreams> of_rank;
  of_rank.reserve(steps.ranks.size());
  for (std::size_t rank = 0; rank < steps.ranks.size(); ++rank)
    of_rank.push_back(RankWriter(static_cast<int>(rank), steps.ranks[rank], chunk_elements, type).write());
  sim::Program program{.name = steps.name, .ranks = static_cast<std::int32_t>(steps.ranks.size()), .labels = {"collective"}};
  program.roles = roles_of(std::move(of_rank));
  return program;
}

}  // namespace orrery::workloads
