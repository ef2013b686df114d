#include "scenarios/reference.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "scenarios/file_kinds.h"
#include "sim/error.h"

namespace orrery::scenarios {

struct Bell {
  int strokes = 2;
};
void describe(Fields& fields, Bell& bell) { fields.optional("strokes", "an hour | a day", integer(bell.strokes, 1, 12)); }

struct Tower {
  Bell bell;
  std::vector<Bell> others;
  bool is_round = false;
};
void describe(Fields& fields, Tower& tower) {
  fields.required("bell", "the largest", object(tower.bell));
  fields.optional("others", "smaller ones", list(tower.others));
  fields.optional("is_round", "seen from above", flag(tower.is_round));
}

namespace {

std::string reference_of_tower() {
  Tower tower;
  Fields fields;
  describe(fields, tower);
  return reference_of(fields, "scenario");
}

TEST(Reference, HasARowForEachKeyAndOneTableForObjectsThatAreAlike) {
  EXPECT_EQ(reference_of_tower(),
            "| key | may be | default | meaning |\n|---|---|---|---|\n"
            "| `bell` | [object](#bell) | required | the largest |\n"
            "| `others` | list of [object](#bell) |  | smaller ones |\n"
            "| `is_round` | true or false | `false` | seen from above |\n"
            "\n### bell\n\n"
            "| key | may be | default | meaning |\n|---|---|---|---|\n"
            "| `strokes` | an integer from 1 to 12 | `2` | an hour \\| a day |\n");
}

TEST(Reference, KeysOfSomeKindsSayOfWhich) {
  Bell bell;
  Tower tower;
  Fields fields;
  fields.required("thing", "that rings",
                  KindValue{{{"bell", object(bell)}, {"also-bell", object(bell)}, {"tower", object(tower)}}, {"clock"}});
  const std::string text = reference_of(fields, "hardware");
  EXPECT_NE(text.find("### hardware: thing\n"), text.npos) << text;
  EXPECT_NE(text.find("| `kind` | `\"bell\"`, `\"also-bell\"`, `\"tower\"` (not available yet: clock) | required | what the object is |\n"),
            text.npos)
      << text;
  EXPECT_NE(text.find("| an hour \\| a day (`kind` bell, also-bell) |\n"), text.npos) << text;
  EXPECT_NE(text.find("| the largest (`kind` tower) |\n"), text.npos) << text;
}

TEST(Reference, RefusesWhatIsNoKindOfFile) { EXPECT_THROW(reference({"scenario", "poems"}), sim::Error); }

TEST(Reference, APageOfOneKindLinksToTheWholeOneForTheOthers) {
  const std::string text = reference({"scenario"});
  EXPECT_TRUE(text.starts_with("# Every key of files: scenario\n")) << text.substr(0, 100);
  EXPECT_NE(text.find("](docs/scenario.md#models)"), text.npos);
  EXPECT_EQ(text.find("](#models)"), text.npos);
  EXPECT_NE(text.find("](#cluster)"), text.npos) << "its own stay";
}

TEST(Reference, ThePageInTheDocumentationIsTheOneThatIsPrinted) {
  std::ostringstream page;
  page << std::ifstream(std::string(ORRERY_SOURCE_DIR) + "/docs/scenario.md").rdbuf();
  EXPECT_TRUE(page.str() == reference(file_kinds())) << "docs/scenario.md is out of date: ./orrery schema --markdown > docs/scenario.md";
}

}  // namespace
}  // namespace orrery::scenarios
