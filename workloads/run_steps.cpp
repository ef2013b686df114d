#include "workloads/run_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

/// An input chunk of a rank.
struct InputChunk {
  int rank = 0;
  int chunk = 0;
  bool operator==(const InputChunk&) const = default;
};
/// In order of rank, each rank once at most.
using ChunkSum = std::vector<InputChunk>;
/// Nothing: what stands in a buffer before anybody has written to it.
using ChunkValue = std::shared_ptr<const ChunkSum>;

/// As a person reads it, of long sums the beginning.
std::string in_words(const ChunkValue& value) {
  if (!value) return "nothing that was ever written";
  constexpr std::size_t shown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, value->size()); ++i)
    text += fmt::format("{}chunk {} of gpu {}", i == 0 ? "" : " + ", (*value)[i].chunk, (*value)[i].rank);
  if (value->size() > shown) text += fmt::format(" + {} more", value->size() - shown);
  return text;
}

/// What a rank's output chunk must be.
ChunkSum expected(const CollectiveSteps& steps, int rank, int chunk) {
  const auto ranks = static_cast<int>(steps.ranks.size());
  const int part = std::max(1, steps.chunks / ranks);
  ChunkSum sum;
  switch (steps.kind) {
    case CollectiveKind::all_gather:
      return {{chunk / part, chunk % part}};
    case CollectiveKind::all_to_all:
      return {{chunk / part, rank * part + chunk % part}};
    case CollectiveKind::broadcast:
      return {{0, chunk}};
    case CollectiveKind::reduce_scatter:
      for (int from = 0; from < ranks; ++from) sum.push_back({from, rank * part + chunk});
      return sum;
    case CollectiveKind::all_reduce:
    case CollectiveKind::reduce:
      for (int from = 0; from < ranks; ++from) sum.push_back({from, chunk});
      return sum;
    case CollectiveKind::gather:
    case CollectiveKind::scatter:
    case CollectiveKind::barrier:
      break;
  }
  throw sim::Error({.place = steps.name,
                    .what = fmt::format("is {}", sim::name_of(steps.kind)),
                    .remedy = "schedules are of all_reduce, all_gather, reduce_scatter, broadcast, reduce and all_to_all"});
}

class StepRunner {
 public:
  explicit StepRunner(const CollectiveSteps& steps) : steps_(steps), memory_(steps.ranks.size()), done_(steps.ranks.size()) {}

  void run() {
    write_input();
    enlist_all();
    while (!ready_.empty()) {
      const Place next = ready_.front();
      ready_.pop_front();
      advance(next);
    }
    check_ended();
    check_output();
  }

 private:
  using Message = std::vector<ChunkValue>;

  [[noreturn]] void fail(const std::string& place, std::string what, std::string remedy) const {
    throw sim::Error({.place = steps_.name + ", " + place, .what = std::move(what), .remedy = std::move(remedy)});
  }

  /// Where a chunk lies in a rank's memory: the buffers one after the other, those that are one memory in one place.
  std::size_t address(int rank, ChunkPlace place) const {
    const bool in_place = steps_.buffers == CollectiveSteps::Buffers::in_place;
    const int longer = steps_.chunks;
    const int own = rank * std::max(1, steps_.chunks / static_cast<int>(steps_.ranks.size()));
    int first = 0;
    if (place.buffer == ChunkBuffer::scratch) {
      first = 2 * longer;
    } else if (in_place) {
      const bool is_part =
          place.buffer == ChunkBuffer::input ? steps_.kind == CollectiveKind::all_gather : steps_.kind == CollectiveKind::reduce_scatter;
      first = is_part ? own : 0;
    } else if (place.buffer == ChunkBuffer::output) {
      first = longer;
    }
    return static_cast<std::size_t>(first) + static_cast<std::size_t>(place.offset);
  }

  ChunkValue& at(int rank, ChunkPlace place, int chunk) {
    return memory_[static_cast<std::size_t>(rank)][address(rank, {place.buffer, place.offset + chunk})];
  }

