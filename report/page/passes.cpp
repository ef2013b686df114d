#include "report/page/passes.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "sim/error.h"
#include "workloads/labels.h"

namespace orrery::report {
namespace {

// A step as an engine numbers it: what it is booked under, and of which pass it is.
struct StepPlace {
  bool is_work = false;
  bool is_transfer = false;
  bool is_in_block = false;  // of a kind of pass
  std::uint8_t label = 0;
  std::uint8_t kind = 0;
  std::uint32_t pass = 0;
};

class StepWalk {
 public:
  explicit StepWalk(const sim::Program& program) : program_(&program) {
    for (const sim::Block& block : program.blocks) blocks_.push_back(steps_of(block));
  }

  const std::vector<std::string>& kinds() const { return kinds_; }

  /// Of the first stream, in order.
  std::vector<StepPlace> steps(const sim::Role& role) {
    std::vector<StepPlace> steps;
    std::uint32_t pass = 0;
    std::optional<std::uint8_t> last;
    for (const sim::Operation& operation : role.streams.front().operations) {
      const auto* call = std::get_if<sim::Call>(&operation.action);
      const std::optional<std::uint8_t> kind = call == nullptr ? std::nullopt : kind_of_block(call->block);
      if (!kind || kind != last) ++pass;
      last = kind;
      if (call == nullptr) {
        append(place_of(operation, pass), steps);
        continue;
      }
      for (std::int32_t i = 0; i < call->times; ++i) {
        for (StepPlace place : blocks_[static_cast<std::size_t>(call->block)]) {
          place.pass = pass;
          place.is_in_block = kind.has_value();
          if (kind) place.kind = *kind;
          append(place, steps);
        }
      }
    }
    join_inputs(steps);
    return steps;
  }

 private:
  // What gathers the input of a pass, shared out over the tensor group on its way, is of that pass.
  static void join_inputs(std::vector<StepPlace>& steps) {
    for (std::size_t i = steps.size(); i-- > 1;) {
      if (!steps[i - 1].is_transfer || !steps[i].is_in_block) continue;
      steps[i - 1].kind = steps[i].kind;
      steps[i - 1].pass = steps[i].pass;
    }
  }

  std::uint8_t kind_named(std::string_view name) {
    const auto found = std::find(kinds_.begin(), kinds_.end(), name);
    if (found != kinds_.end()) return static_cast<std::uint8_t>(found - kinds_.begin());
    kinds_.emplace_back(name);
    return static_cast<std::uint8_t>(kinds_.size() - 1);
  }

  std::optional<std::uint8_t> kind_of_block(std::int32_t block) {
    const std::string& name = program_->blocks[static_cast<std::size_t>(block)].name;
    for (const std::string_view kind : {"forward", "backward", "weights"}) {
      if (name.size() > kind.size() && name.ends_with(kind) && name[name.size() - kind.size() - 1] == '_') return kind_named(kind);
    }
    return std::nullopt;
  }

  StepPlace place_of(const sim::Operation& operation, std::uint32_t pass) {
    if (!sim::takes_time(operation)) return {.pass = pass};
    const std::string& label = program_->labels[operation.label];
    const bool across = label == workloads::name_of(workloads::Label::cross_stage);
    const auto* copy = std::get_if<sim::Copy>(&operation.action);
    const bool is_work = std::holds_alternative<sim::Compute>(operation.action) || std::holds_alternative<sim::Busy>(operation.action) ||
                         (copy != nullptr && copy->kind == sim::CopyKind::device);
    const std::string_view kind = across ? workloads::name_of(workloads::Label::data) : std::string_view(label);
    const bool is_transfer = label == workloads::name_of(workloads::Label::pipeline_transfer);
    return {.is_work = is_work, .is_transfer = is_transfer, .label = operation.label, .kind = kind_named(kind), .pass = pass};
  }

  std::vector<StepPlace> steps_of(const sim::Block& block) {
    std::vector<StepPlace> steps;
    for (const sim::Operation& operation : block.operations) {
      if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
        for (std::int32_t i = 0; i < call->times; ++i) {
          for (const StepPlace& place : blocks_[static_cast<std::size_t>(call->block)]) append(place, steps);
        }
      } else {
        append(place_of(operation, 0), steps);
      }
    }
    return steps;
  }

  // Kernels of one label in a row are one step.
  static void append(const StepPlace& place, std::vector<StepPlace>& to) {
    if (place.is_work && !to.empty() && to.back().is_work && to.back().label == place.label) return;
    to.push_back(place);
  }

  const sim::Program* program_;
  std::vector<std::string> kinds_;
  std::vector<std::vector<StepPlace>> blocks_;
};

std::vector<Pass> joined(const std::vector<const sim::Span*>& spans, const std::vector<StepPlace>& steps) {
  std::vector<Pass> passes;
  std::optional<std::uint32_t> last;
  for (const sim::Span* span : spans) {
    sim::check(span->step < steps.size(), "a span is of a step of its stream");
    const StepPlace& place = steps[span->step];
    if (last == place.pass && passes.back().kind == place.kind) {
      passes.back().ended = span->ended;
    } else {
      passes.push_back({place.kind, span->begun, span->ended});
    }
    last = place.pass;
  }
  return passes;
}

// As many as leave `most` passes, from the first to the last.
void thin(Passes& all, std::size_t most) {
  std::size_t sum = 0;
  std::size_t longest = 1;
  for (const RankPasses& rank : all.ranks) {
    sum += rank.passes.size();
    longest = std::max(longest, rank.passes.size());
  }
  if (sum <= most || all.ranks.size() <= 2) return;
  const std::size_t kept = std::clamp<std::size_t>(most / longest, 2, all.ranks.size());
  std::vector<RankPasses> ranks;
  for (std::size_t i = 0; i < kept; ++i) ranks.push_back(std::move(all.ranks[i * (all.ranks.size() - 1) / (kept - 1)]));
  all.ranks = std::move(ranks);
}

}  // namespace

Passes passes(const sim::Program& program, const sim::Timeline& timeline, std::size_t most) {
  std::unordered_map<std::uint32_t, std::vector<const sim::Span*>> spans;
  for (const sim::Span& span : timeline.spans) {
    if (span.stream == 0 && span.ended > span.begun) spans[sim::index(span.actor)].push_back(&span);
  }
  Passes found{.kinds = {}, .ranks = {}, .roles = program.roles.size()};
  StepWalk walk(program);
  for (const sim::Role& role : program.roles) {
    const auto of_rank = spans.find(static_cast<std::uint32_t>(role.ranks.at(0)));
    if (of_rank == spans.end()) continue;
    found.ranks.push_back({role.name, role.ranks.at(0), joined(of_rank->second, walk.steps(role))});
  }
  thin(found, most);
  found.kinds = walk.kinds();
  return found;
}

}  // namespace orrery::report
