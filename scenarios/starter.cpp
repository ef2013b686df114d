#include "scenarios/starter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "scenarios/field_reader.h"
#include "scenarios/field_writer.h"
#include "scenarios/scenario_spec.h"

namespace orrery::scenarios {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view starter_head = R"(// A scenario of Orrery: a machine, a job on it, and the constants that hold for both.
//
//     orrery check FILE
//     orrery run FILE
//     orrery run FILE --set cluster.nodes=4 --set workload.parallelism.data=8
//
// What is commented out shows the default, or an example where there is none: take the slashes away to change it.
// Quantities carry units, unknown keys are refused. Presets: orrery list hardware, models, software, calibrations.
)";

/// What is not commented out.
constexpr std::string_view starter_keys = R"({
  "orrery": 1,
  "name": "GPT 1.7B on 2 DGX A100",
  "cluster": { "node": "dgx-a100-80gb", "nodes": 2, "fabric": { "topology": "fat-tree" } },
  "workload": {
    "kind": "training", "model": "gpt-1.7b", "sequence_length": 2048, "global_batch": 64,
    "parallelism": { "tensor": 2, "pipeline": 2, "data": 4 }
  },
  "software": "megatron-lm-2021"
})";

/// A key that has neither a value nor a default shows one that it may have.
class Illustrations {
 public:
  /// `calibration` is the one that fits the node.
  Illustrations(const PresetLibrary& library, std::optional<std::string> calibration)
      : library_(&library), calibration_(std::move(calibration)) {}

  Json of(const IntegerValue& v) const { return v.least; }
  Json of(const RealValue& v) const { return std::clamp(1.0, v.least, v.most); }
  Json of(const FlagValue& v) const { return v.value(); }
  Json of(const TextValue& v) const { return v.example.empty() ? "..." : v.example; }
  Json of(const ChoiceValue& v) const { return v.names.front(); }
  Json of(const QuantityValue& v) const { return v.example; }
  Json of(const QuantityListValue& v) const { return Json::array({v.example}); }
  Json of(const RawValue&) const { return Json::object(); }
  Json of(const PresetValue& v) const {
    if (v.kind == PresetKind::calibrations && calibration_) return *calibration_;
    const std::vector<std::string> names = preset_names(*library_, v.kind);
    return names.empty() ? of(v.object) : Json(names.front());
  }
  Json of(const KindValue& v) const {
    Json object = of(v.kinds.front().second);
    object[v.member] = v.kinds.front().first;
    return object;
  }
  Json of(const ListValue& v) const {
    Fields fields;
    v.append(fields);
    return Json::array({object_of(fields)});
  }
  Json of(const ObjectValue& v) const {
    Fields fields;
    v.open(fields);
    return object_of(fields);
  }

 private:
  Json object_of(const Fields& fields) const {
    Json object = Json::object();
    for (const Field& field : fields.list()) {
      if (field.need == Need::required) object[field.name] = std::visit([&](const auto& v) { return of(v); }, field.value);
    }
    return object;
  }

  const PresetLibrary* library_;
  std::optional<std::string> calibration_;
};

/// Lines of keys, their meaning beside them.
class StarterWriter {
 public:
  explicit StarterWriter(Illustrations illustrations) : illustrations_(std::move(illustrations)) {}

  /// Where lines begin, and where their slashes stand if they are commented out.
  struct Margin {
    std::size_t indent;
    std::optional<std::size_t> slashes;
  };

