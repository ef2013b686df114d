// A result as one HTML file that opens anywhere, without a network: sections one after the other, each an argument in words, a chart, and
// the same in a table.
//
//     const Page page{.title = "MT-NLG 530B", .sections = {verdict_section(run), ...}, .charts = charts_text};
//     write_file("out/index.html", to_html(page));
//
// Charts are drawn by ECharts and the scripts of charts/, bundled by charts/build into one file, which is handed over as text; without it
// the page holds no script at all, its tables are open, and a sentence says how to have charts. Nothing is loaded from elsewhere, and the
// page forbids it (Content-Security-Policy); the only script that may run is the bundle, known by the hash in its first line.
//
// A further section is a pair of files: NAME_section.cpp here and, where it has a chart, charts/NAME.mjs.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "report/page/html.h"

namespace orrery::report {

struct Section {
  std::string id;                  // "memory": of its element, its data and its script
  std::string title;               // its heading
  std::string body;                // HTML: what it says, before the chart
  nlohmann::ordered_json chart{};  // what its script draws; null: no chart
  std::string chart_label{};       // what the chart shows, in a sentence, for who cannot see it
  std::optional<Table> table{};    // what the chart draws, in numbers; without a chart it stands open
};

struct Page {
  std::string title;     // its first heading
  std::string subtitle;  // a line below it
  std::string version;   // of Orrery
  std::vector<Section> sections;
  std::string charts;  // the bundle: "/*sha256-HASH*/" and, from the second line on, the script of that hash; empty: no charts
};

/// Throws std::logic_error where the bundle is none.
std::string to_html(const Page& page);

}  // namespace orrery::report
