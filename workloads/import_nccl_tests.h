// What nccl-tests prints, read: of each size its type and the out-of-place time.
//
//     const NcclTestsLog log = read_nccl_tests(text, "all_reduce.log");
//     log.type                               // "float"
//     log.rows.front().time                  // of the first size
//
// Any of its programs, old or new: columns go by their headings, so logs with and without root, redop or in-place columns are read alike.
// Lines that are neither heading nor row (NCCL's own messages, warnings, averages) are passed over. Leaves out: the in-place columns,
// several runs in one file (the rows of all are taken), and lines that a launcher has put its own words before.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/units.h"

namespace orrery::workloads {

struct NcclTestsRow {
  int line = 0;  // of the log
  sim::Bytes size{};
  sim::Duration time{};
};

struct NcclTestsLog {
  std::string type{};  // as nccl-tests calls it; one for all rows
  std::vector<NcclTestsRow> rows{};
};

/// Throws sim::Error with the line, where `name` stands for the file: no heading, no row below it, a row of other columns than the heading
/// names, a time that is none, rows of several types.
NcclTestsLog read_nccl_tests(std::string_view text, const std::string& name);

}  // namespace orrery::workloads
