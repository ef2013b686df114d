#include "report/result_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "report/counted.h"
#include "sim/error.h"

namespace orrery::report {

using Json = nlohmann::ordered_json;

namespace {

constexpr double incomparable = std::numeric_limits<double>::infinity();

/// "/breakdown_seconds/data" as "breakdown_seconds.data".
std::string key_of(const std::string& prefix, std::string pointer) {
  std::ranges::replace(pointer, '/', '.');
  return prefix + pointer;
}

/// Objects of the result whose numbers are parts of one whole: of `total` among them, else of their sum.
constexpr std::array<const char*, 5> wholes = {"/breakdown_seconds", "/energy/joules", "/energy/gpu_seconds", "/money/usd",
                                               "/memory_bytes"};

/// Nothing where there is no such object.
std::optional<double> whole_at(const Json& document, const Json::json_pointer& place) {
  if (!document.contains(place) || !document.at(place).is_object()) return std::nullopt;
  const Json& parts = document.at(place);
  if (parts.contains("total") && parts.at("total").is_number()) return parts.at("total").get<double>();
  double sum = 0;
  for (const Json& part : parts) sum += part.is_number() ? part.get<double>() : 0;
  return sum;
}

/// Of what the number at `pointer` is a part in both documents, as large as it is in the first.
std::optional<double> whole_of(const Json& first, const Json& second, const std::string& pointer) {
  const Json::json_pointer above = Json::json_pointer(pointer).parent_pointer();
  if (std::ranges::find(wholes, above.to_string()) == wholes.end() || !whole_at(second, above)) return std::nullopt;
  return whole_at(first, above);
}

/// `whole`: of what the two are parts, if they are; a part that is missing is then zero.
double relative_change(const Json* first, const Json* second, std::optional<double> whole) {
  if (first != nullptr && second != nullptr && first->is_string() && second->is_string()) return 0;
  const auto number = [&](const Json* value) -> std::optional<double> {
    if (value == nullptr) return whole ? std::optional(0.0) : std::nullopt;
    return value->is_number() ? std::optional(value->get<double>()) : std::nullopt;
  };
  const std::optional<double> from = number(first), to = number(second);
  if (!from || !to) return incomparable;
  const double scale = whole.value_or(*from);
  return scale == 0 ? incomparable : (*to - *from) / scale;
}

/// The analytic engine sees no links: what one of two results does not know of them has no distance.
void forgive_unseen_links(std::vector<Difference>& figures) {
  for (Difference& one : figures) {
    const bool is_of_links = one.key == "result.bounds_seconds.network" || one.key.starts_with("result.busiest_links");
    const auto is_unknown = [](const std::string& text) { return text.empty() || text == "null"; };
    if (is_of_links && (is_unknown(one.first) || is_unknown(one.second))) one.relative = 0;
  }
}

/// Appends what differs; returns how much agrees.
int compare(const std::string& prefix, const Json& first, const Json& second, std::vector<Difference>& differences) {
  // Leaves by pointer, those of the first in its order, then those that only the second has.
  const Json from = first.flatten();
  const Json to = second.flatten();
  int same = 0;
  const auto text = [](const Json* value) { return value == nullptr ? std::string() : value->dump(); };
  const auto leaf = [](const Json& of, const std::string& pointer) { return of.contains(pointer) ? &of.at(pointer) : nullptr; };
  const auto look_at = [&](const std::string& pointer) {
    const Json* one = leaf(from, pointer);
    const Json* other = leaf(to, pointer);
    if (one != nullptr && other != nullptr && *one == *other) {
      ++same;
    } else {
      differences.push_back(
          {key_of(prefix, pointer), text(one), text(other), relative_change(one, other, whole_of(first, second, pointer))});
    }
  };
  for (const auto& [pointer, value] : from.items()) look_at(pointer);
  for (const auto& [pointer, value] : to.items()) {
    if (!from.contains(pointer)) look_at(pointer);
  }
  return same;
}

/// "1 figure differs", "2 figures differ".
std::string differing(std::int64_t number, std::string_view noun) { return counted(number, noun) + (number == 1 ? " differs" : " differ"); }

std::string changed(const Difference& difference) {
  if (difference.first.empty()) return "only in the second";
  if (difference.second.empty()) return "only in the first";
  return std::isfinite(difference.relative) && difference.relative != 0 ? fmt::format("{:+.3f} %", 100 * difference.relative) : "";
}

/// In columns that are as wide as they need be, long texts cut.
std::string table(const std::vector<Difference>& rows, double tolerance, const TerminalStyle& style) {
  constexpr std::size_t widest = 28;
  const auto cut = [](const std::string& text) { return text.size() <= widest ? text : text.substr(0, widest - 3) + "..."; };
  std::size_t key = 0, first = 0, second = 0;
  for (const Difference& row : rows) {
    key = std::max(key, row.key.size());
    first = std::max(first, cut(row.first).size());
    second = std::max(second, cut(row.second).size());
  }
  std::string text;
  for (const Difference& row : rows) {
    const std::string line =
        fmt::format("    {:<{}}  {:>{}}  {:>{}}  {:>18}", row.key, key, cut(row.first), first, cut(row.second), second, changed(row));
    text += (std::abs(row.relative) > tolerance ? style.bad(line) : line) + "\n";
  }
  return text;
}

Json json_of(const std::vector<Difference>& differences) {
  Json list = Json::array();
  const auto value = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json::parse(text); };
  for (const Difference& one : differences) {
    const Json relative = std::isfinite(one.relative) ? Json(one.relative) : Json(nullptr);
    list.push_back({{"key", one.key}, {"first", value(one.first)}, {"second", value(one.second)}, {"relative", relative}});
  }
  return list;
}

}  // namespace

