#include "sim/printable.h"

#include <gtest/gtest.h>

#include <string>

namespace orrery::sim {
namespace {

TEST(Printable, TextOfAnyLanguageStays) {
  for (const std::string text :
       {"", "plain", "\xc2\xa0", "Caf\xc3\xa9", "\xe2\x82\xac", "\xee\x80\x80", "\xf0\x9f\x9a\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_printable(text)) << text;
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ControlCharactersAndBrokenUtf8DoNot) {
  // C0, DEL and C1; a continuation alone; overlong forms; a surrogate; above U+10FFFF; cut short at the end and before another character.
  for (const std::string text : {"\n", "\x1b", "\x7f", "\xc2\x9b", "\x80", "\xc0\x80", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
                                 "\xf4\x90\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xf0\x9f\x9a"}) {
    EXPECT_FALSE(is_printable(text));
    EXPECT_FALSE(is_printable("a" + text + "b"));
    EXPECT_EQ(printable("a" + text + "b"), "a" + std::string(text.size(), '?') + "b");
  }
  EXPECT_EQ(printable(std::string("\0", 1)), "?");
}

TEST(Printable, WhatIsMadePrintableIs) {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text = {static_cast<char>(first), static_cast<char>(second), '\x9a', '\x80', 'x'};
      const std::string shown = printable(text);
      EXPECT_TRUE(is_printable(shown));
      EXPECT_EQ(shown.size(), text.size());
      EXPECT_EQ(shown == text, is_printable(text));
    }
  }
}

}  // namespace
}  // namespace orrery::sim
