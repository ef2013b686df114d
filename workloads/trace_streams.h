// One rank of a trace on streams: which stream performs what, in which order, and who waits for whom across streams.
//
//     const TraceStreams streams = streams_of(rank, order.starts[r]);
//     streams.streams[s]                       // its operations, in order
//     streams.waits[operation]                 // what it waits for, on other streams
//
// A lane is a stream. What has no lane stands on the stream of something that it depends on, if that is the last there, and else begins a
// stream: nothing ever waits for what it does not depend on. On every stream, operations stand in the order in which they started when the
// trace was run through (workloads/trace_order.h), so the Program comes to its end as that run did.
// A stream that has waited for a place on another one need not wait for earlier places there: ResNet's 181,878 dependencies become 1,218
// waits.
#pragma once

#include <span>

#include "workloads/trace.h"

namespace orrery::workloads {

struct TraceStreams {
  std::vector<std::vector<std::int32_t>> streams{};   // operations; those of lanes first
  std::vector<std::int32_t> stream_of{};              // by operation; -1: it takes no part, whoever depends on it depends on what it does
  std::vector<std::vector<TraceDependency>> waits{};  // by operation
};

TraceStreams streams_of(const TraceRank& rank, std::span<const std::int64_t> starts);

}  // namespace orrery::workloads
