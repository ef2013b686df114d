// One line of a Program's text, taken apart word by word. The first fault sticks: what is read after it is zero or empty and adds nothing,
// so a reader need not ask after each word.
//
//     ProgramLine line("  record 3 # start");
//     line.indent();                                  // 2
//     line.word("an operation");                      // "record"
//     line.number<std::int32_t>("an event");          // 3
//     line.end();
//     line.fault();                                   // none
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace orrery::sim {

struct ProgramLineFault {
  std::int32_t column;  // bytes from 1
  std::string what;
  std::string remedy;
};

class ProgramLine {
 public:
  /// `text` must outlive the line and what it returns; it has no line feed.
  explicit ProgramLine(std::string_view text);

  /// Blanks before the first word.
  std::int32_t indent() const { return indent_; }
  /// Nothing is left but blanks and a comment.
  bool at_end() const { return rest_.empty(); }

  /// The next word. `expected` says what should stand there, e.g. "the name of a block".
  std::string_view word(std::string_view expected);
  /// The next word, which must be this one.
  void keyword(std::string_view word);
  /// The next word, "..." with \" and \\ for " and \ inside.
  std::string text(std::string_view expected);
  template <class Integer>
  Integer number(std::string_view expected) {
    return number_in<Integer>(word(expected), expected);
  }
  /// The number that `word`, a part of this line, must be.
  template <class Integer>
  Integer number_in(std::string_view word, std::string_view expected) {
    return static_cast<Integer>(number_in(word, expected, std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()));
  }
  /// Nothing more may follow.
  void end();

  /// A fault at `place`, a part of this line.
  void fail(std::string_view place, std::string what, std::string remedy = "");
  /// A fault about `word`, which should be one of `known`.
  void fail_unknown(std::string_view word, std::string_view expected, const std::vector<std::string>& known);
  /// A fault about the blanks before the first word.
  void fail_indent(std::string remedy);
  bool failed() const { return fault_.has_value(); }
  const std::optional<ProgramLineFault>& fault() const { return fault_; }

 private:
  std::int64_t number_in(std::string_view word, std::string_view expected, std::int64_t least, std::int64_t most);
  void trim();

  std::string_view line_;
  std::string_view rest_;  // from the next word on; empty at the end
  std::int32_t indent_ = 0;
  std::optional<ProgramLineFault> fault_;
};

}  // namespace orrery::sim
