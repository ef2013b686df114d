// A Program says what ranks do, on no machine in particular: the one value that the simulator plays, realrun executes, importers write and
// exporters read. `orrery program SCENARIO` prints it (sim/program_text.h).
//
// Ranks that do the same share one Role and are never expanded: the Program of 100,000 GPUs is as small as the Program of one pipeline.
// Inside a role, streams run side by side as CUDA streams do: each performs its operations in order, and events order operations across
// streams of a rank. What repeats (a layer's forward pass) is written once as a Block and called.
//
//     Program with 4 ranks, each: one matrix product, then an all-reduce of 1 MiB of halves over all four.
//       Program p{.name = "hello", .ranks = 4, .labels = {"compute", "data"}};
//       p.communicators = {{.name = "world", .groups = {.first = 0}, .members = {{4, 1}}}};
//       p.roles = {{.name = "all", .ranks = {.first = 0, .extents = {{4, 1}}}, .events = 0, .streams = {{.name = "main", .operations = {
//           {.label = 0, .action = Compute{{KernelKind::gemm, DataType::fp16, {4096, 4096, 4096, 1}}}},
//           {.label = 1, .action = Collect{CollectiveKind::all_reduce, 1 << 19, DataType::fp16, 0}}}}}}};
//
// Members that may be left out have initialisers, so that designated ones like these compile without warnings.
//
// Leaves out: machines, durations (but measured ones), algorithms of collectives, and data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/kernel.h"
#include "sim/units.h"

namespace orrery::sim {

/// `count` values, `stride` apart.
struct Extent {
  std::int32_t count = 1;
  std::int32_t stride = 1;
  bool operator==(const Extent&) const = default;
};

/// Ranks by arithmetic: first + i0*stride0 + i1*stride1 + ... for every combination, the first extent varying fastest.
/// Example: {.first = 64, .extents = {{8, 1}, {3, 128}}} is 64..71, 192..199, 320..327. Without extents it is `first` alone.
struct Lattice {
  std::int32_t first = 0;
  std::vector<Extent> extents{};

