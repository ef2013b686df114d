// A custom collective algorithm as MSCCL writes it; what is read is a schedule that computes its collective, and a Program.
#include "tests/fuzz/check_faults.h"
#include "tests/fuzz/target.h"
#include "workloads/import_msccl.h"
#include "workloads/steps_program.h"

namespace orrery::fuzz {

void read(std::string_view text) {
  const auto steps = read_or_refused([&] { return workloads::read_msccl(text, "algorithm.xml"); });
  if (!steps) return;
  sim::validate(workloads::program_of(*steps, {1 << 20}, sim::DataType::fp16));
}

}  // namespace orrery::fuzz
