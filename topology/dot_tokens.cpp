#include "topology/dot_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "sim/error.h"

namespace orrery::topology {
namespace {

bool is_dot_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_dot_digit(char c) { return c >= '0' && c <= '9'; }

/// How many characters of an id without quotes stand in front: a word, or a number such as -1.5.
std::size_t plain_id_length(std::string_view text) {
  std::size_t length = 0;
  if (is_dot_letter(text[0])) {
    while (length < text.size() && (is_dot_letter(text[length]) || is_dot_digit(text[length]))) ++length;
    return length;
  }
  if (text[0] == '-') ++length;
  std::size_t digits = 0, points = 0;
  while (length < text.size() && (is_dot_digit(text[length]) || (text[length] == '.' && points == 0))) {
    (text[length] == '.' ? points : digits) += 1;
    ++length;
  }
  return digits > 0 ? length : 0;
}

}  // namespace

bool DotToken::is_keyword(std::string_view word) const {
  return is_plain && text.size() == word.size() &&
         std::equal(text.begin(), text.end(), word.begin(), [](unsigned char a, char b) { return std::tolower(a) == b; });
}

void DotTokens::fail(int line, const std::string& what, const std::string& remedy) const {
  throw sim::Error({.place = fmt::format("{}:{}", file_, line), .what = what, .remedy = remedy});
}

DotToken DotTokens::next() {
  if (ahead_.kind == DotTokenKind::end) return ahead_;
  DotToken token = std::move(ahead_);
  ahead_ = read();
  return token;
}

void DotTokens::advance(std::size_t count) {
  for (const char c : rest_.substr(0, count)) {
    if (c == '\n') ++line_;
    at_line_start_ = c == '\n';
  }
  rest_.remove_prefix(count);
}

void DotTokens::skip_blanks_and_comments() {
  while (!rest_.empty()) {
    if (std::isspace(static_cast<unsigned char>(rest_[0])) != 0) {
      advance(1);
    } else if (rest_.starts_with("//") || (rest_[0] == '#' && at_line_start_)) {
      advance(std::min(rest_.find('\n'), rest_.size()));
    } else if (rest_.starts_with("/*")) {
      const std::size_t end = rest_.find("*/", 2);
      if (end == std::string_view::npos) fail(line_, "a comment does not end", "close it with */");
      advance(end + 2);
    } else {
      return;
    }
  }
}

DotToken DotTokens::read() {
  skip_blanks_and_comments();
  DotToken token{.kind = DotTokenKind::id, .line = line_};
  if (rest_.empty()) {
    token.kind = DotTokenKind::end;
  } else if (rest_.starts_with("--") || rest_.starts_with("->")) {
    token.kind = DotTokenKind::edge;
    token.text = rest_.substr(0, 2);
    advance(2);
  } else if (std::string_view("{}[]=;,:").find(rest_[0]) != std::string_view::npos) {
    token.kind = DotTokenKind::punctuation;
    token.text = rest_.substr(0, 1);
    advance(1);
  } else if (rest_[0] == '"') {
    token.text = quoted();
  } else if (rest_[0] == '<') {
    token.text = markup();
  } else {
    const std::size_t length = plain_id_length(rest_);
    if (length == 0) fail(line_, fmt::format("'{}' begins no word of DOT", rest_[0]), "put names with such characters in quotes");
    token.text = rest_.substr(0, length);
    token.is_plain = true;
    advance(length);
    if (!rest_.empty() && is_dot_letter(rest_[0])) {  // Graphviz would take 600e-9 for 600, e and -9
      fail(line_, fmt::format("a letter follows the number {}", token.text), "put it in quotes");
    }
  }
  return token;
}

std::string DotTokens::quoted() {
  std::string text;
  const int begin = line_;
  while (true) {
    std::size_t i = 1;
    for (; i < rest_.size() && rest_[i] != '"'; ++i) {
      if (rest_[i] != '\\' || i + 1 == rest_.size()) {
        text += rest_[i];
        continue;
      }
      ++i;
      if (rest_[i] == '\n') continue;
      if (rest_[i] != '"' && rest_[i] != '\\') text += '\\';
      text += rest_[i];
    }
    if (i >= rest_.size()) fail(begin, "a quote is not closed", "close it with \"");
    advance(i + 1);
    skip_blanks_and_comments();
    if (!rest_.starts_with('+')) return text;
    advance(1);
    skip_blanks_and_comments();
    if (!rest_.starts_with('"')) fail(line_, "+ joins texts in quotes only", "write \"a\" + \"b\"");
  }
}

std::string DotTokens::markup() {
  int depth = 0;
  for (std::size_t i = 0; i < rest_.size(); ++i) {
    if (rest_[i] == '<') ++depth;
    if (rest_[i] == '>' && --depth == 0) {
      std::string text(rest_.substr(1, i - 1));
      advance(i + 1);
      return text;
    }
  }
  fail(line_, "markup is not closed", "close it with >");
}

}  // namespace orrery::topology
