// What nccl-tests printed; and the same bytes as a matrix of bytes.
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/target.h"
#include "workloads/byte_matrix.h"
#include "workloads/import_nccl_tests.h"

namespace orrery::fuzz {

void read(std::string_view text) {
  read_or_refused([&] { return workloads::read_byte_matrix(text, "bytes.csv"); });
  const auto log = read_or_refused([&] { return workloads::read_nccl_tests(text, "all_reduce.log"); });
  if (!log) return;
  sim::check(!log->rows.empty() && !log->type.empty(), "a log has rows, of a type");
  check_line(log->type);
  int line = 0;
  for (const workloads::NcclTestsRow& row : log->rows) {
    sim::check(row.line > line, "rows stand one below the other");
    sim::check(row.size.count > 0 && row.time > sim::Duration{}, "a row has a size and takes its time");
    line = row.line;
  }
}

}  // namespace orrery::fuzz
