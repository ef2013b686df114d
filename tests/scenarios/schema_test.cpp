#include "scenarios/schema.h"

#include <gtest/gtest.h>

#include <optional>
#include <regex>

#include "scenarios/file_kinds.h"
#include "scenarios/hugging_face.h"
#include "sim/error.h"
#include "tests/committed.h"

namespace orrery::scenarios {

struct Stop {
  std::string name;
  int organ = 0;
};
void describe(Fields& fields, Stop& stop) {
  fields.required("name", "as engraved", text(stop.name));
  fields.optional("organ", "default: the one in use", integer(stop.organ, 1, 9));
  fields.derive([&stop] { stop.organ = 1; });
}

namespace {

using Json = nlohmann::ordered_json;

Json schema_of_one(const Value& value) {
  Fields fields;
  fields.optional("key", "what it is", value);
  return schema_of(fields, committed::library())["properties"]["key"];
}

Json without_description(Json schema) {
  schema.erase("description");
  return schema;
}

TEST(Schema, SaysOfEachTypeOfValueWhatItMayBe) {
  int count = 3;
  int version = 1;
  std::optional<double> share;
  bool is_loud = true;
  std::string colour = "blue";
  std::vector<Stop> stops;
  EXPECT_EQ(schema_of_one(integer(count, 1, 9)),
            Json::parse(R"({"description": "what it is", "type": "integer", "minimum": 1, "maximum": 9, "default": 3})"));
  EXPECT_EQ(without_description(schema_of_one(integer(version, 1, 1))), Json::parse(R"({"const": 1, "default": 1})"));
  EXPECT_EQ(without_description(schema_of_one(real(share, 0.5, 1))), Json::parse(R"({"type": "number", "minimum": 0.5, "maximum": 1.0})"));
  EXPECT_EQ(without_description(schema_of_one(flag(is_loud))), Json::parse(R"({"type": "boolean", "default": true})"));
  EXPECT_EQ(schema_of_one(text(colour))["default"], "blue");
  EXPECT_EQ(without_description(schema_of_one(list(stops, 2)))["minItems"], 2);
  EXPECT_EQ(schema_of_one(list(stops))["items"]["required"], Json::parse(R"(["name"])"));
}

TEST(Schema, ObjectsHaveTheKeysOfTheirDescriptionAndNoOthers) {
  std::optional<Stop> stop;
  const Json object = schema_of_one(scenarios::object(stop));
  EXPECT_EQ(object["additionalProperties"], false);
  EXPECT_EQ(object["required"], Json::parse(R"(["name"])"));
  EXPECT_EQ(object["properties"].size(), 2U);
  EXPECT_EQ(object["properties"]["organ"]["description"], "default: the one in use");
  EXPECT_FALSE(object["properties"]["organ"].contains("default")) << "it is derived from what the file says";
}

TEST(Schema, NamesThatAreNotAvailableYetAreRefusedAndMentioned) {
  const Json schema = schema_of_one(only_choice("air", {"water", "fire"}));
  EXPECT_EQ(schema["enum"], Json::parse(R"(["air"])"));
  EXPECT_EQ(schema["description"], "what it is (not available yet: water, fire)");
}

TEST(Schema, AnObjectOfSeveralKindsHasTheKeysOfItsKind) {
  std::optional<Stop> stop;
  std::optional<Stop> other;
  const Json schema = schema_of_one(KindValue{{{"reed", object(stop)}, {"flue", object(other)}}, {"string"}});
  EXPECT_EQ(schema["required"], Json::parse(R"(["kind"])"));
  EXPECT_EQ(schema["properties"]["kind"]["enum"], Json::parse(R"(["reed", "flue"])"));
  ASSERT_EQ(schema["allOf"].size(), 2U);
  EXPECT_EQ(schema["allOf"][1]["if"], Json::parse(R"({"properties": {"kind": {"const": "flue"}}, "required": ["kind"]})"));
  EXPECT_EQ(schema["allOf"][1]["then"]["required"], Json::parse(R"(["kind", "name"])"));
}

TEST(Schema, PresetsAreNamesOrObjectsAndModelsMayBePaths) {
  Stop stop;
  const Json node = schema_of_one(preset(PresetKind::hardware, stop));
  ASSERT_EQ(node["anyOf"].size(), 2U);
  EXPECT_EQ(node["anyOf"][0]["enum"], Json(preset_names(committed::library(), PresetKind::hardware)));
  EXPECT_EQ(node["anyOf"][1]["type"], "object");
  const Json model = schema_of_one(preset(PresetKind::models, stop));
  ASSERT_EQ(model["anyOf"].size(), 3U);
  const std::regex path(model["anyOf"][1]["pattern"].get<std::string>());
  for (const std::string name : {"llama/config.json", "config.json", "./llama", "gpt3-175b", "config.json5", "json"}) {
    EXPECT_EQ(std::regex_search(name, path), is_path(name)) << name;
  }
}

/// Whether the schema's pattern of such a quantity says of each text what the reader says.
template <class Quantity>
void expect_same_verdicts(const std::vector<std::string>& texts) {
  Quantity quantity{};
  const Json schema = schema_of_one(scenarios::quantity(quantity));
  const std::regex pattern(schema["pattern"].template get<std::string>());
  for (const std::string& text : texts) {
    bool is_read = true;
    try {
      parse_quantity(text, quantity);
    } catch (const sim::Error&) {
      is_read = false;
    }
    EXPECT_EQ(std::regex_search(text, pattern), is_read) << '"' << text << "\" as " << example_of(Quantity{});
  }
}

TEST(Schema, QuantitiesHaveTheUnitsAndNumbersThatTheReaderTakes) {
  std::vector<std::string_view> units = {"", "m", "gb", "Gb/s", "GB/", "/s", "seconds", "FLOPS", "B B", "Bs", "E"};
  for (const auto& names : {sim::unit_names(sim::Bytes{}), sim::unit_names(sim::BytesPerSecond{}), sim::unit_names(sim::FlopsPerSecond{}),
                            sim::unit_names(sim::Duration{})}) {
    units.insert(units.end(), names.begin(), names.end());
  }
  std::vector<std::string> texts;
  for (const std::string number : {"8",   "8 ",    " 8  ", "08",  "8.", "8.0", "0.8e1", "80E-1 ", ".8e+1", "8e",  "-8", "+8",
                                   "8,0", "8.0.0", "8'0",  "0x8", "e8", ".",   "",      "inf",    "nan",   "8 8", "\n8"}) {
    for (const std::string_view unit : units) {
      for (const char* end : {"", " "}) texts.push_back(number + std::string(unit) + end);
    }
  }
  expect_same_verdicts<sim::Bytes>(texts);
  expect_same_verdicts<sim::BytesPerSecond>(texts);
  expect_same_verdicts<sim::FlopsPerSecond>(texts);
  expect_same_verdicts<sim::Duration>(texts);
}

TEST(Schema, TextsMayBeIntegersWhereTheReaderTakesThem) {
  std::string id;
  EXPECT_EQ(schema_of_one(text(id))["type"], "string");
  EXPECT_EQ(schema_of_one(text(id, Integers::as_text))["type"], Json::parse(R"(["string", "integer"])"));
}

/// Every "$ref" in `part` leads somewhere in `root`.
int expect_targets(const Json& part, const Json& root) {
  int found = 0;
  for (const auto& [key, value] : part.items()) {
    if (key == "$ref") {
      EXPECT_TRUE(root.contains(nlohmann::ordered_json::json_pointer(value.get<std::string>().substr(1)))) << value;
      ++found;
    } else if (value.is_structured()) {
      found += expect_targets(value, root);
    }
  }
  return found;
}

TEST(Schema, ADataSetHoldsAScenarioWithGapsAndChangesOfIt) {
  const Json schema = scenarios::schema("data-set", committed::library());
  EXPECT_GT(expect_targets(schema, schema), 100);
  EXPECT_EQ(schema["properties"]["defaults"]["$ref"], "#/definitions/scenario");
  const Json& scenario = schema["definitions"]["scenario"];
  EXPECT_FALSE(scenario.contains("required"));
  EXPECT_TRUE(scenarios::schema("scenario", committed::library()).contains("required"));
  const Json& job = scenario["properties"]["workload"]["allOf"][0];
  EXPECT_TRUE(job["if"].contains("required")) << "it tells the kinds apart";
  EXPECT_FALSE(job["then"].contains("required"));
  const Json& changes = schema["definitions"]["changes"];
  EXPECT_FALSE(changes.contains("additionalProperties"));
  for (const char* path :
       {"cluster.nodes", "workload.model", "workload.model.layers", "workload.parallelism.tensor", "software.reductions"})
    EXPECT_TRUE(changes["properties"].contains(path)) << path;
  for (const char* path : {"orrery", "$schema"}) EXPECT_FALSE(changes["properties"].contains(path)) << path;
}

TEST(Schema, EveryKindHasOneAndTheOthersAreSuggested) {
  for (const std::string& kind : file_kinds()) {
    const Json schema = scenarios::schema(kind, committed::library());
    EXPECT_EQ(schema["$schema"], "http://json-schema.org/draft-07/schema#") << kind;
    EXPECT_TRUE(schema["properties"].contains("orrery")) << kind;
    EXPECT_EQ(schema["properties"]["$schema"]["type"], "string") << kind;
  }
  try {
    schema("scenarios", committed::library());
    FAIL();
  } catch (const sim::Error& error) {
    EXPECT_EQ(std::string(error.what()), "there is no kind of file called \"scenarios\"; did you mean \"scenario\"?");
  }
}

}  // namespace
}  // namespace orrery::scenarios
