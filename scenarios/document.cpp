#include "scenarios/document.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "scenarios/json_faults.h"
#include "scenarios/locator.h"
#include "scenarios/read_file.h"

namespace orrery::scenarios {
namespace {

using nlohmann::json;

std::vector<std::string> steps_of(std::string_view path) {
  std::vector<std::string> steps;
  while (true) {
    const std::size_t dot = path.find('.');
    steps.emplace_back(path.substr(0, dot));
    if (dot == path.npos) return steps;
    path.remove_prefix(dot + 1);
  }
}

bool is_utf8(std::string_view text) {
  try {
    json(text).dump();  // strict, and throws
  } catch (const json::type_error&) {
    return false;
  }
  return true;
}

json value_from(const std::string& place, std::string_view text) {
  if (!text.empty() && std::string_view("{[\"").find(text.front()) != std::string_view::npos) {
    Document document = parse_document(place, text);
    throw_if_any(std::move(document.faults));
    return std::move(document.root);
  }
  json value = json::parse(text, nullptr, false);
  if (!value.is_discarded()) return value;
  if (!is_utf8(text)) throw sim::Error({place, "is not UTF-8", "write plain text"});
  return json(text);
}

/// The item of a list that a step names, or none.
json* item_of(json& list, const std::string& step) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  return error == std::errc{} && end == step.data() + step.size() && index < list.size() ? &list[index] : nullptr;
}

}  // namespace

Document open_document(const std::filesystem::path& path) {
  Document document = parse_document(path.string(), file_text(path, max_file_bytes));
  document.directory = path.parent_path();
  return document;
}

Document part_of(const Document& document, const std::string& pointer) {
  return {document.root.at(json::json_pointer(pointer)), document.places.part(pointer), document.directory, {}, {}};
}

Document parse_document(std::string name, std::string_view text) {
  check_text(name, text);
  json root;
  try {
    root = json::parse(text, nullptr, true, true);
  } catch (const json::parse_error& error) {
    throw sim::Error(syntax_fault(name, text, error));
  } catch (const json::out_of_range&) {
    throw sim::Error(overflow_faults(name, text));
  }
  Located located = locate(std::move(name), text);
  return {std::move(root), std::move(located.places), {}, std::move(located.faults), {}};
}

Override override_from(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string_view path = assignment.substr(0, equals);
  const std::string source = fmt::format("--set {}", shortened(std::string(path)));
  if (equals == assignment.npos) throw sim::Error({source, "has no value", "write e.g. --set cluster.nodes=280"});
  Override result = override_of(source, path, value_from(source, assignment.substr(equals + 1)));
  result.text = assignment.substr(equals + 1);
  return result;
}

Override override_of(std::string source, std::string_view path, json value) {
  Override result{.source = std::move(source), .steps = steps_of(path), .value = std::move(value)};
  if (path.empty()) throw sim::Error({result.source, "the path is empty", "write e.g. cluster.nodes"});
  if (result.steps.size() > max_depth) {
    throw sim::Error({result.source, fmt::format("the path has {} steps", result.steps.size()), "no file of ours has more than ten"});
  }
  for (const std::string& step : result.steps) {
    if (step.empty()) throw sim::Error({result.source, "the path has an empty step", "write e.g. cluster.nodes"});
  }
  return result;
}

void apply(Document& document, const Override& change) {
  std::string given;
  for (const std::string& step : change.steps) given = below(given, step);

  json* node = &document.root;
  std::string pointer;
  for (std::size_t i = 0; i < change.steps.size(); ++i) {
    const std::string& step = change.steps[i];
    if (node->is_string()) {
      document.pending.push_back(
          {pointer,
           {change.source, {change.steps.begin() + static_cast<std::ptrdiff_t>(i), change.steps.end()}, change.value, change.text}});
      return;
    }
    json* child = node->is_array() ? item_of(*node, step) : nullptr;
    pointer = below(pointer, step);
    if (node->is_object()) {
      const bool last = i + 1 == change.steps.size();
      if (!node->contains(step)) {
        (*node)[step] = json::object();
        if (!last) document.places.put_override(pointer, change.source, given);
      }
      child = &(*node)[step];
    }
    if (child == nullptr) {
      const std::string what =
          node->is_array() ? fmt::format("the list has no item {}", step) : fmt::format("{} has no parts", shown(*node));
      const std::string remedy = !node->is_array() ? "set the whole value"
                                 : node->empty()   ? "it is empty; set the whole list"
                                                   : fmt::format("it has items 0 to {}", node->size() - 1);
      document.faults.push_back({last_position, {change.source, what, remedy}});
      return;
    }
    node = child;
  }
  *node = change.value;
  document.places.put_override(pointer, change.source, given, change.text);
  std::erase_if(document.pending, [&](const PendingOverride& p) { return p.pointer == pointer || p.pointer.starts_with(pointer + "/"); });
}

std::vector<Override> take_pending(Document& document, const std::string& pointer) {
  std::vector<Override> taken;
  for (PendingOverride& pending : document.pending) {
    if (pending.pointer == pointer) taken.push_back(std::move(pending.rest));
  }
  std::erase_if(document.pending, [&](const PendingOverride& p) { return p.pointer == pointer; });
  return taken;
}

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t longest = 60;
  return shortened(value.dump(-1, ' ', false, json::error_handler_t::replace), longest);
}

}  // namespace orrery::scenarios
