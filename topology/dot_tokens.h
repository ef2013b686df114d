// The words of a DOT file (Graphviz): ids, edges, punctuation; comments and lines that begin with # are passed over.
//
//     DotTokens tokens(text, "hall.dot");
//     for (DotToken token = tokens.next(); token.kind != DotTokenKind::end; token = tokens.next()) ...
//
// In quotes \" is a quote, \\ a backslash, and a backslash at the end of a line joins it with the next; "a" + "b" is one id. Markup between
// < and > is taken as it stands.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orrery::topology {

enum class DotTokenKind { id, edge, punctuation, end };

struct DotToken {
  DotTokenKind kind = DotTokenKind::end;
  std::string text{};     // "--" or "->" of an edge; one character of punctuation
  bool is_plain = false;  // an id without quotes: may be a keyword
  int line = 0;

  bool is(char punctuation) const { return kind == DotTokenKind::punctuation && text[0] == punctuation; }
  /// Keywords are in any case: `word` is in lower case.
  bool is_keyword(std::string_view word) const;
};

class DotTokens {
 public:
  DotTokens(std::string_view text, std::string_view file) : rest_(text), file_(file) { ahead_ = read(); }

  const DotToken& peek() const { return ahead_; }
  /// The end again and again once it is reached. Throws sim::Error with "file:line" for bytes that begin no word, and quotes, comments and
  /// markup that do not end.
  DotToken next();

  [[noreturn]] void fail(int line, const std::string& what, const std::string& remedy) const;

 private:
  DotToken read();
  void skip_blanks_and_comments();
  std::string quoted();
  std::string markup();
  void advance(std::size_t count);

  std::string_view rest_;
  std::string file_;
  int line_ = 1;
  bool at_line_start_ = true;
  DotToken ahead_;
};

}  // namespace orrery::topology
