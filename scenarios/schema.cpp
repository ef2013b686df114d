#include "scenarios/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "scenarios/data_set_schema.h"
#include "scenarios/field_writer.h"
#include "scenarios/file_kinds.h"
#include "scenarios/hugging_face.h"

namespace orrery::scenarios {
namespace {

using Json = nlohmann::ordered_json;

/// What sim/units_text reads, where no text holds a tab: a decimal number that does not begin with a sign, blanks, and one of `units`,
/// which are made of letters and slashes.
std::string quantity_pattern(const std::vector<std::string_view>& units) {
  return fmt::format(R"(^ *([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *({}) *$)", fmt::join(units, "|"));
}

/// What a key may hold, as JSON Schema says it.
class SchemaWriter {
 public:
  explicit SchemaWriter(const PresetLibrary& library) : library_(&library) {}

  Json object(const Fields& fields) const {
    const Json held = json_of(fields);
    Json properties = Json::object();
    Json required = Json::array();
    for (const Field& field : fields.list()) {
      Json property = {{"description", description(field)}};
      property.update(std::visit([&](const auto& value) { return of(value); }, field.value));
      if (field.need == Need::required) {
        required.push_back(field.name);
      } else if (const auto value = held.find(field.name); value != held.end() && value->is_primitive()) {
        property["default"] = *value;
      }
      properties[field.name] = std::move(property);
    }
    Json schema = {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    return schema;
  }

 private:
  static std::string description(const Field& field) {
    const std::vector<std::string>* later = nullptr;
    if (const auto* choice = std::get_if<ChoiceValue>(&field.value)) later = &choice->later;
    if (const auto* kind = std::get_if<KindValue>(&field.value)) later = &kind->later;
    return later == nullptr || later->empty() ? field.meaning
                                              : fmt::format("{} (not available yet: {})", field.meaning, fmt::join(*later, ", "));
  }

  Json of(const IntegerValue& v) const {
    if (v.least == v.most) return {{"const", v.least}};
    return {{"type", "integer"}, {"minimum", v.least}, {"maximum", v.most}};
  }
  Json of(const RealValue& v) const { return {{"type", "number"}, {"minimum", v.least}, {"maximum", v.most}}; }
  Json of(const FlagValue&) const { return {{"type", "boolean"}}; }
  Json of(const TextValue& v) const {
    if (!v.pattern.empty()) {
      return {{"type", "string"},
              {"pattern", v.pattern},
              {"patternErrorMessage", fmt::format("write e.g. \"{}\"", v.example)},
              {"examples", {v.example}}};
    }
    const Json types = v.integers == Integers::as_text ? Json{"string", "integer"} : Json("string");
    return {{"type", types}, {"pattern", R"(^[^\u0000-\u001f\u007f-\u009f]*$)"}, {"patternErrorMessage", "no control characters"}};
  }
  Json of(const ChoiceValue& v) const { return {{"enum", v.names}}; }
  Json of(const QuantityValue& v) const {
    return {{"type", "string"},
            {"pattern", quantity_pattern(v.units())},
            {"patternErrorMessage", fmt::format("write {}", expected(v))},
            {"examples", {v.example}}};
  }
  Json of(const QuantityListValue& v) const {
    return {{"type", "array"}, {"minItems", 1}, {"items", of(QuantityValue{v.example, v.units, {}, {}})}};
  }
  Json of(const ObjectValue& v) const {
    Fields fields;
    v.open(fields);
    return object(fields);
  }
  Json of(const RawValue& v) const {
    if (v.content == Content::anything) return {{"type", "object"}};
    return {{"$ref", definition_of(v.content)}};
  }
  Json of(const PresetValue& v) const {
    Json forms = Json::array({{{"enum", preset_names(*library_, v.kind)}}});
    if (v.kind == PresetKind::models) {
      forms.push_back({{"type", "string"}, {"pattern", model_path_pattern}, {"description", "path of a Hugging Face config.json"}});
    }
    forms.push_back(of(v.object));
    return {{"anyOf", std::move(forms)}};
  }
  /// Which keys there are depends on one of them: editors complete those of the kind that is written.
  Json of(const KindValue& v) const {
    Json names = Json::array();
    Json cases = Json::array();
    for (const auto& kind : v.kinds) {
      names.push_back(kind.first);
      Json is_this = {{"properties", {{v.member, {{"const", kind.first}}}}}};
      const bool may_be_left_out = v.need == Need::optional && cases.empty();  // then "const" holds of what is not there
      if (!may_be_left_out) is_this["required"] = Json::array({v.member});
      cases.push_back({{"if", is_this}, {"then", object(fields_of_kind(v, kind))}});
    }
    const Json which = {{"description", v.meaning}, {"enum", names}};
    Json schema = {{"type", "object"}, {"properties", {{v.member, which}}}, {"allOf", std::move(cases)}};
    if (v.need == Need::required) schema["required"] = Json::array({v.member});
    return schema;
  }
  Json of(const ListValue& v) const {
    Fields fields;
    v.append(fields);
    return {{"type", "array"}, {"minItems", v.least}, {"items", object(fields)}};
  }

  const PresetLibrary* library_;
};

}  // namespace

nlohmann::ordered_json schema(std::string_view kind, const PresetLibrary& library) {
  Json schema = {
      {"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", fmt::format("Orrery: {}", kind)}, {"allowComments", true}};
  describe_file(kind, [&](const Fields& fields) { schema.update(schema_of(fields, library)); });
  if (kind == "data-set") {
    describe_file("scenario", [&](const Fields& fields) { schema["definitions"] = data_set_definitions(schema_of(fields, library)); });
  }
  return schema;
}

nlohmann::ordered_json schema_of(const Fields& fields, const PresetLibrary& library) { return SchemaWriter(library).object(fields); }

}  // namespace orrery::scenarios
