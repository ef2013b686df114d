// Every example scenario against its golden result, byte for byte: a change of any figure is seen and must be meant.
// To accept what is: ORRERY_UPDATE_GOLDEN=1 build/release/tests/orrery_golden_test

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/process.h"

namespace orrery::golden {
namespace {

std::vector<std::string> examples() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(ORRERY_SOURCE_DIR) + "/scenarios/examples")) {
    names.push_back(entry.path().stem());
  }
  return names;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, ExampleGivesItsGoldenResult) {
  const auto outcome = cli::test::orrery("run " + cli::test::example(GetParam()) + " --json");
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const auto document = nlohmann::ordered_json::parse(outcome.out);
  const nlohmann::ordered_json kept = {{"events", document["simulation"]["events"]}, {"result", document["result"]}};
  const std::string text = kept.dump(2) + "\n";
  const std::string path = std::string(ORRERY_SOURCE_DIR) + "/tests/golden/" + GetParam() + ".json";
  if (std::getenv("ORRERY_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  EXPECT_EQ(text, std::string(std::istreambuf_iterator<char>(file), {}));
}

INSTANTIATE_TEST_SUITE_P(Examples, Golden, testing::ValuesIn(examples()), [](const auto& name) {
  std::string legal = name.param;
  std::replace_if(legal.begin(), legal.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return legal;
});

}  // namespace
}  // namespace orrery::golden
