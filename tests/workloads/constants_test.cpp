// How far an iteration goes with an error in a constant, against what it is by hand.
#include "workloads/constants.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "sim/fluid_engine.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/influences.h"

namespace orrery::workloads {
namespace {

Setting one_gpu_node() {
  Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  stack.calibration.noise.reset();
  return {stack, {.node = committed::dgx_a100(), .nodes = 1, .fabric = {}}, {}};
}

std::vector<std::string> names_in_force(const Setting& setting) {
  std::vector<std::string> names;
  for (const Constant& constant : constants_in_force(setting)) names.push_back(constant.name);
  return names;
}

bool holds(const std::vector<std::string>& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

TEST(Constants, ThoseInForceAreListedOnceWithTheirValues) {
  Setting setting = one_gpu_node();
  setting.stack.software.host_per_kernel = sim::Duration{61'000'000};
  setting.stack.software.compute_slowdown = 1;
  setting.stack.calibration.gemm.store_bandwidth = {};
  const std::vector<std::string> names = names_in_force(setting);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
  EXPECT_TRUE(holds(names, "calibration.gemm.launch"));
  EXPECT_FALSE(holds(names, "software.compute_slowdown")) << "is 1";
  EXPECT_FALSE(holds(names, "calibration.gemm.store_bandwidth")) << "is not there";
  EXPECT_FALSE(holds(names, "calibration.attention.rate")) << "attention is not fused";
  EXPECT_FALSE(holds(names, "calibration.noise.kernels")) << "there is none";
  const std::vector<Constant> constants = constants_in_force(setting);
  EXPECT_EQ(constants.front().name, "software.host_per_kernel");
  EXPECT_EQ(constants.front().of, "software stack");
  EXPECT_EQ(constants.front().value, "61.0 us");
  setting.stack.software.fused_attention = true;
  EXPECT_TRUE(holds(names_in_force(setting), "calibration.attention.rate"));
}

TEST(Constants, WhatIsAlikeChangesTogetherAndNothingElseDoes) {
  const Setting as_is = one_gpu_node();
  const Setting changed = with_constant("calibration.gemm.tiles: rate", 1.5, as_is);
  const GemmCalibration& before = as_is.stack.calibration.gemm;
  const GemmCalibration& after = changed.stack.calibration.gemm;
  ASSERT_GT(before.tiles.size(), 1U);
  for (std::size_t i = 0; i < before.tiles.size(); ++i) EXPECT_DOUBLE_EQ(after.tiles[i].rate.value, 1.5 * before.tiles[i].rate.value);
  EXPECT_EQ(after.launch, before.launch);
  EXPECT_EQ(after.unaligned_rate.value, before.unaligned_rate.value);
}

// One kernel after the other on one GPU: a launch that is longer is paid by each kernel bound by memory.
TEST(Constants, ALaunchIsPaidByEachKernelOfItsKind) {
  const TrainingJob job = test::small_job(1, 1, 1, 2);
  const Setting setting = one_gpu_node();
  const auto engine = sim::make_fluid_engine();
  const TrainingRun run = run_training(job, setting.stack, topology::Cluster(setting.cluster), *engine, {});
  const auto time_with = [&](double factor) {
    const Setting changed = with_constant("calibration.memory.launch", factor, setting);
    return run_training(job, changed.stack, topology::Cluster(changed.cluster), *engine, {}).iteration.iteration;
  };
  const sim::Duration launch = setting.stack.calibration.memory.launch;
  const double per_kernel = 0.1 * launch.seconds();
  const double kernels = (time_with(1.1) - run.iteration.iteration).seconds() / per_kernel;
  EXPECT_GT(kernels, 100);
  EXPECT_NEAR(kernels, std::round(kernels), 0.01) << "a whole number of kernels";
  const Influences found = influences(job, setting, run.iteration.iteration, *engine);
  const auto influence =
      std::ranges::find_if(found.constants, [](const auto& each) { return each.constant.name == "calibration.memory.launch"; });
  ASSERT_NE(influence, found.constants.end());
  EXPECT_EQ(influence->larger, time_with(1.1));
  EXPECT_EQ(influence->smaller, time_with(1 / 1.1));
  EXPECT_TRUE(std::ranges::is_sorted(found.constants, {}, [](const auto& each) { return sim::Duration{} - each.swing(); }));
}

}  // namespace
}  // namespace orrery::workloads
