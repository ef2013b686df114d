// Fields describe what an object of our files may hold: each key once, with type, unit, range, names, default and meaning. One description
// serves the reader (scenarios/field_reader.h), the writer (scenarios/field_writer.h), editors (scenarios/schema.h) and newcomers
// (scenarios/starter.h), so that they cannot disagree.
//
//     void describe(Fields& fields, Wheel& wheel) {
//       fields.required("radius", "of the rim, in millimetres", integer(wheel.radius, 1, 5000));
//       fields.optional("tyre", "what it is made of", choice<Tyre>(wheel.tyre, {{"rubber", Tyre::rubber}, {"steel", Tyre::steel}}));
//       fields.derive([&wheel] { if (wheel.spokes == 0) wheel.spokes = wheel.radius / 20; });
//     }
//
// The default of an optional key is what the described value holds beforehand; an empty optional, an integer below its range and a quantity
// of zero where it must be positive mean that there is none. Descriptions hold references to the value: it must outlive them. `describe` is
// found by the type of the value: one overload for each type, declared beside the presets of that type (scenarios/hardware.h, ...).
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "scenarios/presets.h"
#include "scenarios/quantity_text.h"
#include "sim/units_text.h"

namespace orrery::scenarios {

/// What "orrery" says in our files; there is one version so far.
inline constexpr int format_version = 1;

class Fields;

/// What a key may hold. `set` stores what was read, `value` gives what is held, if anything.
struct IntegerValue {
  std::int64_t least;
  std::int64_t most;
  std::function<void(std::int64_t)> set;
  std::function<std::optional<std::int64_t>()> value;
};
struct RealValue {
  double least;
  double most;
  std::function<void(double)> set;
  std::function<std::optional<double>()> value;
};
struct FlagValue {
  std::function<void(bool)> set;
  std::function<bool()> value;
};
enum class Integers { refused, as_text };
struct TextValue {
  std::function<void(std::string)> set;  // may throw sim::Error without a place
  std::function<std::string()> value;    // empty: none
  Integers integers = Integers::refused;
  std::string pattern{};  // a regular expression that every text of the kind matches; empty: any text of one line
  std::string example{};
};
enum class Need { required, optional };

/// One of `names`; those of `later` are part of the format, but Orrery cannot do them yet.
struct ChoiceValue {
  std::vector<std::string> names;
  std::vector<std::string> later;
  std::function<void(std::size_t)> set;  // by index into names
  std::function<std::optional<std::size_t>()> value;
};
/// A text with a unit. `set` throws sim::Error without a place.
struct QuantityValue {
  std::string_view example;
  std::vector<std::string_view> (*units)();  // that it may be written in
  std::function<void(std::string_view)> set;
  std::function<std::optional<std::string>()> value;
};
struct ObjectValue {
  std::function<void(Fields&)> open;  // describes it, making it first where there is none
  std::function<bool()> present;
};
/// An object, or the name of a preset that holds it.
struct PresetValue {
  PresetKind kind;
  ObjectValue object;
};
/// An object one of whose members, "kind" unless said otherwise, tells which of several it is.
struct KindValue {
  std::vector<std::pair<std::string, ObjectValue>> kinds;
  std::vector<std::string> later;
  std::string member = "kind";
  std::string meaning = "what the object is";
  Need need = Need::required;  // of that member; optional: without it the object is of the first kind
};
/// Objects that are all alike.
struct ListValue {
  std::size_t least;                    // of them
  std::function<void(Fields&)> append;  // adds one and describes it
  std::function<std::size_t()> size;
  std::function<void(Fields&, std::size_t)> describe_item;
};
/// Quantities of one dimension, at least one. `append` throws as QuantityValue::set does.
struct QuantityListValue {
  std::string_view example;
  std::vector<std::string_view> (*units)();
  std::function<void(std::string_view)> append;
  std::function<std::vector<std::string>()> values;
};
/// What an object holds that is kept as it is: a scenario with gaps, changes of it by path, figures of the result by key
/// (scenarios/data_set_schema.h).
enum class Content { anything, scenario, changes, figures };
/// An object that is kept as it is, to be read otherwise than by a description.
struct RawValue {
  std::function<void(const nlohmann::json&)> set;
  std::function<nlohmann::json()> value;  // null: none
  Content content = Content::anything;
};
using Value = std::variant<IntegerValue, RealValue, FlagValue, TextValue, ChoiceValue, QuantityValue, ObjectValue, PresetValue, KindValue,
                           ListValue, QuantityListValue, RawValue>;

enum class Zero { refused, allowed };

/// What `quantity` says of what is outside the range of its dimension.
[[noreturn]] void throw_out_of_range(std::string_view written, Zero zero, std::string_view range, std::string_view example);

/// What to write there, in words: "an integer from 1 to 40", "one of gelu, relu, silu".
std::string expected(const Value& value);

struct Field {
  std::string name;
  Need need;
  std::string meaning;  // one line
  Value value;
};

/// A key is described once: a second time is a bug.
class Fields {
 public:
  void required(std::string name, std::string meaning, Value value) {
    add({std::move(name), Need::required, std::move(meaning), std::move(value)});
  }
  void optional(std::string name, std::string meaning, Value value) {
    add({std::move(name), Need::optional, std::move(meaning), std::move(value)});
  }
  /// Runs once all fields are read, to fill in defaults that depend on others. Must bear values that were never set.
  void derive(std::function<void()> action) { derivations_.push_back(std::move(action)); }

