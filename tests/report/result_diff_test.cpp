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

// Of 10 s compute takes 6 and then 7, idle nothing and then 0.1: 10 % and 1 % of the 10 s. Of memory 100 in all, weights take 8 and
// then 12.
TEST(ResultDiff, PartsAreJudgedByTheirWhole) {
  const ResultDiff diff = diff_between(R"({"breakdown_seconds": {"compute": 6.0, "idle": 0.0, "data": 4.0},
                                           "memory_bytes": {"weights": 8, "total": 100, "capacity": 200}})",
                                       R"({"breakdown_seconds": {"compute": 7.0, "idle": 0.1},
                                           "memory_bytes": {"weights": 12, "total": 104, "capacity": 200}})");
  ASSERT_EQ(diff.figures.size(), 5U);
  EXPECT_EQ(diff.figures[0].key, "result.breakdown_seconds.compute");
  EXPECT_NEAR(diff.figures[0].relative, 0.1, 1e-12);
  EXPECT_NEAR(diff.figures[1].relative, 0.01, 1e-12);
  EXPECT_NEAR(diff.figures[2].relative, -0.4, 1e-12) << "a part that is missing is zero";
  EXPECT_NEAR(diff.figures[3].relative, 0.04, 1e-12);
  EXPECT_NEAR(diff.figures[4].relative, 0.04, 1e-12);
}

TEST(ResultDiff, AWholeThatOnlyOneHasCannotBeCompared) {
  EXPECT_TRUE(std::isinf(diff_between(R"({"energy": null})", R"({"energy": {"joules": {"hosts": 2.0}}})").largest()));
  EXPECT_TRUE(std::isinf(diff_between(R"({"money": {"usd": {"rent": 0.0}}})", R"({"money": {"usd": {"rent": 1.0}}})").largest()));
  EXPECT_TRUE(std::isinf(diff_between(R"({"a": 0.0})", R"({"a": 1.0})").largest())) << "no part of anything";
}

TEST(ResultDiff, LinksThatOneEngineDoesNotSeeHaveNoDistance) {
  const ResultDiff diff =
      diff_between(R"({"bounds_seconds": {"network": 2.0}, "busiest_links": [{"name": "a", "utilization": 0.5}], "b": 1.0})",
                   R"({"bounds_seconds": {"network": null}, "busiest_links": [], "b": 1.0})");
  EXPECT_EQ(diff.figures.size(), 4U);
  EXPECT_EQ(diff.largest(), 0);
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
