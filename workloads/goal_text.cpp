#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "sim/error.h"
#include "sim/printable.h"
#include "workloads/goal_schedule.h"

namespace orrery::workloads {
namespace {

/// `text` without its comments; line feeds stay, so that lines keep their numbers.
std::string without_comments(std::string_view text) {
  std::string plain(text);
  for (std::size_t i = 0; i + 1 < plain.size(); ++i) {
    if (plain[i] != '/' || (plain[i + 1] != '/' && plain[i + 1] != '*')) continue;
    const bool block = plain[i + 1] == '*';
    const std::size_t end = block ? plain.find("*/", i + 2) : plain.find('\n', i);
    const std::size_t stop = end == std::string::npos ? plain.size() : end + (block ? 2 : 0);
    for (; i < stop; ++i) {
      if (plain[i] != '\n') plain[i] = ' ';
    }
    --i;
  }
  return plain;
}

class GoalText {
 public:
  GoalText(std::string_view text, const std::string& name, const GoalOptions& options)
      : name_(name), plain_(without_comments(text)), schedule_(name, "line", options) {}

  Trace read() {
    std::string_view rest = plain_;
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      ++line_;
      words_of(rest.substr(0, end));
      if (!words_.empty()) read_line();
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    if (schedule_.ranks() == 0) fail("there is no num_ranks", "begin with num_ranks N");
    if (rank_) fail("the block of rank " + std::to_string(*rank_) + " is not closed", "close it with }");
    schedule_.tolerate("ranks without a block", schedule_.ranks() - next_rank_ + skipped_);
    return schedule_.take();
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& remedy) const {
    throw sim::Error({.place = name_ + ":" + std::to_string(line_), .what = sim::printable(what), .remedy = remedy});
  }
  static std::string quoted(std::string_view word) { return "\"" + std::string(word.substr(0, 40)) + "\""; }

  /// Blanks part words; braces are words of their own, and so is what ends in a colon.
  void words_of(std::string_view line) {
    words_.clear();
    next_ = 0;
    constexpr std::string_view blanks = " \t\r\f\v";
    for (std::size_t at = line.find_first_not_of(blanks); at != std::string_view::npos; at = line.find_first_not_of(blanks, at)) {
      std::size_t end = at + 1;
      if (line[at] != '{' && line[at] != '}') {
        end = std::min(line.find_first_of(" \t\r\f\v{}:", at), line.size());
        if (end < line.size() && line[end] == ':') ++end;
      }
      words_.push_back(line.substr(at, end - at));
      at = end;
    }
  }
  bool at_end() const { return next_ == words_.size(); }
  std::string_view word(std::string_view expected) {
    if (at_end()) fail("the line ends where " + std::string(expected) + " should stand", "complete it");
    return words_[next_++];
  }
  void keyword(std::string_view expected) {
    const std::string_view found = word(expected);
    if (found != expected) fail(quoted(found) + " where " + std::string(expected) + " should stand", "correct it");
  }
  std::int64_t number_in(std::string_view digits, std::string_view expected) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
      fail(quoted(digits) + " is no number, where " + std::string(expected) + " should stand", "correct it");
    }
    return value;
  }
  std::int64_t number(std::string_view expected) { return number_in(word(expected), expected); }
  std::int64_t bytes() {
    std::string_view found = word("a number of bytes");
    if (!found.ends_with('b')) fail(quoted(found) + " is no number of bytes", "write e.g. 1024b");
    found.remove_suffix(1);
    return number_in(found, "a number of bytes");
  }

  // A block may be opened and closed on the lines of its statements.
  void read_line() {
    while (!at_end()) {
      const std::string_view first = words_[next_];
      if (!rank_) {
        ++next_;
        read_outside(first);
      } else if (first == "}") {
        ++next_;
        schedule_.end_rank();
        rank_.reset();
      } else {
        read_statement();
      }
    }
  }

