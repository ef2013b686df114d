#include "report/page/html.h"

#include <gtest/gtest.h>

namespace orrery::report {
namespace {

TEST(Html, WhatIsTextStaysText) {
  EXPECT_EQ(escaped("<b a=\"1\" c='2'>&amp;</b>"), "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;&lt;/b&gt;");
  EXPECT_EQ(escaped("10 µs"), "10 µs");
  EXPECT_EQ(paragraph("a < b"), "<p>a &lt; b</p>\n");
  EXPECT_EQ(paragraph("a", "note"), "<p class=\"note\">a</p>\n");
}

TEST(Html, ATableNamesItsRowsAndColumns) {
  const Table table{"A & B", {{"what"}, {"time (s)", Column::Kind::number}}, {{"<x>", "1.5"}}};
  EXPECT_EQ(to_html(table),
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"A &amp; B\"><table>\n<caption>A &amp; B</caption>\n"
            "<thead><tr><th scope=\"col\">what</th><th scope=\"col\" class=\"number\">time (s)</th></tr></thead>\n<tbody>\n"
            "<tr><th scope=\"row\">&lt;x&gt;</th><td class=\"number\">1.5</td></tr>\n</tbody></table></div>\n");
}

}  // namespace
}  // namespace orrery::report
