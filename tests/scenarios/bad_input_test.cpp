// Every file of tests/bad_input is refused with the text beside it. A case is NAME.json, what is wrong with it, and NAME.expected, the
// message word for word; NAME.set holds lines for --set.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "sim/error.h"

namespace orrery::scenarios {
namespace {

const std::filesystem::path bad_inputs = std::filesystem::path(ORRERY_SOURCE_DIR) / "tests" / "bad_input";

std::string whole(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::string> lines(const std::filesystem::path& path) {
  std::vector<std::string> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) result.push_back(line);
  return result;
}

std::vector<std::string> cases() {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(bad_inputs)) {
    if (entry.path().extension() == ".json") result.push_back(entry.path().stem().string());
  }
  std::ranges::sort(result);
  return result;
}

class BadInput : public testing::TestWithParam<std::string> {};

TEST_P(BadInput, IsRefusedWithItsMessage) {
  const std::string file = GetParam() + ".json";
  const PresetLibrary library{std::filesystem::path(ORRERY_SOURCE_DIR) / "scenarios", "nowhere"};
  std::string message = "no fault was found";
  try {
    parse_scenario(file, whole(bad_inputs / file), lines(bad_inputs / (GetParam() + ".set")), library);
  } catch (const sim::Error& error) {
    message = error.what();
    EXPECT_EQ(error.kind() == sim::ErrorKind::unavailable, GetParam() == "not_available_yet" || GetParam() == "unmeasured_device");
  }
  EXPECT_EQ(message + "\n", whole(bad_inputs / (GetParam() + ".expected")));
}

INSTANTIATE_TEST_SUITE_P(Cases, BadInput, testing::ValuesIn(cases()), [](const auto& bad_input) { return bad_input.param; });

}  // namespace
}  // namespace orrery::scenarios
