#include "workloads/logged_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

sim::Error other_run(const std::string& name, int line, std::string what, std::string remedy) {
  return sim::Error({.place = fmt::format("{}:{}", name, line), .what = std::move(what), .remedy = std::move(remedy)});
}

/// Whether the two, as they were before they were rounded, can be in this ratio.
bool can_be(const NcclTestsRow& row, double ratio) {
  const RoundedFigure& algorithm = row.algorithm_bandwidth;
  const RoundedFigure& bus = row.bus_bandwidth;
  return bus.value + bus.half_digit >= (algorithm.value - algorithm.half_digit) * ratio &&
         bus.value - bus.half_digit <= (algorithm.value + algorithm.half_digit) * ratio;
}

/// How many ranks have this ratio, to the nearest; 0 where no number has.
int ranks_of(CollectiveOperation operation, double ratio) {
  const double others = bus_share(operation, 2) == 1 && bus_share(operation, 4) > 1 ? ratio / 2 : ratio;  // (n - 1) / n
  if (bus_share(operation, 2) == bus_share(operation, 4) || others >= 1) return 0;
  constexpr double most = 1e6;
  return static_cast<int>(std::lround(std::min(1 / (1 - others), most)));
}

void refuse_other_ratio(const NcclTestsRow& row, const std::string& name, const LoggedRun& run) {
  const double ratio = bus_share(run.operation, run.ranks);
  if (row.algorithm_bandwidth.value == 0 || can_be(row, ratio)) return;
  const double logged = row.bus_bandwidth.value / row.algorithm_bandwidth.value;
  const int ranks = ranks_of(run.operation, logged);
  const bool is_of_other_ranks = ranks > 1 && ranks != run.ranks && can_be(row, bus_share(run.operation, ranks));
  throw other_run(name, row.line,
                  fmt::format("busbw is {:.3g} times algbw; {} over {} ranks has {:.3g}{}", logged, name_of(run.operation), run.ranks,
                              ratio, is_of_other_ranks ? fmt::format(", and over {} what is logged", ranks) : ""),
                  "name the collective, the nodes and the GPUs of each that the log is of");
}

}  // namespace

void refuse_other_run(const NcclTestsLog& log, const std::string& name, const LoggedRun& run) {
  const LoggedNumber& ranks = log.ranks;
  if (ranks.line > 0 && ranks.value != run.ranks) {
    throw other_run(name, ranks.line, fmt::format("lists {} ranks, here are {}", ranks.value, run.ranks),
                    fmt::format("write nodes and GPUs of each that make {}", ranks.value));
  }
  if (log.calls.line > 0 && log.calls.value != run.calls) {
    throw other_run(name, log.calls.line, fmt::format("{} calls are in one group, here {}", log.calls.value, run.calls),
                    fmt::format("write --aggregate {}", log.calls.value));
  }
  if (run.ranks == 1)
    throw other_run(name, log.rows.front().line, "one rank exchanges nothing", "write the nodes and GPUs that the log is of");
  for (const NcclTestsRow& row : log.rows) refuse_other_ratio(row, name, run);
}

std::vector<std::string> doubts(const NcclTestsLog& log, const std::string& name, std::string_view nccl) {
  std::vector<std::string> all;
  if (!log.nccl_version.empty() && log.nccl_version != nccl) {
    all.push_back(fmt::format("{}:{}: measured with NCCL {}, expected of {}: what NCCL chooses and takes may differ", name,
                              log.nccl_version_line, log.nccl_version, nccl));
  }
  const auto is_wrong = [](const NcclTestsRow& row) { return row.wrong > 0; };
  if (const auto row = std::ranges::find_if(log.rows, is_wrong); row != log.rows.end()) {
    all.push_back(fmt::format("{}:{}: {} elements came out wrong, here or below: the machine is faulty, and its times may be of that", name,
                              row->line, row->wrong));
  }
  return all;
}

}  // namespace orrery::workloads
