#include "cli/command_line.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "scenarios/schema.h"

namespace orrery::cli {
namespace {

using Json = nlohmann::ordered_json;

bool is_plain_word(const std::string& word) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._+-").find(c) != std::string_view::npos;
  };
  return !word.empty() && std::ranges::all_of(word, is_plain);
}

std::vector<std::string> plain_words(const std::vector<std::string>& words) {
  std::vector<std::string> plain;
  std::ranges::copy_if(words, std::back_inserter(plain), is_plain_word);
  return plain;
}

/// The names in "TEXT:{a,b}".
std::vector<std::string> words_in(const std::string& type) {
  const std::size_t begin = type.find('{');
  const std::size_t end = type.rfind('}');
  if (begin == std::string::npos || end == std::string::npos) return {};
  std::istringstream list(type.substr(begin + 1, end - begin - 1));
  std::vector<std::string> words;
  for (std::string word; std::getline(list, word, ',');) words.push_back(word);
  return plain_words(words);
}

class CommandReader {
 public:
  explicit CommandReader(const scenarios::PresetLibrary& library) : library_(&library) {}

  Command command(const CLI::App& app) const {
    Command command{.name = app.get_name(), .description = app.get_description(), .options = {}, .positionals = {}};
    for (const CLI::Option* option : app.get_options()) {
      (option->nonpositional() ? command.options : command.positionals).push_back(argument(*option));
    }
    return command;
  }

 private:
  Argument argument(const CLI::Option& option) const {
    Argument argument{.names = {}, .description = option.get_description(), .wants = Wants::nothing, .words = {}, .repeats = false};
    for (const std::string& name : option.get_snames()) argument.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) argument.names.push_back("--" + name);
    if (argument.names.empty()) argument.names.push_back(option.get_name());
    if (option.get_items_expected_max() == 0) return argument;
    argument.repeats = option.get_items_expected_max() > 1;
    const std::string type = option.get_type_name();
    argument.words = words_in(type);
    argument.wants = Wants::words;
    if (argument.words.empty()) set_wanted(option.nonpositional() ? type : option.get_name(), argument);
    return argument;
  }

  void set_wanted(const std::string& shown, Argument& argument) const {
    using scenarios::PresetKind;
    argument.wants = Wants::text;
    if (shown == "FILE") argument = our_file(std::move(argument), {PresetKind::examples});
    if (shown == "MACHINE") argument = our_file(std::move(argument), {PresetKind::hardware, PresetKind::examples});
    if (shown == "DATASET") argument = our_file(std::move(argument), {PresetKind::published, PresetKind::measured});
    if (shown == "SOURCE" || shown == "OUT" || shown == "LOG") argument.wants = Wants::file;
    if (shown == "DIR") argument.wants = Wants::folder;
    if (shown == "PATH=VALUE") argument.wants = Wants::assignment;
  }

  Argument our_file(Argument argument, const std::vector<scenarios::PresetKind>& kinds) const {
    argument.wants = Wants::our_file;
    for (const scenarios::PresetKind kind : kinds) {
      const std::vector<std::string> names = plain_words(scenarios::preset_names(*library_, kind));
      argument.words.insert(argument.words.end(), names.begin(), names.end());
    }
    return argument;
  }

  const scenarios::PresetLibrary* library_;
};

/// Walks the schema of a scenario. Lists end a path: what is in them has no names.
class PathCollector {
 public:
  void collect(const std::string& prefix, const Json& schema) {
    for (const Json& form : schema.value("anyOf", Json::array())) collect(prefix, form);
    for (const Json& kind : schema.value("allOf", Json::array())) collect(prefix, kind.value("then", Json::object()));
    const Json properties = schema.value("properties", Json::object());
    for (const auto& [key, value] : properties.items()) {
      if (!is_plain_word(key)) continue;  // "$schema"
      const std::string description = value.value("description", "");
      std::vector<std::string> words;
      add_words(value, words);
      if (takes_value(value)) add(prefix, {key + "=", description});
      if (holds_keys(value)) add(prefix, {key + ".", description});
      add_new(words, values_[prefix + key]);  // kinds of one object may differ
      collect(prefix + key + ".", value);
    }
  }
  void into(CommandLine& line) && {
    for (auto& [prefix, steps] : steps_) line.steps.push_back({prefix, std::move(steps)});
    for (auto& [path, words] : values_) {
      if (!words.empty()) line.values.push_back({path, std::move(words)});
    }
  }

 private:
  static void add_new(const std::vector<std::string>& words, std::vector<std::string>& all) {
    for (const std::string& word : words) {
      if (std::ranges::find(all, word) == all.end()) all.push_back(word);
    }
  }

  static bool is_object(const Json& schema) { return schema.value("type", "") == "object"; }
  static bool takes_value(const Json& schema) { return !is_object(schema); }
  static bool holds_keys(const Json& schema) {
    const Json forms = schema.value("anyOf", Json::array());
    return is_object(schema) || std::ranges::any_of(forms, is_object);
  }

  static void add_words(const Json& schema, std::vector<std::string>& words) {
    if (schema.value("type", "") == "boolean") words.insert(words.end(), {"true", "false"});
    for (const Json& name : schema.value("enum", Json::array())) {
      if (is_plain_word(name.get<std::string>())) words.push_back(name.get<std::string>());
    }
    for (const Json& form : schema.value("anyOf", Json::array())) add_words(form, words);
  }

  /// Keys of several kinds of an object may be the same.
  void add(const std::string& prefix, PathStep step) {
    std::vector<PathStep>& steps = steps_[prefix];
    if (std::ranges::find(steps, step.text, &PathStep::text) == steps.end()) steps.push_back(std::move(step));
  }

  std::map<std::string, std::vector<PathStep>> steps_;
  std::map<std::string, std::vector<std::string>> values_;
};

}  // namespace

CommandLine command_line(const CLI::App& app, const scenarios::PresetLibrary& library) {
  const CommandReader reader(library);
  CommandLine line{.itself = reader.command(app), .commands = {}, .steps = {}, .values = {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    line.commands.push_back(reader.command(*command));
  PathCollector paths;
  paths.collect("", scenarios::schema("scenario", library));
  std::move(paths).into(line);
  return line;
}

}  // namespace orrery::cli
