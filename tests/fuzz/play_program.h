// Plays a Program that is small enough on two DGX A100.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/fuzz/check_scenario.h"

namespace orrery::fuzz {

inline constexpr std::string_view two_nodes =
    R"({"orrery": 1, "cluster": {"node": "dgx-a100-80gb", "nodes": 2}, "calibration": "a100-sxm-80gb"})";

/// With calls expanded; counts no further than `most`.
inline std::int64_t operations_of(const sim::Program& program, std::int64_t most) {
  std::vector<std::int64_t> of_block;
  const auto count = [&](const std::vector<sim::Operation>& operations) {
    std::int64_t sum = 0;
    for (const sim::Operation& operation : operations) {
      const auto* call = std::get_if<sim::Call>(&operation.action);
      sum = std::min(most, sum + (call == nullptr ? 1 : of_block[static_cast<std::size_t>(call->block)] * call->times));
    }
    return sum;
  };
  for (const sim::Block& block : program.blocks) of_block.push_back(count(block.operations));
  std::int64_t sum = 0;
  for (const sim::Role& role : program.roles) {
    for (const sim::Stream& stream : role.streams) sum = std::min(most, sum + count(stream.operations));
  }
  return sum;
}

/// False where it is too large to be played. Throws what playing throws, but for times over 106 days, of which the command line tells.
inline bool play(const sim::Program& program) {
  static const Presets presets;
  static const scenarios::Scenario scenario = parse_scenario("machine.json", two_nodes, {}, presets.library());
  static const topology::Cluster cluster(scenario.cluster);
  constexpr std::int32_t most_ranks = 16;
  constexpr std::int64_t most_operations = 200;
  constexpr std::int32_t most_events = 1000;
  const auto has_many_events = [](const sim::Role& role) { return role.events > most_events; };
  if (program.ranks > most_ranks || operations_of(program, most_operations) == most_operations) return false;
  if (std::ranges::any_of(program.roles, has_many_events)) return false;
  const workloads::Stack stack{scenario.software, *scenario.calibration, scenario.nccl};
  const auto engine = sim::make_fluid_engine();
  try {
    play_program(program, stack, cluster, *engine, {});
  } catch (const std::overflow_error& error) {
    check_line(error.what());
  }
  return true;
}

}  // namespace orrery::fuzz
