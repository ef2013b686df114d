// Tokens of a text that should be JSON with comments: brackets, commas, colons, texts in quotes, and words (numbers, true, null, and
// whatever else stands there). What is no JSON has tokens too, so that it can be said what is wrong with it.
//
//     JsonTokens tokens(R"({"nodes": 08})");
//     for (JsonToken token = tokens.next(); !token.text.empty(); token = tokens.next()) ...     // { "nodes" : 08 }
//
// Linear in the text, and nothing is copied.
#pragma once

#include <cstddef>
#include <string_view>

namespace orrery::scenarios {

struct JsonToken {
  std::size_t at = 0;       // byte offset
  std::string_view text{};  // "" at the end of the text

  std::size_t end() const { return at + text.size(); }
  bool is(char mark) const { return text.size() == 1 && text.front() == mark; }
  bool is_opening() const { return is('{') || is('['); }
  bool is_closing() const { return is('}') || is(']'); }
  bool is_text() const { return text.starts_with('"'); }
  bool is_word() const { return !text.empty() && !is_text() && std::string_view("{}[],:").find(text.front()) == std::string_view::npos; }
};

class JsonTokens {
 public:
  explicit JsonTokens(std::string_view text);

  /// A text without closing quote ends with its line, a comment without end is a word to the end.
  JsonToken next();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace orrery::scenarios