  void read_outside(std::string_view first) {
    if (first == "num_ranks" && schedule_.ranks() == 0) return schedule_.set_ranks(number("the number of ranks"));
    if (first != "rank" || schedule_.ranks() == 0) {
      fail(quoted(first) + (schedule_.ranks() == 0 ? " before num_ranks" : " outside of a rank's block"),
           schedule_.ranks() == 0 ? "begin with num_ranks N" : "open a block: rank R {");
    }
    const std::int64_t rank = number("a rank");
    keyword("{");
    if (rank < next_rank_ || rank >= schedule_.ranks()) {
      fail("the block of rank " + std::to_string(rank) + " of " + std::to_string(schedule_.ranks()) + " after that of rank " +
               std::to_string(next_rank_ - 1),
           "give each rank one block, in order");
    }
    skipped_ += rank - next_rank_;
    next_rank_ = rank + 1;
    rank_ = rank;
    labels_.clear();
    schedule_.begin_rank(static_cast<std::int32_t>(rank));
  }

  void read_statement() {
    std::string_view first = word("an operation");
    std::string_view label;
    if (first.ends_with(':')) {
      label = first.substr(0, first.size() - 1);
      first = word("an operation");
    }
    if (first != "send" && first != "recv" && first != "calc") {
      if (!label.empty()) fail(quoted(first) + " is no operation", "write send, recv or calc");
      return read_dependency(first);
    }
    const std::int32_t operation = first == "calc" ? read_calc() : read_message(first == "send" ? TraceKind::send : TraceKind::receive);
    if (!label.empty() && !labels_.emplace(label, operation).second) fail("a second label " + quoted(label), "name each once in a rank");
    if (!at_end() && words_[next_] != "}") fail(quoted(words_[next_]) + " after the end of the operation", "one operation a line");
  }

  std::int32_t read_calc() {
    const std::int64_t nanoseconds = number("a number of nanoseconds");
    std::int64_t cpu = 0;
    while (!at_end() && (words_[next_] == "cpu" || words_[next_] == "nic")) {
      const bool is_cpu = words_[next_++] == "cpu";
      const std::int64_t value = number("a number");
      if (is_cpu) cpu = value;
    }
    return schedule_.add_calc(line_, nanoseconds, cpu);
  }

  std::int32_t read_message(TraceKind kind) {
    const std::int64_t size = bytes();
    keyword(kind == TraceKind::send ? "to" : "from");
    const std::int64_t peer = number("a rank");
    std::int64_t tag = 0;
    while (!at_end() && (words_[next_] == "tag" || words_[next_] == "cpu" || words_[next_] == "nic")) {
      const std::string_view what = words_[next_++];
      const std::int64_t value = number("a number");
      if (what == "tag") tag = value;
      if (what == "nic" && value != 0) schedule_.tolerate("messages on a NIC other than 0 (the machine chooses)");
    }
    return schedule_.add_message(line_, kind, size, peer, tag);
  }

  void read_dependency(std::string_view who) {
    const std::int32_t operation = labelled(who);
    const std::string_view how = word("requires or irequires");
    if (how != "requires" && how != "irequires") fail(quoted(how) + " where requires or irequires should stand", "correct it");
    const std::int32_t on = labelled(word("a label"));
    if (on == operation) fail(quoted(who) + " requires itself", "take the line out");
    schedule_.add_dependency(operation, on, how == "requires" ? TraceDependency::When::ended : TraceDependency::When::begun);
  }

  std::int32_t labelled(std::string_view label) const {
    const auto found = labels_.find(label);
    if (found == labels_.end()) fail("there is no operation " + quoted(label) + " above", "define a label before it is used");
    return found->second;
  }

  const std::string& name_;
  std::string plain_;
  GoalSchedule schedule_;
  std::vector<std::string_view> words_;  // of the line at hand
  std::size_t next_ = 0;                 // of them
  std::uint64_t line_ = 0;
  std::optional<std::int64_t> rank_;  // whose block is open
  std::int64_t next_rank_ = 0;
  std::int64_t skipped_ = 0;
  std::unordered_map<std::string_view, std::int32_t> labels_;
};

}  // namespace

Trace read_goal_text(std::string_view text, const std::string& name, const GoalOptions& options) {
  return GoalText(text, name, options).read();
}

}  // namespace orrery::workloads
