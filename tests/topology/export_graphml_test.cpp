// What is written reads back.
#include "topology/export_graphml.h"

#include <gtest/gtest.h>

#include "tests/topology/described_survey.h"
#include "tests/topology/fabric_sample.h"
#include "topology/import_graphml.h"

namespace orrery::topology {
namespace {

TEST(ExportGraphml, ReadsBackAsTheSameDevicesAndCables) {
  const Survey survey = test::assorted_survey();
  EXPECT_EQ(test::described(read_graphml(graphml(survey), "again")), test::described(survey));
}

TEST(ExportGraphml, AnEmptySurveyIsAnEmptyGraph) {
  const Survey survey = read_graphml(graphml({}), "again");
  EXPECT_TRUE(survey.devices.empty());
  EXPECT_TRUE(survey.cables.empty());
}

TEST(ExportGraphml, TheScalableUnitReadsBack) {
  const auto text = test::fabric_sample("synthetic/su1/su1.graphml");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no sample of a fabric";
  const Survey survey = read_graphml(*text, "su1.graphml");
  EXPECT_EQ(test::described(read_graphml(graphml(survey), "again")), test::described(survey));
}

}  // namespace
}  // namespace orrery::topology
