// What is written reads back.
#include "topology/export_dot.h"

#include <gtest/gtest.h>

#include "tests/topology/described_survey.h"
#include "tests/topology/fabric_sample.h"
#include "topology/import_dot.h"

namespace orrery::topology {
namespace {

TEST(ExportDot, ReadsBackAsTheSameDevicesAndCables) {
  const Survey survey = test::assorted_survey();
  EXPECT_EQ(test::described(read_dot(dot(survey), "again")), test::described(survey));
}

TEST(ExportDot, AnEmptySurveyIsAnEmptyGraph) {
  const Survey survey = read_dot(dot({}), "again");
  EXPECT_TRUE(survey.devices.empty());
  EXPECT_TRUE(survey.cables.empty());
}

TEST(ExportDot, TheScalableUnitReadsBack) {
  const auto text = test::fabric_sample("synthetic/su1/su1.dot");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no sample of a fabric";
  const Survey survey = read_dot(*text, "su1.dot");
  EXPECT_EQ(test::described(read_dot(dot(survey), "again")), test::described(survey));
}

}  // namespace
}  // namespace orrery::topology
