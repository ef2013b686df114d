#include "workloads/pipeline_pace.h"

#include <algorithm>
#include <utility>

#include "sim/error.h"

namespace orrery::workloads {

// Finds for each unit what it waits for, and brings units in an order in which that is done.
class PipelineOrder::Maker {
 public:
  Maker(const TrainingJob& job, std::span<const int> kinds, Transfers transfers)
      : job_(job),
        kinds_(kinds),
        blocking_(transfers == Transfers::blocking),
        ranks_(job.parallelism.pipeline),
        stages_(std::ssize(kinds)),
        done_in_(static_cast<std::size_t>(2 * job.micro_batches() * stages_), 0) {}

  std::vector<Unit> make() {
    units_.emplace_back();
    for (int rank = 0; rank < ranks_; ++rank) add_rank(rank);
    for (std::size_t unit = 1; unit < units_.size(); ++unit) find_sources(unit);
    if (blocking_) {
      for (std::size_t unit = 1; unit < units_.size(); ++unit) find_receivers(unit);
    }
    return sorted();
  }

 private:
  std::int64_t stage(int rank, const Slot& slot) const { return std::int64_t{slot.chunk} * ranks_ + rank; }
  std::size_t place(Pass pass, std::int64_t micro_batch, std::int64_t stage) const {
    return static_cast<std::size_t>((static_cast<std::int64_t>(pass) * job_.micro_batches() + micro_batch) * stages_ + stage);
  }

  void add_rank(int rank) {
    const Pass completing = splits_backward(job_) ? Pass::weights : Pass::backward;
    auto phases = pipeline_phases(job_, rank);
    phases.emplace_back();  // where it waits for its last sends
    std::int32_t before = 0;
    for (std::vector<Slot>& phase : phases) {
      const auto number = static_cast<std::int32_t>(units_.size());
      Unit unit{.rank = rank, .before = std::exchange(before, number)};
      for (std::size_t i = 0; i < phase.size(); ++i) {
        const Slot& slot = phase[i];
        unit.passes[i] = kinds_[static_cast<std::size_t>(stage(rank, slot))] * pass_count + static_cast<std::int32_t>(slot.pass);
        unit.completes |= slot.pass == completing && slot.micro_batch == job_.micro_batches() - 1;
        if (slot.pass != Pass::weights) done_in_[place(slot.pass, slot.micro_batch, stage(rank, slot))] = number;
      }
      units_.push_back(unit);
      slots_.resize(units_.size());
      slots_.back() = std::move(phase);
    }
  }

  // As the sending unit has it: two passes go out together.
  std::int32_t link(Pass pass, std::int32_t unit) const {
    const int from = units_[static_cast<std::size_t>(unit)].rank;
    const int between = pass == Pass::forward ? from : (from + ranks_ - 1) % ranks_;
    return between + (slots_[static_cast<std::size_t>(unit)].size() > 1 ? ranks_ : 0);
  }
  // Its receive is posted ahead.
  bool wraps_around(Pass pass, int to) const { return pass == Pass::forward ? to == 0 : to == ranks_ - 1; }

  void add(std::size_t unit, const Exchange& exchange) {
    Unit& what = units_[unit];
    what.exchanges[static_cast<std::size_t>(what.exchange_count++)] = exchange;
  }

  void find_sources(std::size_t number) {
    const int rank = units_[number].rank;
    for (const Slot& slot : slots_[number]) {
      if (slot.pass == Pass::weights) continue;
      const std::int64_t from = stage(rank, slot) + (slot.pass == Pass::forward ? -1 : 1);
      if (from < 0 || from >= stages_) continue;
      const bool ahead = !blocking_ || wraps_around(slot.pass, rank);
      const std::int32_t sent = done_in_[place(slot.pass, slot.micro_batch, from)];
      add(number, {.sent = sent, .expected = ahead ? 0 : units_[number].before, .link = link(slot.pass, sent)});
    }
  }

  // Of what the unit before it sends.
  void find_receivers(std::size_t number) {
    const std::int32_t before = units_[number].before;
    if (before == 0) return;
    const int rank = units_[number].rank;
    for (const Slot& slot : slots_[static_cast<std::size_t>(before)]) {
      if (slot.pass == Pass::weights) continue;
      const std::int64_t to = stage(rank, slot) + (slot.pass == Pass::forward ? 1 : -1);
      if (to < 0 || to >= stages_) continue;
      const auto receiver = static_cast<std::size_t>(done_in_[place(slot.pass, slot.micro_batch, to)]);
      const bool ahead = wraps_around(slot.pass, units_[receiver].rank);
      add(number, {.sent = before, .expected = ahead ? 0 : units_[receiver].before, .link = link(slot.pass, before)});
    }
  }

