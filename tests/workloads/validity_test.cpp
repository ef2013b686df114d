#include "workloads/validity.h"

#include <gtest/gtest.h>

#include "tests/committed.h"
#include "tests/workloads/fixtures.h"

namespace orrery::workloads {
namespace {

struct Case {
  TrainingJob job = test::small_job(1, 1, 1, 1);
  Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  topology::ClusterSpec machine{.node = committed::dgx_a100(), .nodes = 2, .fabric = {}};

  Case() { stack.software.validated = Validation{.dataset = "runs", .rows = 3, .mape = 0.05}; }
  Validity validity() const { return validity_of(job, stack, topology::Cluster(machine)); }
};

// What is noted where just one thing is out of range.
std::string only_note(const Case& one) {
  const Validity validity = one.validity();
  EXPECT_FALSE(validity.inside_range);
  EXPECT_EQ(validity.notes.size(), 1U);
  return validity.notes.empty() ? "" : validity.notes.front();
}

TEST(Validity, AMeasuredStackOnAMeasuredDeviceIsInside) {
  const Validity validity = Case{}.validity();
  EXPECT_TRUE(validity.inside_range);
  EXPECT_TRUE(validity.notes.empty());
  ASSERT_TRUE(validity.expected_error.has_value());
  EXPECT_EQ(validity.expected_error->rows, 3);
}

TEST(Validity, BothTypesOf16BitsAreInside) {
  Case one;
  one.job.precision = sim::DataType::bf16;
  EXPECT_TRUE(one.validity().inside_range);
}

TEST(Validity, AStackThatWasNeverComparedHasNoExpectedError) {
  Case one;
  one.stack.software.validated.reset();
  EXPECT_NE(only_note(one).find("plain"), std::string::npos);
  EXPECT_FALSE(one.validity().expected_error.has_value());
}

TEST(Validity, AnotherDeviceIsOutside) {
  Case one;
  one.stack.calibration.carried_from = "A100-SXM4-40GB";
  EXPECT_NE(only_note(one).find("A100-SXM4-40GB"), std::string::npos);
}

TEST(Validity, AnotherGenerationHasNoExpectedErrorWhateverItsCalibration) {
  Case one;
  one.machine.node.gpu.compute_capability = 90;
  EXPECT_NE(only_note(one).find("was on GPUs like A100-SXM4-80GB"), std::string::npos);
  EXPECT_FALSE(one.validity().expected_error.has_value());
}

TEST(Validity, WhatNoMeasuredRunHadIsOutside) {
  const auto noted = [](auto change) {
    Case one;
    change(one);
    return only_note(one);
  };
  EXPECT_NE(noted([](Case& one) { one.job.parallelism.offload_optimizer = Offload::cpu; }).find("offloading"), std::string::npos);
  EXPECT_NE(noted([](Case& one) { one.job.model.encoder_layers = 1; }).find("an encoder"), std::string::npos);
  EXPECT_NE(noted([](Case& one) { one.stack.software.overlap_tensor = true; }).find("beside products"), std::string::npos);
  EXPECT_NE(noted([](Case& one) { one.job.parallelism.context = 2; }).find("context ranks"), std::string::npos);
  EXPECT_NE(noted([](Case& one) { one.job.model.experts = 8; }).find("a mixture of experts"), std::string::npos);
  EXPECT_NE(noted([](Case& one) { one.job.schedule = Schedule::zb_h1; }).find("split backward passes"), std::string::npos);
}

TEST(Validity, AnotherChipIsOutsideAndHasNoExpectedError) {
  Case one;
  one.stack.calibration.carried_from = "A100-SXM4-80GB";
  one.stack.calibration.other_chip = true;
  EXPECT_NE(only_note(one).find("the same shares of their peaks"), std::string::npos);
  EXPECT_FALSE(one.validity().expected_error.has_value());
}

TEST(Validity, ProductsIn8BitsAreOutside) {
  Case one;
  one.job.products = sim::DataType::fp8;
  EXPECT_NE(only_note(one).find("fp8"), std::string::npos);
}

TEST(Validity, AVersionOfNcclThatIsOlderThanTheGpuIsOutside) {
  Case one;
  one.stack.nccl = committed::nccl("2.8");
  EXPECT_TRUE(one.validity().inside_range);
  one.stack.software.validated->compute_capability = 90;
  one.machine.node.gpu.compute_capability = 90;
  EXPECT_NE(only_note(one).find("NCCL 2.8 knew no A100"), std::string::npos);
  one.stack.nccl = committed::nccl();
  EXPECT_TRUE(one.validity().inside_range);
}

TEST(Validity, SinglePrecisionIsOutside) {
  Case one;
  one.job.precision = sim::DataType::fp32;
  EXPECT_NE(only_note(one).find("fp32"), std::string::npos);
}

TEST(Validity, HeadsThatTensorCoresDoNotLikeAreOutside) {
  Case one;
  one.job.model.hidden = 16 * 60;
  EXPECT_NE(only_note(one).find("60"), std::string::npos);
}

TEST(Validity, AnOversubscribedFabricIsOutside) {
  Case one;
  one.machine.fabric.oversubscription = 2;
  EXPECT_NE(only_note(one).find("oversubscribed"), std::string::npos);
}

}  // namespace
}  // namespace orrery::workloads
