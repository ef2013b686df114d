#include "report/page/passes.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "sim/error.h"
#include "workloads/labels.h"

namespace orrery::report {
namespace {

// A step as an engine numbers it, or a part of one: what it is booked under, and of which pass it is.
struct StepPart {
  std::uint32_t step = 0;
  bool is_work = false;
  bool is_transfer = false;
  bool is_in_block = false;  // of a kind of pass
  std::uint8_t label = 0;
  std::uint8_t kind = 0;
  std::uint32_t pass = 0;
  std::int64_t work = 0;  // of kernels, what they take alone
};
using StepParts = std::vector<StepPart>;

class StepWalk {
 public:
  StepWalk(const sim::Program& program, const KernelTime& kernel_time) : program_(&program), kernel_time_(&kernel_time) {
    for (const sim::Block& block : program.blocks) {
      splits_backward_ = splits_backward_ || block.name.ends_with("_weights");
      knows_passes_ = knows_passes_ || block.name.ends_with("_forward");
      blocks_.push_back(parts_of(block));
    }
  }

  const std::vector<std::string>& kinds() const { return kinds_; }

  /// Whether there are blocks that are passes.
  bool knows_passes() const { return knows_passes_; }

  /// Of a stream, in order.
  StepParts parts(const sim::Stream& stream) {
    StepParts parts;
    std::uint32_t pass = 0;
    std::optional<std::uint8_t> last;
    for (const sim::Operation& operation : stream.operations) {
      const auto* call = std::get_if<sim::Call>(&operation.action);
      const std::optional<std::uint8_t> kind = call == nullptr ? std::nullopt : kind_of_block(call->block);
      if (!kind || kind != last) ++pass;
      last = kind;
      if (call == nullptr) {
        append(part_of(operation, pass), parts);
        continue;
      }
      for (std::int32_t i = 0; i < call->times; ++i) {
        for (StepPart part : blocks_[static_cast<std::size_t>(call->block)]) {
          part.pass = pass;
          part.is_in_block = kind.has_value();
          if (kind) part.kind = *kind;
          append(part, parts);
        }
      }
    }
    join_inputs(parts);
    return parts;
  }

 private:
  // What gathers the input of a pass, shared out over the tensor group on its way, is of that pass.
  static void join_inputs(StepParts& parts) {
    for (std::size_t i = parts.size(); i-- > 1;) {
      if (!parts[i - 1].is_transfer || !parts[i].is_in_block) continue;
      parts[i - 1].kind = parts[i].kind;
      parts[i - 1].pass = parts[i].pass;
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
    if (splits_backward_ && name == "embedding_backward") return kind_named("weights");  // it has no inputs
    for (const std::string_view kind : {"forward", "backward", "weights"}) {
      if (name.size() > kind.size() && name.ends_with(kind) && name[name.size() - kind.size() - 1] == '_') return kind_named(kind);
    }
    return std::nullopt;
  }

  // What of it is work on the device, or none where it is no work.
  std::optional<std::int64_t> work_of(const sim::Operation& operation) const {
    if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) return (*kernel_time_)(compute->kernel).ticks;
    if (const auto* busy = std::get_if<sim::Busy>(&operation.action)) return busy->duration.ticks;
    const auto* copy = std::get_if<sim::Copy>(&operation.action);
    if (copy == nullptr || copy->kind != sim::CopyKind::device) return std::nullopt;
    return (*kernel_time_)({sim::KernelKind::elementwise, sim::DataType::int8, {copy->bytes.count, 1, 1, 1}}).ticks;
  }

  StepPart part_of(const sim::Operation& operation, std::uint32_t pass) {
    StepPart part{.pass = pass};
    if (!sim::takes_time(operation)) return part;
    const std::string& label = program_->labels[operation.label];
    const bool across = label == workloads::name_of(workloads::Label::cross_stage);
    const std::optional<std::int64_t> work = work_of(operation);
    part.is_work = work.has_value();
    part.work = work.value_or(0);
    part.is_transfer = label == workloads::name_of(workloads::Label::pipeline_transfer);
    part.label = operation.label;
    part.kind = kind_named(across ? workloads::name_of(workloads::Label::data) : std::string_view(label));
    return part;
  }

  StepParts parts_of(const sim::Block& block) {
    StepParts parts;
    for (const sim::Operation& operation : block.operations) {
      if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
        for (std::int32_t i = 0; i < call->times; ++i) {
          for (const StepPart& part : blocks_[static_cast<std::size_t>(call->block)]) append(part, parts);
        }
      } else {
        append(part_of(operation, 0), parts);
      }
    }
    return parts;
  }

  // Kernels of one label in a row are one step.
  static void append(StepPart part, StepParts& to) {
    if (to.empty()) {
      part.step = 0;
      to.push_back(part);
      return;
    }
    StepPart& last = to.back();
    const bool goes_on = part.is_work && last.is_work && part.label == last.label;
    if (goes_on && part.kind == last.kind && part.pass == last.pass) {
      last.work += part.work;
      return;
    }
    part.step = goes_on ? last.step : last.step + 1;
    to.push_back(part);
  }