  /// `chosen` says which keys are not commented out, and their values; null: none.
  void object(const Fields& fields, const Json& chosen, const Margin& margin) {
    const Json held = json_of(fields);
    std::vector<Field> order = fields.list();
    const auto is_chosen = [&](const Field& field) { return chosen.is_object() && chosen.contains(field.name); };
    const auto last = std::find_if(order.rbegin(), order.rend(), is_chosen);
    if (last != order.rend()) std::rotate(std::prev(last.base()), last.base(), order.end());
    for (const Field& field : order) {
      const std::string_view comma = &field == &order.back() ? "" : ",";
      Layout layout{margin, comma};
      if (!layout.margin.slashes && !is_chosen(field)) layout.margin.slashes = margin.indent;
      member(field, is_chosen(field) ? chosen[field.name] : Json(), held.value(field.name, Json()), layout);
    }
  }
  std::string take_text() { return std::move(text_); }

 private:
  struct Layout {
    Margin margin;
    std::string_view comma;
  };

  void member(const Field& field, const Json& chosen, const Json& held, const Layout& layout) {
    if (const auto* described = std::get_if<ObjectValue>(&field.value)) {
      Fields fields;
      described->open(fields);
      return block(field, fields, chosen, layout);
    }
    if (const auto* described = std::get_if<KindValue>(&field.value)) {
      const std::string name = chosen.is_object() ? chosen[described->member].get<std::string>() : described->kinds.front().first;
      const auto kind = std::ranges::find(described->kinds, name, &std::pair<std::string, ObjectValue>::first);
      return block(field, fields_of_kind(*described, *kind), chosen, layout);
    }
    Json value = chosen.is_null() ? held : chosen;
    if (chosen.is_null() && std::holds_alternative<PresetValue>(field.value)) value = nullptr;  // by name rather than in full
    if (value.is_null()) value = std::visit([&](const auto& v) { return illustrations_.of(v); }, field.value);
    line(fmt::format("\"{}\": {}{}", field.name, value.dump(), layout.comma), note(field), layout);
  }

  void block(const Field& field, const Fields& fields, const Json& chosen, const Layout& layout) {
    line(fmt::format("\"{}\": {{", field.name), note(field), layout);
    object(fields, chosen, {layout.margin.indent + 2, layout.margin.slashes});
    line(fmt::format("}}{}", layout.comma), "", layout);
  }

  static std::string note(const Field& field) {
    if (const auto* choice = std::get_if<ChoiceValue>(&field.value); choice != nullptr && choice->names.size() > 1) {
      return fmt::format("{} [{}]", field.meaning, fmt::join(choice->names, " | "));
    }
    if (const auto* preset = std::get_if<PresetValue>(&field.value)) {
      return fmt::format("{} [orrery list {}]", field.meaning, directory_of(preset->kind));
    }
    return field.meaning;
  }

  /// Long notes go on in the next line.
  void line(const std::string& key, std::string note, const Layout& layout) {
    constexpr std::size_t note_column = 42;
    constexpr std::size_t note_width = 94;
    std::string text(layout.margin.indent, ' ');
    if (layout.margin.slashes) text.insert(*layout.margin.slashes, "// ");
    text += key;
    if (note.empty()) text_ += text + "\n";
    while (!note.empty()) {
      const std::size_t blank = note.size() > note_width ? note.rfind(' ', note_width) : note.npos;
      text_ += fmt::format("{:{}} // {}\n", std::exchange(text, ""), note_column, note.substr(0, blank));
      note.erase(0, blank == note.npos ? blank : blank + 1);
    }
  }

  Illustrations illustrations_;
  std::string text_;
};

}  // namespace

std::string starter_scenario(const PresetLibrary& library) {
  // As it is played, for some defaults are those of the software or of the machine.
  Document document = parse_document("starter", parse_scenario("starter", starter_keys, {}, library).resolved);
  ScenarioSpec scenario;
  throw_if_any(read(document, library, scenario));
  Fields fields;
  describe(fields, scenario);
  StarterWriter writer(Illustrations(library, calibration_of(library, scenario.cluster.node.gpu)));
  writer.object(fields, Json::parse(starter_keys), {.indent = 2, .slashes = std::nullopt});
  return fmt::format("{}{{\n{}}}\n", starter_head, writer.take_text());
}

}  // namespace orrery::scenarios
