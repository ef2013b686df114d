// Unrolls the calls of a Program's streams into the steps of a Script: kernels become times, kernels in a row become one step,
// communications become numbers of a table, waits become counts. The part of `lower` that knows no machine but its kernel times.
#pragma once

#include <map>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/model.h"
#include "sim/program.h"
#include "workloads/lower.h"

namespace orrery::workloads {

/// A communication as one rank of a role sees it; equal ones of a role are one slot of its script.
using Communication = std::variant<sim::Collect, sim::Send, sim::Receive>;

/// What a GPU has of its host, if all GPUs of the node ask for it at once; zero where nobody says.
struct HostRates {
  sim::BytesPerSecond link{};    // PCIe, either direction
  sim::BytesPerSecond memory{};  // of the host
  sim::BytesPerSecond storage_read{};
  sim::BytesPerSecond storage_write{};
};

class Flattener {
 public:
  Flattener(const sim::Program& program, const KernelTimes& times, const HostRates& host, const LoweringOptions& options);

  struct Result {
    sim::Script script;
    std::vector<Communication> slots;  // what each slot of the script stands for
  };
  Result flatten(const sim::Role& role);

 private:
  // A distinct communication, and which slot of the role at hand it is.
  struct Entry {
    Communication what;
    std::uint32_t roles = 0;  // roles flattened when it was last met: what it was then, it is not now
    std::uint32_t slot = 0;
  };

  // A step whose kernels are still being added up.
  struct Draft {
    sim::Step step;              // its amount: of the launches that are settled
    std::int64_t kernels = 0;    // launched since, and
    std::int64_t on_device = 0;  // what they take there
    std::int64_t slack = 0;      // of the amount: waiting for the CPU
    std::int64_t memory = 0;     // of all that is on the device: kernels bound by memory
    double variance = 0;         // of it, in square picoseconds
  };
  using Drafts = std::vector<Draft>;

  void append(const sim::Operation& operation, Drafts& to);
  void append_copy(std::uint8_t label, const sim::Copy& copy, Drafts& to);
  void append_work(std::uint8_t label, const KernelTimes::Estimate& time, std::int64_t kernels, Drafts& to) const;
  void append_draft(const Draft& draft, Drafts& to) const;
  /// What kernels that follow each other wait for their launches.
  void settle(std::span<Draft> drafts) const;
  void append_communication(std::uint8_t label, const Communication& communication, Drafts& to);
  const Drafts& block(std::int32_t index);
  const KernelTimes::Estimate& kernel_time(const sim::Kernel& kernel);
  std::uint32_t number_of_mix(float memory, float slack, Result& result);
  std::vector<sim::Step> finished(const Drafts& drafts, Result& result);

  const sim::Program& program_;
  const KernelTimes& times_;
  HostRates host_;
  LoweringOptions options_;
  std::vector<Drafts> blocks_;                              // flattened so far, in order of index
  Drafts stream_;                                           // the one at hand
  std::vector<Entry> table_;                                // every distinct communication met
  std::map<std::pair<float, float>, std::uint32_t> mixes_;  // of the role at hand
  std::uint32_t roles_ = 0;                                 // flattened so far, with the one at hand
  std::map<std::tuple<std::size_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>, std::uint32_t> number_of_;
  std::map<std::tuple<int, int, std::array<std::int64_t, 4>>, KernelTimes::Estimate> kernel_times_;
};

}  // namespace orrery::workloads