  const sim::Program* program_;
  const KernelTime* kernel_time_;
  bool splits_backward_ = false;
  bool knows_passes_ = false;
  std::vector<std::string> kinds_;
  std::vector<StepParts> blocks_;
};

// A step's time, divided over its parts.
class PassJoiner {
 public:
  void add(const StepPart& part, sim::Time begun, sim::Time ended) {
    if (ended == begun) return;
    if (last_ == part.pass && passes_.back().kind == part.kind) {
      passes_.back().ended = ended;
    } else {
      passes_.push_back({part.kind, begun, ended});
    }
    last_ = part.pass;
  }

  void add(std::span<const StepPart> parts, const sim::Span& span) {
    double work = 0;
    for (const StepPart& part : parts) work += static_cast<double>(part.work);
    sim::Time begun = span.begun;
    double done = 0;
    for (const StepPart& part : parts) {
      done += static_cast<double>(part.work);
      const bool is_last = &part == &parts.back();
      const sim::Time ended =
          is_last || work <= 0 ? span.ended : span.begun + sim::Duration::from_seconds((span.ended - span.begun).seconds() * done / work);
      add(part, begun, ended);
      begun = ended;
    }
  }

  std::vector<Pass> passes() && { return std::move(passes_); }

 private:
  std::vector<Pass> passes_;
  std::optional<std::uint32_t> last_;
};

std::vector<Pass> joined(const std::vector<const sim::Span*>& spans, const StepParts& parts) {
  PassJoiner joiner;
  std::size_t first = 0;  // spans of a stream are in order of its steps
  for (const sim::Span* span : spans) {
    while (first < parts.size() && parts[first].step < span->step) ++first;
    std::size_t end = first;
    while (end < parts.size() && parts[end].step == span->step) ++end;
    sim::check(end > first, "a span is of a step of its stream");
    joiner.add(std::span(parts).subspan(first, end - first), *span);
    first = end;
  }
  return std::move(joiner).passes();
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

// One for those that begin in the same of `most` parts of the time.
void join_short(std::vector<Pass>& passes, std::size_t most, sim::Time end) {
  const std::int64_t part = end.ticks / static_cast<std::int64_t>(most) + 1;
  std::vector<Pass> joined;
  for (auto first = passes.begin(); first != passes.end();) {
    std::map<std::uint8_t, sim::Duration> times;
    auto next = first;
    for (; next != passes.end() && next->begun.ticks / part == first->begun.ticks / part; ++next)
      times[next->kind] += next->ended - next->begun;
    const auto longest = std::max_element(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    joined.push_back({longest->first, first->begun, std::prev(next)->ended});
    first = next;
  }
  passes = std::move(joined);
}

std::vector<sim::Duration> times_by_kind(const std::vector<Pass>& passes, std::size_t kinds) {
  std::vector<sim::Duration> times(kinds);
  for (const Pass& pass : passes) times[pass.kind] += pass.ended - pass.begun;
  return times;
}

// Of a rank, by stream.
using StreamSpans = std::map<std::uint16_t, std::vector<const sim::Span*>>;

// The lowest of those in which most of the time something ran.
std::uint16_t busiest_stream(const StreamSpans& streams) {
  std::uint16_t busiest = 0;
  sim::Duration longest{};
  for (const auto& [stream, spans] : streams) {
    sim::Duration time{};
    for (const sim::Span* span : spans) time += span->ended - span->begun;
    if (time > longest) {
      busiest = stream;
      longest = time;
    }
  }
  return busiest;
}

}  // namespace

Passes passes(const sim::Program& program, const sim::Timeline& timeline, const KernelTime& kernel_time, std::size_t most) {
  std::unordered_map<std::uint32_t, StreamSpans> spans;
  for (const sim::Span& span : timeline.spans) {
    if (span.ended > span.begun) spans[sim::index(span.actor)][span.stream].push_back(&span);
  }
  Passes found{.kinds = {}, .ranks = {}, .are_joined = false, .roles = program.roles.size()};
  StepWalk walk(program, kernel_time);
  for (const sim::Role& role : program.roles) {
    const auto of_rank = spans.find(static_cast<std::uint32_t>(role.ranks.at(0)));
    if (of_rank == spans.end()) continue;
    const std::uint16_t stream = walk.knows_passes() ? std::uint16_t{0} : busiest_stream(of_rank->second);
    found.ranks.push_back({role.name, role.ranks.at(0), joined(of_rank->second[stream], walk.parts(role.streams[stream])), {}});
  }
  thin(found, most);
  found.kinds = walk.kinds();
  for (RankPasses& rank : found.ranks) {
    rank.times = times_by_kind(rank.passes, found.kinds.size());
    if (rank.passes.size() <= std::max<std::size_t>(1, most / 2)) continue;
    join_short(rank.passes, std::max<std::size_t>(1, most / 2), timeline.end);
    found.are_joined = true;
  }
  return found;
}

}  // namespace orrery::report
