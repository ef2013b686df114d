#include "scenarios/document.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/scenarios/message_of.h"
#include "tests/temporary_folder.h"

namespace orrery::scenarios {
namespace {

using test::message_of;

Document changed(std::string_view text, const std::string& assignment) {
  Document document = parse_document("f", text);
  apply(document, override_from(assignment));
  return document;
}

TEST(Document, AllowsCommentsAndRefusesWhatIsNoJson) {
  EXPECT_EQ(parse_document("f", "{ /* why */ \"a\": 1 } // end").root["a"], 1);
  EXPECT_EQ(message_of([] { parse_document("f", "{\n  \"a\": tru\n}"); }),
            "f:2:8: not JSON: tru is no value; put it in double quotes: \"tru\"");
  EXPECT_EQ(message_of([] { parse_document("f", "{\n  \"a\" 1}"); }), "f:2:7: not JSON: a colon is missing before 1; add it");
}

TEST(Document, MissingFileDirectoryAndHugeFileAreFaults) {
  const test::TemporaryFolder temporary;
  const std::filesystem::path& folder = temporary.path();
  EXPECT_EQ(message_of([] { open_document("no/such.json"); }), "no/such.json: no such file; check the path");
  EXPECT_NE(message_of([&] { open_document(folder); }).find("is a directory"), std::string::npos);
  const std::filesystem::path huge = folder / "orrery_huge.json";
  std::ofstream(huge) << std::string(max_file_bytes + 1, ' ');
  EXPECT_NE(message_of([&] { open_document(huge); }).find("is larger than 16 MiB"), std::string::npos);
  std::ofstream(huge) << std::string(max_file_bytes - 1, ' ') << '7';
  EXPECT_EQ(open_document(huge).root, 7);
}

TEST(Document, OverrideReplacesAddsAndMakesObjects) {
  EXPECT_EQ(changed(R"({"a": {"b": 1}})", "a.b=2").root, nlohmann::json::parse(R"({"a": {"b": 2}})"));
  EXPECT_EQ(changed(R"({"a": {"b": 1}})", "a.c.d=true").root, nlohmann::json::parse(R"({"a": {"b": 1, "c": {"d": true}}})"));
  EXPECT_EQ(changed(R"({"a": [{"b": 1}, {"b": 2}]})", "a.1.b=3").root, nlohmann::json::parse(R"({"a": [{"b": 1}, {"b": 3}]})"));
}

TEST(Document, OverrideIsJsonOrABareText) {
  EXPECT_EQ(override_from("a=12").value, 12);
  EXPECT_EQ(override_from("a={\"b\": [1]}").value, nlohmann::json::parse(R"({"b": [1]})"));
  EXPECT_EQ(override_from("a=400 Gbit/s").value, "400 Gbit/s");
  EXPECT_EQ(override_from("a=\"12\"").value, "12");
  EXPECT_EQ(override_from("a=").value, "");
  EXPECT_EQ(override_from("a=b=c").value, "b=c");
}

TEST(Document, OverrideThatCannotBeReadIsAFault) {
  EXPECT_EQ(message_of([] { override_from("cluster.nodes"); }), "--set cluster.nodes: has no value; write e.g. --set cluster.nodes=280");
  EXPECT_EQ(message_of([] { override_from("a..b=1"); }), "--set a..b: the path has an empty step; write e.g. cluster.nodes");
  EXPECT_EQ(message_of([] { override_from("=1"); }), "--set : the path is empty; write e.g. cluster.nodes");
  EXPECT_NE(message_of([] { override_from("a={\"b\""); }).find("--set a:1:"), std::string::npos);
}

TEST(Document, PathsHaveSixtyFourStepsAndNoMore) {
  const auto path = [](int steps) {
    std::string text = "a";
    for (int i = 1; i < steps; ++i) text += ".a";
    return text;
  };
  EXPECT_EQ(override_from(path(64) + "=1").steps.size(), 64U);
  EXPECT_NE(message_of([&] { override_from(path(65) + "=1"); }).find("the path has 65 steps"), std::string::npos);
  const std::string deep = message_of([&] { override_from(path(10'000) + "=1"); });
  EXPECT_NE(deep.find("...: the path has 10000 steps; no file of ours has more than ten"), std::string::npos) << deep;
  EXPECT_LT(deep.size(), 300U);
}

TEST(Document, OverrideBelowATextWaitsForThePreset) {
  Document document = changed(R"({"model": "gpt"})", "model.layers=3");
  EXPECT_EQ(document.root["model"], "gpt");
  ASSERT_EQ(document.pending.size(), 1U);
  EXPECT_EQ(document.pending[0].pointer, "/model");
  const std::vector<Override> taken = take_pending(document, "/model");
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].steps, std::vector<std::string>{"layers"});
  EXPECT_TRUE(document.pending.empty());
}

TEST(Document, LaterOverrideOfTheWholeForgetsThoseOfItsParts) {
  Document document = changed(R"({"model": "gpt"})", "model.layers=3");
  apply(document, override_from("model=llama"));
  EXPECT_TRUE(document.pending.empty());
  EXPECT_EQ(document.root["model"], "llama");
}

TEST(Document, OverrideIntoANumberOrPastAListIsAFault) {
  EXPECT_EQ(sim::to_text(changed(R"({"a": 1})", "a.b=2").faults.at(0).fault), "--set a.b: 1 has no parts; set the whole value");
  EXPECT_EQ(sim::to_text(changed(R"({"a": [1]})", "a.1=2").faults.at(0).fault), "--set a.1: the list has no item 1; it has items 0 to 0");
  EXPECT_EQ(sim::to_text(changed(R"({"a": []})", "a.0=2").faults.at(0).fault),
            "--set a.0: the list has no item 0; it is empty; set the whole list");
  EXPECT_EQ(sim::to_text(changed(R"({"a": [1]})", "a.first=2").faults.at(0).fault),
            "--set a.first: the list has no item first; it has items 0 to 0");
}

TEST(Document, ValuesInMessagesAreCutBetweenCharacters) {
  EXPECT_EQ(shown("text"), "\"text\"");
  std::string text;
  for (int i = 0; i < 50; ++i) text += "\u00e4";
  // The quote is one byte, so byte 60 falls inside an umlaut: 29 of them fit.
  EXPECT_EQ(shown(text), "\"" + text.substr(0, 58) + "...");
}

}  // namespace
}  // namespace orrery::scenarios
