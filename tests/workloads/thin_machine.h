// A machine whose times can be worked out by hand: nodes of one GPU and one NIC of 1 GB/s on 4-port switches, two nodes a leaf and two
// spines (up to 8 nodes). No latency; collectives and messages are as fast as the links let them, 1 byte in 1 ns, and
// take nothing from kernels.
//
// Port n is that of node n. By d-mod-k, what goes to an even node goes by spine 0, to an odd one by spine 1: "leaf0 -> spine0".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/fluid_engine.h"
#include "sim/program.h"
#include "tests/committed.h"
#include "tests/workloads/thin_node.h"
#include "topology/cluster.h"
#include "workloads/lower.h"

namespace orrery::workloads::test {

struct Message {
  std::int32_t from = 0;
  std::int32_t to = 0;
  std::int64_t bytes = 0;
};

/// Ranks that begin all these messages at once, each in a stream of its own, after a main stream that only works for `work`.
inline sim::Program program_of(std::int32_t ranks, const std::vector<Message>& messages, sim::Duration work = {}) {
  sim::Program program{.name = "thin", .ranks = ranks, .labels = {"all"}, .communicators = {}, .blocks = {}, .roles = {}};
  program.communicators = {{.name = "world", .groups = {.first = 0}, .members = {{ranks, 1}}}};
  for (std::int32_t rank = 0; rank < ranks; ++rank) {
    sim::Role role{.name = "rank" + std::to_string(rank), .ranks = {.first = rank}, .events = 0, .streams = {{"main", {}}}};
    if (work > sim::Duration{}) role.streams[0].operations.push_back({0, sim::Busy{work}});
    for (std::size_t m = 0; m < messages.size(); ++m) {
      const auto& [from, to, bytes] = messages[m];
      const auto tag = static_cast<std::int32_t>(m);
      const std::string name = "message" + std::to_string(m);
      if (from == rank) role.streams.push_back({name, {{0, sim::Send{{bytes}, to - from, tag}}}});
      if (to == rank) role.streams.push_back({name, {{0, sim::Receive{{bytes}, from - to, tag}}}});
    }
    program.roles.push_back(std::move(role));
  }
  sim::validate(program);
  return program;
}

/// All ranks perform one collective over all of them.
inline sim::Program program_of(std::int32_t ranks, sim::CollectiveKind kind, std::int64_t bytes) {
  sim::Program program = program_of(ranks, {});
  for (sim::Role& role : program.roles) {
    role.streams[0].operations = {{0, sim::Collect{kind, bytes, sim::DataType::int8, 0}}};
  }
  sim::validate(program);
  return program;
}

class ThinMachine {
 public:
  explicit ThinMachine(int nodes = 8) : cluster({.node = thin_node(), .nodes = nodes, .fabric = {.switch_radix = 4, .levels = 2}}) {}
  ThinMachine(const ThinMachine&) = delete;

  topology::LinkId link(std::string_view name) const { return cluster.fabric().link(name); }
  sim::Model model(const sim::Program& program, const LoweringOptions& options = {}) const {
    return model(program, packed_placement(program.ranks), options);
  }
  sim::Model model(const sim::Program& program, const Placement& placement, const LoweringOptions& options = {}) const {
    sim::Model model = lower(program, cluster, placement, times, collectives, options);
    sim::validate(model);
    return model;
  }
  sim::Timeline play(const sim::Program& program, const topology::Condition& condition = {},
                     Granularity granularity = Granularity::hyperflow) const {
    return sim::make_fluid_engine()->play(model(program, {.granularity = granularity, .interference = false, .condition = condition}), {});
  }

  topology::Cluster cluster;
  Calibration calibration = calibrated();
  KernelTimes times{calibration, cluster.node().gpu};
  CollectiveModel collectives{cluster, committed::nccl(), calibration.collectives};

 private:
  static Calibration calibrated() {
    Calibration calibration = committed::a100();
    calibration.collectives = {};
    calibration.collectives.inter_latency_scale = 0;
    calibration.collectives.inter_bandwidth_scale = 100;
    return calibration;
  }
};

}  // namespace orrery::workloads::test
