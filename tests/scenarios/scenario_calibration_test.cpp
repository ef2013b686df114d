// Where a scenario finds no calibration that could be carried to its GPU.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "scenarios/scenario.h"
#include "sim/error.h"
#include "tests/committed.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

std::string gpt3_resolved() { return read_scenario("gpt3-175b", {}, committed::library()).resolved; }

TEST(ScenarioCalibration, WhereNothingWasMeasuredAWorkloadAsksForACalibration) {
  const test::TemporaryFolder folder;
  std::filesystem::copy(committed::library().root, folder.path(), std::filesystem::copy_options::recursive);
  std::filesystem::remove_all(folder.path() / "calibrations");
  nlohmann::json document = nlohmann::json::parse(gpt3_resolved());
  document.erase("calibration");
  try {
    parse_scenario("f", document.dump(), {}, {folder.path(), "nowhere"});
    FAIL() << "it was not refused";
  } catch (const sim::Error& error) {
    EXPECT_EQ(error.kind(), sim::ErrorKind::unavailable);
    EXPECT_NE(std::string(error.what()).find("no calibration of A100-SXM4-80GB comes with Orrery"), std::string::npos) << error.what();
  }
}

TEST(ScenarioCalibration, WithoutADatasheetItIsOfItsOwnDeviceAlone) {
  nlohmann::json document = nlohmann::json::parse(gpt3_resolved());
  document["calibration"].erase("datasheet");
  try {
    parse_scenario("f", document.dump(), {"cluster.node=dgx-h100"}, committed::library());
    FAIL() << "it was not refused";
  } catch (const sim::Error& error) {
    EXPECT_NE(std::string(error.what()).find("the calibration is of A100-SXM4-80GB, but the node's GPU is H100-SXM5-80GB"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace orrery::scenarios
