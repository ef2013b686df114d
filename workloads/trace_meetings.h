// Who meets whom in a trace, while it is run through (workloads/trace_order.h): collectives by their place in the trace, messages first
// come first served.
#pragma once

#include <deque>
#include <optional>
#include <unordered_map>

#include "workloads/trace.h"

namespace orrery::workloads {

/// An operation of a trace.
struct TraceSpot {
  std::int32_t rank = -1;
  std::int32_t operation = -1;
  bool operator==(const TraceSpot&) const = default;
};

/// The k-th collectives of a group.
struct TraceMeeting {
  std::int32_t group = -1;  // none: a message
  std::vector<TraceSpot> members{};
  std::size_t needed = 2;
  std::size_t ready = 0;
};

/// By group and place in the trace. Throws sim::Error where members disagree about which collective it is, or a rank is not in the group.
std::vector<TraceMeeting> collective_meetings(const Trace& trace, Tolerated& tolerated);

/// Sends and receives that were posted and have not met.
class MessageBox {
 public:
  explicit MessageBox(const Trace& trace) : trace_(trace), to_(trace.ranks.size()), any_(trace.ranks.size()) {}

  /// Posts a send or a receive: what it meets, if that is there.
  std::optional<TraceSpot> post(TraceSpot spot);

 private:
  struct Posted {
    std::uint64_t number;  // in order of posting
    TraceSpot spot;
  };
  struct Key {
    std::int32_t from;
    std::int64_t tag;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Queues {
    std::deque<Posted> sends;
    std::deque<Posted> receives;
  };
  std::optional<TraceSpot> post_send(TraceSpot spot, const TraceOperation& send);
  std::optional<TraceSpot> post_receive(TraceSpot spot, const TraceOperation& receive);

  const Trace& trace_;
  using Mail = std::unordered_map<Key, Queues, Hash>;
  std::vector<Mail> to_;                 // by receiving rank; of each pair and tag, sends or receives, none that are empty
  std::vector<std::deque<Posted>> any_;  // receives from any rank or of any tag, by rank
  std::uint64_t posted_ = 0;
};

}  // namespace orrery::workloads
