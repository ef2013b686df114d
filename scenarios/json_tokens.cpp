#include "scenarios/json_tokens.h"

#include <algorithm>

namespace orrery::scenarios {
namespace {

constexpr std::string_view token_blanks = " \t\r\n";
constexpr std::string_view token_marks = "{}[],:";

std::size_t past_text(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] != '\n') ++at;
  }
  return at;
}

std::size_t past_word(std::string_view text, std::size_t at) {
  const auto ends = [&](std::size_t i) {
    const std::string_view two = text.substr(i, 2);
    return token_blanks.find(text[i]) != text.npos || token_marks.find(text[i]) != text.npos || text[i] == '"' || two == "//" ||
           two == "/*";
  };
  for (++at; at < text.size() && !ends(at); ++at) {
  }
  return at;
}

}  // namespace

JsonTokens::JsonTokens(std::string_view text) : text_(text) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
}

JsonToken JsonTokens::next() {
  while (true) {
    at_ = std::min(text_.find_first_not_of(token_blanks, at_), text_.size());
    const std::string_view two = text_.substr(at_, 2);
    if (two == "//") {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
    } else if (two == "/*" && text_.find("*/", at_ + 2) != text_.npos) {
      at_ = text_.find("*/", at_ + 2) + 2;
    } else {
      break;
    }
  }
  const std::size_t begin = at_;
  if (at_ == text_.size()) return {begin, {}};
  if (text_.substr(at_, 2) == "/*") {
    at_ = text_.size();
  } else if (token_marks.find(text_[at_]) != text_.npos) {
    ++at_;
  } else if (text_[at_] == '"') {
    at_ = past_text(text_, at_);
  } else {
    at_ = past_word(text_, at_);
  }
  return {begin, text_.substr(begin, at_ - begin)};
}

}  // namespace orrery::scenarios
