#include "workloads/step_algorithms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "sim/error.h"
#include "tests/workloads/one_switch.h"
#include "workloads/steps_program.h"

namespace orrery::workloads {
namespace {

using enum StepAlgorithm;
using sim::CollectiveKind;
using test::OneSwitch;

struct Asked {
  StepAlgorithm algorithm;
  CollectiveKind kind;
};
constexpr Asked all_asked[] = {{recursive_halving_doubling, CollectiveKind::all_reduce},
                               {recursive_halving_doubling, CollectiveKind::all_gather},
                               {bruck, CollectiveKind::all_gather},
                               {bruck, CollectiveKind::all_to_all},
                               {ring_2d, CollectiveKind::all_reduce},
                               {hierarchical, CollectiveKind::all_reduce},
                               {direct, CollectiveKind::all_reduce},
                               {direct, CollectiveKind::all_gather},
                               {direct, CollectiveKind::reduce_scatter},
                               {direct, CollectiveKind::all_to_all}};

bool is_power(int ranks) { return std::has_single_bit(static_cast<unsigned>(ranks)); }
int lg(int ranks) { return std::bit_width(static_cast<unsigned>(ranks)) - 1; }

TEST(StepAlgorithms, ComputeTheirCollectives) {
  for (const auto& [algorithm, kind] : all_asked) {
    for (int ranks = 1; ranks <= 20; ++ranks) {
      if (algorithm == recursive_halving_doubling && kind == CollectiveKind::all_gather && !is_power(ranks)) continue;
      for (int gpus = 1; gpus <= ranks; ++gpus) {
        if (ranks % gpus != 0) continue;
        EXPECT_NO_THROW(validate(steps_of(algorithm, kind, {ranks, gpus})))
            << name_of(algorithm) << " of " << ranks << " ranks, " << gpus << " a node";
      }
    }
  }
}

TEST(StepAlgorithms, HaveNoMoreMessagesThanTheirBound) {
  for (const auto& [algorithm, kind] : all_asked) {
    for (const StepLayout layout : {StepLayout{2, 1}, StepLayout{8, 8}, StepLayout{16, 4}, StepLayout{64, 8}, StepLayout{64, 1}})
      EXPECT_LE(messages_of(steps_of(algorithm, kind, layout)), message_bound(algorithm, layout)) << name_of(algorithm) << layout.ranks;
  }
}

TEST(StepAlgorithms, RefuseWhatTheyDoNotDo) {
  const auto refusal = [](StepAlgorithm algorithm, CollectiveKind kind, int ranks) -> std::string {
    try {
      steps_of(algorithm, kind, {.ranks = ranks});
    } catch (const sim::Error& error) {
      EXPECT_EQ(error.kind(), sim::ErrorKind::unavailable);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(
      refusal(bruck, CollectiveKind::all_reduce, 4),
      "collective: bruck has no all_reduce; leave the algorithm out, or take recursive_halving_doubling, ring_2d, hierarchical, direct");
  EXPECT_EQ(refusal(direct, CollectiveKind::broadcast, 4),
            "collective: direct has no broadcast; leave the algorithm out: none of these has it");
  EXPECT_EQ(
      refusal(recursive_halving_doubling, CollectiveKind::all_gather, 6),
      "collective: recursive doubling all-gathers over powers of two, not over 6 ranks; take bruck, which is the same for any number");
}

/// What the closed form of the header says, in picoseconds; B is a multiple of everything.
std::int64_t closed_form(const OneSwitch& machine, Asked asked, StepLayout layout, std::int64_t bytes) {
  constexpr std::int64_t a = OneSwitch::hop;
  const int n = layout.ranks;
  const std::int64_t part = bytes / n;
  const auto wire = [](std::int64_t count) { return count * OneSwitch::byte; };
  const auto copy = [&](std::int64_t count) { return machine.copy(count).ticks; };
  const bool all_reduce = asked.kind == CollectiveKind::all_reduce;
  switch (asked.algorithm) {
    case recursive_halving_doubling: {
      if (!all_reduce) return lg(n) * a + wire((n - 1) * part);
      const int p = 1 << lg(n);
      return 2 * lg(p) * a + 2 * wire((p - 1) * (bytes / p)) + (p == n ? 0 : 2 * (a + wire(bytes)));
    }
    case bruck: {
      const int rounds = std::bit_width(static_cast<unsigned>(n - 1));
      if (asked.kind == CollectiveKind::all_gather) return rounds * a + wire((n - 1) * part) + copy(bytes) + copy(part);
      std::int64_t time = 2 * copy(bytes);
      for (int k = 0; k < rounds; ++k) {
        std::int64_t moved = 0;
        for (int i = 0; i < n; ++i) moved += (i >> k) & 1;
        time += a + wire(moved * part) + 2 * copy(moved * part);
      }
      return time;
    }
    case ring_2d: {
      const int x = row_of_ring_2d(layout);
      return 2 * (x - 1) * (a + wire(bytes / x)) + 2 * (n / x - 1) * (a + wire(part));
    }
    case hierarchical: {
      const int g = layout.gpus_a_node;
      return 2 * ((g > 1 ? a : 0) + wire((g - 1) * (bytes / g))) + 2 * (n / g - 1) * (a + wire(part));
    }
    case direct:
      break;
  }
  return (all_reduce ? 2 : 1) * (a + wire((n - 1) * part));
}

/// Times that end on whole picoseconds where the closed form does not: copies, and messages that share a port, of which there are two
/// rounds.
std::int64_t roundings(const CollectiveSteps& steps) {
  std::int64_t most = 0;
  for (const StepRank& rank : steps.ranks) {
    std::int64_t copies = 0;
    for (const StepBlock& block : rank.blocks) copies += std::ranges::count(block.steps, StepAction::copy, &CollectiveStep::action);
    most = std::max(most, copies);
  }
  return most + (steps.name == "direct" || steps.name == "hierarchical" ? 2 : 0);
}

TEST(StepAlgorithms, TakeWhatTheirClosedFormsSay) {
  for (const Asked& asked : all_asked) {
    for (const StepLayout layout :
         {StepLayout{2, 1}, StepLayout{4, 2}, StepLayout{6, 3}, StepLayout{7, 1}, StepLayout{8, 4}, StepLayout{12, 1}, StepLayout{12, 4}}) {
      if (asked.algorithm == recursive_halving_doubling && asked.kind == CollectiveKind::all_gather && !is_power(layout.ranks)) continue;
      const OneSwitch machine(layout.ranks);
      const std::int64_t bytes = 8 * 3 * 7 * 5000;
      const CollectiveSteps steps = steps_of(asked.algorithm, asked.kind, layout);
      const std::int64_t played = machine.end_of(program_of(steps, {bytes}, sim::DataType::int8)).ticks;
      EXPECT_LE(std::abs(played - closed_form(machine, asked, layout, bytes)), roundings(steps))
          << name_of(asked.algorithm) << " " << sim::name_of(asked.kind) << " of " << layout.ranks << " ranks, " << layout.gpus_a_node
          << " a node";
    }
  }
}

TEST(StepAlgorithms, RowsOfA2dRingAreNodesOrNearlySquare) {
  EXPECT_EQ(row_of_ring_2d({24, 8}), 8);
  EXPECT_EQ(row_of_ring_2d({24, 1}), 4);
  EXPECT_EQ(row_of_ring_2d({16, 1}), 4);
  EXPECT_EQ(row_of_ring_2d({7, 1}), 1);
}

TEST(StepAlgorithms, HaveTheirNames) {
  for (const std::string& name : step_algorithm_names()) EXPECT_EQ(name_of(*step_algorithm(name)), name);
  EXPECT_EQ(step_algorithm_names().size(), 5U);
  EXPECT_FALSE(step_algorithm("ring"));
}

}  // namespace
}  // namespace orrery::workloads
