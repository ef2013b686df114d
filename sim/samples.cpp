#include "sim/samples.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "sim/error.h"
#include "sim/printable.h"

namespace orrery::sim {
namespace {

constexpr std::string_view samples_magic = "# orrery-samples 1";
constexpr std::string_view samples_columns = "what,type,a,b,c,d,rank,clock_mhz,watts,n,picoseconds";
constexpr std::size_t column_count = 11;
constexpr std::size_t first_parameter = 2;  // the column a
constexpr std::string_view message_name = "message";
constexpr std::string_view copy_prefix = "copy_";
constexpr std::size_t max_sample_faults = 20;

using SampleFields = std::array<std::string_view, column_count>;

std::string header_line(std::string_view key, const std::string& value) { return "# " + std::string(key) + ": " + printable(value) + "\n"; }

/// The columns what to d.
struct WhatColumns {
  std::string operator()(const Kernel& kernel) const {
    const auto& [name, parameters] = kernel_traits(kernel.kind);
    std::string text = std::string(name) + "," + std::string(name_of(kernel.type));
    for (std::size_t i = 0; i < kernel.shape.size(); ++i) text += i < parameters.size() ? "," + std::to_string(kernel.shape[i]) : ",";
    return text;
  }
  std::string operator()(const MeasuredCollective& collective) const {
    return std::string(name_of(collective.kind)) + "," + std::string(name_of(collective.type)) + "," + std::to_string(collective.count) +
           "," + std::to_string(collective.members) + ",,";
  }
  std::string operator()(const MeasuredMessage& message) const {
    return std::string(message_name) + ",," + std::to_string(message.bytes.count) + ",,,";
  }
  std::string operator()(const Copy& copy) const {
    return std::string(copy_prefix) + std::string(name_of(copy.kind)) + ",," + std::to_string(copy.bytes.count) + ",,,";
  }
};

std::string optional_text(const std::optional<std::int32_t>& number) { return number ? std::to_string(*number) : ""; }

/// The value of an enumeration that is called `name`.
template <class Enumeration>
std::optional<Enumeration> enumerated(std::string_view name, int count) {
  for (int i = 0; i < count; ++i) {
    if (name_of(static_cast<Enumeration>(i)) == name) return static_cast<Enumeration>(i);
  }
  return std::nullopt;
}

/// Reads lines one by one and keeps what is wrong with them.
class SamplesReader {
 public:
  SamplesReader(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  Samples read() {
    read_header();
    while (!rest_.empty() && faults_.size() < max_sample_faults) {
      const std::string_view line = next_line();
      if (!line.empty()) read_row(line);
    }
    if (!faults_.empty()) throw Error(std::move(faults_));
    return std::move(samples_);
  }

 private:
  std::string_view next_line() {
    ++number_;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  void fail(std::string what, std::string remedy) {
    faults_.push_back({std::string(name_) + ":" + std::to_string(number_), std::move(what), std::move(remedy)});
  }

  void read_header() {
    if (next_line() != samples_magic) {
      fail("does not begin with \"" + std::string(samples_magic) + "\"", "give a file that orrery realrun has written");
      throw Error(std::move(faults_));
    }
    std::string_view line = next_line();
    for (; line.starts_with("# "); line = next_line()) read_key(line.substr(2));
    if (line == samples_columns) return;
    fail("these are not the columns of samples", "write " + std::string(samples_columns));
    throw Error(std::move(faults_));
  }

  void read_key(std::string_view line) {
    const std::size_t colon = line.find(": ");
    const std::string_view key = line.substr(0, colon);
    const std::string value(colon == std::string_view::npos ? "" : line.substr(colon + 2));
    if (key == "program") {
      samples_.program = value;
    } else if (key == "ranks") {
      samples_.ranks = static_cast<std::int32_t>(number(value, "ranks", 1, max_ranks));
    } else if (key == "device") {
      samples_.device = value;
    } else if (key == "driver") {
      samples_.driver = value;
    } else if (key == "library") {
      samples_.libraries.push_back(value);
    } else {
      fail("\"" + std::string(key) + "\" is no key of samples", "write program, ranks, device, driver or library");
    }
  }

  std::int64_t number(std::string_view text, std::string_view column, std::int64_t least, std::int64_t most) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size() && value >= least && value <= most) return value;
    fail("\"" + std::string(text) + "\" is no number of " + std::string(column),
         "write an integer from " + std::to_string(least) + " to " + std::to_string(most));
    return least;
  }

