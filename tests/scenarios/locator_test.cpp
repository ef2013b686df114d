#include "scenarios/locator.h"

#include <gtest/gtest.h>

namespace orrery::scenarios {
namespace {

std::string place(std::string_view text, const std::string& pointer) { return locate("f", text).places.placed(pointer, "", "").place; }

TEST(Locator, FindsKeysAndValuesOverLines) {
  constexpr std::string_view text =
      "{\n"
      "  \"a\": 1,\n"
      "  \"b\": { \"c\": [true], \"d\": \"x\" }\n"
      "}";
  EXPECT_EQ(place(text, ""), "f:1:1");
  EXPECT_EQ(place(text, "/a"), "f:2:8 /a");
  EXPECT_EQ(place(text, "/b"), "f:3:8 /b");
  EXPECT_EQ(place(text, "/b/c"), "f:3:15 /b/c");
  EXPECT_EQ(place(text, "/b/d"), "f:3:28 /b/d");
  EXPECT_EQ(locate("f", text).places.placed_at_key("/b/d", "", "").place, "f:3:23 /b/d");
}

TEST(Locator, SkipsBothKindsOfComments) {
  EXPECT_EQ(place("// one {\n/* two \"\n */ { // three\n \"a\" /* : */ : /**/ 7 }", "/a"), "f:4:21 /a");
}

TEST(Locator, CountsCharactersNotBytes) {
  EXPECT_EQ(place("{\"\u00b5s\": \"\u00e4\", \"a\": 1}", "/a"), "f:1:18 /a");
  EXPECT_EQ(place("\xEF\xBB\xBF{\"a\": 1}", "/a"), "f:1:7 /a");
}

TEST(Locator, DecodesEscapedKeys) {
  EXPECT_EQ(place(R"({"\u0061\"b": 1})", "/a\"b"), "f:1:15 /a\"b");
  EXPECT_EQ(place(R"({"x/y": {"~": 1}})", "/x~1y/~0"), "f:1:15 /x~1y/~0");
}

TEST(Locator, ObjectsInListsHavePlacesOfTheirOwn) {
  EXPECT_EQ(place("[{\"a\": 1},\n {\"a\": 2}]", "/1/a"), "f:2:8 /1/a");
  EXPECT_EQ(place("[[\n{\"a\": 2}]]", "/0/0"), "f:2:1 /0/0");
}

TEST(Locator, KeyGivenTwiceIsAFaultAtTheSecond) {
  const Located located = locate("f", "{\"a\": {\"b\": 1},\n \"a\": 2}");
  ASSERT_EQ(located.faults.size(), 1U);
  EXPECT_EQ(sim::to_text(located.faults[0].fault), "f:2:2 /a: key \"a\" is given twice; the first is in line 1; keep one");
}

TEST(Locator, ACommentEndsAtALoneReturnAsForTheLibrary) {
  const Located located = locate("f", "{ // a\r\"b\": 1, // c\r\n\"d\": 2 }");
  EXPECT_EQ(located.places.order("/b"), (Position{1, 8}));
  EXPECT_EQ(located.places.order("/d"), (Position{2, 1}));
}

TEST(Locator, PositionOfAnOffset) {
  EXPECT_EQ(position_of("ab\ncd", 0), (Position{1, 1}));
  EXPECT_EQ(position_of("ab\ncd", 4), (Position{2, 2}));
  EXPECT_EQ(position_of("ab\ncd", 99), (Position{2, 3}));
}

}  // namespace
}  // namespace orrery::scenarios