  void write_input() {
    for (int rank = 0; rank < std::ssize(steps_.ranks); ++rank) {
      const StepRank& of = steps_.ranks[static_cast<std::size_t>(rank)];
      done_[static_cast<std::size_t>(rank)].assign(of.blocks.size(), 0);
      memory_[static_cast<std::size_t>(rank)].resize(2 * static_cast<std::size_t>(steps_.chunks) +
                                                     static_cast<std::size_t>(of.scratch_chunks));
      if (steps_.kind == CollectiveKind::broadcast && rank > 0) continue;
      for (int chunk = 0; chunk < steps_.input_chunks(); ++chunk)
        at(rank, {}, chunk) = std::make_shared<const ChunkSum>(ChunkSum{{rank, chunk}});
    }
  }

  struct Place {
    int rank = 0;
    int block = 0;
  };

  void enlist_all() {
    for (int rank = 0; rank < std::ssize(steps_.ranks); ++rank) {
      const auto& blocks = steps_.ranks[static_cast<std::size_t>(rank)].blocks;
      for (int block = 0; block < std::ssize(blocks); ++block) {
        const StepBlock& of = blocks[static_cast<std::size_t>(block)];
        if (of.receive_from) receivers_[{*of.receive_from, rank, of.channel}] = block;
        ready_.push_back({rank, block});
      }
    }
  }

  /// Takes a block as far as it comes, and enlists those that its steps and messages let go on.
  void advance(Place place) {
    const StepBlock& of = steps_.ranks[static_cast<std::size_t>(place.rank)].blocks[static_cast<std::size_t>(place.block)];
    int& done = done_[static_cast<std::size_t>(place.rank)][static_cast<std::size_t>(place.block)];
    for (; done < std::ssize(of.steps); ++done) {
      const CollectiveStep& step = of.steps[static_cast<std::size_t>(done)];
      if (!is_ready(place.rank, place.block, step)) {
        if (waits(place.rank, step)) waiting_[{place.rank, step.after->block, step.after->step}].push_back(place);
        return;
      }
      perform(place.rank, {place.block, done});
      if (sends(step.action)) {
        const auto receiver = receivers_.find({place.rank, *of.send_to, of.channel});
        if (receiver != receivers_.end()) ready_.push_back({*of.send_to, receiver->second});
      }
      const auto waiters = waiting_.find({place.rank, place.block, done});
      if (waiters == waiting_.end()) continue;
      ready_.insert(ready_.end(), waiters->second.begin(), waiters->second.end());
      waiting_.erase(waiters);
    }
  }

  bool waits(int rank, const CollectiveStep& step) const {
    return step.after && done_[static_cast<std::size_t>(rank)][static_cast<std::size_t>(step.after->block)] <= step.after->step;
  }

  bool is_ready(int rank, int block, const CollectiveStep& step) {
    if (waits(rank, step)) return false;
    return !receives(step.action) || !incoming(rank, block).empty();
  }

  std::deque<Message>& incoming(int rank, int block) {
    const StepBlock& of = steps_.ranks[static_cast<std::size_t>(rank)].blocks[static_cast<std::size_t>(block)];
    return messages_[{*of.receive_from, rank, of.channel}];
  }

  static std::string place_of(int rank, StepPlace where) { return fmt::format("gpu {}, tb {}, step {}", rank, where.block, where.step); }

  void perform(int rank, StepPlace where) {
    const StepBlock& block = steps_.ranks[static_cast<std::size_t>(rank)].blocks[static_cast<std::size_t>(where.block)];
    const CollectiveStep& step = block.steps[static_cast<std::size_t>(where.step)];
    if (step.action == StepAction::nothing) return;
    Message moved(static_cast<std::size_t>(step.count));
    if (receives(step.action)) {
      moved = std::move(incoming(rank, where.block).front());
      incoming(rank, where.block).pop_front();
      if (std::ssize(moved) != step.count) {
        fail(place_of(rank, where), fmt::format("receives {} chunks, gpu {} sends {}", step.count, *block.receive_from, moved.size()),
             "let messages be received in order, and as they were sent");
      }
    } else {
      for (int c = 0; c < step.count; ++c) moved[static_cast<std::size_t>(c)] = at(rank, step.source, c);
    }
    for (int c = 0; c < step.count; ++c) {
      ChunkValue& value = moved[static_cast<std::size_t>(c)];
      // `reduce` adds its source to the target, the others add their source to what came.
      if (reduces(step.action)) value = sum(rank, where, value, at(rank, step.action == StepAction::reduce ? step.target : step.source, c));
      if (!value)
        fail(place_of(rank, where), "uses a chunk that nobody has written to", "write to it first, or depend on the step that does");
    }
    if (step.action != StepAction::send && step.action != StepAction::receive_reduce_send) {
      for (int c = 0; c < step.count; ++c) at(rank, step.target, c) = moved[static_cast<std::size_t>(c)];
    }
    if (sends(step.action)) messages_[{rank, *block.send_to, block.channel}].push_back(std::move(moved));
  }

