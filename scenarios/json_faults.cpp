#include "scenarios/json_faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "scenarios/document.h"
#include "scenarios/json_tokens.h"
#include "scenarios/locator.h"
#include "sim/printable.h"

namespace orrery::scenarios {
namespace {

using nlohmann::json;

sim::Fault fault_at(const std::string& name, std::string_view text, std::size_t offset, std::string what, std::string remedy) {
  const Position position = position_of(text, offset);
  return {fmt::format("{}:{}:{}", name, position.line, position.column), std::move(what), std::move(remedy)};
}

bool is_control_byte(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

bool is_utf16(std::string_view text) {
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") || (text.size() > 1 && (text[0] == '\0') != (text[1] == '\0'));
}

std::string lowered(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string cut(std::string_view word) { return shortened(std::string(word), 60); }

/// What the library's parser met: the token that it stopped at, the one before, and the brackets open there.
struct Stop {
  JsonToken token;
  JsonToken before;
  std::vector<JsonToken> open;
};
Stop stop_at(std::string_view text, std::size_t offset) {
  Stop stop;
  JsonTokens tokens(text);
  for (JsonToken token = tokens.next(); !token.text.empty() && token.at <= offset; token = tokens.next()) {
    // A number or literal that goes wrong is noticed one byte past its end.
    if (token.at == offset && stop.token.is_word() && stop.token.end() == offset) break;
    if (stop.token.is_opening()) stop.open.push_back(stop.token);
    if (stop.token.is_closing() && !stop.open.empty()) stop.open.pop_back();
    stop.before = stop.token;
    stop.token = token;
  }
  return stop;
}

/// The slip, or nothing where there is no word better than the library's.
struct Slip {
  std::size_t at = 0;
  std::string what{};
  std::string remedy{};
};

std::string_view name_of_bracket(const JsonToken& bracket) { return bracket.is('{') || bracket.is('}') ? "object" : "list"; }

Slip slip_of_number(const JsonToken& token) {
  const std::string word = cut(token.text);
  std::string_view digits = token.text.substr(token.text.starts_with('-') || token.text.starts_with('+') ? 1 : 0);
  const bool is_plain = digits.find_first_not_of("0123456789.") == digits.npos && std::ranges::count(digits, '.') <= 1;
  if (!is_plain || digits.empty() || digits == ".")
    return {token.at, fmt::format("{} is no number", word), "write decimal digits alone, or put it in quotes where it has a unit"};
  const std::size_t significant = std::min(digits.find_first_not_of('0'), digits.size());
  std::string plain = token.text.starts_with('-') ? "-" : "";
  if (significant == digits.size() || digits[significant] == '.') plain += '0';
  plain += cut(digits.substr(significant));
  if (plain.ends_with('.')) plain.pop_back();
  return {token.at, fmt::format("{} is no number in JSON", word), fmt::format("write {}", plain)};
}

Slip slip_of_word(const Stop& stop) {
  const JsonToken& token = stop.token;
  const std::string word = cut(token.text);
  const std::string low = lowered(token.text.substr(0, 16));
  const bool is_key = !stop.open.empty() && stop.open.back().is('{') && (stop.before.is('{') || stop.before.is(','));
  if (token.text.starts_with("/*")) return {token.at, "the comment that begins here has no end", "add */"};
  if (!sim::is_printable(token.text)) return {token.at, "is not text in UTF-8", "save it as UTF-8; is it the right file?"};
  for (const std::string_view quote : {"'", "`", "\u2018", "\u2019", "\u201c", "\u201d"}) {
    if (token.text.starts_with(quote)) return {token.at, fmt::format("{} is no quote in JSON", quote), "write straight double quotes"};
  }
  if (token.text.starts_with('#')) return {token.at, "# begins no comment", "comments begin with //"};
  if (is_key) return {token.at, fmt::format("the key {} has no quotes", word), fmt::format("write \"{}\"", word)};
  if (stop.before.is_text() && !stop.open.empty() && stop.open.back().is('{') && token.text.starts_with('='))
    return {token.at, "= after a key", "write a colon"};
  if (low == "nan" || low.ends_with("inf") || low.ends_with("infinity") || low == "-nan" || low == "+nan")
    return {token.at, fmt::format("{} is no number in JSON", word), "write a finite one"};
  if (low == "true" || low == "false")
    return {token.at, fmt::format("{} is written otherwise in JSON", word), fmt::format("write {}", low)};
  if (low == "null" || low == "none" || low == "undefined") return {token.at, fmt::format("{} is no value", word), "leave the key out"};
  if (std::string_view("+-.0123456789").find(token.text.front()) != std::string_view::npos) return slip_of_number(token);
  return {token.at, fmt::format("{} is no value", word), fmt::format("put it in double quotes: \"{}\"", word)};
}

Slip slip_of_mark(std::string_view text, const Stop& stop) {
  const JsonToken& token = stop.token;
  if (token.is_closing() && stop.before.is(','))
    return {stop.before.at, fmt::format("a comma before the end of the {}", name_of_bracket(token)), "leave it out"};
  if (token.is_closing() && !stop.open.empty() && stop.open.back().is('{') != token.is('}')) {
    return {token.at,
            fmt::format("{} ends the {} that begins in line {}", token.text, name_of_bracket(stop.open.back()),
                        position_of(text, stop.open.back().at).line),
            fmt::format("close it with {} first", stop.open.back().is('{') ? '}' : ']')};
  }
  if (stop.before.is(':') && !token.is_opening()) return {token.at, "a value is missing after the colon", "write it, or leave the key out"};
  if (token.is(',') && (stop.before.is(',') || stop.before.is_opening())) return {token.at, "a comma too many", "leave it out"};
  return {};
}

/// In a text in quotes, at the very byte that the library refuses.
Slip slip_in_text(const JsonToken& token, std::size_t at, std::string problem) {
  if (problem.find("backslash") != problem.npos) return {at, "a backslash before what cannot follow it", "write \\\\ for a backslash"};
  if (problem.find("UTF-8") != problem.npos) return {token.at, "the text that begins here is not in UTF-8", "save it as UTF-8"};
  if (problem.find("surrogate") != problem.npos) return {at, "half a character", "write both halves, or the character itself"};
  return {at, std::move(problem), ""};
}

Slip slip_at_end(std::string_view text, const Stop& stop) {
  std::vector<JsonToken> open = stop.open;
  if (stop.token.is_opening()) open.push_back(stop.token);
  if (stop.token.is_closing() && !open.empty()) open.pop_back();
  if (open.empty()) return {};
  const int line = position_of(text, open.back().at).line;
  return {text.size(), fmt::format("ends inside the {} that begins in line {}", name_of_bracket(open.back()), line),
          fmt::format("close it with {}; is anything cut off?", open.back().is('{') ? '}' : ']')};
}

/// `problem` and `context` are the library's: "unexpected '}'", "object key"; `at` is the byte that it stopped at.
Slip slip_of(std::string_view text, const Stop& stop, std::size_t at, const std::string& problem, std::string_view context) {
  const JsonToken& token = stop.token;
  const bool is_in_place = !problem.starts_with("unexpected");
  const bool ends_value = stop.before.is_text() || stop.before.is_word() || stop.before.is_closing();
  const bool begins_value = token.is_text() || token.is_word() || token.is_opening();
  if (problem == "unexpected end of input") return slip_at_end(text, stop);
  if (stop.open.empty() && ends_value)
    return {token.at, fmt::format("goes on with {} after its end", cut(token.text)), "leave it out: a file holds one object"};
  if (!is_in_place && ends_value && begins_value) {
    const std::string_view mark = context == "object separator" ? "colon" : "comma";
    return {token.at, fmt::format("a {} is missing before {}", mark, cut(token.text)), "add it"};
  }
  if (token.is_text() && is_in_place) {
    const bool is_closed = token.text.size() > 1 && token.text.ends_with('"');
    if (is_closed) return slip_in_text(token, at, problem.substr(std::min(problem.find(": "), problem.size() - 2) + 2));
    return {token.at, "the text that begins here has no closing quote", "add it, in the same line"};
  }
  if (token.is_word()) return slip_of_word(stop);
  return slip_of_mark(text, stop);
}

}  // namespace

void check_text(const std::string& name, std::string_view text) {
  if (is_utf16(text)) throw sim::Error({name, "is in UTF-16, or binary", "save it as UTF-8"});
  const auto control = std::ranges::find_if(text, is_control_byte);
  if (control != text.end()) {
    const auto offset = static_cast<std::size_t>(control - text.begin());
    throw sim::Error(fault_at(name, text, offset, fmt::format("holds the byte 0x{:02X}, which is no text", static_cast<int>(*control)),
                              "write text in UTF-8; is it the right file?"));
  }
  JsonTokens tokens(text);
  JsonToken token = tokens.next();
  if (token.text.empty()) throw sim::Error({fmt::format("{}:1:1", name), "the file is empty", "write an object in braces"});
  int depth = 0;
  std::size_t values = 1;
  for (; !token.text.empty(); token = tokens.next()) {
    depth += token.is_opening() ? 1 : token.is_closing() ? -1 : 0;
    if (depth > max_depth) {
      throw sim::Error(
          fault_at(name, text, token.at, fmt::format("nested deeper than {} levels", max_depth), "no file of ours needs more than ten"));
    }
    if ((token.is(',') || token.is_opening()) && ++values > max_values) {
      throw sim::Error(fault_at(name, text, token.at, fmt::format("holds more than {} values", max_values), "no file of ours does"));
    }
  }
}

sim::Fault syntax_fault(const std::string& name, std::string_view text, const json::parse_error& error) {
  // The library says "[...] parse error at line 3, column 5: syntax error while parsing object key - unexpected end of input; last read:
  // '...'; expected string literal".
  const auto part = [message = std::string_view(error.what())](std::string_view from, std::string_view to) -> std::string {
    const std::size_t begin = message.find(from);
    if (begin == message.npos) return "";
    const std::string_view rest = message.substr(begin + from.size());
    return std::string(rest.substr(0, rest.find(to)));
  };
  const std::size_t offset = error.byte > 0 ? error.byte - 1 : 0;
  const std::string context = part("while parsing ", " - ");
  const std::string problem = part(" - ", ";");
  const std::string expected = part("; expected ", ";");
  const Slip slip = slip_of(text, stop_at(text, offset), offset, problem, context);
  if (!slip.what.empty()) return fault_at(name, text, slip.at, "not JSON: " + slip.what, slip.remedy);
  return fault_at(name, text, offset, fmt::format("not JSON: {} in {}", problem, context),
                  expected.empty() ? "" : fmt::format("expected {}", expected));
}

std::vector<sim::Fault> overflow_faults(const std::string& name, std::string_view text) {
  std::vector<sim::Fault> faults;
  JsonTokens tokens(text);
  for (JsonToken token = tokens.next(); !token.text.empty() && faults.size() < most_faults; token = tokens.next()) {
    const bool is_number = token.is_word() && token.text.find_first_of("0123456789") != token.text.npos;
    if (!is_number || !std::isinf(std::strtod(std::string(token.text).c_str(), nullptr))) continue;
    faults.push_back(
        fault_at(name, text, token.at, fmt::format("{} is larger than any number here", cut(token.text)), "write a smaller one"));
  }
  return faults;
}

}  // namespace orrery::scenarios
