#include "workloads/export_chakra.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/program_text.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "tests/workloads/one_switch.h"
#include "workloads/import_chakra.h"
#include "workloads/trace_program.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

sim::Program exported_and_imported(const sim::Program& program) {
  const ChakraExport made(program);
  std::vector<ChakraSource> sources;
  for (std::int32_t rank = 0; rank < program.ranks; ++rank) sources.push_back({"x." + std::to_string(rank) + ".et", made.file_of(rank)});
  return program_of_trace(read_chakra(sources, {})).program;
}

sim::Timeline played(const sim::Program& program) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 4});
  Stack stack{committed::software("megatron-lm-2022"), committed::a100(), committed::nccl()};
  stack.software.host_per_kernel = {};  // the CPU runs ahead within a block, and Chakra has no blocks
  const auto engine = sim::make_fluid_engine();
  return play_program(program, stack, cluster, *engine, {});
}

void expect_same_play(const sim::Program& program) {
  const sim::Program again = exported_and_imported(program);
  const sim::Timeline before = played(program);
  const sim::Timeline after = played(again);
  EXPECT_EQ(after.end, before.end);
  ASSERT_EQ(after.classes.of_actor.size(), before.classes.of_actor.size());
  for (std::uint32_t rank = 0; rank < static_cast<std::uint32_t>(program.ranks); ++rank) {
    const auto end_of = [rank](const sim::Timeline& timeline) {
      return timeline.actor_ends[timeline.classes.of_actor.empty() ? rank : timeline.classes.of_actor[rank]];
    };
    EXPECT_EQ(end_of(after), end_of(before)) << rank;
  }
  for (std::uint32_t r = 0; r < 32; ++r) EXPECT_EQ(after.served_by(sim::ResourceId{r}), before.served_by(sim::ResourceId{r})) << r;
}

TEST(ExportChakra, ATrainingJobPlaysInTheSameTime) {
  const Software software = committed::software("megatron-lm-2022");
  expect_same_play(training_program(test::small_job(2, 2, 2, 4), software));
  expect_same_play(training_program(test::small_job(8, 4, 1, 3), software));
}

TEST(ExportChakra, EveryOperationComesBack) {
  sim::Program program{.name = "x", .ranks = 4, .labels = {"compute", "data"}};
  program.communicators = {{.name = "pairs", .groups = {.first = 0, .extents = {{2, 2}}}, .members = {{2, 1}}}};
  program.blocks = {{"twice", {{0, sim::Busy{{1'500'000}}}, {0, sim::Pause{{250}}}}}};
  program.roles = {{.name = "all",
                    .ranks = {.first = 0, .extents = {{4, 1}}},
                    .events = 1,
                    .streams = {{"main",
                                 {{0, sim::Call{0, 2}},
                                  {0, sim::Copy{sim::CopyKind::from_host, {4096}}},
                                  {0, sim::Copy{sim::CopyKind::to_host, {4096}}},
                                  {0, sim::Copy{sim::CopyKind::device, {4096}}},
                                  {0, sim::Record{0}},
                                  {0, sim::Compute{test::layer_norm}},
                                  {0, sim::Record{0}}}},
                                {"side",
                                 {{0, sim::Wait{0}},
                                  {1, sim::Collect{sim::CollectiveKind::reduce_scatter, 512, sim::DataType::fp32, 0}},
                                  {0, sim::Wait{0}},
                                  {1, sim::Collect{sim::CollectiveKind::all_reduce, 512, sim::DataType::bf16, 0, 3}}}}}}};
  sim::validate(program);
  const std::string text = sim::text_of(exported_and_imported(program));
  EXPECT_EQ(text.substr(text.find("role ")),
            "role role0 ranks 0+4*1 events 2\n  stream stream0\n    compute: busy 1500000ps\n    compute: pause 250ps\n    compute: busy "
            "1500000ps\n"
            "    compute: pause 250ps\n    compute: copy from_host 4096\n    compute: copy to_host 4096\n    compute: copy device 4096\n   "
            " record 0\n"
            "    compute: layer_norm fp16 rows=4096 columns=4096\n    record 1\n  stream stream1\n    wait 0\n"
            "    data: reduce_scatter fp32 512 c0\n    wait 1\n    data: all_reduce bf16 512 c0 calls 3\n");
  expect_same_play(program);
}

TEST(ExportChakra, GroupsAreTold) {
  sim::Program program{.name = "x", .ranks = 4, .labels = {"data"}};
  program.communicators = {{.name = "pairs", .groups = {.first = 0, .extents = {{2, 2}}}, .members = {{2, 1}}}};
  program.roles = {{.name = "all", .ranks = {.first = 0, .extents = {{4, 1}}}, .streams = {{"main", {}}}}};
  EXPECT_EQ(ChakraExport(program).groups(), "{\n  \"pairs.0\": [0, 1],\n  \"pairs.1\": [2, 3]\n}\n");
}

TEST(ExportChakra, WhatChakraCannotSayIsRefused) {
  const auto refusal = [](std::vector<sim::Stream> streams) {
    sim::Program program{.name = "x", .ranks = 2, .labels = {"all"}};
    program.roles = {{.name = "all", .ranks = {.first = 0, .extents = {{2, 1}}}, .events = 1, .streams = std::move(streams)}};
    try {
      ChakraExport(program).file_of(0);
    } catch (const sim::Error& error) {
      return error.faults().front().what;
    }
    return std::string();
  };
  EXPECT_EQ(refusal({{"a", {{0, sim::Record{0, sim::Record::When::begun}}}}}), "has events that are reached when an operation begins");
  EXPECT_EQ(refusal({{"a", {{0, sim::Record{0}}}}, {"b", {{0, sim::Record{0}}}}}), "has an event that several streams record");
  EXPECT_EQ(refusal({{"a", {{0, sim::Wait{0}}}}}), "waits for an event that is never recorded");
  EXPECT_EQ(refusal({{"a", {{0, sim::Receive{{1}, std::nullopt, 0}}}}}), "has receives from any rank or of any tag");
}

}  // namespace
}  // namespace orrery::workloads
