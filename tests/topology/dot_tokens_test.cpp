// The words of DOT.
#include "topology/dot_tokens.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  DotTokens tokens(text, "f.dot");
  while (tokens.peek().kind != DotTokenKind::end) found.push_back(tokens.next().text);
  return found;
}

TEST(DotTokens, AreIdsEdgesAndPunctuation) {
  EXPECT_EQ(words("a--b:p1->\"c d\"[x=-1.5;y=.5]"),
            (std::vector<std::string>{"a", "--", "b", ":", "p1", "->", "c d", "[", "x", "=", "-1.5", ";", "y", "=", ".5", "]"}));
}

TEST(DotTokens, QuotesEscapeAndJoin) {
  EXPECT_EQ(words(R"("a\"b" "c\\" "d\n")"), (std::vector<std::string>{"a\"b", "c\\", "d\\n"}));
  EXPECT_EQ(words("\"a\\\nb\" + /* and */ \"c\""), (std::vector<std::string>{"abc"}));
  EXPECT_EQ(words("<b<i>x</i>>y"), (std::vector<std::string>{"b<i>x</i>", "y"}));
}

TEST(DotTokens, CommentsArePassedOver) { EXPECT_EQ(words("# first\na // b\n/* c\n d */ e"), (std::vector<std::string>{"a", "e"})); }

TEST(DotTokens, KeywordsAreInAnyCaseAndNotQuoted) {
  DotTokens tokens("GrAph \"graph\" graphs", "f.dot");
  EXPECT_TRUE(tokens.next().is_keyword("graph"));
  EXPECT_FALSE(tokens.next().is_keyword("graph"));
  EXPECT_FALSE(tokens.next().is_keyword("graph"));
}

TEST(DotTokens, KnowTheirLine) {
  DotTokens tokens("a\n/*\n*/ \"b\nc\" d", "f.dot");
  EXPECT_EQ(tokens.next().line, 1);
  EXPECT_EQ(tokens.next().line, 3);
  EXPECT_EQ(tokens.next().line, 4);
}

TEST(DotTokens, RefuseWhatDoesNotEnd) {
  const auto said_of = [](std::string_view text) { return test::refusal([&] { words(text); }); };
  EXPECT_EQ(said_of("a\n\"b\n"), "f.dot:2: a quote is not closed; close it with \"");
  EXPECT_EQ(said_of("\"b\\"), "f.dot:1: a quote is not closed; close it with \"");
  EXPECT_EQ(said_of("/* b"), "f.dot:1: a comment does not end; close it with */");
  EXPECT_EQ(said_of("/*/"), "f.dot:1: a comment does not end; close it with */");
  EXPECT_EQ(said_of("<b>>\n<"), "f.dot:1: '>' begins no word of DOT; put names with such characters in quotes");
  EXPECT_EQ(said_of("<b"), "f.dot:1: markup is not closed; close it with >");
  EXPECT_EQ(said_of("a 600e-9"), "f.dot:1: a letter follows the number 600; put it in quotes");
  EXPECT_EQ(said_of("a.b"), "f.dot:1: '.' begins no word of DOT; put names with such characters in quotes");
  EXPECT_EQ(said_of("\"a\" + b"), "f.dot:1: + joins texts in quotes only; write \"a\" + \"b\"");
}

}  // namespace
}  // namespace orrery::topology
