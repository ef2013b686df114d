// Whether a log of nccl-tests is of the collective, the ranks and the group that it is held against.
//
//     refuse_other_run(log, "all_reduce.log", {.operation = {sim::CollectiveKind::all_reduce}, .ranks = 16, .calls = 1});
//
// A log does not name its collective, but its ratio of bus to algorithm bandwidth does (workloads::bus_share), as far as the digits printed
// tell; broadcast, reduce and send_receive have one ratio in common, whatever the ranks. Newer logs list their devices as well.
// Costs a look at each row. Leaves out: which machine the log is of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workloads/collective_operation.h"
#include "workloads/import_nccl_tests.h"

namespace orrery::workloads {

struct LoggedRun {
  CollectiveOperation operation{};
  int ranks = 1;
  int calls = 1;  // in one group
};

/// Throws sim::Error with the line where the log contradicts `run`, and where that is of one rank, which nothing can be compared with;
/// `name` stands for the file.
void refuse_other_run(const NcclTestsLog& log, const std::string& name, const LoggedRun& run);

/// What to know before the log is believed: another version of NCCL than `nccl` ("2.28"), results that came out wrong. A sentence each,
/// with its line.
std::vector<std::string> doubts(const NcclTestsLog& log, const std::string& name, std::string_view nccl);

}  // namespace orrery::workloads
