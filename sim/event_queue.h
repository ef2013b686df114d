// Pending events in order of time, popped a whole tick at once: everything due at the earliest time, in the order in which it was pushed.
// Taking ticks whole is what makes simultaneous events commute: rates are solved once after all of them.
//
//     EventQueue<int> queue;
//     queue.push(Time{5}, 1); queue.push(Time{3}, 2); queue.push(Time{5}, 3);
//     std::vector<int> due;
//     queue.pop_tick(due);      // due == {2}; then {1, 3}
//
// A binary heap of runs: events pushed one after the other for one time are one entry, since ranks that do the same end together. Push and
// pop cost O(log runs), and next to nothing inside a run. Ties are broken by a sequence number, so a play does not depend on the heap's
// layout.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/units.h"

namespace orrery::sim {

template <class Payload>
class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return size_; }
  /// The time of the next tick. The queue must not be empty.
  Time next() const {
    check(!heap_.empty(), "an empty event queue has no next tick");
    return heap_.front().time;
  }

  void push(Time time, Payload payload) {
    const std::uint32_t node = stored(std::move(payload));
    ++size_;
    if (newest_tail_ != none && time == newest_time_) {
      nodes_[newest_tail_].next = node;
    } else {
      heap_.push_back({time, sequence_++, node});
      std::push_heap(heap_.begin(), heap_.end(), Later{});
      newest_time_ = time;
    }
    newest_tail_ = node;
  }

  /// Replaces `due` by all payloads of the earliest time, in order of push. The queue must not be empty.
  void pop_tick(std::vector<Payload>& due) {
    due.clear();
    const Time tick = next();
    if (newest_time_ == tick) newest_tail_ = none;
    while (!heap_.empty() && heap_.front().time == tick) {
      std::pop_heap(heap_.begin(), heap_.end(), Later{});
      for (std::uint32_t node = heap_.back().first; node != none;) {
        due.push_back(std::move(nodes_[node].payload));
        node = std::exchange(nodes_[node].next, std::exchange(free_, node));
      }
      heap_.pop_back();
    }
    size_ -= due.size();
  }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;

  struct Run {
    Time time;
    std::uint64_t sequence;
    std::uint32_t first;  // into nodes_
  };
  struct Later {
    bool operator()(const Run& a, const Run& b) const { return a.time != b.time ? a.time > b.time : a.sequence > b.sequence; }
  };
  struct Node {
    Payload payload;
    std::uint32_t next;  // of its run, or of the free nodes
  };

  std::uint32_t stored(Payload payload) {
    if (free_ == none) {
      nodes_.push_back({std::move(payload), none});
      return static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    const std::uint32_t node = free_;
    free_ = std::exchange(nodes_[node].next, none);
    nodes_[node].payload = std::move(payload);
    return node;
  }

  std::vector<Run> heap_;
  std::vector<Node> nodes_;
  std::uint32_t free_ = none;
  Time newest_time_{};
  std::uint32_t newest_tail_ = none;  // the last event of the run pushed last, while it can still grow
  std::uint64_t sequence_ = 0;
  std::size_t size_ = 0;
};

}  // namespace orrery::sim
