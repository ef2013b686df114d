#include "scenarios/json_tokens.h"

#include <gtest/gtest.h>

namespace orrery::scenarios {
namespace {

std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> result;
  JsonTokens tokens(text);
  for (JsonToken token = tokens.next(); !token.text.empty(); token = tokens.next()) {
    EXPECT_EQ(text.substr(token.at, token.text.size()), token.text);
    result.emplace_back(token.text);
  }
  return result;
}

using Texts = std::vector<std::string>;

TEST(JsonTokens, MarksTextsAndWords) {
  EXPECT_EQ(tokens_of(R"({"a\"]": [1.5e3,true]})"), (Texts{"{", R"("a\"]")", ":", "[", "1.5e3", ",", "true", "]", "}"}));
}

TEST(JsonTokens, CommentsAndTheByteOrderMarkAreSkipped) {
  EXPECT_EQ(tokens_of("\xEF\xBB\xBF// {\n/* \" */1/**/2//3"), (Texts{"1", "2"}));
  EXPECT_EQ(tokens_of(" // nothing"), Texts{});
  EXPECT_EQ(tokens_of("// ends at a lone return\r1"), Texts{"1"});  // as the JSON library has it
}

TEST(JsonTokens, WhatIsNoJsonHasTokensToo) {
  EXPECT_EQ(tokens_of("'a' = 08 # b"), (Texts{"'a'", "=", "08", "#", "b"}));
  EXPECT_EQ(tokens_of("\"open\n]"), (Texts{"\"open", "]"}));
  EXPECT_EQ(tokens_of("\"open\\"), Texts{"\"open\\"});
  EXPECT_EQ(tokens_of("1 /* open"), (Texts{"1", "/* open"}));
  EXPECT_EQ(tokens_of("/"), Texts{"/"});
}

}  // namespace
}  // namespace orrery::scenarios
