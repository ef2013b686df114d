#include "sim/colouring.h"

#include <gtest/gtest.h>

#include <vector>

namespace orrery::sim {
namespace {

using Numbers = std::vector<std::uint32_t>;
constexpr auto nothing = [](std::uint32_t, std::uint32_t, std::uint32_t) {};

Numbers members(const NumberSet& set) {
  Numbers result;
  set.for_each([&](std::uint32_t number) { result.push_back(number); });
  return result;
}

TEST(NumberSet, IsGoneThroughInAscendingOrder) {
  NumberSet set(200);
  EXPECT_TRUE(set.empty());
  for (const std::uint32_t number : {199U, 0U, 63U, 64U, 130U, 64U}) set.insert(number);
  set.erase(130);
  EXPECT_EQ(members(set), (Numbers{0, 63, 64, 199}));
  EXPECT_TRUE(set.contains(63));
  EXPECT_FALSE(set.contains(130));
  set.clear();
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(members(set), Numbers{});
}

TEST(NumberSet, AllAreTheNumbersAndNoMore) {
  for (const std::uint32_t numbers : {0U, 1U, 63U, 64U, 65U, 128U}) EXPECT_EQ(members(NumberSet::all(numbers)).size(), numbers);
}

TEST(ColourGroups, APairIsOneGroupHoweverOftenTheTableGrows) {
  ColourGroups groups;
  for (int time = 0; time < 3; ++time) {
    for (std::uint32_t i = 0; i < 10'000; ++i) EXPECT_EQ(groups.add(i % 7, std::uint64_t{i} << 40), i);
  }
  EXPECT_EQ(groups.groups().size(), 10'000U);
  EXPECT_EQ(groups.groups()[1234].members, 3U);
  EXPECT_EQ(groups.add(1, 0), 10'000U);  // the signature is known, but of colour 0
}

TEST(Colouring, TheMostNumerousKeepTheColour) {
  Colouring things(6);
  const Numbers signatures{5, 7, 7, 7, 5, 9};
  std::vector<Numbers> recoloured;
  EXPECT_TRUE(things.part([&](std::uint32_t i) { return signatures[i]; },
                          [&](std::uint32_t i, std::uint32_t from, std::uint32_t to) { recoloured.push_back({i, from, to}); }));
  EXPECT_EQ(recoloured, (std::vector<Numbers>{{0, 0, 1}, {4, 0, 1}, {5, 0, 2}}));
  EXPECT_TRUE(things.is_alone(5));
  EXPECT_FALSE(things.is_alone(0));
  EXPECT_EQ(std::move(things).numbered(), (Numbers{0, 1, 1, 1, 0, 2}));
}

TEST(Colouring, WhoeverWasNotTouchedKeepsTheColour) {
  Colouring things(Numbers{0, 0, 0, 0, 1});
  for (const std::uint32_t touched : {0U, 1U, 2U, 4U}) things.touch(touched);
  // Of one colour, 0 and 1 now look alike, 2 otherwise; nobody can part from 4, which is alone and not looked at.
  const auto signature = [](std::uint32_t i) -> std::uint64_t {
    EXPECT_LT(i, 3U);
    return i == 2 ? 8 : 7;
  };
  std::vector<Numbers> recoloured;
  EXPECT_TRUE(things.part(signature, [&](std::uint32_t i, std::uint32_t from, std::uint32_t to) { recoloured.push_back({i, from, to}); }));
  EXPECT_EQ(recoloured, (std::vector<Numbers>{{0, 0, 2}, {1, 0, 2}, {2, 0, 3}}));
  EXPECT_TRUE(things.is_alone(3));
  EXPECT_TRUE(things.is_alone(2));
  EXPECT_FALSE(things.is_alone(0));
  EXPECT_EQ(std::move(things).numbered(), (Numbers{0, 0, 1, 2, 3}));
}

TEST(Colouring, AStepLooksAtWhatWasTouchedSinceTheLast) {
  Colouring things(4);
  EXPECT_TRUE(things.part([](std::uint32_t i) { return i / 2; }, nothing));
  EXPECT_FALSE(things.part([](std::uint32_t i) { return i; }, nothing));
  things.touch_all();
  EXPECT_FALSE(things.part([](std::uint32_t) { return 7; }, nothing)) << "those of one colour are alike still";
  things.touch_all();
  EXPECT_TRUE(things.part([](std::uint32_t i) { return i % 2; }, nothing));
  EXPECT_EQ(std::move(things).numbered(), (Numbers{0, 1, 2, 3}));
}

}  // namespace
}  // namespace orrery::sim
