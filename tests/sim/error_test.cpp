#include "sim/error.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace orrery::sim {
namespace {

TEST(Error, FaultReadsAsPlaceThenWhatThenRemedy) {
  EXPECT_EQ(to_text({.place = "pod.json:12:15", .what = "\"400\" has no unit", .remedy = "write e.g. \"400 Gbit/s\""}),
            "pod.json:12:15: \"400\" has no unit; write e.g. \"400 Gbit/s\"");
}

TEST(Error, EmptyPartsOfAFaultLeaveNoPunctuation) {
  EXPECT_EQ(to_text({.what = "what"}), "what");
  EXPECT_EQ(to_text({.place = "place", .what = "what"}), "place: what");
  EXPECT_EQ(to_text({.what = "what", .remedy = "remedy"}), "what; remedy");
  EXPECT_EQ(to_text({}), "");
}

TEST(Error, SaysEveryFaultInOrder) {
  const std::vector<Fault> faults = {{.place = "a", .what = "one"}, {.place = "b", .what = "two"}};
  const Error error(faults, ErrorKind::infeasible);
  EXPECT_STREQ(error.what(), "a: one\nb: two");
  ASSERT_EQ(error.faults().size(), 2u);
  EXPECT_EQ(error.faults()[1].place, "b");
  EXPECT_EQ(error.kind(), ErrorKind::infeasible);
}

TEST(Error, IsTheInputsFaultUnlessSaidOtherwise) {
  const Error error(Fault{.what = "bad"});
  EXPECT_EQ(error.kind(), ErrorKind::bad_input);
  EXPECT_STREQ(error.what(), "bad");
}

TEST(Error, ShowsNothingThatATerminalObeys) {
  // A key of a file: ESC [ 3 1 m would colour the rest of the terminal, \xff is no UTF-8; the micro sign is.
  const Error error(Fault{.place = "pod.json:1:2 /\x1b[31mred", .what = "unknown key \"\xff\"", .remedy = "write\n\"\xc2\xb5\""});
  EXPECT_STREQ(error.what(), "pod.json:1:2 /?[31mred: unknown key \"?\"; write?\"\xc2\xb5\"");
  EXPECT_EQ(error.faults()[0].place, "pod.json:1:2 /?[31mred");
}

TEST(Error, WithoutFaultsIsABug) { EXPECT_THROW(Error(std::vector<Fault>{}), std::logic_error); }

TEST(Check, NamesTheLineThatFailed) {
  EXPECT_NO_THROW(check(true, "all is well"));
  const int line = __LINE__ + 2;
  try {
    check(false, "rates are positive");
    FAIL();
  } catch (const std::logic_error& bug) {
    const std::string text = bug.what();
    EXPECT_NE(text.find("error_test.cpp:" + std::to_string(line)), std::string::npos) << text;
    EXPECT_NE(text.find("rates are positive"), std::string::npos) << text;
  }
}

const std::vector<std::string> keys = {"layers", "hidden_size", "sequence_length", "vocabulary", "heads", "link"};

TEST(NearestName, FindsSlipsOfTheHand) {
  EXPECT_EQ(nearest_name("sequnce_length", keys), "sequence_length");  // left out
  EXPECT_EQ(nearest_name("heeads", keys), "heads");                    // put in
  EXPECT_EQ(nearest_name("layars", keys), "layers");                   // replaced
  EXPECT_EQ(nearest_name("lnik", keys), "link");                       // swapped: one slip, and four letters allow no second
  EXPECT_EQ(nearest_name("HEADS", keys), "heads");
  EXPECT_EQ(nearest_name("heads", keys), "heads");
}

TEST(NearestName, GivesUpWhereNothingIsNear) {
  EXPECT_EQ(nearest_name("xyz", keys), "");
  EXPECT_EQ(nearest_name("", keys), "");
  EXPECT_EQ(nearest_name("x", {"y", "z"}), "");
  EXPECT_EQ(nearest_name("heads", {}), "");
}

// Six letters allow two slips: "lakers" and "lakars" are one and two from "layers", "lakarz" three.
// A line of a binary file may be a name of a gigabyte.
TEST(NearestName, NamesMuchLongerThanTheCandidatesCostNothing) {
  EXPECT_EQ(nearest_name(std::string(std::size_t{1} << 28U, 'a'), {"a", "banana", "cherry"}), "");
}

TEST(NearestName, AllowsAThirdOfTheLetters) {
  EXPECT_EQ(nearest_name("lakers", keys), "layers");
  EXPECT_EQ(nearest_name("lakars", keys), "layers");
  EXPECT_EQ(nearest_name("lakarz", keys), "");
}

TEST(NearestName, TakesTheNearestAndOfEquallyNearOnesTheFirst) {
  EXPECT_EQ(nearest_name("stage1", {"stages22", "stage2", "stage3"}), "stage2");
  EXPECT_EQ(nearest_name("stage1", {"stage3", "stage2"}), "stage3");
}

}  // namespace
}  // namespace orrery::sim
