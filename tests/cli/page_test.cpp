// Pages as the command line writes them; what a browser makes of them is tested in tests/page.

#include <gtest/gtest.h>

#include "tests/cli/process.h"

namespace orrery::cli {
namespace {

using test::orrery;
using test::text_of;

TEST(PageOfARun, SameInputSameBytes) {
  const ::orrery::test::TemporaryFolder folder;
  const std::string arguments = "run " + test::small_run() + " --out here";
  ASSERT_EQ(orrery(arguments, folder.path()).exit, 0);
  const std::string once = text_of(folder.path() / "here/index.html");
  ASSERT_EQ(orrery(arguments, folder.path()).exit, 0);
  EXPECT_EQ(text_of(folder.path() / "here/index.html"), once);
  EXPECT_TRUE(once.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(once.ends_with("</html>\n"));
}

TEST(PageOfARun, SaysTheCommandAsAShellTakesIt) {
  const ::orrery::test::TemporaryFolder folder;
  const auto outcome = orrery("run mt-nlg-530b --set 'name=it'\"'\"'s <new>' --out 'a b'", folder.path());
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const std::string page = text_of(folder.path() / "a b/index.html");
  EXPECT_NE(page.find("<h1>it&#39;s &lt;new&gt;</h1>"), std::string::npos);
  EXPECT_NE(page.find("orrery run mt-nlg-530b --set &#39;name=it&#39;\\&#39;&#39;s &lt;new&gt;&#39; --out &#39;a b&#39;</code>"),
            std::string::npos);
}

TEST(PageOfARun, RecordingWhatIsDrawnChangesNoResult) {
  const ::orrery::test::TemporaryFolder folder;
  const auto plain = orrery("run " + test::small_run());
  const auto drawn = orrery("run " + test::small_run() + " --out .", folder.path());
  const auto without_cost = [](const std::string& text) { return text.substr(0, text.find("  Simulated ")); };
  EXPECT_EQ(without_cost(plain.out), without_cost(drawn.out));
}

TEST(PageOfCollectives, IsWrittenBesideTheResult) {
  const ::orrery::test::TemporaryFolder folder;
  const auto outcome = orrery("collective all_reduce --cluster dgx-a100-80gb --nodes '1..4*2' --sizes 1M,1G --out here", folder.path());
  ASSERT_EQ(outcome.exit, 0) << outcome.error;
  const std::string page = text_of(folder.path() / "here/index.html");
  EXPECT_NE(page.find("<h1>All reduce on 4 nodes dgx-a100-80gb</h1>"), std::string::npos);
  EXPECT_NE(page.find("On 2 nodes dgx-a100-80gb, 16 ranks reach a bus bandwidth of "), std::string::npos);
  EXPECT_NE(text_of(folder.path() / "here/result.json").find("\"kind\": \"collective\""), std::string::npos);
}

}  // namespace
}  // namespace orrery::cli
