// Parts of an HTML page made of values: what is text stays text, whatever it holds.
//
//     paragraph("a < b")                                              // <p>a &lt; b</p>
//     to_html(Table{"Memory", {{"rank"}, {"GB", Column::Kind::number}}, {{"0", "51.1"}}})
//
// Leaves out: attributes and elements that no section needs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::report {

/// For element content and quoted attributes.
std::string escaped(std::string_view text);

std::string paragraph(std::string_view text, std::string_view style_class = "");

struct Column {
  std::string name;  // with its unit
  enum class Kind : std::uint8_t { text, number };
  Kind kind = Kind::text;
};

/// The first column names the rows.
struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;
};
std::string to_html(const Table& table);

}  // namespace orrery::report
