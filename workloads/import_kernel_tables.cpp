#include "workloads/import_kernel_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <map>
#include <optional>

#include "workloads/csv_table.h"

namespace orrery::workloads {
namespace {

sim::Duration milliseconds(const CsvRow& row, const std::string& column) { return sim::Duration::from_seconds(row.number(column) / 1000); }

std::optional<sim::DataType> half_type(const std::string& name) {
  if (name == "bfloat16") return sim::DataType::bf16;
  if (name == "float16" || name == "half") return sim::DataType::fp16;
  return std::nullopt;
}

/// Backward attention's rate is a ratio that no fit turns; counted kernels are of nobody's shape.
sim::KernelKind kind_of(const CsvRow& row) {
  std::vector<std::string> known;
  for (int i = 0; i < sim::kernel_kind_count; ++i) {
    const auto kind = static_cast<sim::KernelKind>(i);
    if (kind == sim::KernelKind::counted || kind == sim::KernelKind::attention_backward ||
        kind == sim::KernelKind::attention_block_backward)
      continue;
    known.emplace_back(sim::name_of(kind));
    if (known.back() == row.text("kernel")) return kind;
  }
  throw row.fault("\"" + row.text("kernel") + "\" is no kernel that is fitted", fmt::format("known: {}", fmt::join(known, ", ")));
}

sim::DataType type_of(const CsvRow& row) {
  for (int i = 0; i < sim::data_type_count; ++i) {
    if (sim::name_of(static_cast<sim::DataType>(i)) == row.text("type")) return static_cast<sim::DataType>(i);
  }
  throw row.fault("\"" + row.text("type") + "\" is no type", "write fp32, fp16, bf16, fp8 or int8");
}

}  // namespace

std::vector<KernelSample> import_gemm_table(const std::string& path) {
  std::vector<KernelSample> samples;
  for_each_row(path, [&](const CsvRow& row) {
    const std::optional<sim::DataType> type = half_type(row.text("gemm_dtype"));
    if (!type) return;
    samples.push_back(
        {{sim::KernelKind::gemm, *type, {row.count("m"), row.count("n"), row.count("k"), 1}}, milliseconds(row, "latency"), row.line()});
  });
  return samples;
}

std::vector<KernelSample> import_attention_table(const std::string& path) {
  std::vector<KernelSample> samples;
  for_each_row(path, [&](const CsvRow& row) {
    const std::optional<sim::DataType> type = half_type(row.text("attn_dtype"));
    if (!type || row.text("num_heads") != row.text("num_key_value_heads")) return;
    samples.push_back(
        {{sim::KernelKind::attention, *type, {row.count("batch_size"), row.count("num_heads"), row.count("isl"), row.count("head_dim")}},
         milliseconds(row, "latency"),
         row.line()});
  });
  return samples;
}

std::vector<KernelSample> import_kernel_samples(const std::string& path) {
  std::vector<KernelSample> samples;
  for_each_row(path, [&](const CsvRow& row) {
    sim::Kernel kernel{.kind = kind_of(row), .type = type_of(row)};
    const std::size_t parameters = sim::kernel_traits(kernel.kind).parameters.size();
    for (std::size_t i = 0; i < kernel.shape.size(); ++i) {
      const std::string column(1, static_cast<char>('a' + i));
      if (i < parameters) {
        kernel.shape[i] = row.count(column);
      } else if (row.has(column)) {
        throw row.fault("a " + row.text("kernel") + " has no parameter " + column, "leave it empty");
      }
    }
    if (const std::string fault = sim::fault_of(kernel); !fault.empty()) throw row.fault(fault, "correct the row");
    const double microseconds = row.number("microseconds");
    if (!(microseconds > 0)) throw row.fault("a kernel takes time", "correct column \"microseconds\"");
    samples.push_back({kernel, sim::Duration::from_seconds(microseconds / 1e6), row.line()});
  });
  return samples;
}

std::vector<KernelSample> import_vidur_layers(const std::string& path) {
  std::vector<KernelSample> samples;
  for_each_row(path, [&](const CsvRow& row) {
    const std::int64_t tokens = row.count("num_tokens");
    const std::int64_t hidden = row.count("n_embd");
    const std::int64_t inner = row.count("n_expanded_embd") / row.count("num_tensor_parallel_workers");
    const auto add = [&](const std::string& part, sim::KernelKind kind, std::array<std::int64_t, 4> shape) {
      const std::string column = "time_stats." + part + ".median";
      if (row.has(column)) samples.push_back({{kind, sim::DataType::fp16, shape}, milliseconds(row, column), row.line()});
    };
    const bool gated = row.text("use_gated_mlp") == "True";
    add("input_layernorm", sim::KernelKind::layer_norm, {tokens, hidden, 1, 1});
    add("mlp_act", gated ? sim::KernelKind::bias_gelu_backward : sim::KernelKind::bias_gelu, {tokens, inner, 1, 1});
    add("add", sim::KernelKind::elementwise, {tokens * hidden, 2, 1, 1});
  });
  return samples;
}

std::vector<DeviationSample> import_vidur_deviations(const std::string& path) {
  std::vector<DeviationSample> samples;
  for_each_row(path, [&](const CsvRow& row) {
    for (const char* part : {"attn_pre_proj", "attn_post_proj", "mlp_up_proj", "mlp_down_proj"}) {
      const std::string column = std::string("time_stats.") + part;
      if (!row.has(column + ".mean")) continue;
      const sim::Duration mean = milliseconds(row, column + ".mean");
      if (mean > sim::Duration{}) samples.push_back({mean, milliseconds(row, column + ".std")});
    }
  });
  return samples;
}

std::vector<CollectiveSample> import_nccl_table(const std::string& path) {
  const std::map<std::string, sim::CollectiveKind> kinds = {{"all_reduce", sim::CollectiveKind::all_reduce},
                                                            {"all_gather", sim::CollectiveKind::all_gather},
                                                            {"reduce_scatter", sim::CollectiveKind::reduce_scatter},
                                                            {"alltoall", sim::CollectiveKind::all_to_all}};
  std::vector<CollectiveSample> samples;
  for_each_row(path, [&](const CsvRow& row) {
    const std::string name = row.text("nccl_dtype");
    const std::optional<sim::DataType> type = name == "int8" ? sim::DataType::int8 : half_type(name);
    const auto kind = kinds.find(row.text("op_name"));
    if (!type || kind == kinds.end()) return;
    samples.push_back({kind->second,
                       static_cast<int>(row.count("num_gpus")),
                       {row.count("message_size") * sim::size_of(*type)},
                       *type,
                       milliseconds(row, "latency")});
  });
  return samples;
}

std::vector<SendSample> import_vidur_sends(const std::string& path) {
  std::vector<SendSample> samples;
  for_each_row(path, [&](const CsvRow& row) {
    if (row.count("devices_per_node") == 2) samples.push_back({{row.count("size")}, milliseconds(row, "time_stats.send_recv.median")});
  });
  return samples;
}

}  // namespace orrery::workloads
