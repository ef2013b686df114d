// What must hold of every refusal, shared by the fuzz targets: faults that a person can read. sim::check throws what no target catches,
// which libFuzzer reports.
//
//     const std::optional<Survey> survey = read_or_refused([&] { return read_dot(text, "f.dot"); });
#pragma once

#include <optional>
#include <string_view>

#include "sim/error.h"
#include "sim/printable.h"

namespace orrery::fuzz {

/// One line that a terminal shows as it is.
inline void check_line(std::string_view text) { sim::check(sim::is_printable(text), "a message is one line of printable UTF-8"); }

inline void check_faults(const sim::Error& error) {
  sim::check(!error.faults().empty(), "an error has a fault");
  for (const sim::Fault& fault : error.faults()) {
    sim::check(!fault.what.empty() && !fault.place.empty(), "a fault says what is wrong, and where");
    check_line(fault.place);
    check_line(fault.what);
    check_line(fault.remedy);
  }
}

/// What `read` returns, or nothing where it refuses.
template <class Read>
auto read_or_refused(const Read& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const sim::Error& error) {
    check_faults(error);
    return std::nullopt;
  }
}

}  // namespace orrery::fuzz
