#include "workloads/trace_program.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/program_text.h"
#include "sim/random.h"
#include "tests/workloads/one_switch.h"
#include "workloads/trace_streams.h"

namespace orrery::workloads {
namespace {

using sim::Duration;
using test::OneSwitch;

/// Adds an operation that stands after others of its rank.
std::int32_t add(TraceRank& rank, TraceOperation operation, const std::vector<std::int32_t>& after) {
  operation.id = rank.operations.size();
  operation.first_after = static_cast<std::uint32_t>(rank.after.size());
  operation.after_count = static_cast<std::uint32_t>(after.size());
  for (const std::int32_t on : after) rank.after.push_back({on});
  rank.operations.push_back(operation);
  return static_cast<std::int32_t>(rank.operations.size()) - 1;
}

TraceOperation pause_of(std::int64_t microseconds, std::int32_t lane) {
  return {.kind = TraceKind::pause, .lane = lane, .duration = {microseconds * 1'000'000}};
}

TEST(TraceStreams, AWaitForALaterPlaceCoversTheEarlierOnes) {
  // Two lanes: the second's operations each stand after all that the first did before.
  TraceRank rank{.lanes = {{"a"}, {"b"}}};
  std::vector<std::int64_t> starts;
  std::vector<std::int32_t> firsts;
  for (int i = 0; i < 5; ++i) {
    firsts.push_back(add(rank, pause_of(1, 0), {}));
    starts.push_back(10 * i);
  }
  add(rank, pause_of(1, 1), firsts);
  add(rank, pause_of(1, 1), firsts);
  starts.insert(starts.end(), {60, 70});
  const TraceStreams made = streams_of(rank, starts);
  EXPECT_EQ(made.streams, (std::vector<std::vector<std::int32_t>>{{0, 1, 2, 3, 4}, {5, 6}}));
  ASSERT_EQ(made.waits[5].size(), 1U);
  EXPECT_EQ(made.waits[5][0].operation, 4);
  EXPECT_TRUE(made.waits[6].empty()) << "its stream has waited";
}

TEST(TraceStreams, AChainOfMessagesStaysOnOneStream) {
  TraceRank rank;
  const auto send = [](std::int64_t tag) { return TraceOperation{.kind = TraceKind::send, .bytes = {1}, .peer = 1, .tag = tag}; };
  const std::int32_t first = add(rank, send(0), {});
  const std::int32_t second = add(rank, send(1), {first});
  add(rank, send(2), {});
  add(rank, send(3), {second});
  EXPECT_EQ(streams_of(rank, std::vector<std::int64_t>{0, 10, 0, 20}).streams, (std::vector<std::vector<std::int32_t>>{{0, 1, 3}, {2}}));
}

TEST(TraceStreams, WhatOnlyHandsOnOneDependencyTakesNoPlace) {
  TraceRank rank{.lanes = {{"a"}, {"b"}}};
  const std::int32_t first = add(rank, pause_of(1, 0), {});
  const std::int32_t joint = add(rank, {}, {first});
  add(rank, pause_of(1, 1), {joint});
  const TraceStreams made = streams_of(rank, std::vector<std::int64_t>{0, 10, 20});
  EXPECT_EQ(made.streams.size(), 2U);
  EXPECT_EQ(made.waits[2][0].operation, first);
}

/// The longest way through a rank's dependencies: what it takes where every operation has a lane for itself.
std::int64_t longest_way(const TraceRank& rank) {
  std::vector<std::int64_t> ends;
  for (const TraceOperation& operation : rank.operations) {
    std::int64_t start = 0;
    for (std::uint32_t d = 0; d < operation.after_count; ++d) {
      start = std::max(start, ends[static_cast<std::size_t>(rank.after[operation.first_after + d].operation)]);
    }
    ends.push_back(start + operation.duration.ticks);
  }
  return *std::max_element(ends.begin(), ends.end());
}

TEST(TraceProgram, AnyDependenciesTakeTheirLongestWay) {
  // Up to 40 operations, each on a lane of its own or joining dependencies only.
  const OneSwitch machine(1);
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    sim::Random random(seed, 0);
    Trace trace{.name = "x", .noun = "node", .labels = {"all"}};
    TraceRank& rank = trace.ranks.emplace_back();
    const std::uint64_t count = 1 + random.below(40);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::vector<std::int32_t> after;
      for (std::uint64_t on = 0; on < i; ++on) {
        if (random.below(4) == 0) after.push_back(static_cast<std::int32_t>(on));
      }
      if (random.below(4) == 0) {
        add(rank, {}, after);
      } else {
        add(rank, pause_of(static_cast<std::int64_t>(random.below(9)), static_cast<std::int32_t>(rank.lanes.size())), after);
        rank.lanes.push_back({"lane" + std::to_string(rank.lanes.size())});
      }
    }
    const Duration expected{longest_way(rank)};
    EXPECT_EQ(machine.end_of(program_of_trace(std::move(trace)).program), expected) << seed;
  }
}

