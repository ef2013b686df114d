// Colour for terminals, absent everywhere else.
//
//     const TerminalStyle style{.colour = true};
//     style.bold("60.1 s");
#pragma once

#include <string>
#include <string_view>

namespace orrery::report {

struct TerminalStyle {
  bool colour = false;

  std::string bold(std::string_view text) const { return wrapped("1", text); }
  std::string faint(std::string_view text) const { return wrapped("2", text); }
  std::string good(std::string_view text) const { return wrapped("32", text); }
  std::string bad(std::string_view text) const { return wrapped("31", text); }

 private:
  std::string wrapped(std::string_view code, std::string_view text) const {
    if (!colour) return std::string(text);
    return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
  }
};

}  // namespace orrery::report
