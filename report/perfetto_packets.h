// Perfetto's trace format, as much of it as slices on threads need, in bytes: interned texts, processes, threads, slices that begin and
// end, arrows between them (TracePacket, TrackDescriptor and TrackEvent of protos/perfetto/trace in Perfetto's sources; its documentation:
// https://perfetto.dev/docs/reference/synthetic-track-event).
//
//     PerfettoPackets packets;
//     const auto compute = packets.interned(PerfettoText::name, "compute");
//     const auto process = packets.process(1, "rank 0");
//     const auto thread = packets.thread(process, 1, 1, "main");
//     packets.begin(0, {.track = thread, .name = compute});
//     packets.end(1500, thread);
//     write_file("trace.pftrace", packets.bytes());
//
// Who reads a trace sorts by time and keeps the order of what is at one time; slices of a track must nest. A slice costs some 60 bytes.
// Leaves out: counters, other clocks, nested values of annotations.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace orrery::report {

/// Texts that are written once and named by number, from 1 on in each kind.
enum class PerfettoText : std::uint8_t { category, name, annotation, value };

struct PerfettoSlice {
  std::uint64_t track = 0;
  std::uint64_t category = 0;  // numbers of texts
  std::uint64_t name = 0;
  std::uint64_t operations = 0;  // a value, for the annotation of that name; 0: none
  std::uint64_t way = 0;         // likewise
  std::int64_t bytes = 0;        // for that annotation; 0: none
  std::int64_t flops = 0;        // likewise
  std::uint64_t flow = 0;        // an arrow that begins here, or ends; 0: none
  enum class End : std::uint8_t { source, target };
  End flow_end = End::source;
};

class PerfettoPackets {
 public:
  PerfettoPackets();

  /// Before the first slice that names it.
  std::uint64_t interned(PerfettoText kind, std::string_view text);

  /// Tracks. `pid` and `tid` are positive and each thread's `tid` is its own; the thread whose tid is the pid is the main one.
  std::uint64_t process(std::int32_t pid, std::string_view name);
  std::uint64_t thread(std::uint64_t process, std::int32_t pid, std::int32_t tid, std::string_view name);

  void begin(std::int64_t nanoseconds, const PerfettoSlice& slice);
  void end(std::int64_t nanoseconds, std::uint64_t track);

  /// All so far: a Trace.
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::array<std::map<std::string, std::uint64_t, std::less<>>, 4> texts_;
  std::uint64_t tracks_ = 0;
  std::uint64_t operations_ = 0;  // names of annotations
  std::uint64_t way_ = 0;
  std::uint64_t of_bytes_ = 0;
  std::uint64_t of_flops_ = 0;
};

}  // namespace orrery::report