  const std::vector<Field>& list() const { return list_; }
  std::vector<std::string> names() const;
  void finish() const {
    for (const auto& action : derivations_) action();
  }

 private:
  void add(Field field);

  std::vector<Field> list_;
  std::vector<std::function<void()>> derivations_;
};

/// The keys of one of the kinds of a KindValue, the member that tells it among them.
Fields fields_of_kind(const KindValue& value, const std::pair<std::string, ObjectValue>& kind);

/// The keys of a file: any of ours may say its version, and name its schema in "$schema", which is for editors alone.
Fields fields_of_file(Fields fields);

// ---- makers of values, by the type of the target. Ranges include both ends. Integers, reals, choices and quantities may be optionals.

namespace detail {
template <class T>
struct Held {
  using Type = T;
};
template <class T>
struct Held<std::optional<T>> {
  using Type = T;
};
template <class Target>
using HeldType = typename Held<Target>::Type;
}  // namespace detail

template <class Target>
IntegerValue integer(Target& target, std::int64_t least, std::int64_t most) {
  return {least, most, [&target](std::int64_t v) { target = static_cast<detail::HeldType<Target>>(v); },
          [&target, least]() -> std::optional<std::int64_t> {
            const std::optional<detail::HeldType<Target>> held = target;
            return held && *held >= least ? std::optional<std::int64_t>(*held) : std::nullopt;
          }};
}

template <class Target>
RealValue real(Target& target, double least, double most) {
  return {least, most, [&target](double v) { target = v; }, [&target]() -> std::optional<double> { return target; }};
}

inline FlagValue flag(bool& target) {
  return {[&target](bool v) { target = v; }, [&target] { return target; }};
}

inline TextValue text(std::string& target, Integers integers = Integers::refused) {
  return {[&target](std::string v) { target = std::move(v); }, [&target] { return target; }, integers, {}, {}};
}

template <class Target>
ChoiceValue choice(Target& target, const std::vector<std::pair<std::string, detail::HeldType<Target>>>& options,
                   std::vector<std::string> later = {}) {
  std::vector<std::string> names;
  for (const auto& [name, value] : options) names.push_back(name);
  return {std::move(names), std::move(later), [&target, options](std::size_t i) { target = options[i].second; },
          [&target, options]() -> std::optional<std::size_t> {
            for (std::size_t i = 0; i < options.size(); ++i) {
              if (target == options[i].second) return i;
            }
            return std::nullopt;
          }};
}

RawValue raw(nlohmann::json& target, Content content = Content::anything);

/// The one name that there is so far, of several in the format.
ChoiceValue only_choice(std::string name, std::vector<std::string> later);

/// Within the range of its dimension (scenarios/quantity_text.h).
template <class Target>
QuantityValue quantity(Target& target, Zero zero = Zero::refused) {
  using Quantity = detail::HeldType<Target>;
  const auto present = [zero](Quantity q) { return magnitude(q) > 0 || (zero == Zero::allowed && q == Quantity{}); };
  return {example_of(Quantity{}), [] { return sim::unit_names(Quantity{}); },
          [&target, zero](std::string_view written) {
            Quantity read{};
            parse_quantity(written, read);
            const QuantityRange range = range_of(read);
            const bool fits = magnitude(read) >= range.least && magnitude(read) <= range.most;
            const bool is_allowed_zero = zero == Zero::allowed && read == Quantity{};
            if (!fits && !is_allowed_zero) throw_out_of_range(written, zero, range.text, example_of(read));
            target = read;
          },
          [&target, present]() -> std::optional<std::string> {
            const std::optional<Quantity> held = target;
            return held && present(*held) ? std::optional(exact_text(*held)) : std::nullopt;
          }};
}

template <class Spec>
ObjectValue object(Spec& target) {
  return {[&target](Fields& fields) { describe(fields, target); }, [] { return true; }};
}

template <class Spec>
ObjectValue object(std::optional<Spec>& target) {
  return {[&target](Fields& fields) {
            if (!target) target.emplace();
            describe(fields, *target);
          },
          [&target] { return target.has_value(); }};
}

template <class Target>
PresetValue preset(PresetKind kind, Target& target) {
  return {kind, object(target)};
}

template <class Item>
ListValue list(std::vector<Item>& target, std::size_t least = 0) {
  return {least, [&target](Fields& fields) { describe(fields, target.emplace_back()); }, [&target] { return target.size(); },
          [&target](Fields& fields, std::size_t i) { describe(fields, target[i]); }};
}

template <class Quantity>
QuantityListValue quantities(std::vector<Quantity>& target) {
  return {example_of(Quantity{}), [] { return sim::unit_names(Quantity{}); },
          [&target](std::string_view written) {
            Quantity read{};
            quantity(read).set(written);
            target.push_back(read);
          },
          [&target] {
            std::vector<std::string> texts;
            for (const Quantity& held : target) texts.push_back(exact_text(held));
            return texts;
          }};
}

}  // namespace orrery::scenarios
