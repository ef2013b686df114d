#include "workloads/serving/serving_job.h"

#include <gtest/gtest.h>

namespace orrery::workloads::serving {
namespace {

TEST(ServingJob, WeightsAreStoredInWhatTheJobSays) {
  ServingJob job;
  EXPECT_DOUBLE_EQ(bytes_per_weight(job), 2);
  job.weights = WeightType::int4;
  EXPECT_DOUBLE_EQ(bytes_per_weight(job), 0.5);
  job.weights = WeightType::int8;
  EXPECT_DOUBLE_EQ(bytes_per_weight(job), 1);
}

}  // namespace
}  // namespace orrery::workloads::serving