TEST(TraceProgram, RandomTracesThatCanEndEndInEveryProgram) {
  // Messages with few tags, in both directions, after whatever came before: what the run through the trace accepts never blocks the engine.
  const OneSwitch machine(3);
  int accepted = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    sim::Random random(seed, 1);
    Trace trace{.name = "x", .noun = "node", .labels = {"all"}};
    trace.ranks.resize(3);
    for (TraceRank& rank : trace.ranks) rank.lanes = {{"a"}, {"b"}};
    const auto some = [&](const TraceRank& rank) {
      std::vector<std::int32_t> after;
      for (std::int32_t on = 0; on < std::ssize(rank.operations); ++on) {
        if (random.below(5) == 0) after.push_back(on);
      }
      return after;
    };
    for (int i = 0; i < 25; ++i) {
      const auto from = static_cast<std::int32_t>(random.below(3));
      const auto to = static_cast<std::int32_t>((from + 1 + random.below(2)) % 3);
      TraceRank& sender = trace.ranks[static_cast<std::size_t>(from)];
      TraceRank& receiver = trace.ranks[static_cast<std::size_t>(to)];
      if (random.below(3) == 0) {
        add(sender, pause_of(static_cast<std::int64_t>(random.below(30)), static_cast<std::int32_t>(random.below(2))), some(sender));
        continue;
      }
      const auto tag = static_cast<std::int64_t>(random.below(2));
      const sim::Bytes bytes{1 + static_cast<std::int64_t>(random.below(9000))};
      const std::int32_t lane = random.below(2) == 0 ? no_lane : static_cast<std::int32_t>(random.below(2));
      const bool buffered = random.below(2) == 0;
      add(sender, {.kind = TraceKind::send, .lane = lane, .bytes = bytes, .peer = to, .tag = tag, .buffered = buffered}, some(sender));
      add(receiver, {.kind = TraceKind::receive, .bytes = bytes, .peer = random.below(4) == 0 ? any_peer : from, .tag = tag},
          some(receiver));
    }
    sim::Program program;
    try {
      program = program_of_trace(std::move(trace)).program;
    } catch (const sim::Error&) {
      continue;
    }
    ++accepted;
    EXPECT_NO_THROW(machine.end_of(program)) << seed;
  }
  EXPECT_GT(accepted, 100);
}

TEST(TraceProgram, AGroupWithoutArithmeticIsRefused) {
  Trace trace{.name = "x", .noun = "node", .labels = {"all"}, .groups = {{"odd ones", {0, 1, 3}}}};
  trace.ranks.resize(4);
  for (const std::size_t r : {0U, 1U, 3U}) {
    add(trace.ranks[r], {.kind = TraceKind::collective, .lane = 0, .bytes = {8}}, {});
    trace.ranks[r].lanes = {{"collectives0"}};
  }
  try {
    program_of_trace(std::move(trace));
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_STREQ(error.what(),
                 "x: the 3 ranks of group odd ones follow no arithmetic (a first rank and equal steps); number the ranks so that they do");
    EXPECT_EQ(error.kind(), sim::ErrorKind::unavailable);
  }
}

TEST(TraceProgram, GroupsThatOverlapAreCommunicatorsApart) {
  // {0,1} and {1,2} share a rank; {0,1} once more is another group of the same ranks.
  Trace trace{.name = "x", .noun = "node", .labels = {"all"}, .groups = {{"a", {0, 1}}, {"b", {1, 2}}, {"c", {0, 1}}}};
  trace.ranks.resize(3);
  const std::vector<std::vector<std::int32_t>> groups_of = {{0, 2}, {0, 1, 2}, {1}};
  for (std::size_t r = 0; r < 3; ++r) {
    for (const std::int32_t group : groups_of[r]) {
      add(trace.ranks[r],
          {.kind = TraceKind::collective, .lane = static_cast<std::int32_t>(trace.ranks[r].lanes.size()), .bytes = {8}, .group = group},
          {});
      trace.ranks[r].lanes.push_back({"collectives" + std::to_string(trace.ranks[r].lanes.size())});
    }
  }
  const sim::Program program = program_of_trace(std::move(trace)).program;
  EXPECT_EQ(program.communicators.size(), 3U);
  EXPECT_GT(OneSwitch(3).end_of(program), Duration{});
}

}  // namespace
}  // namespace orrery::workloads
