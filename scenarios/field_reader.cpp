#include "scenarios/field_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include "scenarios/hugging_face.h"
#include "sim/printable.h"

namespace orrery::scenarios {
namespace {

using nlohmann::json;

class FieldReader {
 public:
  FieldReader(Document& document, const PresetLibrary& library) : document_(&document), library_(&library) {}

  std::vector<PlacedFault> run(const Fields& fields) {
    faults_ = std::move(document_->faults);
    read_object("", document_->root, fields_of_file(fields));
    for (const PendingOverride& pending : document_->pending) {
      faults_.push_back({last_position, {pending.rest.source, fmt::format("{} has no parts", pending.pointer), "set the whole value"}});
    }
    document_->pending.clear();
    if (has_enough()) faults_.push_back({last_position, {document_->places.file(), "there may be more faults", "mend these first"}});
    sort(faults_);
    return std::move(faults_);
  }

 private:
  /// Where a value is: its pointer, itself, and what should be there.
  struct Spot {
    const std::string& pointer;
    const json& value;
    const Value& wanted;
  };

  void fault(const std::string& pointer, std::string what, std::string remedy, sim::ErrorKind kind = sim::ErrorKind::bad_input) {
    if (has_enough()) return;
    faults_.push_back({document_->places.order(pointer), document_->places.placed(pointer, std::move(what), std::move(remedy)), kind});
  }
  bool has_enough() const { return faults_.size() >= most_faults; }

  void wrong_type(const Spot& spot, std::string_view type) {
    const std::string wanted = expected(spot.wanted);
    fault(spot.pointer, fmt::format("{} is not {}", shown(spot.value), type),
          is_only_quoted(spot) ? fmt::format("leave the quotes out: {}", spot.value.get<std::string>()) : fmt::format("write {}", wanted));
  }
  /// Whether the value would be right if it were not a text.
  static bool is_only_quoted(const Spot& spot) {
    if (!spot.value.is_string()) return false;
    const json inner = json::parse(spot.value.get<std::string>(), nullptr, false);
    const bool wants_number = std::holds_alternative<IntegerValue>(spot.wanted) || std::holds_alternative<RealValue>(spot.wanted);
    return (wants_number && inner.is_number()) || (std::holds_alternative<FlagValue>(spot.wanted) && inner.is_boolean());
  }
  void out_of_range(const Spot& spot) {
    fault(spot.pointer, fmt::format("{} is out of range", shown(spot.value)), fmt::format("write {}", expected(spot.wanted)));
  }

  void refuse_unknown_keys(const std::string& pointer, const json& object, const std::vector<std::string>& names) {
    std::vector<std::string> known;  // but for "$schema", which nobody types
    std::ranges::copy_if(names, std::back_inserter(known), [](const std::string& name) { return !name.starts_with('$'); });
    std::vector<std::string> unused;  // a key that is there already is not what was meant
    std::ranges::copy_if(known, std::back_inserter(unused), [&](const std::string& name) { return !object.contains(name); });
    for (const auto& [key, value] : object.items()) {
      if (std::ranges::find(names, key) != names.end()) continue;
      if (has_enough()) return;
      const std::string member = below(pointer, key);
      faults_.push_back({document_->places.order(member), document_->places.placed_at_key(member, fmt::format("unknown key {}", shown(key)),
                                                                                          suggestion(key, unused, known))});
    }
  }

  void read_object(const std::string& pointer, const json& object, const Fields& fields) {
    if (!object.is_object()) {
      fault(pointer, fmt::format("{} is not an object", shown(object)), "write an object in braces");
      return;
    }
    refuse_unknown_keys(pointer, object, fields.names());
    for (const Field& field : fields.list()) {
      const auto member = object.find(field.name);
      if (member != object.end()) {
        const std::string at = below(pointer, field.name);
        if (member->is_null()) {
          const std::string leave = field.need == Need::optional ? "leave the key out, or write" : "write";
          fault(at, "null is no value", fmt::format("{} {}", leave, expected(field.value)));
          continue;
        }
        std::visit([&](const auto& wanted) { read_value({at, *member, field.value}, wanted); }, field.value);
      } else if (field.need == Need::required) {
        fault(pointer, fmt::format("\"{}\" is missing", field.name), fmt::format("add it: {} ({})", expected(field.value), field.meaning));
      }
    }
    fields.finish();
  }