  // Depth first, with a stack of its own: chains are as long as a rank has passes.
  std::vector<Unit> sorted() {
    std::vector<std::int32_t> number(units_.size(), -1);
    std::vector<Unit> order{units_[0]};
    order.reserve(units_.size());
    number[0] = 0;
    std::vector<std::int32_t> stack;
    for (std::size_t start = 1; start < units_.size(); ++start) {
      stack.push_back(static_cast<std::int32_t>(start));
      while (!stack.empty()) {
        const auto at = static_cast<std::size_t>(stack.back());
        if (number[at] >= 0) {
          stack.pop_back();
          continue;
        }
        const std::size_t height = stack.size();
        for_each_awaited(units_[at], [&](std::int32_t other) {
          if (number[static_cast<std::size_t>(other)] < 0) stack.push_back(other);
        });
        sim::check(stack.size() < 8 * units_.size(), "ranks of a pipeline do not wait for each other in a ring");
        if (stack.size() > height) continue;
        stack.pop_back();
        number[at] = static_cast<std::int32_t>(order.size());
        order.push_back(units_[at]);
      }
    }
    for (Unit& unit : order) {
      unit.before = number[static_cast<std::size_t>(unit.before)];
      for (int i = 0; i < unit.exchange_count; ++i) {
        Exchange& exchange = unit.exchanges[static_cast<std::size_t>(i)];
        exchange.sent = number[static_cast<std::size_t>(exchange.sent)];
        exchange.expected = number[static_cast<std::size_t>(exchange.expected)];
      }
    }
    return order;
  }

  template <class Use>
  static void for_each_awaited(const Unit& unit, const Use& use) {
    use(unit.before);
    for (int i = 0; i < unit.exchange_count; ++i) {
      use(unit.exchanges[static_cast<std::size_t>(i)].sent);
      use(unit.exchanges[static_cast<std::size_t>(i)].expected);
    }
  }

  const TrainingJob& job_;
  std::span<const int> kinds_;
  bool blocking_;
  int ranks_;
  std::int64_t stages_;
  std::vector<std::int32_t> done_in_;     // by pass, micro-batch and stage: the unit
  std::vector<Unit> units_;               // rank by rank
  std::vector<std::vector<Slot>> slots_;  // of each unit
};

PipelineOrder::PipelineOrder(TrainingJob job, std::int64_t micro_batches, std::span<const int> kinds, Transfers transfers)
    : chunks_(kinds.size() / static_cast<std::size_t>(job.parallelism.pipeline)) {
  job.global_batch = micro_batches * job.micro_batch * job.parallelism.data;
  units_ = Maker(job, kinds, transfers).make();
}

void PipelineOrder::play(std::span<const std::int64_t> passes, std::span<const std::int64_t> transfers, PipelineTimes& times,
                         std::vector<std::int64_t>& scratch) const {
  const std::size_t ranks = transfers.size() / 2;
  times.ranks.assign(ranks, {});
  times.completions.assign(ranks * chunks_, 0);
  std::vector<std::size_t> completed(ranks, 0);
  std::vector<std::int64_t>& ends = scratch;
  ends.resize(std::max(ends.size(), units_.size()));
  ends[0] = 0;
  for (std::size_t u = 1; u < units_.size(); ++u) {
    const Unit& unit = units_[u];
    const auto at = [&](std::int32_t other) { return ends[static_cast<std::size_t>(other)]; };
    const std::int64_t free = at(unit.before);
    std::int64_t begin = free;
    std::int64_t transfer = 0;
    for (int i = 0; i < unit.exchange_count; ++i) {
      const Exchange& exchange = unit.exchanges[static_cast<std::size_t>(i)];
      const std::int64_t takes = transfers[static_cast<std::size_t>(exchange.link)];
      const std::int64_t there = std::max(at(exchange.sent), at(exchange.expected)) + takes;
      if (there <= begin) continue;
      begin = there;
      transfer = takes;
    }
    const auto rank = static_cast<std::size_t>(unit.rank);
    times.ranks[rank].transfers += std::min(transfer, begin - free);
    if (unit.completes) times.completions[rank * chunks_ + completed[rank]++] = begin;
    for (const std::int32_t pass : unit.passes) {
      if (pass >= 0) begin += passes[static_cast<std::size_t>(pass)];
    }
    ends[u] = times.ranks[rank].end = begin;
  }
}

}  // namespace orrery::workloads
