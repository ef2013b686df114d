#include "scenarios/starter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <sstream>

#include "scenarios/scenario.h"
#include "scenarios/schema.h"
#include "sim/error.h"
#include "tests/committed.h"

namespace orrery::scenarios {
namespace {

const std::regex commented_key(R"(^( *)// ( *".*)$)");

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// With the commented lines from `begin` to `end` taken in: keys, and the braces that close their objects.
std::string uncommented(std::vector<std::string> lines, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i >= begin && i < end) lines[i] = std::regex_replace(lines[i], std::regex(R"(^( *)// ( *["}].*)$)"), "$1$2");
    text += lines[i] + "\n";
  }
  return text;
}

Scenario parsed(const std::string& text) { return parse_scenario("my.json", text, {}, committed::library()); }

TEST(Starter, ReadsAsASmallJobOnASmallMachine) {
  const Scenario scenario = parsed(starter_scenario(committed::library()));
  ASSERT_TRUE(scenario.training.has_value());
  EXPECT_EQ(scenario.training->gpus(), 16);
  EXPECT_EQ(scenario.cluster.nodes, 2);
}

void expect_keys(const nlohmann::ordered_json& schema, const std::string& text) {
  for (const auto& kind : schema.value("allOf", nlohmann::ordered_json::array())) expect_keys(kind["then"], text);
  const auto properties = schema.value("properties", nlohmann::ordered_json::object());
  for (const auto& [key, value] : properties.items()) {
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
  const std::vector<std::string> lines = lines_of(starter_scenario(committed::library()));
  int keys = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (!std::regex_match(lines[i], match, commented_key) || match[2].str().starts_with(" ")) continue;
    std::size_t end = i + 1;
    if (lines[i].find("\": {") != std::string::npos) {
      while (!lines[end++].starts_with(match[1].str() + "// }")) {
      }
    }
    EXPECT_NO_THROW(parsed(uncommented(lines, i, end))) << lines[i];
    ++keys;
  }
  EXPECT_GT(keys, 15);
  EXPECT_NO_THROW(parsed(uncommented(lines, 8, lines.size())));  // from the opening brace on
}

TEST(Starter, WhatIsCommentedOutIsTheDefault) {
  const std::string text = starter_scenario(committed::library());
  const auto whole = nlohmann::json::parse(parsed(text).resolved);
  auto spelled_out = nlohmann::json::parse(parsed(uncommented(lines_of(text), 8, lines_of(text).size())).resolved);
  // What has no default of its own shows an example.
  spelled_out.erase("published");
  spelled_out["cluster"]["fabric"].erase("levels");
  spelled_out["workload"]["reductions"] = whole["workload"]["reductions"];
  EXPECT_EQ(spelled_out, whole);
}

TEST(Starter, AMissingPresetIsNamed) { EXPECT_THROW(starter_scenario(PresetLibrary{.root = "/nowhere"}), sim::Error); }

}  // namespace
}  // namespace orrery::scenarios
