#include "scenarios/document.h"

#include <fmt/format.h>

#include <charconv>
#include <system_error>
#include <utility>

#include "scenarios/locator.h"
#include "scenarios/read_file.h"

namespace orrery::scenarios {
namespace {

using nlohmann::json;

/// The library says "[...] parse error at line 3, column 5: syntax error while parsing object key - unexpected end of input; last read:
/// '...'; expected string literal". We keep context, problem and expectation, and place it ourselves.
sim::Fault syntax_fault(const std::string& name, std::string_view text, const json::parse_error& error) {
  const Position position = position_of(text, error.byte > 0 ? error.byte - 1 : 0);
  const auto part = [message = std::string_view(error.what())](std::string_view from, std::string_view to) -> std::string {
    const std::size_t begin = message.find(from);
    if (begin == message.npos) return "";
    const std::string_view rest = message.substr(begin + from.size());
    return std::string(rest.substr(0, rest.find(to)));
  };
  if (text.find_first_not_of(" \t\r\n") == text.npos)
    return {fmt::format("{}:1:1", name), "the file is empty", "write an object in braces"};
  const std::string context = part("while parsing ", " - ");
  const std::string problem = part(" - ", ";");
  const std::string expected = part("; expected ", ";");
  return {.place = fmt::format("{}:{}:{}", name, position.line, position.column),
          .what = fmt::format("not JSON: {}{}{}", problem.empty() ? "malformed" : problem, context.empty() ? "" : " in ", context),
          .remedy = expected.empty() ? "" : fmt::format("expected {}", expected)};
}

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

Document parse_document(std::string name, std::string_view text) {
  json root;
  try {
    root = json::parse(text, nullptr, true, true);
  } catch (const json::parse_error& error) {
    throw sim::Error(syntax_fault(name, text, error));
  } catch (const json::out_of_range&) {
    throw sim::Error({name, "holds a number too large for any computer", "write a smaller one"});
  }
  Located located = locate(std::move(name), text);
  return {std::move(root), std::move(located.places), {}, std::move(located.faults), {}};
}

Override override_from(std::string_view assignment) {
  const std::size_t equals = assignment.find('=');
  Override result{.path = std::string(assignment.substr(0, equals)), .steps = {}, .value = {}};
  const std::string place = fmt::format("--set {}", result.path);
  if (equals == assignment.npos) throw sim::Error({place, "has no value", fmt::format("write e.g. --set {}=1", result.path)});
  result.steps = steps_of(result.path);
  for (const std::string& step : result.steps) {
    if (step.empty()) throw sim::Error({place, "the path has an empty step", "write e.g. --set cluster.nodes=280"});
  }
  result.value = value_from(place, assignment.substr(equals + 1));
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
          {pointer, {change.path, {change.steps.begin() + static_cast<std::ptrdiff_t>(i), change.steps.end()}, change.value}});
      return;
    }
    json* child = node->is_array() ? item_of(*node, step) : nullptr;
    pointer = below(pointer, step);
    if (node->is_object()) {
      const bool last = i + 1 == change.steps.size();
      if (!node->contains(step)) {
        (*node)[step] = json::object();
        if (!last) document.places.put_override(pointer, change.path, given);
      }
      child = &(*node)[step];
    }
    if (child == nullptr) {
      const std::string what =
          node->is_array() ? fmt::format("the list has no item {}", step) : fmt::format("{} has no parts", shown(*node));
      const std::string remedy =
          node->is_array() ? fmt::format("it has items 0 to {}", static_cast<int>(node->size()) - 1) : "set the whole value";
      document.faults.push_back({last_position, {fmt::format("--set {}", change.path), what, remedy}});
      return;
    }
    node = child;
  }
  *node = change.value;
  document.places.put_override(pointer, change.path, given);
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

bool is_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_second_set = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;  // U+0080 to U+009F
    if (byte < 0x20 || byte == 0x7F || is_second_set) return false;
  }
  return is_utf8(text);
}

std::string shown(const nlohmann::json& value) {
  constexpr std::size_t longest = 60;
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace orrery::scenarios
