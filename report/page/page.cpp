#include "report/page/page.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/page/style.h"
#include "sim/error.h"

namespace orrery::report {
namespace {

struct Script {
  std::string_view hash;  // "sha256-..."
  std::string_view text;
};

Script script_of(std::string_view charts) {
  constexpr std::string_view open = "/*sha256-";
  constexpr std::string_view close = "*/\n";
  const std::size_t end = charts.find(close);
  sim::check(charts.starts_with(open) && end != charts.npos, "the charts' bundle begins with its hash");
  const Script script{charts.substr(2, end - 2), charts.substr(end + close.size())};
  sim::check(script.text.find("</script") == script.text.npos, "the charts' bundle can stand in a page");
  return script;
}

std::string head(const Page& page) {
  const std::string scripts = page.charts.empty() ? "'none'" : fmt::format("'{}'", script_of(page.charts).hash);
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
      "script-src {}; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"generator\" content=\"Orrery {}\">\n<link rel=\"icon\" href=\"data:,\">\n<title>{}</title>\n<style>\n{}</style>\n"
      "<noscript><style>.chart, .chart-controls {{ display: none; }}</style></noscript>\n</head>\n",
      scripts, escaped(page.version), escaped(page.title), page_style());
}

std::string contents(const std::vector<Section>& sections) {
  std::string html = "<nav aria-label=\"Sections\"><ul>\n";
  for (const Section& section : sections) {
    html += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", escaped(section.id), escaped(section.title));
  }
  return html + "</ul></nav>\n";
}

bool is_drawn(const Section& section, const Page& page) { return !section.chart.is_null() && !page.charts.empty(); }

std::string section_html(const Section& section, const Page& page) {
  const std::string id = escaped(section.id);
  std::string html = fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}", id,
                                 escaped(section.title), section.body);
  const bool drawn = is_drawn(section, page);
  if (drawn) {
    html += fmt::format("<div class=\"chart\" id=\"{}-chart\" role=\"img\" aria-label=\"{}\"></div>\n", id, escaped(section.chart_label));
  }
  if (section.table) {
    const std::string table = to_html(*section.table);
    html += drawn ? "<details><summary>The numbers: " + escaped(section.table->caption) + "</summary>\n" + table + "</details>\n" : table;
  }
  return html + "</section>\n";
}

// Inside <script>, only "<" could end it.
std::string data_html(const Page& page) {
  nlohmann::ordered_json data = nlohmann::ordered_json::object();
  for (const Section& section : page.sections) {
    if (!section.chart.is_null()) data[section.id] = section.chart;
  }
  std::string html = "<script type=\"application/json\" id=\"data\">";
  for (const char c : data.dump()) {
    if (c == '<') {
      html += "\\u003c";
    } else {
      html += c;
    }
  }
  return html + "</script>\n";
}

std::string no_charts(const Page& page) {
  const bool has_charts =
      std::any_of(page.sections.begin(), page.sections.end(), [](const Section& section) { return !section.chart.is_null(); });
  if (!has_charts || !page.charts.empty()) return "";
  return "<p class=\"note\">This page holds tables alone. To have charts as well, run <code>report/page/charts/build</code> once in "
         "Orrery&#39;s folder (it needs npm), then the command at the end of this page.</p>\n";
}

}  // namespace

std::string to_html(const Page& page) {
  std::string html = head(page);
  html += fmt::format("<body>\n<a class=\"skip\" href=\"#content\">Skip to the result</a>\n<header>\n<h1>{}</h1>\n{}</header>\n",
                      escaped(page.title), paragraph(page.subtitle, "subtitle"));
  html += contents(page.sections) + "<main id=\"content\">\n" + no_charts(page);
  for (const Section& section : page.sections) html += section_html(section, page);
  html += fmt::format("</main>\n<footer><p>Written by Orrery {}{}</p></footer>\n", escaped(page.version),
                      page.charts.empty() ? "." : ". Charts by Apache ECharts (Apache License 2.0).");
  html += data_html(page);
  if (!page.charts.empty()) html += fmt::format("<script>{}</script>\n", script_of(page.charts).text);
  return html + "</body>\n</html>\n";
}

}  // namespace orrery::report
