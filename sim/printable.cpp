#include "sim/printable.h"

#include <utility>

namespace orrery::sim {
namespace {

/// Bytes of the printable character that begins `text`; 0 where none does.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead < 0x20 || lead == 0x7f ? 0 : 1;
  const std::size_t length = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  const unsigned second = byte(1);
  const bool overlong = (lead == 0xe0 && second < 0xa0) || (lead == 0xf0 && second < 0x90);
  const bool outside = (lead == 0xed && second > 0x9f) || (lead == 0xf4 && second > 0x8f);  // surrogates; above U+10FFFF
  const bool control = lead == 0xc2 && second < 0xa0;
  if (overlong || outside || control) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return length;
}

/// Where the first byte stands that is no part of a printable character; the end where there is none.
std::size_t first_unprintable(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    const std::size_t length = character_length(text.substr(from));
    if (length == 0) return from;
    from += length;
  }
  return from;
}

}  // namespace

bool is_printable(std::string_view text) { return first_unprintable(text, 0) == text.size(); }

std::string printable(std::string text) {
  for (std::size_t at = first_unprintable(text, 0); at < text.size(); at = first_unprintable(text, at)) text[at++] = '?';
  return text;
}

}  // namespace orrery::sim
