#include "sim/error.h"

#include <algorithm>
#include <utility>

#include "sim/printable.h"

namespace orrery::sim {

namespace {

std::string text_of_faults(const std::vector<Fault>& faults) {
  check(!faults.empty(), "an error has a fault");
  std::string text;
  for (const Fault& fault : faults) {
    if (!text.empty()) text += '\n';
    text += to_text(fault);
  }
  return text;
}

/// Makes them printable, and returns them.
std::vector<Fault>& make_printable(std::vector<Fault>& faults) {
  for (Fault& fault : faults) {
    fault = {printable(std::move(fault.place)), printable(std::move(fault.what)), printable(std::move(fault.remedy))};
  }
  return faults;
}

/// Without std::tolower, which asks the locale.
bool same_letter(char a, char b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return lower(a) == lower(b);
}

/// Letters inserted, left out, replaced, or swapped with their neighbour (Damerau-Levenshtein, no letter edited twice). O(|a| |b|).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (same_letter(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]))
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string to_text(const Fault& fault) {
  std::string text = fault.place;
  if (!text.empty() && !fault.what.empty()) text += ": ";
  text += fault.what;
  if (!text.empty() && !fault.remedy.empty()) text += "; ";
  return text + fault.remedy;
}

Error::Error(Fault fault, ErrorKind kind) : Error(std::vector<Fault>{std::move(fault)}, kind) {}

Error::Error(std::vector<Fault> faults, ErrorKind kind)
    : std::runtime_error(text_of_faults(make_printable(faults))), faults_(std::move(faults)), kind_(kind) {}

void fail_check(const char* what, std::source_location where) {
  throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) + ": " + what);
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  // A third of the letters, but never all of them: "x" is no slip for "y".
  const std::size_t allowed = std::max<std::size_t>(name.size() / 3, 1);
  std::size_t least = std::min(allowed + 1, name.size());
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const auto [shorter, longer] = std::minmax({name.size(), candidate.size()});
    if (longer - shorter >= least) continue;  // as many letters at least are inserted or left out
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest;
}

}  // namespace orrery::sim