double ResultDiff::largest() const {
  double most = 0;
  for (const Difference& one : figures) most = std::max(most, std::abs(one.relative));
  return most;
}

void check_result(const Json& document, const std::string& file) {
  for (const char* name : {"scenario", "result"}) {
    if (document.is_object() && document.contains(name) && document[name].is_object()) continue;
    throw sim::Error({.place = file,
                      .what = fmt::format("has no \"{}\": it is no result", name),
                      .remedy = "name a folder or file that `orrery run --out` has written"});
  }
}

ResultDiff diff_of(const Json& first, const Json& second) {
  ResultDiff diff;
  compare("scenario", first.at("scenario"), second.at("scenario"), diff.scenario);
  diff.same = compare("result", first.at("result"), second.at("result"), diff.figures);
  forgive_unseen_links(diff.figures);
  return diff;
}

std::string diff_text(const ResultDiff& diff, double tolerance, const TerminalStyle& style) {
  std::string text;
  if (!diff.scenario.empty()) {
    text +=
        fmt::format("  Of the scenarios {}\n", differing(std::ssize(diff.scenario), "value")) + table(diff.scenario, incomparable, style);
  }
  if (diff.figures.empty()) return text + fmt::format("  The results are the same, {}\n", counted(diff.same, "figure"));
  return text +
         fmt::format("  Of the results {}, {} the same\n", differing(std::ssize(diff.figures), "figure"),
                     diff.same == 1 ? "1 is" : fmt::format("{} are", grouped(diff.same))) +
         table(diff.figures, tolerance, style);
}

std::string diff_json(const ResultDiff& diff, double tolerance) {
  const double largest = diff.largest();
  const Json document = {{"same", diff.same},
                         {"largest", std::isfinite(largest) ? Json(largest) : Json(nullptr)},
                         {"within_tolerance", largest <= tolerance},
                         {"scenario", json_of(diff.scenario)},
                         {"figures", json_of(diff.figures)}};
  return document.dump(2) + "\n";
}

}  // namespace orrery::report
