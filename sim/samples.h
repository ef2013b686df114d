// Raw measurements of one run: how long each kind of operation took, every repeat of it, and on what. realrun writes them where the devices
// are, `orrery calibrate realrun` reads them elsewhere.
//
//     const Samples samples = samples_from(text, "run.samples");
//     samples.rows[0].durations                       // of one kernel, collective, message or copy on one rank
//
// The text is CSV that begins with lines of "# key: value", so that a spreadsheet takes it as well:
//     # orrery-samples 1
//     # program: tiny GPT
//     # ranks: 2
//     # device: host, Intel(R) Xeon(R) Processor
//     # driver: Linux 6.1.0
//     # library: OpenBLAS 0.3.21
//     what,type,a,b,c,d,rank,clock_mhz,watts,n,picoseconds
//     gemm,fp32,128,256,64,1,0,,,3,1203000 1188000 1190000
//     all_reduce,fp32,4096,2,,,0,,,3,88000000 91000000 87000000
//     message,,65536,,,,1,,,1,41000000
//     copy_to_host,,4096,,,,0,,,1,900000
// a to d are the kernel's parameters (sim/kernel.h); a collective's count and its members; bytes of the others. Durations are of a kernel
// and a copy from begin to end; of collectives and messages from the arrival of the last who takes part (sim/timeline.h: begun).
//
// A table without rows is that of a Program that does nothing of these.
//
// samples_from(text_of(s)) == s. Reading and writing cost O(text).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/kernel.h"
#include "sim/program.h"
#include "sim/units.h"

namespace orrery::sim {

/// A collective among `members` ranks; `count` as in Collect.
struct MeasuredCollective {
  CollectiveKind kind = CollectiveKind::all_reduce;
  DataType type = DataType::fp32;
  std::int64_t count = 0;
  std::int32_t members = 1;
  bool operator==(const MeasuredCollective&) const = default;
};

/// A send that met its receive.
struct MeasuredMessage {
  Bytes bytes{};
  bool operator==(const MeasuredMessage&) const = default;
};

/// What one rank did some times over.
struct Sample {
  std::variant<Kernel, MeasuredCollective, MeasuredMessage, Copy> what;
  std::int32_t rank = 0;
  std::vector<Duration> durations{};        // in order of the repeats; at least one, each positive
  std::optional<std::int32_t> clock_mhz{};  // of the device while it ran, where known
  std::optional<std::int32_t> power_watts{};
  bool operator==(const Sample&) const = default;
};

struct Samples {
  std::string program{};  // its name
  std::int32_t ranks = 1;
  std::string device{};
  std::string driver{};
  std::vector<std::string> libraries{};
  std::vector<Sample> rows{};
  bool operator==(const Samples&) const = default;
};

/// Texts become one printable line each. Throws std::logic_error where a row has no durations.
std::string text_of(const Samples& samples);

/// Throws sim::Error with the faults found (the first 20), placed "NAME:LINE": an unknown column, operation or type,
/// what is no number or out of range, `n` that is not the number of durations.
Samples samples_from(std::string_view text, std::string_view name);

/// The middle one of the durations, or the mean of the two in the middle.
Duration median_of(const Sample& sample);

/// "gemm fp32 m=128 n=256 k=64 batch=1", "all_reduce fp32 4096 of 2", "message 65536", "copy to_host 4096": for tables.
std::string title_of(const Sample& sample);

}  // namespace orrery::sim
