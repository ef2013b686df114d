#include "workloads/trace_streams.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <unordered_map>

namespace orrery::workloads {
namespace {

/// The last operations of streams that have surely ended when another one starts: where that one may go on.
class EndedTails {
 public:
  struct Tail {
    std::int32_t stream = -1;
    std::int32_t operation = -1;
  };
  void add(Tail tail) {
    if (count_ == tails_.size() || tail.stream < 0) return;
    for (std::size_t i = 0; i < count_; ++i) {
      if (tails_[i].stream == tail.stream) {
        tails_[i].operation = std::max(tails_[i].operation, tail.operation);
        return;
      }
    }
    tails_[count_++] = tail;
  }
  void add(const EndedTails& others) {
    for (std::size_t i = 0; i < others.count_; ++i) add(others.tails_[i]);
  }
  std::span<const Tail> all() const { return {tails_.data(), count_}; }

 private:
  std::array<Tail, 6> tails_{};
  std::size_t count_ = 0;
};

class Streams {
 public:
  Streams(const TraceRank& rank, std::span<const std::int64_t> starts) : rank_(rank), starts_(starts) {
    const std::size_t count = rank.operations.size();
    made_.streams.resize(rank.lanes.size());
    made_.stream_of.assign(count, -1);
    made_.waits.resize(count);
    place_.assign(count, -1);
    stands_for_.resize(count);
    std::iota(stands_for_.begin(), stands_for_.end(), 0);
    ended_.resize(count);
    waited_.resize(rank.lanes.size());
  }

  TraceStreams make() {
    std::vector<std::int32_t> order(rank_.operations.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [this](std::int32_t a, std::int32_t b) {
      return std::pair(starts_[static_cast<std::size_t>(a)], a) < std::pair(starts_[static_cast<std::size_t>(b)], b);
    });
    for (const std::int32_t operation : order) {
      if (!pass_over(operation)) put(operation);
    }
    return std::move(made_);
  }

 private:
  static std::size_t index(std::int32_t operation) { return static_cast<std::size_t>(operation); }
  std::span<const TraceDependency> after(std::int32_t operation) const {
    const TraceOperation& what = rank_.operations[index(operation)];
    return {rank_.after.data() + what.first_after, what.after_count};
  }

  // What only hands on one dependency, or none, needs no place.
  bool pass_over(std::int32_t operation) {
    const auto before = after(operation);
    if (rank_.operations[index(operation)].kind != TraceKind::nothing || before.size() > 1) return false;
    if (before.size() == 1 && before[0].when != TraceDependency::When::ended) return false;
    stands_for_[index(operation)] = before.empty() ? -1 : stands_for_[index(before[0].operation)];
    return true;
  }

  std::int32_t stream_for(std::int32_t operation, const EndedTails& ended) {
    const std::int32_t lane = rank_.operations[index(operation)].lane;
    if (lane != no_lane) return lane;
    for (const EndedTails::Tail& tail : ended.all()) {
      if (made_.streams[index(tail.stream)].back() == tail.operation) return tail.stream;
    }
    made_.streams.emplace_back();
    waited_.emplace_back();
    return static_cast<std::int32_t>(made_.streams.size()) - 1;
  }

  void put(std::int32_t operation) {
    EndedTails ended;
    for (const TraceDependency& dependency : after(operation)) {
      const std::int32_t on = stands_for_[index(dependency.operation)];
      if (on >= 0 && dependency.when == TraceDependency::When::ended) ended.add(ended_[index(on)]);
    }
    const std::int32_t number = stream_for(operation, ended);
    std::vector<std::int32_t>& stream = made_.streams[index(number)];
    if (!stream.empty()) ended.add(ended_[index(stream.back())]);
    made_.stream_of[index(operation)] = number;
    place_[index(operation)] = static_cast<std::int32_t>(stream.size());
    stream.push_back(operation);
    wait(operation, number);
    const bool on_lane = rank_.operations[index(operation)].lane != no_lane;
    if (!on_lane) ended_[index(operation)].add({number, operation});
    ended_[index(operation)].add(ended);
  }

  void wait(std::int32_t operation, std::int32_t stream) {
    furthest_.clear();
    std::vector<TraceDependency>& waits = made_.waits[index(operation)];
    for (const TraceDependency& dependency : after(operation)) {
      const std::int32_t on = stands_for_[index(dependency.operation)];
      if (on < 0 || made_.stream_of[index(on)] == stream) continue;
      if (dependency.when == TraceDependency::When::begun && on == dependency.operation) {
        waits.push_back({on, dependency.when});
        continue;
      }
      const auto [entry, is_new] = furthest_.try_emplace(made_.stream_of[index(on)], on);
      if (!is_new && place_[index(on)] > place_[index(entry->second)]) entry->second = on;
    }
    for (const auto& [other, on] : furthest_) {
      const auto [known, is_new] = waited_[index(stream)].try_emplace(other, place_[index(on)]);
      if (!is_new && known->second >= place_[index(on)]) continue;
      known->second = place_[index(on)];
      waits.push_back({on, TraceDependency::When::ended});
    }
    std::sort(waits.begin(), waits.end(), [this](const TraceDependency& a, const TraceDependency& b) {
      return std::tuple(made_.stream_of[index(a.operation)], place_[index(a.operation)], a.when) <
             std::tuple(made_.stream_of[index(b.operation)], place_[index(b.operation)], b.when);
    });
  }

  const TraceRank& rank_;
  std::span<const std::int64_t> starts_;
  TraceStreams made_;
  std::vector<std::int32_t> place_;       // on its stream
  std::vector<std::int32_t> stands_for_;  // by operation: the one that whoever depends on it waits for; -1: none
  std::vector<EndedTails> ended_;         // by operation: by its end
  std::vector<std::unordered_map<std::int32_t, std::int32_t>> waited_;  // by stream: up to which place of which other
  std::unordered_map<std::int32_t, std::int32_t> furthest_;             // by stream: the furthest operation that the one at hand needs
};

}  // namespace

TraceStreams streams_of(const TraceRank& rank, std::span<const std::int64_t> starts) { return Streams(rank, starts).make(); }

}  // namespace orrery::workloads
