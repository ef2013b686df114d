#include "report/result_diff.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "sim/error.h"

namespace orrery::report {
namespace {

using Json = nlohmann::ordered_json;

ResultDiff diff_between(const std::string& first, const std::string& second) {
  const auto result_of = [](const std::string& figures) { return Json::parse(R"({"scenario": {"nodes": 1}, "result": )" + figures + "}"); };
  const Json one = result_of(first), other = result_of(second);
  return diff_of(one, other);
}

TEST(ResultDiff, OneDiffersAndTwoDiffer) {
  const std::string base = R"({"a": 1.0, "b": 2.0, "c": 4.0})";
  const std::string one = diff_text(diff_between(base, R"({"a": 1.0, "b": 2.0, "c": 5.0})"), 0.01, {});
  EXPECT_NE(one.find("Of the results 1 figure differs, 2 are the same\n"), std::string::npos) << one;
  EXPECT_NE(one.find("+25.000 %"), std::string::npos) << one;
  const std::string two = diff_text(diff_between(base, R"({"a": 1.0, "b": 3.0, "c": 5.0})"), 0.01, {});
  EXPECT_NE(two.find("Of the results 2 figures differ, 1 is the same\n"), std::string::npos) << two;
}

TEST(ResultDiff, TextsThatDifferAreShownAndDoNotCount) {
  const std::string first = R"({"bottleneck": "compute", "a": 2.0})";
  const ResultDiff texts = diff_between(first, R"({"bottleneck": "data", "a": 2.0})");
  ASSERT_EQ(texts.figures.size(), 1U);
  EXPECT_EQ(texts.figures[0].key, "result.bottleneck");
  EXPECT_EQ(texts.largest(), 0);
  const ResultDiff missing = diff_between(first, R"({"bottleneck": "data"})");
  EXPECT_TRUE(std::isinf(missing.largest())) << "a figure that only one has is no text";
}

TEST(ResultDiff, WhatIsNoResultIsNamed) {
  for (const char* text : {"3", "{}", R"({"scenario": {}})", R"({"scenario": 1, "result": 2})"}) {
    try {
      check_result(Json::parse(text), "a/result.json");
      ADD_FAILURE() << text;
    } catch (const sim::Error& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("a/result.json: has no \"")) << error.what();
    }
  }
  EXPECT_NO_THROW(check_result(Json::parse(R"({"scenario": {}, "result": {}})"), "a/result.json"));
}

}  // namespace
}  // namespace orrery::report