  /// Of a lattice that passed `validate`; else std::logic_error where 64 bits do not hold it.
  std::int64_t size() const;
  /// The `index`-th value, 0 <= index < size(). Costs a division an extent.
  std::int32_t at(std::int64_t index) const;
  bool operator==(const Lattice&) const = default;
};

/// Equal groups of ranks that communicate: one group per value of `groups`; its members, in ring order, are that value plus each value of
/// the lattice {0, members}. A rank is in at most one group of a communicator. Tensor parallelism over 8 of 2,240 ranks: groups = {0,
/// {{280, 8}}}, members = {{8, 1}}.
struct Communicator {
  std::string name{};
  Lattice groups{};
  std::vector<Extent> members{};
  bool operator==(const Communicator&) const = default;
};

/// The root of broadcast, reduce, gather and scatter is the group's first member.
enum class CollectiveKind : std::uint8_t {
  all_reduce,
  all_gather,
  reduce_scatter,
  broadcast,
  reduce,
  all_to_all,
  gather,
  scatter,
  barrier
};
inline constexpr int collective_kind_count = 9;

// ---- what one operation does. Every action blocks its stream until it is done, and nothing else.

/// One kernel on the rank's device.
struct Compute {
  Kernel kernel;
  bool operator==(const Compute&) const = default;
};
/// The device is busy for a measured time (from a trace).
struct Busy {
  Duration duration;
  bool operator==(const Busy&) const = default;
};
/// The stream is held for a time of its own (the host, or a device whose kernels were measured side by side): nothing slows it down, and
/// it takes nothing from what runs meanwhile.
struct Pause {
  Duration duration;
  bool operator==(const Pause&) const = default;
};
/// `count` elements: per rank sent for all_gather and gather, per rank received for reduce_scatter and scatter, the whole buffer else; 0
/// for barrier. Starts when every member of the group has come to it.
struct Collect {
  CollectiveKind kind;
  std::int64_t count;
  DataType type;
  std::int32_t communicator;  // index into Program::communicators
  std::int32_t calls = 1;     // of these in one group (ncclGroupStart, ncclGroupEnd): one kernel does them all
  bool operator==(const Collect&) const = default;
};
/// To the rank `offset` away (own rank + offset). Meets the receive of equal tag, first with first; both take the transfer's time.
struct Send {
  Bytes bytes;
  std::int32_t offset;
  std::int32_t tag;
  bool operator==(const Send&) const = default;
};
/// No offset or no tag: from any rank, any tag (traces have such).
struct Receive {
  Bytes bytes;
  std::optional<std::int32_t> offset;
  std::optional<std::int32_t> tag;
  bool operator==(const Receive&) const = default;
};
/// Between the device and its host's memory, within either (bytes read and written by the host's CPU), or between the host's memory and
/// the node's storage.
enum class CopyKind : std::uint8_t { device, to_host, from_host, host, to_storage, from_storage };
inline constexpr int copy_kind_count = 6;
struct Copy {
  CopyKind kind;
  Bytes bytes;
  bool operator==(const Copy&) const = default;
};
/// Reaches an event when the operations before it in this stream are done ("done"), or as soon as the next one has begun ("begun", for
/// start-after-start dependencies). Events count: the k-th wait of a stream for an event returns once the k-th record of it was reached.
struct Record {
  enum class When : std::uint8_t { done, begun };
  std::int32_t event;
  When when = When::done;
  bool operator==(const Record&) const = default;
};
struct Wait {
  std::int32_t event;
  bool operator==(const Wait&) const = default;
};
/// The operations of a block, `times` over. Blocks may call blocks of lower index only, so calls end.
struct Call {
  std::int32_t block;
  std::int32_t times = 1;
  bool operator==(const Call&) const = default;
};

struct Operation {
  std::uint8_t label = 0;  // what it is for: index into Program::labels; 0 where the action takes no time (record, wait, call)
  std::variant<Compute, Busy, Pause, Collect, Send, Receive, Copy, Record, Wait, Call> action;
  bool operator==(const Operation&) const = default;
};

/// False for record, wait and call: they have no label.
bool takes_time(const Operation& operation);

struct Block {
  std::string name{};
  std::vector<Operation> operations{};
  bool operator==(const Block&) const = default;
};

struct Stream {
  std::string name{};
  std::vector<Operation> operations{};
  bool operator==(const Stream&) const = default;
};

/// The first stream is the one whose time is accounted for (Timeline::accounts).
struct Role {
  std::string name{};
  Lattice ranks{};
  std::int32_t events = 0;  // events are numbered 0..events-1, apart for each rank
  std::vector<Stream> streams{};
  bool operator==(const Role&) const = default;
};

struct Program {
  std::string name{};
  std::int32_t ranks = 0;
  std::vector<std::string> labels{};
  std::vector<Communicator> communicators{};
  std::vector<Block> blocks{};
  std::vector<Role> roles{};
  bool operator==(const Program&) const = default;
};

// Bounds that no real Program comes near; they keep a slip of the hand from taking all memory.
inline constexpr std::int32_t max_ranks = 1 << 24;
inline constexpr std::int64_t max_operation_bytes = std::int64_t{1} << 50;  // of one transfer, copy or collective buffer: 1 PiB
inline constexpr std::int64_t max_role_operations = 1'000'000'000;          // of a role's streams together, with all calls expanded
inline constexpr std::int32_t max_role_events = 1'000'000;
inline constexpr std::int32_t max_call_depth = 64;

/// Throws sim::Error listing the faults (the first 20): indices out of range, ranks outside 0..ranks-1 or in two roles or in none, a rank
/// twice in a communicator, a collective called by a rank outside its groups, a peer outside 0..ranks-1, a block that calls itself or a
/// later one, non-positive counts, negative bytes or durations, no label or more than 255, a role without streams, a bound passed, names
/// that are empty, not unique (labels, communicators, blocks, roles; streams of a role) or not of printable ASCII without blank, '#', ':'
/// and '"'. The Program's own name may be any line of UTF-8. Places read "role stage0, stream main, operation 12", the first operation
/// being 1. Costs O(operations + members of all communicators + ranks of each role for each communicator that it uses).
void validate(const Program& program);

/// "all_reduce", "to_host": as in the Program's text.
std::string_view name_of(CollectiveKind kind);
std::string_view name_of(CopyKind kind);

}  // namespace orrery::sim