  std::optional<std::int32_t> optional_number(std::string_view text, std::string_view column) {
    if (text.empty()) return std::nullopt;
    return static_cast<std::int32_t>(number(text, column, 0, std::numeric_limits<std::int32_t>::max()));
  }

  void read_row(std::string_view line) {
    SampleFields fields;
    std::size_t count = 0;
    for (std::size_t from = 0; from <= line.size() && count <= column_count; ++count) {
      const std::size_t comma = std::min(line.find(',', from), line.size());
      if (count < column_count) fields[count] = line.substr(from, comma - from);
      from = comma + 1;
    }
    if (count != column_count) return fail("a row has " + std::to_string(column_count) + " fields", "is the line whole?");
    const std::size_t before = faults_.size();
    Sample sample;
    sample.what = what_of(fields);
    sample.rank = static_cast<std::int32_t>(number(fields[6], "rank", 0, samples_.ranks - 1));
    sample.clock_mhz = optional_number(fields[7], "clock_mhz");
    sample.power_watts = optional_number(fields[8], "watts");
    read_durations(fields[10], sample);
    const std::int64_t n = number(fields[9], "n", 1, std::numeric_limits<std::int64_t>::max());
    if (faults_.size() == before && n != std::ssize(sample.durations)) {
      fail("n is " + std::to_string(n) + " and there are " + std::to_string(sample.durations.size()) + " durations", "is the line whole?");
    }
    if (faults_.size() == before) samples_.rows.push_back(std::move(sample));
  }

  void read_durations(std::string_view text, Sample& sample) {
    while (!text.empty()) {
      const std::size_t blank = std::min(text.find(' '), text.size());
      sample.durations.push_back({number(text.substr(0, blank), "picoseconds", 1, std::numeric_limits<std::int64_t>::max())});
      text.remove_prefix(std::min(blank + 1, text.size()));
    }
    if (sample.durations.empty()) fail("a sample has no durations", "leave the row out");
  }

  std::int64_t parameter(const SampleFields& fields, std::size_t index, std::int64_t least) {
    return number(fields[first_parameter + index], std::string(1, static_cast<char>('a' + index)), least, max_operation_bytes);
  }

  /// Columns that an operation has no use for.
  void expect_empty(const SampleFields& fields, std::size_t from) {
    for (std::size_t i = from; i < 4; ++i) {
      if (!fields[first_parameter + i].empty())
        return fail("\"" + std::string(fields[0]) + "\" has fewer parameters", "leave the rest empty");
    }
  }

  DataType type_of(std::string_view name) {
    if (const auto type = enumerated<DataType>(name, data_type_count)) return *type;
    fail("\"" + std::string(name) + "\" is no type", "write fp32, fp16, bf16, fp8 or int8");
    return DataType::fp32;
  }