  ChunkValue sum(int rank, StepPlace where, const ChunkValue& a, const ChunkValue& b) const {
    if (!a || !b) return nullptr;
    ChunkSum both;
    both.reserve(a->size() + b->size());
    std::ranges::merge(*a, *b, std::back_inserter(both), {}, &InputChunk::rank, &InputChunk::rank);
    const auto twice = std::ranges::adjacent_find(both, {}, &InputChunk::rank);
    if (twice != both.end()) {
      fail(place_of(rank, where),
           fmt::format("adds data of gpu {} to a sum that has some of it: {} and {}", twice->rank, in_words(a), in_words(b)),
           "let each rank's data come into a sum once");
    }
    return std::make_shared<const ChunkSum>(std::move(both));
  }

  void check_ended() {
    for (int rank = 0; rank < std::ssize(steps_.ranks); ++rank) {
      const auto& blocks = steps_.ranks[static_cast<std::size_t>(rank)].blocks;
      for (int block = 0; block < std::ssize(blocks); ++block) {
        const StepBlock& of = blocks[static_cast<std::size_t>(block)];
        const int done = done_[static_cast<std::size_t>(rank)][static_cast<std::size_t>(block)];
        if (done == std::ssize(of.steps)) continue;
        const CollectiveStep& step = of.steps[static_cast<std::size_t>(done)];
        fail(place_of(rank, {block, done}),
             waits(rank, step) ? fmt::format("waits for ever for tb {}, step {}", step.after->block, step.after->step)
                               : fmt::format("waits for ever for a message of gpu {} on channel {}", *of.receive_from, of.channel),
             "let every receive have its send, and no blocks wait for each other in a circle");
      }
    }
    for (const auto& [connection, waiting] : messages_) {
      if (waiting.empty()) continue;
      const auto& [from, to, channel] = connection;
      fail(fmt::format("gpu {}", to),
           fmt::format("never receives {} of the messages that gpu {} sends it on channel {}", waiting.size(), from, channel),
           "let every send have its receive");
    }
  }

  void check_output() {
    for (int rank = 0; rank < std::ssize(steps_.ranks); ++rank) {
      if (steps_.kind == CollectiveKind::reduce && rank > 0) return;
      for (int chunk = 0; chunk < steps_.output_chunks(); ++chunk) {
        const ChunkSum want = expected(steps_, rank, chunk);
        const ChunkValue& is = at(rank, {ChunkBuffer::output, 0}, chunk);
        if (is && *is == want) continue;
        fail(fmt::format("gpu {}", rank), fmt::format("has {} in output chunk {}", in_words(is), chunk),
             fmt::format("{} puts {} there", sim::name_of(steps_.kind), in_words(std::make_shared<const ChunkSum>(want))));
      }
    }
  }

  const CollectiveSteps& steps_;
  std::vector<std::vector<ChunkValue>> memory_;                        // by rank
  std::vector<std::vector<int>> done_;                                 // steps, by rank and block
  std::map<std::tuple<int, int, int>, std::deque<Message>> messages_;  // under way, by sender, receiver and channel
  std::map<std::tuple<int, int, int>, int> receivers_;                 // blocks, by the same
  std::map<std::tuple<int, int, int>, std::vector<Place>> waiting_;    // for a rank's block and step
  std::deque<Place> ready_;                                            // or woken for nothing
};

}  // namespace

void run_steps(const CollectiveSteps& steps) { StepRunner(steps).run(); }

}  // namespace orrery::workloads
