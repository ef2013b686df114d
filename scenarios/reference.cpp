#include "scenarios/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "scenarios/field_writer.h"
#include "scenarios/file_kinds.h"

namespace orrery::scenarios {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view reference_head = R"(
Printed by `orrery schema --markdown` from the descriptions by which Orrery reads its files; a test compares the two.

Files are JSON with comments (`//`, `/* */`). Unknown and doubled keys are refused with the nearest known one, quantities are texts with a unit
("400 Gbit/s", "80 GB"), and `orrery check FILE` tells every fault at once, with its place. Where a preset may be named, an object may stand in
its place: `--set cluster.node.nics=4` changes one key of a preset, `orrery run --out DIR` writes all of them out. `orrery init` prints a
scenario with these keys beside their meaning, `orrery schema` what editors complete them with.

`a.b[]` is an object of the list `b` in the object `a`. Units:
)";

constexpr std::string_view table_head = "| key | may be | default | meaning |\n|---|---|---|---|\n";

/// As renderers of Markdown name a heading.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c == ' ') anchor += '-';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_') {
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return anchor;
}

/// Tables of kinds that are not on this page are on the whole one.
void link_to_whole_page(std::string& text, const std::vector<std::string>& on_this_page) {
  for (const std::string& kind : file_kinds()) {
    if (std::ranges::find(on_this_page, kind) != on_this_page.end()) continue;
    const std::string here = fmt::format("](#{})", kind), there = fmt::format("](docs/scenario.md#{})", kind);
    for (std::size_t at = 0; (at = text.find(here, at)) != std::string::npos; at += there.size()) text.replace(at, here.size(), there);
  }
}

/// Of a cell of a table.
std::string cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

/// A row of a table; `with` says which kinds of its object have it, empty: all.
struct KeyRow {
  std::string name;
  std::string may_be;
  std::string default_text;
  std::string meaning;
  std::vector<std::string> with{};

  bool says_the_same(const KeyRow& other) const {
    return name == other.name && may_be == other.may_be && default_text == other.default_text && meaning == other.meaning;
  }
};

std::string text_of_rows(const std::vector<KeyRow>& rows, const std::string& member) {
  std::string text(table_head);
  for (const KeyRow& row : rows) {
    const std::string with = row.with.empty() ? "" : fmt::format(" (`{}` {})", member, fmt::join(row.with, ", "));
    text += fmt::format("| `{}` | {} | {} | {}{} |\n", row.name, cell(row.may_be), cell(row.default_text), cell(row.meaning), with);
  }
  return text;
}

/// Adds what a kind of object has to what those before it have; rows of one key stand together.
void add_kind(std::vector<KeyRow>& rows, const std::vector<KeyRow>& of_kind, const std::string& kind) {
  for (const KeyRow& row : of_kind) {
    const auto same = std::ranges::find_if(rows, [&](const KeyRow& other) { return other.says_the_same(row); });
    if (same != rows.end()) {
      same->with.push_back(kind);
      continue;
    }
    const auto last = std::find_if(rows.rbegin(), rows.rend(), [&](const KeyRow& other) { return other.name == row.name; });
    rows.insert(last == rows.rend() ? rows.end() : last.base(), row)->with = {kind};
  }
}

std::string units_text() {
  const auto line = [](std::string_view of, std::string_view example, const std::vector<std::string_view>& units) {
    return fmt::format("- {}, e.g. \"{}\": {}\n", of, example, fmt::join(units, ", "));
  };
  return line("data", example_of(sim::Bytes{}), sim::unit_names(sim::Bytes{})) +
         line("data rates", example_of(sim::BytesPerSecond{}), sim::unit_names(sim::BytesPerSecond{})) +
         line("rates of computing", example_of(sim::FlopsPerSecond{}), sim::unit_names(sim::FlopsPerSecond{})) +
         line("times", example_of(sim::Duration{}), sim::unit_names(sim::Duration{}));
}

class ReferenceWriter {
 public:
  explicit ReferenceWriter(std::string kind) : kind_(std::move(kind)) {}

  std::string text_of(const Fields& fields) {
    std::string text = text_of_rows(rows_of(fields, ""), "");
    std::ranges::sort(sections_, {}, &Section::order);
    for (const Section& section : sections_) text += fmt::format("\n### {}\n\n{}", section.heading, section.text);
    return text;
  }

 private:
  struct Section {
    int order;  // an object stands before those that it holds
    std::string heading;
    std::string text;
  };

