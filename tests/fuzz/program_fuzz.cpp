// Any bytes as a Program's text: refused with placed faults, or valid, and the same again when it is written and read. Small ones are
// played.
#include <algorithm>
#include <cstdint>

#include "sim/program_text.h"
#include "tests/fuzz/check_scenario.h"
#include "tests/fuzz/target.h"

namespace orrery::fuzz {
namespace {

constexpr std::string_view machine = R"({"orrery": 1, "cluster": {"node": "dgx-a100-80gb", "nodes": 2}, "calibration": "a100-sxm-80gb"})";

/// With calls expanded; counts no further than `most`.
std::int64_t operations_of(const sim::Program& program, std::int64_t most) {
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

void play(const sim::Program& program) {
  static const Presets presets;
  static const scenarios::Scenario scenario = parse_scenario("machine.json", machine, {}, presets.library());
  static const topology::Cluster cluster(scenario.cluster);
  constexpr std::int32_t most_ranks = 16;
  constexpr std::int64_t most_operations = 200;
  constexpr std::int32_t most_events = 1000;
  const auto has_many_events = [](const sim::Role& role) { return role.events > most_events; };
  if (program.ranks > most_ranks || operations_of(program, most_operations) == most_operations) return;
  if (std::ranges::any_of(program.roles, has_many_events)) return;
  const workloads::Stack stack{scenario.software, *scenario.calibration, scenario.nccl};
  const auto engine = sim::make_fluid_engine();
  try {
    play_program(program, stack, cluster, *engine, {});
  } catch (const sim::Error& error) {  // a deadlock, or a receive from any rank
    for (const sim::Fault& fault : error.faults()) check_line(sim::to_text(fault));
  } catch (const std::overflow_error& error) {  // longer than 106 days: the command line says so
    check_line(error.what());
  }
}

}  // namespace

void read(std::string_view text) {
  const auto program = read_or_refused([&] { return sim::program_from(text, "x"); });
  if (!program) return;
  sim::validate(*program);
  const std::string written = sim::text_of(*program);
  const sim::Program again = sim::program_from(written, "written");
  sim::check(again == *program, "a written Program reads as the same Program");
  sim::check(sim::text_of(again) == written, "equal Programs are written alike");
  play(*program);
}

}  // namespace orrery::fuzz
