#include "scenarios/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace orrery::scenarios {

std::string below(std::string_view pointer, std::string_view key) {
  std::string result{pointer};
  result += '/';
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

void Places::put_override(const std::string& pointer, const std::string& path, const std::string& given) {
  const std::string prefix = pointer + "/";
  auto it = entries_.lower_bound(prefix);
  while (it != entries_.end() && it->first.starts_with(prefix)) it = entries_.erase(it);
  const Position last{INT_MAX, ++overrides_};
  entries_[pointer] = {{last, last}, path, given};
}

const Places::Known& Places::nearest(std::string_view pointer) const {
  auto it = entries_.find(pointer);
  while (it == entries_.end()) {
    pointer = pointer.substr(0, pointer.rfind('/'));
    it = entries_.find(pointer);
  }
  return it->second;
}

std::string Places::place(const Known& known, Position position, const std::string& pointer) const {
  if (!known.path.empty()) {
    return pointer == known.given ? fmt::format("--set {}", known.path) : fmt::format("--set {} {}", known.path, pointer);
  }
  return fmt::format("{}:{}:{}{}{}", file_, position.line, position.column, pointer.empty() ? "" : " ", pointer);
}

sim::Fault Places::placed(const std::string& pointer, std::string what, std::string remedy) const {
  const Known& known = nearest(pointer);
  return {place(known, known.entry.value, pointer), std::move(what), std::move(remedy)};
}

sim::Fault Places::placed_at_key(const std::string& pointer, std::string what, std::string remedy) const {
  const Known& known = nearest(pointer);
  return {place(known, known.entry.key, pointer), std::move(what), std::move(remedy)};
}

Position Places::order(const std::string& pointer) const { return nearest(pointer).entry.key; }

void sort(std::vector<PlacedFault>& faults) {
  // Keeps equals in order. std::stable_sort would too, but calls what its own library deprecates, which clang refuses.
  std::multimap<Position, PlacedFault> ordered;
  for (PlacedFault& fault : faults) ordered.emplace(fault.order, std::move(fault));
  faults.clear();
  for (auto& [order, fault] : ordered) faults.push_back(std::move(fault));
}

void throw_if_any(std::vector<PlacedFault> faults) {
  if (faults.empty()) return;
  sort(faults);
  const bool unavailable = std::ranges::all_of(faults, [](const PlacedFault& f) { return f.kind == sim::ErrorKind::unavailable; });
  std::vector<sim::Fault> all;
  for (PlacedFault& placed : faults) all.push_back(std::move(placed.fault));
  throw sim::Error(std::move(all), unavailable ? sim::ErrorKind::unavailable : sim::ErrorKind::bad_input);
}

}  // namespace orrery::scenarios
