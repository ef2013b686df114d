// What nccl-tests prints, read: of each size its type, the out-of-place time and bandwidths, and what the log says of its run.
//
//     const NcclTestsLog log = read_nccl_tests(text, "all_reduce.log");
//     log.type                               // "float"
//     log.rows.front().time                  // of the first size
//     log.ranks.value                        // 16, where the log lists its devices; 0 where it does not
//
// Any of its programs, old or new: columns go by their headings, so logs with and without root, redop or in-place columns are read alike.
// Of other lines, those are read that list devices, name NCCL's version or count the calls of a group ("agg iters"); the rest (NCCL's own
// messages, warnings, averages) are passed over. Leaves out: the in-place columns, several runs in one file (the rows of all are taken),
// and lines that a launcher has put its own words before. Whether the run is the one that it is held against: workloads/logged_run.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/units.h"

namespace orrery::workloads {

/// As printed: a number that was rounded.
struct RoundedFigure {
  double value = 0;
  double half_digit = 0;  // it was rounded by so much at the most
};

struct NcclTestsRow {
  int line = 0;  // of the log
  sim::Bytes size{};
  sim::Duration time{};
  RoundedFigure algorithm_bandwidth{};  // GB/s; both 0 where either is missing or no number
  RoundedFigure bus_bandwidth{};
  std::int64_t wrong = 0;  // elements that came out wrong; 0 also where that was not looked at
};

/// What a line of a log says of its run; line 0: no line does.
struct LoggedNumber {
  int value = 0;
  int line = 0;
};

struct NcclTestsLog {
  std::string type{};  // as nccl-tests calls it; one for all rows
  std::vector<NcclTestsRow> rows{};
  LoggedNumber ranks{};        // devices listed
  LoggedNumber calls{};        // "agg iters": in one group
  std::string nccl_version{};  // "2.28"; empty where it is not said
  int nccl_version_line = 0;
};

/// Throws sim::Error with the line, where `name` stands for the file: no heading, no row below it, a row of other columns than the heading
/// names, a time that is none, rows of several types.
NcclTestsLog read_nccl_tests(std::string_view text, const std::string& name);

}  // namespace orrery::workloads
