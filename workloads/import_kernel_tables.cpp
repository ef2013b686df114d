#include "workloads/import_kernel_tables.h"

#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <charconv>
#include <cmath>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

/// One row of a CSV file with a header line. Fields hold no commas in the tables that are read here.
class TableRow {
 public:
  TableRow(const std::string& path, int line, const std::map<std::string, std::size_t>& columns, const std::vector<std::string>& fields)
      : path_(path), line_(line), columns_(columns), fields_(fields) {}

  const std::string& text(const std::string& column) const {
    const auto found = columns_.find(column);
    if (found == columns_.end()) throw fault("has no column \"" + column + "\"", "is it a table of this kind?");
    if (found->second >= fields_.size()) throw fault("the row ends before column \"" + column + "\"", "is the file whole?");
    return fields_[found->second];
  }
  bool has(const std::string& column) const { return columns_.contains(column) && !text(column).empty(); }

  double number(const std::string& column) const {
    const std::string& field = text(column);
    double value = 0;
    const auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (code != std::errc{} || end != field.data() + field.size())
      throw fault("\"" + field + "\" is no number", "correct column \"" + column + "\"");
    return value;
  }
  std::int64_t count(const std::string& column) const {
    const double value = number(column);
    if (!(value >= 1 && value <= 9e15) || value != std::floor(value))
      throw fault("\"" + text(column) + "\" is no whole number", "correct column \"" + column + "\"");
    return static_cast<std::int64_t>(value);
  }
  sim::Duration milliseconds(const std::string& column) const { return sim::Duration::from_seconds(number(column) / 1000); }

 private:
  sim::Error fault(const std::string& what, const std::string& remedy) const {
    return sim::Error({.place = path_ + ":" + std::to_string(line_), .what = what, .remedy = remedy});
  }

  const std::string& path_;
  int line_;
  const std::map<std::string, std::size_t>& columns_;
  const std::vector<std::string>& fields_;
};

std::vector<std::string> split_at_commas(std::string_view line) {
  std::vector<std::string> fields;
  if (line.ends_with('\r')) line.remove_suffix(1);
  for (;;) {
    const std::size_t comma = line.find(',');
    fields.emplace_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

void for_each_row(const std::string& path, const std::function<void(const TableRow&)>& use) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw sim::Error({.place = path, .what = "cannot be opened", .remedy = "check the path"});
  boost::iostreams::filtering_istream input;
  if (path.ends_with(".gz")) input.push(boost::iostreams::gzip_decompressor());
  input.push(file);
  input.exceptions(std::ios::badbit);  // else a damaged archive reads as a short one
  std::string line;
  std::map<std::string, std::size_t> columns;
  int number = 0;
  const auto next_line = [&] {
    try {
      return static_cast<bool>(std::getline(input, line));
    } catch (const std::exception&) {  // gzip_error, or the stream's own failure on top of it
      throw sim::Error(
          {.place = path, .what = "cannot be decompressed after line " + std::to_string(number), .remedy = "fetch the file anew"});
    }
  };
  while (next_line()) {
    ++number;
    const std::vector<std::string> fields = split_at_commas(line);
    if (number == 1) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns[fields[i]] = i;
    } else if (!line.empty()) {
      use(TableRow(path, number, columns, fields));
    }
  }
}

std::optional<sim::DataType> half_type(const std::string& name) {
  if (name == "bfloat16") return sim::DataType::bf16;
  if (name == "float16" || name == "half") return sim::DataType::fp16;
  return std::nullopt;
}

}  // namespace

std::vector<KernelSample> import_gemm_table(const std::string& path) {
  std::vector<KernelSample> samples;
  for_each_row(path, [&](const TableRow& row) {
    const std::optional<sim::DataType> type = half_type(row.text("gemm_dtype"));
    if (!type) return;
    samples.push_back({{sim::KernelKind::gemm, *type, {row.count("m"), row.count("n"), row.count("k"), 1}}, row.milliseconds("latency")});
  });
  return samples;
}

std::vector<KernelSample> import_attention_table(const std::string& path) {
  std::vector<KernelSample> samples;
  for_each_row(path, [&](const TableRow& row) {
    const std::optional<sim::DataType> type = half_type(row.text("attn_dtype"));
    if (!type || row.text("num_heads") != row.text("num_key_value_heads")) return;
    samples.push_back(
        {{sim::KernelKind::attention, *type, {row.count("batch_size"), row.count("num_heads"), row.count("isl"), row.count("head_dim")}},
         row.milliseconds("latency")});
  });
  return samples;
}

std::vector<KernelSample> import_vidur_layers(const std::string& path) {
  std::vector<KernelSample> samples;
  for_each_row(path, [&](const TableRow& row) {
    const std::int64_t tokens = row.count("num_tokens");
    const std::int64_t hidden = row.count("n_embd");
    const std::int64_t inner = row.count("n_expanded_embd") / row.count("num_tensor_parallel_workers");
    const auto add = [&](const std::string& part, sim::KernelKind kind, std::array<std::int64_t, 4> shape) {
      const std::string column = "time_stats." + part + ".median";
      if (row.has(column)) samples.push_back({{kind, sim::DataType::fp16, shape}, row.milliseconds(column)});
    };
    const bool gated = row.text("use_gated_mlp") == "True";
    add("input_layernorm", sim::KernelKind::layer_norm, {tokens, hidden, 1, 1});
    add("mlp_act", gated ? sim::KernelKind::bias_gelu_backward : sim::KernelKind::bias_gelu, {tokens, inner, 1, 1});
    add("add", sim::KernelKind::elementwise, {tokens * hidden, 2, 1, 1});
  });
  return samples;
}

std::vector<CollectiveSample> import_nccl_table(const std::string& path) {
  const std::map<std::string, sim::CollectiveKind> kinds = {{"all_reduce", sim::CollectiveKind::all_reduce},
                                                            {"all_gather", sim::CollectiveKind::all_gather},
                                                            {"reduce_scatter", sim::CollectiveKind::reduce_scatter}};
  std::vector<CollectiveSample> samples;
  for_each_row(path, [&](const TableRow& row) {
    const std::optional<sim::DataType> type = half_type(row.text("nccl_dtype"));
    const auto kind = kinds.find(row.text("op_name"));
    if (!type || kind == kinds.end()) return;
    samples.push_back({kind->second,
                       static_cast<int>(row.count("num_gpus")),
                       {row.count("message_size") * sim::size_of(*type)},
                       *type,
                       row.milliseconds("latency")});
  });
  return samples;
}

std::vector<SendSample> import_vidur_sends(const std::string& path) {
  std::vector<SendSample> samples;
  for_each_row(path, [&](const TableRow& row) {
    if (row.count("devices_per_node") == 2) samples.push_back({{row.count("size")}, row.milliseconds("time_stats.send_recv.median")});
  });
  return samples;
}

}  // namespace orrery::workloads
