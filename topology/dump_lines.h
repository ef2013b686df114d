// What the readers of fabric dumps share: lines, the words in them, GUIDs, and the data rate of a port from its width and speed. All of it
// works on views of the text: reading a line allocates nothing, and no regular expression is involved.
//
//     for_each_line(text, [&](int line, std::string_view words) {
//       LineScan scan(words);
//       if (scan.accept("switchguid=")) guid = scan.guid();
//     });
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/units.h"

namespace orrery::topology {

std::string_view trimmed(std::string_view text);

/// Calls `take(line, text)` for every line, from 1, without its end ("\n" or "\r\n").
template <class Take>
void for_each_line(std::string_view text, const Take& take) {
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    std::string_view words = text.substr(0, end);
    if (words.ends_with('\r')) words.remove_suffix(1);
    take(line, words);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
}

/// Reads one line from left to right. What does not fit is left where it is.
class LineScan {
 public:
  explicit LineScan(std::string_view line) : rest_(line) {}

  std::string_view rest() const { return rest_; }
  LineScan& skip_blanks();
  /// `expected` comes next, blanks before it passed over.
  bool accept(std::string_view expected);
  /// A decimal number that 31 bits hold.
  std::optional<int> number() { return parsed<int>(10); }
  /// A number in hexadecimal digits, with or without 0x.
  std::optional<std::uint64_t> guid();
  /// Up to the next blank; empty at the end of the line.
  std::string_view word();
  /// Up to the first `mark`, which is passed over too; nothing where there is none.
  std::optional<std::string_view> until(std::string_view mark);

 private:
  template <class Number>
  std::optional<Number> parsed(int base) {
    skip_blanks();
    Number number{};
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number, base);
    if (error != std::errc{} || number < Number{}) return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return number;
  }

  std::string_view rest_;
};

/// Nominal data rate of one lane, net of encoding and forward error correction. `speed` is what any of the tools calls it: "HDR", "53.125"
/// (Gb/s on the wire), "50" (OpenSM). 0 for a port that does not know its speed ("???", "??"); nothing for what is no speed.
std::optional<sim::BytesPerSecond> lane_rate(std::string_view speed);

/// `width` lanes of it; nothing for a width that InfiniBand does not have.
std::optional<sim::BytesPerSecond> port_rate(int width, std::string_view speed);

/// "4xHDR" for 25 GB/s: of the names of one rate that with four lanes. "4x???" where no width and speed have this rate.
std::string rate_name(sim::BytesPerSecond rate);

}  // namespace orrery::topology