  std::vector<KeyRow> rows_of(const Fields& fields, const std::string& path) {
    const Json held = json_of(fields);
    std::vector<KeyRow> rows;
    for (const Field& field : fields.list()) {
      const std::string below = path.empty() ? field.name : path + "." + field.name;
      KeyRow row{field.name, std::visit([&](const auto& value) { return said_of(value, below); }, field.value), "", field.meaning};
      if (field.need == Need::required) {
        row.default_text = "required";
      } else if (const auto value = held.find(field.name); value != held.end() && value->is_primitive()) {
        row.default_text = fmt::format("`{}`", value->dump());
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  /// A link to the table of an object, which is written at the first of the paths that have the same. `rows` makes its rows.
  template <class Rows>
  std::string link_to(const std::string& path, const std::string& member, Rows rows) {
    const int order = next_order_++;
    std::string text = text_of_rows(rows(), member);
    auto same = std::ranges::find(sections_, text, &Section::text);
    if (same == sections_.end()) {
      const std::string heading = kind_ == "scenario" ? path : fmt::format("{}: {}", kind_, path);
      same = sections_.insert(same, {order, heading, std::move(text)});
    }
    return fmt::format("[object](#{})", anchor_of(same->heading));
  }

  template <class Simple>
  std::string said_of(const Simple& v, const std::string& /*path*/) {
    return expected(Value(v));
  }
  std::string said_of(const TextValue& v, const std::string& /*path*/) {
    return v.example.empty() ? expected(v) : fmt::format("a text, e.g. \"{}\"", v.example);
  }
  std::string said_of(const QuantityValue& v, const std::string& /*path*/) { return fmt::format("e.g. \"{}\"", v.example); }
  std::string said_of(const ChoiceValue& v, const std::string& /*path*/) {
    std::vector<std::string> names;
    for (const std::string& name : v.names) names.push_back(fmt::format("`\"{}\"`", name));
    const std::string later = v.later.empty() ? "" : fmt::format(" (not available yet: {})", fmt::join(v.later, ", "));
    return fmt::format("{}{}", fmt::join(names, ", "), later);
  }
  std::string said_of(const PresetValue& v, const std::string& /*path*/) {
    const char* path = v.kind == PresetKind::models ? ", the path of a Hugging Face config.json" : "";
    return fmt::format("a name (`orrery list {0}`){1} or an [object](#{0})", directory_of(v.kind), path);
  }
  std::string said_of(const ObjectValue& v, const std::string& path) {
    return link_to(path, "", [&] {
      Fields fields;
      v.open(fields);
      return rows_of(fields, path);
    });
  }
  std::string said_of(const ListValue& v, const std::string& path) {
    return "list of " + link_to(path + "[]", "", [&] {
             Fields fields;
             v.append(fields);
             return rows_of(fields, path + "[]");
           });
  }
  /// One table for all kinds, so that what they share stands once.
  std::string said_of(const KindValue& v, const std::string& path) {
    std::vector<std::string> names;
    for (const auto& kind : v.kinds) names.push_back(kind.first);
    return link_to(path, v.member, [&] {
      const std::string first = v.need == Need::required ? "required" : fmt::format("`\"{}\"`", names.front());
      std::vector<KeyRow> rows = {{v.member, said_of(ChoiceValue{names, v.later, {}, {}}, path), first, v.meaning, names}};
      for (const auto& kind : v.kinds) {
        Fields fields;
        kind.second.open(fields);
        add_kind(rows, rows_of(fields, path), kind.first);
      }
      for (KeyRow& row : rows) {
        if (row.with.size() == names.size()) row.with.clear();
      }
      return rows;
    });
  }

  std::string kind_;
  std::vector<Section> sections_;
  int next_order_ = 0;
};

}  // namespace

std::string reference_of(const Fields& fields, const std::string& kind) { return ReferenceWriter(kind).text_of(fields); }

std::string reference(const std::vector<std::string>& kinds) {
  const bool is_whole = kinds == file_kinds();
  const std::string of = is_whole ? "every file" : fmt::format("files: {}", fmt::join(kinds, ", "));
  std::string text = fmt::format("# Every key of {}\n{}\n{}", of, reference_head, units_text());
  for (const std::string& kind : kinds) {
    describe_file(kind, [&](const Fields& fields) {
      text += fmt::format("\n## {}\n\nDescribes {}.\n\n{}", kind, meaning_of_kind(kind), reference_of(fields, kind));
    });
  }
  link_to_whole_page(text, kinds);
  return text;
}

}  // namespace orrery::scenarios