  void read_value(const Spot& spot, const IntegerValue& wanted) {
    const json& value = spot.value;
    constexpr double exact_integers = 0x1p53;
    std::int64_t number = 0;
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return out_of_range(spot);
    if (value.is_number_integer()) {
      number = value.get<std::int64_t>();
    } else if (value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>()) {  // 1e6
      if (std::abs(value.get<double>()) > exact_integers) return out_of_range(spot);
      number = static_cast<std::int64_t>(value.get<double>());
    } else {
      return wrong_type(spot, "an integer");
    }
    if (number < wanted.least || number > wanted.most) return out_of_range(spot);
    wanted.set(number);
  }

  void read_value(const Spot& spot, const RealValue& wanted) {
    if (!spot.value.is_number()) return wrong_type(spot, "a number");
    const double number = spot.value.get<double>();
    if (!(number >= wanted.least && number <= wanted.most)) return out_of_range(spot);
    wanted.set(number);
  }

  void read_value(const Spot& spot, const FlagValue& wanted) {
    if (!spot.value.is_boolean()) return wrong_type(spot, "true or false");
    wanted.set(spot.value.get<bool>());
  }

  void read_value(const Spot& spot, const TextValue& wanted) {
    if (spot.value.is_number_integer() && wanted.integers == Integers::as_text) return wanted.set(spot.value.dump());
    // On the command line a text needs no quotes, nor does one that looks like a number: a version, 2.20.
    if (const std::string text = document_->places.text_given(spot.pointer); spot.value.is_number() && !text.empty())
      return set_text(spot, wanted.set, text);
    if (!spot.value.is_string()) return wrong_type(spot, "a text");
    if (is_one_line(spot)) set_text(spot, wanted.set, spot.value.get<std::string>());
  }

  template <class Set>
  void set_text(const Spot& spot, const Set& set, const std::string& text) {
    try {
      set(text);
    } catch (const sim::Error& error) {
      for (const sim::Fault& f : error.faults()) fault(spot.pointer, f.what, f.remedy);
    }
  }

  /// Whether the text can be shown in a message or on a terminal.
  bool is_one_line(const Spot& spot) {
    if (sim::is_printable(spot.value.get<std::string>())) return true;
    fault(spot.pointer, fmt::format("{} holds a control character", shown(spot.value)), "leave it out");
    return false;
  }

  void read_value(const Spot& spot, const ChoiceValue& wanted) {
    if (!spot.value.is_string()) return wrong_type(spot, "a name");
    const auto name = spot.value.get<std::string>();
    const auto it = std::ranges::find(wanted.names, name);
    if (it != wanted.names.end()) return wanted.set(static_cast<std::size_t>(it - wanted.names.begin()));
    unknown_name(spot, name, wanted.names, wanted.later);
  }

  void unknown_name(const Spot& spot, const std::string& name, const std::vector<std::string>& names,
                    const std::vector<std::string>& later) {
    if (std::ranges::find(later, name) != later.end()) {
      fault(spot.pointer, fmt::format("\"{}\" is not available yet", name), fmt::format("today: {}", fmt::join(names, ", ")),
            sim::ErrorKind::unavailable);
    } else {
      std::vector<std::string> all = names;
      all.insert(all.end(), later.begin(), later.end());
      fault(spot.pointer, fmt::format("unknown name {}", shown(name)), suggestion(name, all));
    }
  }

  void read_value(const Spot& spot, const QuantityValue& wanted) { read_quantity(spot, wanted.set); }

  /// A bare number is read as a text without unit, so that the fault says which unit it needs.
  void read_quantity(const Spot& spot, const std::function<void(std::string_view)>& set) {
    if (!spot.value.is_string() && !spot.value.is_number()) return wrong_type(spot, "a quantity");
    if (spot.value.is_string() && !is_one_line(spot)) return;
    constexpr std::size_t longest = 200;
    if (spot.value.is_string() && spot.value.get_ref<const std::string&>().size() > longest)
      return fault(spot.pointer, fmt::format("{} is too long for a quantity", shown(spot.value)),
                   fmt::format("write {}", expected(spot.wanted)));
    set_text(spot, set, spot.value.is_string() ? spot.value.get<std::string>() : spot.value.dump());
  }

  void read_value(const Spot& spot, const QuantityListValue& wanted) {
    if (!spot.value.is_array()) return wrong_type(spot, "a list");
    if (spot.value.empty()) return fault(spot.pointer, "the list is empty", fmt::format("write e.g. [\"{}\"]", wanted.example));
    int index = 0;
    for (const json& item : spot.value) read_quantity({below(spot.pointer, std::to_string(index++)), item, spot.wanted}, wanted.append);
  }

