#include "scenarios/places.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace orrery::scenarios {
namespace {

std::vector<std::string> whats(std::vector<PlacedFault> faults) {
  try {
    throw_if_any(std::move(faults));
  } catch (const sim::Error& error) {
    std::vector<std::string> result;
    for (const sim::Fault& fault : error.faults()) result.push_back(fault.what);
    return result;
  }
  return {};
}

TEST(Places, PointerStepsAreEscaped) {
  EXPECT_EQ(below("/a", "b"), "/a/b");
  EXPECT_EQ(below("", "x/y~z"), "/x~1y~0z");
}

TEST(Places, FaultStandsAtItsValueAndUnknownKeyAtItsKey) {
  Places places("pod.json");
  places.put("/cluster/fabric/link", {.key = {12, 7}, .value = {12, 15}});
  EXPECT_EQ(places.placed("/cluster/fabric/link", "", "").place, "pod.json:12:15 /cluster/fabric/link");
  EXPECT_EQ(places.placed_at_key("/cluster/fabric/link", "", "").place, "pod.json:12:7 /cluster/fabric/link");
}

TEST(Places, PointerWithoutPositionStandsAtItsNearestAncestor) {
  Places places("pod.json");
  places.put("/workload", {.key = {3, 3}, .value = {3, 15}});
  EXPECT_EQ(places.placed("/workload/parallelism/tensor", "", "").place, "pod.json:3:15 /workload/parallelism/tensor");
  EXPECT_EQ(places.placed("/software", "", "").place, "pod.json:1:1 /software");
  EXPECT_EQ(places.placed("", "", "").place, "pod.json:1:1");
}

TEST(Places, LongPointersAreCutBetweenCharacters) {
  const Places places("pod.json");
  std::string pointer = "/";
  for (int i = 0; i < 100; ++i) pointer += "\u00e4";
  // The slash is one byte, so byte 160 falls inside an umlaut: 79 of them fit.
  EXPECT_EQ(places.placed(pointer, "", "").place, "pod.json:1:1 " + pointer.substr(0, 159) + "...");
}

TEST(Places, OverrideTakesThePlaceOfAllThatItReplaces) {
  Places places("pod.json");
  places.put("/cluster", {.key = {2, 1}, .value = {2, 9}});
  places.put("/cluster/fabric", {.key = {3, 1}, .value = {3, 9}});
  places.put("/cluster/fabric/link", {.key = {4, 1}, .value = {4, 9}});
  places.put("/cluster/fabrics", {.key = {5, 1}, .value = {5, 9}});
  places.put_override("/cluster/fabric", "--set cluster.fabric", "/cluster/fabric");
  EXPECT_EQ(places.placed("/cluster/fabric", "", "").place, "--set cluster.fabric");
  EXPECT_EQ(places.placed("/cluster/fabric/link", "", "").place, "--set cluster.fabric /cluster/fabric/link");
  EXPECT_EQ(places.placed("/cluster/fabrics", "", "").place, "pod.json:5:9 /cluster/fabrics");
}

TEST(Places, FaultsAreThrownInOrderOfTheFileAndOverridesLast) {
  EXPECT_TRUE(whats({}).empty());
  EXPECT_EQ(
      whats({{last_position, {"", "set", ""}}, {{9, 1}, {"", "late", ""}}, {{2, 8}, {"", "early", ""}}, {{2, 8}, {"", "second", ""}}}),
      (std::vector<std::string>{"early", "second", "late", "set"}));
}

TEST(Places, ErrorIsUnavailableOnlyWhereEveryFaultIs) {
  const PlacedFault bad{{1, 1}, {"", "bad", ""}};
  const PlacedFault later{{2, 1}, {"", "later", ""}, sim::ErrorKind::unavailable};
  const auto kind = [](std::vector<PlacedFault> faults) {
    try {
      throw_if_any(std::move(faults));
    } catch (const sim::Error& error) {
      return error.kind();
    }
    return sim::ErrorKind::infeasible;
  };
  EXPECT_EQ(kind({later, later}), sim::ErrorKind::unavailable);
  EXPECT_EQ(kind({later, bad}), sim::ErrorKind::bad_input);
}

}  // namespace
}  // namespace orrery::scenarios
