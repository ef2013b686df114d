#include "scenarios/locator.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

namespace orrery::scenarios {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

class Locator {
 public:
  Locator(std::string file, std::string_view text) : text_(text), located_{Places(std::move(file)), {}} {}

  Located run() {
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
    skip_blanks();
    located_.places.put("", {here_, here_});
    value("");
    return std::move(located_);
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void step() {
    const char c = text_[at_++];
    if (c == '\n') {
      here_ = {here_.line + 1, 1};
    } else if (!continues_character(peek())) {
      ++here_.column;
    }
  }

  void skip_blanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        step();
      } else if (text_.substr(at_, 2) == "//") {
        while (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r') step();
      } else if (text_.substr(at_, 2) == "/*") {
        step(), step();
        while (at_ < text_.size() && text_.substr(at_, 2) != "*/") step();
        step(), step();
      } else {
        return;
      }
    }
  }

  /// Past the string that begins here, which is returned decoded.
  std::string string() {
    const std::size_t begin = at_;
    do {
      if (text_[at_] == '\\') step();
      step();
    } while (text_[at_] != '"');
    step();
    const std::string_view quoted = text_.substr(begin, at_ - begin);
    if (quoted.find('\\') == quoted.npos) return std::string(quoted.substr(1, quoted.size() - 2));
    return nlohmann::json::parse(quoted).get<std::string>();
  }

  void value(const std::string& pointer) {
    switch (peek()) {
      case '{':
        return object(pointer);
      case '[':
        return list(pointer);
      case '"':
        string();
        return;
      default:
        while (at_ < text_.size() && std::string_view(",]} \t\r\n/").find(text_[at_]) == std::string_view::npos) step();
    }
  }

  void object(const std::string& pointer) {
    std::map<std::string, int> line_of;
    for (step(), skip_blanks(); peek() != '}'; skip_blanks()) {
      const Position key_position = here_;
      const std::string key = string();
      const std::string member = below(pointer, key);
      skip_blanks(), step(), skip_blanks();  // the colon
      located_.places.put(member, {key_position, here_});
      const auto [first, is_new] = line_of.emplace(key, key_position.line);
      if (!is_new && located_.faults.size() < most_faults) {
        located_.faults.push_back(
            {key_position, located_.places.placed_at_key(member, fmt::format("key \"{}\" is given twice", key),
                                                         fmt::format("the first is in line {}; keep one", first->second))});
      }
      value(member);
      skip_blanks();
      if (peek() == ',') step();
    }
    step();
  }

  void list(const std::string& pointer) {
    int index = 0;
    for (step(), skip_blanks(); peek() != ']'; skip_blanks()) {
      const std::string item = below(pointer, std::to_string(index++));
      if (peek() == '{') located_.places.put(item, {here_, here_});
      value(item);
      skip_blanks();
      if (peek() == ',') step();
    }
    step();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Position here_;
  Located located_;
};

}  // namespace

Located locate(std::string file, std::string_view text) { return Locator(std::move(file), text).run(); }

Position position_of(std::string_view text, std::size_t offset) {
  Position result;
  for (std::size_t i = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      result = {result.line + 1, 1};
    } else if (!continues_character(text[i])) {
      ++result.column;
    }
  }
  return result;
}

}  // namespace orrery::scenarios