  decltype(Sample::what) what_of(const SampleFields& fields) {
    const std::string_view name = fields[0];
    if (const auto kind = enumerated<KernelKind>(name, kernel_kind_count)) return kernel_of(*kind, fields);
    if (const auto kind = enumerated<CollectiveKind>(name, collective_kind_count)) {
      expect_empty(fields, 2);
      return MeasuredCollective{*kind, type_of(fields[1]), parameter(fields, 0, 0),
                                static_cast<std::int32_t>(number(fields[first_parameter + 1], "b", 1, max_ranks))};
    }
    if (name.starts_with(copy_prefix)) {
      if (const auto kind = enumerated<CopyKind>(name.substr(copy_prefix.size()), copy_kind_count)) {
        expect_empty(fields, 1);
        return Copy{*kind, {parameter(fields, 0, 0)}};
      }
    }
    if (name == message_name) {
      expect_empty(fields, 1);
    } else {
      fail("\"" + std::string(name) + "\" is no operation that is measured",
           "write a kernel of sim/kernel.h, a collective, message or copy_to_host");
    }
    return MeasuredMessage{{parameter(fields, 0, 0)}};
  }

  Kernel kernel_of(KernelKind kind, const SampleFields& fields) {
    Kernel kernel{.kind = kind, .type = type_of(fields[1])};
    const std::size_t parameters = kernel_traits(kind).parameters.size();
    const std::size_t before = faults_.size();
    for (std::size_t i = 0; i < parameters; ++i) kernel.shape[i] = parameter(fields, i, 0);
    expect_empty(fields, parameters);
    if (const std::string fault = fault_of(kernel); faults_.size() == before && !fault.empty()) fail(fault, "correct the row");
    return kernel;
  }

  std::string_view rest_;
  std::string_view name_;
  int number_ = 0;
  Samples samples_;
  std::vector<Fault> faults_;
};

}  // namespace

std::string text_of(const Samples& samples) {
  std::string text = std::string(samples_magic) + "\n" + header_line("program", samples.program) +
                     header_line("ranks", std::to_string(samples.ranks)) + header_line("device", samples.device) +
                     header_line("driver", samples.driver);
  for (const std::string& library : samples.libraries) text += header_line("library", library);
  text += std::string(samples_columns) + "\n";
  for (const Sample& sample : samples.rows) {
    check(!sample.durations.empty(), "a sample has durations");
    text += std::visit(WhatColumns{}, sample.what) + "," + std::to_string(sample.rank) + "," + optional_text(sample.clock_mhz) + "," +
            optional_text(sample.power_watts) + "," + std::to_string(sample.durations.size());
    char separator = ',';
    for (const Duration duration : sample.durations) {
      text += separator + std::to_string(duration.ticks);
      separator = ' ';
    }
    text += "\n";
  }
  return text;
}

Samples samples_from(std::string_view text, std::string_view name) { return SamplesReader(text, name).read(); }

Duration median_of(const Sample& sample) {
  check(!sample.durations.empty(), "a sample has durations");
  std::vector<Duration> sorted = sample.durations;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t middle = sorted.size() / 2;
  if (sorted.size() % 2 == 1) return sorted[middle];
  return {sorted[middle - 1].ticks + (sorted[middle].ticks - sorted[middle - 1].ticks) / 2};
}

std::string title_of(const Sample& sample) {
  if (const auto* kernel = std::get_if<Kernel>(&sample.what)) {
    const auto& [name, parameters] = kernel_traits(kernel->kind);
    std::string title = std::string(name) + " " + std::string(name_of(kernel->type));
    for (std::size_t i = 0; i < parameters.size(); ++i) title += " " + std::string(parameters[i]) + "=" + std::to_string(kernel->shape[i]);
    return title;
  }
  if (const auto* collective = std::get_if<MeasuredCollective>(&sample.what)) {
    return std::string(name_of(collective->kind)) + " " + std::string(name_of(collective->type)) + " " + std::to_string(collective->count) +
           " of " + std::to_string(collective->members);
  }
  if (const auto* copy = std::get_if<Copy>(&sample.what)) {
    return "copy " + std::string(name_of(copy->kind)) + " " + std::to_string(copy->bytes.count);
  }
  return std::string(message_name) + " " + std::to_string(std::get<MeasuredMessage>(sample.what).bytes.count);
}

}  // namespace orrery::sim
