#include "workloads/iteration_times.h"

#include <gtest/gtest.h>

#include "sim/error.h"
#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

using topology::Condition;
using topology::GpuId;

struct Setting {
  topology::Cluster cluster{{.node = committed::dgx_a100(), .nodes = 8, .fabric = {.switch_radix = 8}}};
  Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  sim::Program program = training_program(test::small_job(4, 2, 8, 4), stack.software);
  IterationTimes times{program, stack, cluster, packed_placement(program.ranks)};

  sim::Duration played_afresh(const Condition& condition) const {
    return play_program(program, stack, cluster, *sim::make_fluid_engine(), {}, {.condition = condition}).end - sim::Time{};
  }
};

TEST(IterationTimes, AreThoseOfPlaysFromTheBeginning) {
  Setting setting;
  const topology::LinkId uplink = setting.cluster.fabric().link("leaf0.0 -> spine0.0.1 [0]");
  const std::vector<Condition> conditions = {
      {},
      {.slow_gpus = {{GpuId{5}, 0.8}}},
      {.dead_links = {uplink}},
      {.slow_links = {{uplink, 0.25}}, .slow_gpus = {{GpuId{5}, 0.8}, {GpuId{40}, 0.5}}},
      {.gpu_changes = {{.at = sim::Time{1'000'000'000}, .gpu = GpuId{3}, .speed = 0.5}}},
      {.dead_links = {uplink}, .gpu_changes = {{.at = sim::Time{1'000'000'000}, .gpu = GpuId{3}, .speed = 0.5}}},
      {.slow_gpus = {{GpuId{5}, 0.5}}, .gpu_changes = {{.at = sim::Time{1'000'000'000}, .gpu = GpuId{5}, .speed = 1}}},
      {.dead_links = {uplink}, .slow_links = {{uplink, 0.5}}},
  };
  for (const Condition& condition : conditions) EXPECT_EQ(setting.times.under(condition).ticks, setting.played_afresh(condition).ticks);
  EXPECT_EQ(setting.times.played(), conditions.size());
  EXPECT_GT(setting.times.under(conditions[1]), setting.times.under({}));
}

TEST(IterationTimes, AreRememberedWhateverTheOrderOfParts) {
  Setting setting;
  const sim::Duration one = setting.times.under({.slow_gpus = {{GpuId{5}, 0.8}, {GpuId{40}, 0.5}}});
  EXPECT_EQ(setting.times.under({.slow_gpus = {{GpuId{40}, 0.5}, {GpuId{5}, 0.8}}}), one);
  EXPECT_EQ(setting.times.played(), 1U);
}

TEST(IterationTimes, OfAMachineThatCannotGoOnThereIsNone) {
  Setting setting;
  EXPECT_THROW(setting.times.under({.gpu_changes = {{.at = {}, .gpu = GpuId{3}, .speed = 0}}}), sim::Error);
  EXPECT_NO_THROW(setting.times.under({}));  // and nothing is left of it
}

TEST(IterationTimes, HaveTheStacksSlowCollectives) {
  Setting setting;
  Stack slow = setting.stack;
  slow.software.collective_slowdown = 2.6;
  IterationTimes times(setting.program, slow, setting.cluster, packed_placement(setting.program.ranks));
  EXPECT_EQ(times.under({}).ticks, play_program(setting.program, slow, setting.cluster, *sim::make_fluid_engine(), {}).end.ticks);
  EXPECT_GT(times.under({}), setting.times.under({}));
}

}  // namespace
}  // namespace orrery::workloads
