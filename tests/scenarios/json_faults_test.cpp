#include "scenarios/json_faults.h"

#include <gtest/gtest.h>

#include <random>

#include "scenarios/document.h"

namespace orrery::scenarios {
namespace {

std::string json_refusal(std::string_view text) {
  try {
    parse_document("f", text);
  } catch (const sim::Error& error) {
    return error.what();
  }
  return "";
}

TEST(JsonFaults, SixtyFourLevelsAreAllowedAndSixtyFiveNot) {
  const auto lists = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(json_refusal(lists(64)), "");
  EXPECT_EQ(json_refusal(lists(65)), "f:1:65: nested deeper than 64 levels; no file of ours needs more than ten");
  std::string objects;
  for (int i = 0; i < 64; ++i) objects += "{\"a\":";
  EXPECT_EQ(json_refusal(objects + "1" + std::string(64, '}')), "");
  EXPECT_EQ(json_refusal(objects + "{}" + std::string(64, '}')).find("f:1:321: nested deeper than 64 levels"), 0U);
  EXPECT_EQ(json_refusal("[\"" + std::string(100, '[') + "\" /* " + std::string(100, '[') + " */]"), "");
}

TEST(JsonFaults, AMillionValuesAreAllowedAndMoreNot) {
  std::string list = "[0";
  for (std::size_t i = 2; i < max_values; ++i) list += ",0";
  EXPECT_NO_THROW(check_text("f", list + "]"));
  EXPECT_EQ(json_refusal(list + ",0]"), "f:1:1999999: holds more than 1000000 values; no file of ours does");
}

TEST(JsonFaults, BytesThatAreNoTextArePlaced) {
  EXPECT_EQ(json_refusal(std::string_view("{}\n\0", 4)),
            "f:2:1: holds the byte 0x00, which is no text; write text in UTF-8; is it the right file?");
  EXPECT_EQ(json_refusal("{ \x1b }").find("f:1:3: holds the byte 0x1B"), 0U);
  EXPECT_EQ(json_refusal("{\t}\r\n"), "");
  EXPECT_EQ(json_refusal("{\"a\": \"\xe4\"}"), "f:1:7: not JSON: the text that begins here is not in UTF-8; save it as UTF-8");
  EXPECT_EQ(json_refusal("\x89PNG").find("f:1:1: not JSON: is not text in UTF-8"), 0U);
  EXPECT_EQ(json_refusal("\xEF\xBB\xBF{}"), "") << "a byte order mark is allowed";
}

TEST(JsonFaults, Utf16IsNamed) {
  for (const std::string_view text : {std::string_view("\xFF\xFE{\0}\0", 6), std::string_view("\xFE\xFF\0{\0}", 6),
                                      std::string_view("{\0}\0", 4), std::string_view("\0{\0}", 4)}) {
    EXPECT_EQ(json_refusal(text), "f: is in UTF-16, or binary; save it as UTF-8");
  }
}

TEST(JsonFaults, EmptyTextsAreNamed) {
  for (const char* text : {"", " \n\t", "// {}", "/* */", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(json_refusal(text), "f:1:1: the file is empty; write an object in braces") << text;
  }
}

TEST(JsonFaults, NumbersInOtherFormsAreRewritten) {
  const auto remedy = [](const std::string& number) {
    const std::string text = json_refusal("[" + number + "]");
    return text.substr(text.rfind("; ") + 2);
  };
  EXPECT_EQ(remedy("+1"), "write 1");
  EXPECT_EQ(remedy("-01"), "write -1");
  EXPECT_EQ(remedy("00"), "write 0");
  EXPECT_EQ(remedy("00.50"), "write 0.50");
  EXPECT_EQ(remedy(".5"), "write 0.5");
  EXPECT_EQ(remedy("-.5"), "write -0.5");
  EXPECT_EQ(remedy("5."), "write 5");
  EXPECT_EQ(remedy("1.2.3"), "write decimal digits alone, or put it in quotes where it has a unit");
  EXPECT_EQ(remedy("-"), "write decimal digits alone, or put it in quotes where it has a unit");
  EXPECT_EQ(remedy("400Gbit/s"), "write decimal digits alone, or put it in quotes where it has a unit");
  EXPECT_EQ(remedy("nan"), "write a finite one");
}

TEST(JsonFaults, EveryNumberBeyondADoubleIsPlaced) {
  EXPECT_EQ(json_refusal("[1e400,\n -1e999, \"1e400\", 1e-400]"),
            "f:1:2: 1e400 is larger than any number here; write a smaller one\n"
            "f:2:2: -1e999 is larger than any number here; write a smaller one");
  EXPECT_EQ(json_refusal("[1" + std::string(400, '0') + "e-5]").find("f:1:2: 1000"), 0U);
}

// Whatever is cut off, left out or put in of a file: a fault with a place comes out of it, or none, and never a bug.
TEST(JsonFaults, ANumberAfterACommentThatALoneReturnEndsIsFound) {  // found by fuzzing
  EXPECT_THROW(parse_document("f", "// a\r{\"b\": 1e400}"), sim::Error);
}

TEST(JsonFaults, NoSlipBreaksTheReader) {
  const std::string whole =
      "{ \"a\": [1, -2.5e3, true, null], // c\n \"b\\n\": {\"c\": \"\u00b5\", \"d\": {}}, /* e */ \"f\": \"\\u00e4\" }";
  EXPECT_EQ(json_refusal(whole), "");
  const std::string_view slips = "{}[],:\"'\\/*#=+-.0eNnt \n\x80\xff\x01";
  std::mt19937 random(1);
  for (int i = 0; i < 30'000; ++i) {
    std::string text = whole;
    for (auto changes = random() % 3 + 1; changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random() % text.size();
      const char slip = slips[random() % slips.size()];
      switch (random() % 4) {
        case 0:
          text[at] = slip;
          break;
        case 1:
          text.insert(at, 1, slip);
          break;
        case 2:
          text.erase(at, 1);
          break;
        default:
          text.resize(at);
      }
    }
    const std::string message = json_refusal(text);
    EXPECT_TRUE(message.empty() || message.starts_with("f:")) << text << "\n" << message;
  }
}

}  // namespace
}  // namespace orrery::scenarios
