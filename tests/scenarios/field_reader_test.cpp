#include "scenarios/field_reader.h"

#include <gtest/gtest.h>

#include <optional>

#include "scenarios/field_writer.h"

namespace orrery::scenarios {

enum class Tyre { rubber, steel };

struct Spoke {
  int length = 0;
};
void describe(Fields& fields, Spoke& spoke) { fields.required("length", "in millimetres", integer(spoke.length, 1, 500)); }

struct Wheel {
  std::int64_t radius = 0;
  double wear = 0.5;
  bool spare = false;
  std::string maker;
  Tyre tyre = Tyre::rubber;
  std::optional<Tyre> second;
  sim::Duration turn{};
  sim::Duration rest{};
  std::optional<sim::BytesPerSecond> sensor;
  std::vector<Spoke> spokes;
  std::vector<Spoke> bolts;
  std::vector<sim::Bytes> records;
  std::optional<Spoke> hub;
  int holes = 0;
};
void describe(Fields& fields, Wheel& wheel) {
  fields.required("radius", "of the rim", integer(wheel.radius, 1, 5000));
  fields.optional("wear", "of the tyre", real(wheel.wear, 0, 1));
  fields.optional("spare", "whether it is one", flag(wheel.spare));
  fields.optional("maker", "its name", text(wheel.maker));
  fields.optional("tyre", "its material", choice(wheel.tyre, {{"rubber", Tyre::rubber}, {"steel", Tyre::steel}}, {"air"}));
  fields.optional("second", "a second tyre", choice(wheel.second, {{"rubber", Tyre::rubber}, {"steel", Tyre::steel}}));
  fields.optional("turn", "time of one", quantity(wheel.turn));
  fields.optional("rest", "between two", quantity(wheel.rest, Zero::allowed));
  fields.optional("sensor", "its data rate", quantity(wheel.sensor));
  fields.optional("spokes", "all of them", list(wheel.spokes));
  fields.optional("bolts", "at least one", list(wheel.bolts, 1));
  fields.optional("records", "sizes", quantities(wheel.records));
  fields.optional("hub", "a short spoke", object(wheel.hub));
  fields.optional("holes", "default: as many as spokes", integer(wheel.holes, 1, 500));
  fields.derive([&wheel] {
    if (wheel.holes == 0) wheel.holes = static_cast<int>(wheel.spokes.size());
  });
}

namespace {

struct Reading {
  Wheel wheel;
  std::vector<std::string> faults;
};
Reading reading(std::string_view text) {
  Document document = parse_document("w", text);
  Reading result;
  for (const PlacedFault& placed : read(document, PresetLibrary{"nowhere"}, result.wheel))
    result.faults.push_back(sim::to_text(placed.fault));
  return result;
}
/// The one fault of a wheel with this member.
std::string fault_of(const std::string& member) {
  const Reading result = reading("{\"radius\": 1, " + member + "}");
  return result.faults.size() == 1 ? result.faults[0] : std::to_string(result.faults.size()) + " faults";
}

TEST(FieldReader, ReadsEveryTypeOfValue) {
  const auto [wheel, faults] =
      reading(R"({"radius": 300, "wear": 1, "spare": true, "maker": "Ada", "tyre": "steel", "second": "rubber", "turn": "3 ms",
      "sensor": "8 Gbit/s", "spokes": [{"length": 250}, {"length": 251}], "records": ["1 MB", "2 MB"], "hub": {"length": 9}, "holes": 36})");
  EXPECT_TRUE(faults.empty()) << faults.front();
  EXPECT_EQ(wheel.radius, 300);
  EXPECT_EQ(wheel.wear, 1.0);
  EXPECT_TRUE(wheel.spare);
  EXPECT_EQ(wheel.maker, "Ada");
  EXPECT_EQ(wheel.tyre, Tyre::steel);
  EXPECT_EQ(wheel.second, Tyre::rubber);
  EXPECT_EQ(wheel.turn, sim::Duration{3'000'000'000});
  EXPECT_EQ(wheel.sensor, sim::BytesPerSecond{1e9});
  ASSERT_EQ(wheel.spokes.size(), 2U);
  EXPECT_EQ(wheel.spokes[1].length, 251);
  EXPECT_EQ(wheel.records, (std::vector<sim::Bytes>{{1'000'000}, {2'000'000}}));
  EXPECT_EQ(wheel.hub->length, 9);
  EXPECT_EQ(wheel.holes, 36);
}

TEST(FieldReader, WhatIsLeftOutKeepsItsDefaultOrIsDerived) {
  const auto [wheel, faults] = reading(R"({"radius": 300, "spokes": [{"length": 250}]})");
  EXPECT_TRUE(faults.empty());
  EXPECT_EQ(wheel.wear, 0.5);
  EXPECT_FALSE(wheel.second.has_value());
  EXPECT_FALSE(wheel.hub.has_value());
  EXPECT_EQ(wheel.holes, 1);
}

TEST(FieldReader, EachTypeRefusesTheOthers) {
  EXPECT_EQ(fault_of(R"("wear": "much")"), "w:1:23 /wear: \"much\" is not a number; write a number from 0 to 1");
  EXPECT_EQ(fault_of(R"("spare": 1)"), "w:1:24 /spare: 1 is not true or false; write true or false");
  EXPECT_EQ(fault_of(R"("maker": 7)"), "w:1:24 /maker: 7 is not a text; write a text in quotes");
  EXPECT_EQ(fault_of(R"("tyre": 1)"), "w:1:23 /tyre: 1 is not a name; write one of rubber, steel");
  EXPECT_EQ(fault_of(R"("turn": true)"), "w:1:23 /turn: true is not a quantity; write a quantity with unit, e.g. \"130 ns\"");
  EXPECT_EQ(fault_of(R"("spokes": {})"), "w:1:25 /spokes: {} is not a list; write a list of objects");
  EXPECT_EQ(fault_of(R"("records": "1 MB")"),
            "w:1:26 /records: \"1 MB\" is not a list; write a list of quantities with unit, e.g. [\"80 GB\"]");
  EXPECT_EQ(fault_of(R"("hub": [])"), "w:1:22 /hub: [] is not an object; write an object in braces");
  EXPECT_EQ(fault_of(R"("holes": 1.5)"), "w:1:24 /holes: 1.5 is not an integer; write an integer from 1 to 500");
}

TEST(FieldReader, NullIsNoValueOfAnyType) {
  EXPECT_EQ(fault_of(R"("tyre": null)"), "w:1:23 /tyre: null is no value; leave the key out, or write one of rubber, steel");
  EXPECT_EQ(fault_of(R"("bolts": [{"length": null}])"), "w:1:36 /bolts/0/length: null is no value; write an integer from 1 to 500");
}

TEST(FieldReader, WhatIsOnlyQuotedIsToldSo) {
  EXPECT_EQ(fault_of(R"("holes": "36")"), "w:1:24 /holes: \"36\" is not an integer; leave the quotes out: 36");
  EXPECT_EQ(fault_of(R"("wear": "0.5")"), "w:1:23 /wear: \"0.5\" is not a number; leave the quotes out: 0.5");
  EXPECT_EQ(fault_of(R"("spare": "true")"), "w:1:24 /spare: \"true\" is not true or false; leave the quotes out: true");
  EXPECT_EQ(fault_of(R"("spare": "36")"), "w:1:24 /spare: \"36\" is not true or false; write true or false");
}

TEST(FieldReader, AFloodOfFaultsIsCut) {
  std::string text = "{\"radius\": 1";
  for (int i = 0; i < 2'000; ++i) text += ", \"key " + std::to_string(i) + "\": 1";
  const auto faults = reading(text + "}").faults;
  ASSERT_EQ(faults.size(), most_faults + 1);
  EXPECT_EQ(faults.back(), "w: there may be more faults; mend these first");
  std::string twice = "{\"radius\": 1";
  for (int i = 0; i < 2'000; ++i) twice += ", \"radius\": 1";
  EXPECT_EQ(reading(twice + "}").faults.size(), most_faults + 1);
}

TEST(FieldReader, RangesIncludeBothEnds) {
  EXPECT_EQ(fault_of(R"("holes": 1)"), "0 faults");
  EXPECT_EQ(fault_of(R"("holes": 500)"), "0 faults");
  EXPECT_EQ(fault_of(R"("holes": 5e2)"), "0 faults");
  EXPECT_EQ(fault_of(R"("holes": 0)"), "w:1:24 /holes: 0 is out of range; write an integer from 1 to 500");
  EXPECT_EQ(fault_of(R"("holes": 501)"), "w:1:24 /holes: 501 is out of range; write an integer from 1 to 500");
  EXPECT_EQ(fault_of(R"("holes": 18446744073709551615)"),
            "w:1:24 /holes: 18446744073709551615 is out of range; write an integer from 1 to 500");
  EXPECT_EQ(fault_of(R"("holes": 1e300)"), "w:1:24 /holes: 1e+300 is out of range; write an integer from 1 to 500");
  EXPECT_EQ(fault_of(R"("wear": 0.0)"), "0 faults");
  EXPECT_EQ(fault_of(R"("wear": 1.0001)"), "w:1:23 /wear: 1.0001 is out of range; write a number from 0 to 1");
}

TEST(FieldReader, QuantitiesNeedAUnitAndMustBeInRange) {
  EXPECT_EQ(fault_of(R"("sensor": 400)"), "w:1:25 /sensor: \"400\" has no unit; write e.g. \"400 Gbit/s\"");
  EXPECT_EQ(fault_of(R"("sensor": "0 GB/s")"), "w:1:25 /sensor: \"0 GB/s\" is out of range; write 1 kB/s to 1 PB/s, e.g. \"400 Gbit/s\"");
  EXPECT_EQ(fault_of(R"("sensor": "999 B/s")").find("w:1:25 /sensor: \"999 B/s\" is out of range"), 0U);
  EXPECT_EQ(fault_of(R"("sensor": "1 kB/s")"), "0 faults");
  EXPECT_EQ(fault_of(R"("sensor": "1 PB/s")"), "0 faults");
  EXPECT_EQ(fault_of(R"("sensor": "1.1 PB/s")").find("w:1:25 /sensor: \"1.1 PB/s\" is out of range"), 0U);
  EXPECT_EQ(fault_of(R"("turn": "1 s")"), "0 faults");
  EXPECT_EQ(fault_of(R"("turn": "2 s")"), "w:1:23 /turn: \"2 s\" is out of range; write 1 ps to 1 s, e.g. \"130 ns\"");
  EXPECT_EQ(fault_of(R"("turn": "0 s")"), "w:1:23 /turn: \"0 s\" is out of range; write 1 ps to 1 s, e.g. \"130 ns\"");
  EXPECT_EQ(fault_of(R"("rest": "0 s")"), "0 faults");
  EXPECT_EQ(fault_of(R"("rest": "2 s")"), "w:1:23 /rest: \"2 s\" is out of range; write zero or 1 ps to 1 s, e.g. \"130 ns\"");
  EXPECT_NE(fault_of("\"turn\": \"" + std::string(200, '0') + "1 s\"").find("is too long for a quantity"), std::string::npos);
  EXPECT_EQ(fault_of(R"("records": ["1 MB", 2])"), "w:1:26 /records/1: \"2\" has no unit; write e.g. \"2 GB\"");
}

TEST(FieldReader, ListsThatMustHoldSomethingDo) {
  EXPECT_EQ(fault_of(R"("spokes": [])"), "0 faults");
  EXPECT_EQ(fault_of(R"("bolts": [])"), "w:1:24 /bolts: the list is empty; write at least 1");
  EXPECT_EQ(fault_of(R"("records": [])"), "w:1:26 /records: the list is empty; write e.g. [\"80 GB\"]");
}

TEST(FieldReader, TextsHoldNoControlCharacters) {
  EXPECT_EQ(fault_of(R"("turn": "\u001b[2J")"), "w:1:23 /turn: \"\\u001b[2J\" holds a control character; leave it out");
  EXPECT_EQ(fault_of(R"("maker": "a\u001bb")"), "w:1:24 /maker: \"a\\u001bb\" holds a control character; leave it out");
}

TEST(Fields, AKeyIsDescribedOnce) {
  Wheel wheel;
  Fields fields;
  fields.required("radius", "of the rim", integer(wheel.radius, 1, 5000));
  EXPECT_THROW(fields.optional("radius", "again", integer(wheel.radius, 1, 5000)), std::logic_error);
}

TEST(FieldReader, NamesAreSuggestedOrAnnouncedForLater) {
  EXPECT_EQ(fault_of(R"("tyre": "ruber")"), "w:1:23 /tyre: unknown name \"ruber\"; did you mean \"rubber\"?");
  EXPECT_EQ(fault_of(R"("tyre": "granite")"), "w:1:23 /tyre: unknown name \"granite\"; known: rubber, steel, air");
  EXPECT_EQ(fault_of(R"("tyre": "air")"), "w:1:23 /tyre: \"air\" is not available yet; today: rubber, steel");
}

TEST(FieldReader, AllFaultsComeAtOnceInOrderOfTheFile) {
  const auto faults = reading("{\"wear\": 7,\n \"raduis\": 3,\n \"spokes\": [{\"length\": 0},\n {\"lenght\": 5}]}").faults;
  ASSERT_EQ(faults.size(), 6U);
  EXPECT_EQ(faults[0], "w:1:1: \"radius\" is missing; add it: an integer from 1 to 5000 (of the rim)");
  EXPECT_EQ(faults[1], "w:1:10 /wear: 7 is out of range; write a number from 0 to 1");
  EXPECT_EQ(faults[2], "w:2:2 /raduis: unknown key \"raduis\"; did you mean \"radius\"?");
  EXPECT_EQ(faults[3], "w:3:24 /spokes/0/length: 0 is out of range; write an integer from 1 to 500");
  EXPECT_EQ(faults[4], "w:4:2 /spokes/1: \"length\" is missing; add it: an integer from 1 to 500 (in millimetres)");
  EXPECT_EQ(faults[5], "w:4:3 /spokes/1/lenght: unknown key \"lenght\"; did you mean \"length\"?");
}

TEST(FieldReader, AnyFileMaySayTheVersionOfTheFormat) {
  EXPECT_EQ(fault_of(R"("orrery": 1)"), "0 faults");
  EXPECT_EQ(fault_of(R"("orrery": 2)"), "w:1:25 /orrery: 2 is out of range; write 1");
}

TEST(FieldReader, AnyFileMayNameItsSchemaForEditors) {
  EXPECT_EQ(fault_of(R"("$schema": "./wheel.schema.json")"), "0 faults");
  EXPECT_EQ(fault_of(R"("$schema": 1)"), "w:1:26 /$schema: 1 is not a text; write a text in quotes");
  EXPECT_EQ(fault_of(R"("hub": {"length": 1, "$schema": "x"})"), "w:1:36 /hub/$schema: unknown key \"$schema\"; known: length");
  EXPECT_EQ(fault_of(R"("weather": 1)"),
            "w:1:15 /weather: unknown key \"weather\"; known: radius, wear, spare, maker, tyre, second, turn, rest, sensor, spokes, bolts, "
            "records, hub, holes, orrery");
  EXPECT_FALSE(to_json(reading(R"({"radius": 1, "$schema": "x"})").wheel).contains("$schema"));
}

TEST(FieldWriter, WhatIsWrittenReadsAsTheSame) {
  const Wheel wheel =
      reading(R"({"radius": 300, "turn": "3.25 ms", "spokes": [{"length": 250}], "bolts": [{"length": 7}], "records": ["1 MB"],
          "hub": {"length": 9}})")
          .wheel;
  const std::string written = to_json(wheel).dump();
  EXPECT_EQ(
      written,
      R"({"radius":300,"wear":0.5,"spare":false,"tyre":"rubber","turn":"3.25 ms","rest":"0 ps","spokes":[{"length":250}],"bolts":[{"length":7}],)"
      R"("records":["1 MB"],"hub":{"length":9},"holes":1})");
  const Reading again = reading(written);
  EXPECT_TRUE(again.faults.empty());
  EXPECT_EQ(to_json(again.wheel).dump(), written);
}

TEST(FieldReader, ATextOfTheCommandLineMayLookLikeANumber) {
  const auto maker = [](const std::string& assignment) {
    Document document = parse_document("f", R"({"radius": 1, "maker": "A", "turn": "1 s"})");
    apply(document, override_from(assignment));
    Wheel wheel;
    read(document, PresetLibrary{"nowhere"}, wheel);
    return wheel.maker;
  };
  EXPECT_EQ(maker("maker=2.28"), "2.28");
  EXPECT_EQ(maker("maker=2.20"), "2.20") << "which is no number 2.2";
  EXPECT_EQ(maker("maker=\"2.28\""), "2.28");
}

}  // namespace
}  // namespace orrery::scenarios
