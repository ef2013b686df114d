#include "report/page/html.h"

namespace orrery::report {

std::string escaped(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

std::string paragraph(std::string_view text, std::string_view style_class) {
  const std::string attribute = style_class.empty() ? "" : " class=\"" + escaped(style_class) + "\"";
  return "<p" + attribute + ">" + escaped(text) + "</p>\n";
}

namespace {

std::string cell(std::string_view element, std::string_view attributes, Column::Kind kind, std::string_view text) {
  const std::string number = kind == Column::Kind::number ? " class=\"number\"" : "";
  return "<" + std::string(element) + std::string(attributes) + number + ">" + escaped(text) + "</" + std::string(element) + ">";
}

}  // namespace

// A wide table scrolls in a box of its own, which the keyboard can reach.
std::string to_html(const Table& table) {
  std::string html = "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"" + escaped(table.caption) + "\"><table>\n<caption>" +
                     escaped(table.caption) + "</caption>\n<thead><tr>";
  for (const Column& column : table.columns) html += cell("th", " scope=\"col\"", column.kind, column.name);
  html += "</tr></thead>\n<tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += i == 0 ? cell("th", " scope=\"row\"", table.columns[i].kind, row[i]) : cell("td", "", table.columns[i].kind, row[i]);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

}  // namespace orrery::report
