// When each rank of a pipeline is through with its passes, given what a pass takes: the order of workloads/schedule.h as a recurrence.
//
//     const PipelineOrder order(job, 12, kinds, PipelineOrder::Transfers::blocking);      // of 12 micro-batches
//     order.play(passes, transfers, times, scratch);
//     times.ranks[rank].end
//
// A pass begins when the rank has done the one before, and what it needs has come; where transfers block, a transfer begins when both
// sides have come to it, and holds both up (workloads/training_program.h). With many micro-batches the ends of all ranks go up by the same
// with each `pipeline` more.
//
// Costs a few nanoseconds a pass; making the order some hundred. Leaves out: that the messages of one stream go one after the other, which
// passes longer than a transfer keep them to.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "workloads/schedule.h"

namespace orrery::workloads {

inline constexpr int pass_count = 3;

/// In picoseconds from the start.
struct PipelineTimes {
  struct Rank {
    std::int64_t end = 0;        // of its last pass, and of the transfer that it waits for behind it
    std::int64_t transfers = 0;  // that it was held up by transfers under way
  };
  std::vector<Rank> ranks;
  std::vector<std::int64_t> completions;  // begins of the passes that complete a chunk's gradients: [rank * chunks + n-th to do so]
};

class PipelineOrder {
 public:
  enum class Transfers : std::uint8_t { blocking, beside };

  /// Of so many micro-batches of the job. `kinds` numbers its virtual stages by what they are like, from 0 on.
  PipelineOrder(TrainingJob job, std::int64_t micro_batches, std::span<const int> kinds, Transfers transfers);

  /// `passes` are by kind of stage and pass: [kind * pass_count + pass]; `transfers` by the rank before the link, the last one's to the
  /// first: alone, and from `ranks` on where a rank sends both ways at once. `scratch` is memory for who plays often.
  void play(std::span<const std::int64_t> passes, std::span<const std::int64_t> transfers, PipelineTimes& times,
            std::vector<std::int64_t>& scratch) const;

 private:
  // A message that a rank waits for, or waits to be rid of: it goes over a link when both units are done.
  struct Exchange {
    std::int32_t sent = 0;      // unit; 0: done from the start
    std::int32_t expected = 0;  // unit likewise
    std::int32_t link = 0;
  };
  // What a rank does between two exchanges: one pass, or two, or nothing at the end.
  struct Unit {
    std::int32_t rank = 0;
    std::int32_t before = 0;                     // of the rank; 0: none
    std::array<std::int32_t, 2> passes{-1, -1};  // into the ticks of passes
    std::array<Exchange, 4> exchanges{};         // before it begins
    int exchange_count = 0;
    bool completes = false;  // the gradients of a chunk
  };
  class Maker;

  std::size_t chunks_;
  std::vector<Unit> units_;  // whoever waits comes after what it waits for; the first is nothing
};

}  // namespace orrery::workloads
