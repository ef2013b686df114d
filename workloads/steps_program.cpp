#include "workloads/steps_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace orrery::workloads {
namespace {

/// What all ranks write alike.
struct StepsForm {
  std::int64_t chunk_elements = 1;  // of an instance
  sim::DataType type = sim::DataType::fp16;
  int instances = 1;
  int channels = 1;  // of an instance
};

/// Writes the streams of one rank.
class RankWriter {
 public:
  RankWriter(int number, const StepRank& rank, const StepsForm& form) : number_(number), rank_(rank), form_(form) {
    for (const StepBlock& block : rank.blocks) {
      for (const CollectiveStep& step : block.steps) {
        if (step.after) event_of_.try_emplace({step.after->block, step.after->step}, 0);
      }
    }
  }

  RankStreams write() {
    for (instance_ = 0; instance_ < form_.instances; ++instance_) {
      for (auto& [place, event] : event_of_) event = written_.events++;
      for (std::size_t block = 0; block < rank_.blocks.size(); ++block) write_block(static_cast<int>(block));
    }
    if (written_.streams.empty()) written_.streams.push_back({.name = "idle"});
    return std::move(written_);
  }

 private:
  using Operations = std::vector<sim::Operation>;

  void write_block(int number) {
    const StepBlock& block = rank_.blocks[static_cast<std::size_t>(number)];
    const bool only_sends = std::ranges::all_of(
        block.steps, [](const CollectiveStep& step) { return step.action == StepAction::send || step.action == StepAction::nothing; });
    const int channel = block.channel + instance_ * form_.channels;
    const auto name = static_cast<std::size_t>(number) + static_cast<std::size_t>(instance_) * rank_.blocks.size();
    Operations own;
    Operations sending;
    std::map<int, int> reached;  // the last step of other blocks that was waited for
    const std::int32_t to_send = written_.events;
    for (std::size_t s = 0; s < block.steps.size(); ++s) {
      const CollectiveStep& step = block.steps[s];
      if (receives(step.action)) own.push_back({0, sim::Receive{bytes(step), *block.receive_from - number_, channel}});
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
      (only_sends ? own : sending).push_back({0, sim::Send{bytes(step), *block.send_to - number_, channel}});
    }
    if (!own.empty()) written_.streams.push_back({fmt::format("tb{}", name), std::move(own)});
    if (sending.empty()) return;
    ++written_.events;
    written_.streams.push_back({fmt::format("tb{}.send", name), std::move(sending)});
  }

  sim::Bytes bytes(const CollectiveStep& step) const { return {step.count * form_.chunk_elements * sim::size_of(form_.type)}; }

  sim::Kernel addition(const CollectiveStep& step) const {
    return {sim::KernelKind::elementwise, form_.type, {step.count * form_.chunk_elements, 2, 1, 1}};
  }

  int number_;
  const StepRank& rank_;
  const StepsForm& form_;
  int instance_ = 0;
  RankStreams written_;
  std::map<std::pair<int, int>, std::int32_t> event_of_;  // by block and step that others depend on
};

}  // namespace

void append_roles(const std::vector<std::int32_t>& ranks, const RankStreams& streams, std::vector<sim::Role>& roles) {
  for (std::size_t begin = 0, end = 0; begin < ranks.size(); begin = end) {
    end = begin + 1;
    const std::int32_t stride = end < ranks.size() ? ranks[end] - ranks[begin] : 1;
    while (end < ranks.size() && ranks[end] - ranks[end - 1] == stride) ++end;
    sim::Role role{.name = fmt::format("rank{}", ranks[begin]), .ranks = {.first = ranks[begin]}, .events = streams.events};
    if (end - begin > 1) role.ranks.extents = {{static_cast<std::int32_t>(end - begin), stride}};
    role.streams = streams.streams;
    roles.push_back(std::move(role));
  }
}

sim::Program program_of(const CollectiveSteps& steps, sim::Bytes bytes, sim::DataType type) {
  const std::int64_t elements = (bytes.count + sim::size_of(type) - 1) / sim::size_of(type);
  const std::int64_t parts = std::int64_t{steps.chunks} * steps.instances;
  StepsForm form{.chunk_elements = (elements + parts - 1) / parts, .type = type, .instances = steps.instances};
  for (const StepRank& rank : steps.ranks) {
    for (const StepBlock& block : rank.blocks) form.channels = std::max(form.channels, block.channel + 1);
  }
  std::vector<RankStreams> kinds;
  std::vector<std::vector<std::int32_t>> ranks;  // of each kind
  for (std::size_t rank = 0; rank < steps.ranks.size(); ++rank) {
    RankStreams streams = RankWriter(static_cast<int>(rank), steps.ranks[rank], form).write();
    const auto kind = static_cast<std::size_t>(std::ranges::find(kinds, streams) - kinds.begin());
    if (kind == kinds.size()) {
      kinds.push_back(std::move(streams));
      ranks.emplace_back();
    }
    ranks[kind].push_back(static_cast<std::int32_t>(rank));
  }
  sim::Program program{.name = steps.name, .ranks = static_cast<std::int32_t>(steps.ranks.size()), .labels = {"collective"}};
  for (std::size_t kind = 0; kind < kinds.size(); ++kind) append_roles(ranks[kind], kinds[kind], program.roles);
  return program;
}

}  // namespace orrery::workloads
