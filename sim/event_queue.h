// Pending events in order of time, popped a whole tick at once: everything due at the earliest time, in the order in which it was pushed.
// Taking ticks whole is what makes simultaneous events commute: rates are solved once after all of them.
//
//     EventQueue<int> queue;
//     queue.push(Time{5}, 1); queue.push(Time{3}, 2); queue.push(Time{5}, 3);
//     std::vector<int> due;
//     queue.pop_tick(due);      // due == {2}; then {1, 3}
//
// A binary heap; push and pop cost O(log n). Ties are broken by a sequence number, so a run does not depend on the heap's layout.
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
  std::size_t size() const { return heap_.size(); }
  /// The time of the next tick. The queue must not be empty.
  Time next() const {
    check(!heap_.empty(), "an empty event queue has no next tick");
    return heap_.front().time;
  }

  void push(Time time, Payload payload) {
    heap_.push_back({time, sequence_++, std::move(payload)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }

  /// Replaces `due` by all payloads of the earliest time, in order of push. The queue must not be empty.
  void pop_tick(std::vector<Payload>& due) {
    due.clear();
    const Time tick = next();
    while (!heap_.empty() && heap_.front().time == tick) {
      std::pop_heap(heap_.begin(), heap_.end(), later);
      due.push_back(std::move(heap_.back().payload));
      heap_.pop_back();
    }
  }

 private:
  struct Entry {
    Time time;
    std::uint64_t sequence;
    Payload payload;
  };
  static bool later(const Entry& a, const Entry& b) { return a.time != b.time ? a.time > b.time : a.sequence > b.sequence; }

  std::vector<Entry> heap_;
  std::uint64_t sequence_ = 0;
};

}  // namespace orrery::sim
