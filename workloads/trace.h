// A trace: what every rank of a run did, operation by operation, with what each waited for. Importers make one of a foreign file
// (workloads/import_chakra.h, import_goal.h); workloads/trace_program.h makes a Program of it.
//
//     Trace trace{.name = "ping", .noun = "line", .labels = {"message"}};
//     trace.ranks.resize(2);
//     trace.ranks[0].operations = {{.kind = TraceKind::send, .id = 3, .bytes = {64}, .peer = 1}};
//     trace.ranks[1].operations = {{.kind = TraceKind::receive, .id = 7, .bytes = {64}, .peer = 0}};
//
// An operation may start when all that it stands after has ended (or begun) and its lane, if it has one, is free. Operations without a lane
// are held up by their dependencies alone: messages that a rank has under way side by side.
// Leaves out: what a trace says of tensors, call stacks and memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/program.h"

namespace orrery::workloads {

enum class TraceKind : std::uint8_t {
  nothing,  // only joins dependencies
  pause,    // takes `duration`, as measured
  compute,  // a kernel of `operations` and `bytes`
  collective,
  send,
  receive
};

inline constexpr std::int32_t any_peer = -1;
inline constexpr std::int64_t any_tag = -1;
inline constexpr std::int32_t no_lane = -1;

struct TraceDependency {
  enum class When : std::uint8_t { ended, begun };
  std::int32_t operation = 0;  // of the same rank
  When when = When::ended;
};

struct TraceOperation {
  TraceKind kind = TraceKind::nothing;
  std::uint8_t label = 0;  // into Trace::labels
  sim::CollectiveKind collective = sim::CollectiveKind::all_reduce;
  std::int32_t lane = no_lane;  // into TraceRank::lanes
  std::uint64_t id = 0;         // what the trace calls it
  sim::Bytes bytes{};           // of collectives as Collect::count has them, in bytes
  sim::Duration duration{};
  std::int64_t operations = 0;  // floating-point
  std::int32_t peer = any_peer;
  std::int64_t tag = 0;
  bool buffered = false;    // of a send: it begins without its receive, which finds what has arrived; else each waits for the other
  std::int32_t group = 0;   // into Trace::groups
  std::int32_t exact = -1;  // into Trace::exact: the very operation of a Program, where the trace was one
  std::uint32_t first_after = 0;
  std::uint32_t after_count = 0;  // of TraceRank::after
};

/// What performs one operation at a time: a thread of the host, a stream of the device, a communicator.
struct TraceLane {
  enum class Order : std::uint8_t { as_ready, as_written };  // of what could start at once; or of the trace, whose times say it ran so
  std::string name{};
  Order order = Order::as_ready;
};

struct TraceRank {
  std::vector<TraceOperation> operations{};  // in the order of the trace
  std::vector<TraceDependency> after{};
  std::vector<TraceLane> lanes{};  // the first is the one whose time is accounted for
};

struct TraceGroup {
  std::string name{};
  std::vector<std::int32_t> members{};
};

/// What an importer let pass, counted.
class Tolerated {
 public:
  void add(std::string_view what, std::int64_t count = 1) {
    if (count > 0) counts_[std::string(what)] += count;
  }
  /// "1277 dependencies on nodes that are not there", in order of the words.
  std::vector<std::string> lines() const;

 private:
  std::map<std::string, std::int64_t> counts_;
};

struct Trace {
  std::string name{};
  std::string noun{};  // what an id counts: "node", "line"
  std::vector<std::string> labels{};
  std::vector<TraceGroup> groups{};
  std::vector<TraceRank> ranks{};
  std::vector<sim::Operation> exact{};
  Tolerated tolerated{};
};

/// "rank 3, node 435: receive of 64 bytes from rank 2 with tag 7".
std::string in_words(const Trace& trace, std::int32_t rank, std::int32_t operation);

}  // namespace orrery::workloads
