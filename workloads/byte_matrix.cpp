#include "workloads/byte_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "sim/error.h"
#include "sim/printable.h"
#include "sim/program.h"

namespace orrery::workloads {
namespace {

constexpr std::string_view byte_order_mark_of_utf8 = "\xEF\xBB\xBF";  // which spreadsheets begin with
constexpr std::string_view remedy_of_matrix = "write a row a sender and a column a receiver, in bytes, without a heading";

sim::Error wrong_matrix(const std::string& place, std::string what, std::string_view remedy = remedy_of_matrix) {
  return sim::Error({.place = place, .what = sim::printable(std::move(what)), .remedy = std::string(remedy)});
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

/// "1048576", or as NumPy writes it: 1.048576e+06.
std::int64_t bytes_from(std::string_view field, const std::string& place) {
  constexpr std::size_t shown = 40;
  const std::string told = fmt::format("\"{}\"", field.substr(0, shown));
  double value = 0;  // holds whole numbers up to a petabyte
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size() || error == std::errc::invalid_argument || std::isnan(value))
    throw wrong_matrix(place, told + " is no number of bytes");
  if (value < 0) throw wrong_matrix(place, told + " is negative", "write 0 where nothing is sent");
  if (error != std::errc{} || value > static_cast<double>(sim::max_operation_bytes))
    throw wrong_matrix(place, told + " is more than a petabyte", "write bytes");
  if (value != std::floor(value)) throw wrong_matrix(place, told + " is no whole number of bytes", "write bytes");
  return static_cast<std::int64_t>(value);
}

void append_row(std::string_view line, const std::string& place, std::vector<std::int64_t>& bytes) {
  const auto columns = std::ranges::count(line, ',') + 1;
  if (columns > max_matrix_ranks)
    throw wrong_matrix(place, fmt::format("has {} columns", columns), fmt::format("write {} at most", max_matrix_ranks));
  std::int64_t sum = 0;
  for (;;) {
    const std::size_t comma = line.find(',');
    sum += bytes.emplace_back(bytes_from(trimmed(line.substr(0, comma)), place));
    if (sum > sim::max_operation_bytes) throw wrong_matrix(place, "the row's sum is more than a petabyte", "write bytes");
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

ByteMatrix skewed(Imbalance imbalance, SentParts parts) {
  const int ranks = parts.ranks;
  if (imbalance.factor > ranks)
    throw wrong_matrix("imbalance", fmt::format("{} times the mean is more than all that {} ranks send", imbalance.factor, ranks),
                       fmt::format("write 1 to {}", ranks));
  if (ranks > max_matrix_ranks)
    throw wrong_matrix("imbalance", fmt::format("there are {} ranks", ranks), fmt::format("take {} at most", max_matrix_ranks));
  sim::check(imbalance.factor >= 1, "the fullest receiver has the mean at least");
  const std::int64_t whole = parts.count * ranks;
  const auto hot = std::min(whole, static_cast<std::int64_t>(imbalance.factor * static_cast<double>(parts.count)));
  std::vector<std::int64_t> row{hot * parts.element.count};
  const std::int64_t others = ranks - 1;
  for (std::int64_t other = 0; other < others; ++other) {
    const std::int64_t share = (whole - hot) / others + (other < (whole - hot) % others ? 1 : 0);
    row.push_back(share * parts.element.count);
  }
  ByteMatrix matrix{.name = fmt::format("imbalance {}", imbalance.factor), .ranks = ranks};
  for (int from = 0; from < ranks; ++from) matrix.bytes.insert(matrix.bytes.end(), row.begin(), row.end());
  return matrix;
}

}  // namespace

sim::Bytes ByteMatrix::most_sent() const {
  std::int64_t most = 0;
  for (int from = 0; from < ranks; ++from) {
    std::int64_t sum = 0;
    for (int to = 0; to < ranks; ++to) sum += at(from, to).count;
    most = std::max(most, sum);
  }
  return {most};
}

sim::Bytes ByteMatrix::longest() const {
  sim::Bytes longest{};
  for (int from = 0; from < ranks; ++from) {
    for (int to = 0; to < ranks; ++to) {
      if (to != from) longest = std::max(longest, at(from, to));
    }
  }
  return longest;
}

sim::Bytes ByteMatrix::most_through() const {
  std::vector<std::int64_t> sent(index(ranks), 0);
  std::vector<std::int64_t> received(index(ranks), 0);
  for (int from = 0; from < ranks; ++from) {
    for (int to = 0; to < ranks; ++to) {
      if (to == from) continue;
      sent[index(from)] += at(from, to).count;
      received[index(to)] += at(from, to).count;
    }
  }
  std::int64_t most = 0;
  for (const auto& sums : {sent, received}) most = std::max(most, sums.empty() ? 0 : *std::ranges::max_element(sums));
  return {most};
}

ByteMatrix read_byte_matrix(std::string_view text, const std::string& name) {
  if (text.starts_with(byte_order_mark_of_utf8)) text.remove_prefix(byte_order_mark_of_utf8.size());
  ByteMatrix matrix{.name = sim::printable("matrix " + name.substr(name.rfind('/') + 1))};
  std::size_t columns = 0;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trimmed(text.substr(at, end - at));
    at = end + 1;
    ++number;
    if (line.empty()) continue;
    const std::string place = fmt::format("{}:{}", name, number);
    const std::size_t before = matrix.bytes.size();
    append_row(line, place, matrix.bytes);
    const std::size_t found = matrix.bytes.size() - before;
    if (matrix.ranks++ == 0) columns = found;
    if (found != columns) throw wrong_matrix(place, fmt::format("has {} columns, the first row has {}", found, columns));
    if (std::cmp_greater(matrix.ranks, columns)) throw wrong_matrix(place, fmt::format("is row {} of {} columns", matrix.ranks, columns));
  }
  if (matrix.ranks == 0) throw wrong_matrix(name, "is empty");
  if (std::cmp_less(matrix.ranks, columns))
    throw wrong_matrix(fmt::format("{}:{}", name, number), fmt::format("ends after {} rows of {} columns", matrix.ranks, columns));
  return matrix;
}

ByteMatrix byte_matrix(const UnequalParts& unequal, SentParts parts) {
  if (const auto* given = std::get_if<ByteMatrix>(&unequal)) {
    if (given->ranks == parts.ranks) return *given;
    throw wrong_matrix(given->name, fmt::format("is of {} ranks, here are {}", given->ranks, parts.ranks),
                       "take as many nodes and GPUs of each as it is of");
  }
  return skewed(std::get<Imbalance>(unequal), parts);
}

}  // namespace orrery::workloads
