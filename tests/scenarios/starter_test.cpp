#include "scenarios/starter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "scenarios/scenario.h"
#include "scenarios/schema.h"
#include "sim/error.h"
#include "tests/committed.h"
#include "tests/starter_lines.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

using test::lines_of;
using test::uncommented;

Scenario parsed_starter(const std::string& text) { return parse_scenario("my.json", text, {}, committed::library()); }

TEST(Starter, ReadsAsASmallJobOnASmallMachine) {
  const Scenario scenario = parsed_starter(starter_scenario(committed::library()));
  ASSERT_TRUE(scenario.training.has_value());
  EXPECT_EQ(scenario.training->gpus(), 16);
  EXPECT_EQ(scenario.cluster.nodes, 2);
}

void expect_keys(const nlohmann::ordered_json& schema, const std::string& text) {
  for (const auto& kind : schema.value("allOf", nlohmann::ordered_json::array())) {
    const auto& properties = kind["if"]["properties"];
    const bool is_written =
        text.find("\"" + properties.begin().key() + "\": " + properties.begin().value()["const"].dump()) != std::string::npos;
    if (is_written) expect_keys(kind["then"], text);
  }
  const auto properties = schema.value("properties", nlohmann::ordered_json::object());
  for (const auto& [key, value] : properties.items()) {
    if (key == "$schema") continue;  // for editors, which write it themselves
    std::string meaning = value["description"].get<std::string>();
    meaning.erase(std::min(meaning.find(" (not available yet"), meaning.size()));
    const auto says_it = [&](const std::string& line) {
      return line.find("\"" + key + "\": ") != std::string::npos && line.find("// " + meaning.substr(0, 30)) != std::string::npos;
    };
    const std::vector<std::string> lines = lines_of(text);
    EXPECT_TRUE(std::ranges::any_of(lines, says_it)) << key << ": " << meaning;
    expect_keys(value, text);
  }
}

TEST(Starter, HasEveryKeyOfAScenarioWithItsMeaning) {
  const std::string text = starter_scenario(committed::library());
  expect_keys(schema("scenario", committed::library()), text);
}

TEST(Starter, LinesAreAtMost140WideAndEndWithoutBlanks) {
  for (const std::string& line : lines_of(starter_scenario(committed::library()))) {
    EXPECT_LE(line.size(), 140U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(Starter, EachKeyMayBeUncommentedAloneAndAllTogether) {
  const std::string text = starter_scenario(committed::library());
  const std::vector<test::Uncommented> each = test::with_one_key(text);
  EXPECT_GT(each.size(), 15U);
  for (const test::Uncommented& one : each) EXPECT_NO_THROW(parsed_starter(one.text)) << one.line;
  EXPECT_NO_THROW(parsed_starter(uncommented(lines_of(text), 8, lines_of(text).size())));  // from the opening brace on
}

TEST(Starter, WhatIsCommentedOutIsTheDefault) {
  const std::string text = starter_scenario(committed::library());
  const auto whole = nlohmann::json::parse(parsed_starter(text).resolved);
  auto spelled_out = nlohmann::json::parse(parsed_starter(uncommented(lines_of(text), 8, lines_of(text).size())).resolved);
  // What has no default of its own shows an example.
  spelled_out.erase("published");
  spelled_out.erase("condition");
  spelled_out["cluster"]["fabric"].erase("levels");
  spelled_out["cluster"]["fabric"].erase("pgft");
  EXPECT_EQ(spelled_out, whole);
}

TEST(Starter, TheCalibrationIsThatOfTheNode) {
  const orrery::test::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "calibrations");
  std::ofstream(folder.path() / "calibrations" / "a-first.json") << R"({ "device": "another GPU" })";
  PresetLibrary library = committed::library();
  library.local = folder.path();
  EXPECT_NE(starter_scenario(library).find("// \"calibration\": \"a100-sxm-80gb\","), std::string::npos);
}

TEST(Starter, AMissingPresetIsNamed) { EXPECT_THROW(starter_scenario(PresetLibrary{.root = "/nowhere"}), sim::Error); }

}  // namespace
}  // namespace orrery::scenarios
