#include "scenarios/field_writer.h"

#include <optional>
#include <utility>

namespace orrery::scenarios {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
std::optional<Json> json_of_optional(const std::optional<T>& value) {
  return value ? std::optional<Json>(*value) : std::nullopt;
}

std::optional<Json> json_of_value(const IntegerValue& v) { return json_of_optional(v.value()); }
std::optional<Json> json_of_value(const RealValue& v) { return json_of_optional(v.value()); }
std::optional<Json> json_of_value(const QuantityValue& v) { return json_of_optional(v.value()); }
std::optional<Json> json_of_value(const QuantityListValue& v) { return Json(v.values()); }
std::optional<Json> json_of_value(const FlagValue& v) { return Json(v.value()); }

std::optional<Json> json_of_value(const RawValue& v) {
  const nlohmann::json held = v.value();
  return held.is_null() ? std::nullopt : std::optional<Json>(held);
}

std::optional<Json> json_of_value(const TextValue& v) {
  const std::string text = v.value();
  return text.empty() ? std::nullopt : std::optional<Json>(text);
}

std::optional<Json> json_of_value(const ChoiceValue& v) {
  const std::optional<std::size_t> index = v.value();
  return index ? std::optional<Json>(v.names[*index]) : std::nullopt;
}

std::optional<Json> json_of_value(const ObjectValue& v) {
  if (!v.present()) return std::nullopt;
  Fields fields;
  v.open(fields);
  return json_of(fields);
}

std::optional<Json> json_of_value(const PresetValue& v) { return json_of_value(v.object); }

std::optional<Json> json_of_value(const KindValue& v) {
  for (const auto& kind : v.kinds) {
    if (kind.second.present()) return json_of(fields_of_kind(v, kind));
  }
  return std::nullopt;
}

std::optional<Json> json_of_value(const ListValue& v) {
  Json list = Json::array();
  for (std::size_t i = 0; i < v.size(); ++i) {
    Fields fields;
    v.describe_item(fields, i);
    list.push_back(json_of(fields));
  }
  return list;
}

}  // namespace

nlohmann::ordered_json json_of(const Fields& fields) {
  Json object = Json::object();
  for (const Field& field : fields.list()) {
    std::optional<Json> value = std::visit([](const auto& v) { return json_of_value(v); }, field.value);
    if (value) object[field.name] = std::move(*value);
  }
  return object;
}

}  // namespace orrery::scenarios