  void read_value(const Spot& spot, const ObjectValue& wanted) {
    if (!spot.value.is_object()) return wrong_type(spot, "an object");
    Fields fields;
    wanted.open(fields);
    read_object(spot.pointer, spot.value, fields);
  }

  void read_value(const Spot& spot, const RawValue& wanted) {
    if (!spot.value.is_object()) return wrong_type(spot, "an object");
    wanted.set(spot.value);
  }

  void read_value(const Spot& spot, const PresetValue& wanted) {
    if (spot.value.is_object()) return read_value(spot, wanted.object);
    if (!spot.value.is_string()) return wrong_type(spot, "a name or an object");
    if (!is_one_line(spot)) return;
    const std::vector<Override> changes = take_pending(*document_, spot.pointer);
    try {
      Document preset = preset_named(wanted.kind, spot.value.get<std::string>(), spot.pointer);
      for (const Override& change : changes) apply(preset, change);
      Fields fields;
      wanted.object.open(fields);
      for (PlacedFault& f : read_fields(preset, *library_, fields)) {
        faults_.push_back({document_->places.order(spot.pointer), std::move(f.fault), f.kind});
      }
    } catch (const sim::Error& error) {
      for (const sim::Fault& f : error.faults()) {
        if (f.place.empty()) {
          fault(spot.pointer, f.what, f.remedy);
        } else {
          faults_.push_back({document_->places.order(spot.pointer), f, error.kind()});
        }
      }
    }
  }

  Document preset_named(PresetKind kind, const std::string& name, const std::string& pointer) const {
    if (kind != PresetKind::models || !is_path(name) || name.size() > PATH_MAX) return open_preset(*library_, kind, name);
    // What is typed on the command line is relative to where it is typed.
    const std::filesystem::path folder = document_->places.is_override(pointer) ? library_->local : document_->directory;
    const std::filesystem::path path = (folder / name).lexically_normal();
    std::error_code error;
    if (std::filesystem::equivalent(path, document_->places.file(), error))
      throw sim::Error({"", fmt::format("{} is the very file that names it", shown(name)), "name the model's own file, or a preset"});
    if (std::filesystem::is_directory(path, error))
      throw sim::Error({"", fmt::format("{} is a directory, not a file", shown(name)), "name a file in it, such as config.json"});
    if (std::filesystem::exists(path, error)) return open_model(path);
    throw sim::Error({"", fmt::format("there is no file {} in the folder \"{}\"", shown(name), folder.empty() ? "." : folder.string()),
                      "paths in a file are relative to its folder, those of --set to the current one; or name a preset"});
  }

  void read_value(const Spot& spot, const KindValue& wanted) {
    if (!spot.value.is_object()) return wrong_type(spot, "an object");
    std::vector<std::string> names;
    for (const auto& [name, object] : wanted.kinds) names.push_back(name);
    const auto member = spot.value.find(wanted.member);
    if (member == spot.value.end()) {
      if (wanted.need == Need::optional) return read_object(spot.pointer, spot.value, fields_of_kind(wanted, wanted.kinds.front()));
      return fault(spot.pointer, fmt::format("\"{}\" is missing", wanted.member), fmt::format("add it: one of {}", fmt::join(names, ", ")));
    }
    const std::string at = below(spot.pointer, wanted.member);
    const Value choice = ChoiceValue{names, wanted.later, {}, {}};
    if (!member->is_string()) return wrong_type({at, *member, choice}, "a name");
    const auto name = member->get<std::string>();
    const auto it = std::ranges::find(names, name);
    if (it == names.end()) return unknown_name({at, *member, choice}, name, names, wanted.later);
    read_object(spot.pointer, spot.value, fields_of_kind(wanted, wanted.kinds[static_cast<std::size_t>(it - names.begin())]));
  }

  void read_value(const Spot& spot, const ListValue& wanted) {
    if (!spot.value.is_array()) return wrong_type(spot, "a list");
    if (spot.value.size() < wanted.least) return fault(spot.pointer, "the list is empty", fmt::format("write at least {}", wanted.least));
    int index = 0;
    for (const json& item : spot.value) {
      Fields fields;
      wanted.append(fields);
      read_object(below(spot.pointer, std::to_string(index++)), item, fields);
    }
  }

  Document* document_;
  const PresetLibrary* library_;
  std::vector<PlacedFault> faults_;
};

}  // namespace

std::vector<PlacedFault> read_fields(Document& document, const PresetLibrary& library, const Fields& fields) {
  return FieldReader(document, library).run(fields);
}

}  // namespace orrery::scenarios
