#include "scenarios/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/error.h"

namespace orrery::scenarios {
namespace {

template <class... Cases>
struct ExpectedCases : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
ExpectedCases(Cases...) -> ExpectedCases<Cases...>;

}  // namespace

void throw_out_of_range(std::string_view written, Zero zero, std::string_view range, std::string_view example) {
  throw sim::Error({"", fmt::format("\"{}\" is out of range", written),
                    fmt::format("write {}{}, e.g. \"{}\"", zero == Zero::allowed ? "zero or " : "", range, example)});
}

std::string expected(const Value& value) {
  return std::visit(
      ExpectedCases{
          [](const IntegerValue& v) {
            return v.least == v.most ? std::to_string(v.least) : fmt::format("an integer from {} to {}", v.least, v.most);
          },
          [](const RealValue& v) { return fmt::format("a number from {} to {}", v.least, v.most); },
          [](const FlagValue&) { return std::string("true or false"); },
          [](const TextValue& v) {
            return std::string(v.integers == Integers::as_text ? "a text in quotes, or an integer" : "a text in quotes");
          },
          [](const ChoiceValue& v) { return fmt::format("one of {}", fmt::join(v.names, ", ")); },
          [](const QuantityValue& v) { return fmt::format("a quantity with unit, e.g. \"{}\"", v.example); },
          [](const ObjectValue&) { return std::string("an object in braces"); },
          [](const PresetValue& v) { return fmt::format("the name of a preset (orrery list {}) or an object", directory_of(v.kind)); },
          [](const KindValue& v) { return fmt::format("an object with \"{}\": \"{}\"", v.member, v.kinds.front().first); },
          [](const ListValue&) { return std::string("a list of objects"); },
          [](const RawValue&) { return std::string("an object in braces"); },
          [](const QuantityListValue& v) { return fmt::format("a list of quantities with unit, e.g. [\"{}\"]", v.example); },
      },
      value);
}

void Fields::add(Field field) {
  const bool is_new = std::ranges::none_of(list_, [&](const Field& other) { return other.name == field.name; });
  sim::check(is_new, "a key is described once");
  list_.push_back(std::move(field));
}

std::vector<std::string> Fields::names() const {
  std::vector<std::string> names;
  for (const Field& field : list_) names.push_back(field.name);
  return names;
}

RawValue raw(nlohmann::json& target, Content content) {
  return {[&target](const nlohmann::json& v) { target = v; }, [&target] { return target; }, content};
}

Fields fields_of_kind(const KindValue& value, const std::pair<std::string, ObjectValue>& kind) {
  Fields fields;
  if (value.need == Need::required) {
    fields.required(value.member, value.meaning, only_choice(kind.first, {}));
  } else {
    fields.optional(value.member, value.meaning, only_choice(kind.first, {}));
  }
  kind.second.open(fields);
  return fields;
}

Fields fields_of_file(Fields fields) {
  const std::vector<std::string> names = fields.names();
  if (std::ranges::find(names, "orrery") == names.end()) {
    fields.optional(
        "orrery", "version of the format",
        IntegerValue{format_version, format_version, [](std::int64_t) {}, [] { return std::optional<std::int64_t>(format_version); }});
  }
  fields.optional("$schema", "where an editor finds the schema of this file (orrery schema)",
                  TextValue{[](const std::string&) {}, [] { return std::string(); }, Integers::refused, {}, {}});
  return fields;
}

ChoiceValue only_choice(std::string name, std::vector<std::string> later) {
  return {{std::move(name)}, std::move(later), [](std::size_t) {}, [] { return std::optional<std::size_t>(0); }};
}

}  // namespace orrery::scenarios
