#include "report/page/page.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace orrery::report {
namespace {

Page page_of(nlohmann::ordered_json chart, std::string charts) {
  Page page{.title = "T", .subtitle = "S", .version = "1", .sections = {}, .charts = std::move(charts)};
  page.sections.push_back(
      {.id = "one", .title = "One", .body = "<p>body</p>", .chart = std::move(chart), .chart_label = "what \"it\" shows"});
  page.sections.back().table = Table{"Numbers", {{"a"}}, {{"1"}}};
  return page;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::string bundle = "/*sha256-AbC+/=*/\nlet x = 1;\n";

TEST(Page, LetsTheBundleRunAndNothingElse) {
  const std::string html = to_html(page_of({{"a", 1}}, bundle));
  EXPECT_TRUE(holds(html, "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-AbC+/=';")) << html;
  EXPECT_TRUE(holds(html, "<script>let x = 1;\n</script>")) << html;
  EXPECT_TRUE(holds(html, "role=\"img\" aria-label=\"what &quot;it&quot; shows\"")) << html;
  EXPECT_TRUE(holds(html, "<details><summary>The numbers: Numbers</summary>")) << html;
  EXPECT_FALSE(holds(html, "charts/build"));
}

TEST(Page, WithoutTheBundleTablesStandOpenAndNothingRuns) {
  const std::string html = to_html(page_of({{"a", 1}}, ""));
  EXPECT_TRUE(holds(html, "script-src 'none'")) << html;
  EXPECT_FALSE(holds(html, "<script>"));
  EXPECT_FALSE(holds(html, "role=\"img\""));
  EXPECT_FALSE(holds(html, "<details>"));
  EXPECT_TRUE(holds(html, "<caption>Numbers</caption>"));
  EXPECT_TRUE(holds(html, "report/page/charts/build")) << "how to have charts";
}

TEST(Page, APageWithoutChartsDoesNotMissThem) { EXPECT_FALSE(holds(to_html(page_of(nullptr, "")), "charts/build")); }

TEST(Page, DataCannotEndTheirElement) {
  const std::string html = to_html(page_of({{"name", "</script><script>alert(1)</script><!--"}}, bundle));
  EXPECT_TRUE(holds(html, R"({"one":{"name":"\u003c/script>\u003cscript>alert(1)\u003c/script>\u003c!--"}})")) << html;
  EXPECT_FALSE(holds(html, "alert(1)</script>"));
}

TEST(Page, RefusesWhatIsNoBundle) {
  EXPECT_THROW(to_html(page_of({{"a", 1}}, "let x = 1;\n")), std::logic_error);
  EXPECT_THROW(to_html(page_of({{"a", 1}}, "/*sha256-A*/\nlet x = '</script>';\n")), std::logic_error);
}

}  // namespace
}  // namespace orrery::report
