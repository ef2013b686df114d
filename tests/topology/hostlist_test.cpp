// Abbreviated names and what they stand for.
#include "topology/hostlist.h"

#include <gtest/gtest.h>

#include "tests/topology/fabric_sample.h"

namespace orrery::topology {
namespace {

using Names = std::vector<std::string>;

Names names(std::string_view text) { return hostlist(text, 1000); }

TEST(Hostlist, ExpandsRangesAndKeepsZeros) {
  EXPECT_EQ(names("login"), (Names{"login"}));
  EXPECT_EQ(names("n[08-11]"), (Names{"n08", "n09", "n10", "n11"}));
  EXPECT_EQ(names("n[9-11]"), (Names{"n9", "n10", "n11"}));
  EXPECT_EQ(names("n[1-2,007]x,m"), (Names{"n1x", "n2x", "n007x", "m"}));
  EXPECT_EQ(names("switch.1.[9-10]"), (Names{"switch.1.9", "switch.1.10"}));
}

TEST(Hostlist, SeveralBracketsMakeAProduct) {
  EXPECT_EQ(names("a[1-2]b[3,05]"), (Names{"a1b3", "a1b05", "a2b3", "a2b05"}));
  EXPECT_EQ(names("[1-2][1-2][1-2]").size(), 8U);
}

TEST(Hostlist, CountsBeforeItMakes) {
  EXPECT_EQ(hostlist("n[1-1000]", 1000).size(), 1000U);
  EXPECT_EQ(hostlist("n[1-999],m", 1000).size(), 1000U);
  for (const char* text :
       {"n[1-1001]", "n[1-1000],m", "n[0-999999999999999999]", "a[1-100]b[1-100]", "n[0-999999999999999999,0-999999999999999999]"}) {
    const std::string said = test::refusal([&] { hostlist(text, 1000); });
    EXPECT_NE(said.find("more than "), std::string::npos) << text << ": " << said;
  }
}

TEST(Hostlist, RefusesWhatIsNoList) {
  for (const char* text : {"", ",", "a,", "a[", "a]", "a[]", "a[1", "a[1-]", "a[-1]", "a[3-1]", "a[x]", "a[[1]]", "a[1,]", "a b", "a\tb",
                           "a[1-2-3]", "a[1234567890123456789]"}) {
    const std::string said = test::refusal([&] { hostlist(text, 1000); });
    EXPECT_NE(said.find("is no list of names"), std::string::npos) << text << ": " << said;
  }
}

}  // namespace
}  // namespace orrery::topology
