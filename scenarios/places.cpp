#include "scenarios/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace orrery::scenarios {

std::string shortened(std::string text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

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

void Places::put_override(const std::string& pointer, const std::string& source, const std::string& given, const std::string& text) {
  const std::string prefix = prefix_ + pointer + "/";
  auto it = entries_.lower_bound(prefix);
  while (it != entries_.end() && it->first.starts_with(prefix)) it = entries_.erase(it);
  const Position last{INT_MAX, ++overrides_};
  entries_[prefix_ + pointer] = {{last, last}, source, given, text};
}

std::string Places::text_given(const std::string& pointer) const {
  const auto it = entries_.find(prefix_ + pointer);
  return it == entries_.end() ? "" : it->second.text;
}

Places Places::part(const std::string& pointer) const {
  Places part = *this;
  part.prefix_ += pointer;
  return part;
}

const Places::Known& Places::nearest(const std::string& pointer) const {
  const std::string whole = prefix_ + pointer;
  std::string_view ancestor = whole;
  auto it = entries_.find(ancestor);
  while (it == entries_.end()) {
    ancestor = ancestor.substr(0, ancestor.rfind('/'));
    it = entries_.find(ancestor);
  }
  return it->second;
}

std::string Places::place(const Known& known, Position position, const std::string& pointer) const {
  if (!known.source.empty()) return pointer == known.given ? known.source : fmt::format("{} {}", known.source, shortened(pointer));
  const std::string whole = shortened(prefix_ + pointer);
  return fmt::format("{}:{}:{}{}{}", file_, position.line, position.column, whole.empty() ? "" : " ", whole);
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
