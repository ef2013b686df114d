#include "workloads/calibrate_kernels.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <set>
#include <tuple>
#include <utility>

#include "sim/error.h"
#include "workloads/import_kernel_tables.h"

namespace orrery::workloads {
namespace {

using sim::KernelKind;

constexpr std::int64_t least_sequence = 256;
constexpr double least_flops = 1e8;
constexpr std::int64_t all_launch = 1'000'000;  // bytes, below which the launch is most of it

/// Whether memory alone holds the kernel up, or nothing but its launch. A sum reads two tensors that nothing has touched for long only
/// where each of them is larger than the cache.
bool tells_of_memory(const KernelSample& sample, const topology::GpuSpec& gpu) {
  const std::int64_t bytes = sim::memory_bytes(sample.kernel).count;
  switch (sample.kernel.kind) {
    case KernelKind::elementwise:
      return bytes < all_launch || bytes > 2 * gpu.l2_cache.count;
    case KernelKind::bias_gelu:
      return bytes < all_launch || bytes > gpu.l2_cache.count;
    default:
      return false;
  }
}

using Import = std::function<std::vector<KernelSample>(const std::string&)>;
using Keep = std::function<bool(const KernelSample&)>;

bool has_rates(KernelKind kind) { return kind == KernelKind::gemm || sim::is_attention(kind); }

/// The rates that are fitted are those of 16 bits; int8's would bend them, and fp8 has none on some GPUs.
void check_sample(const KernelSample& sample, const std::string& file) {
  const std::string place = file + ":" + std::to_string(sample.line);
  if (sample.measured <= sim::Duration{})
    throw sim::Error({.place = place, .what = "the time is less than a picosecond", .remedy = "is it in the column's unit?"});
  if (!has_rates(sample.kernel.kind) || sample.kernel.type == sim::DataType::bf16 || sample.kernel.type == sim::DataType::fp16) return;
  throw sim::Error({.place = place,
                    .what = std::string(sim::name_of(sample.kernel.kind)) + " of " + std::string(sim::name_of(sample.kernel.type)) +
                            ", and the rates that are fitted are those of 16 bits",
                    .remedy = "leave the row out: other types go with the datasheet's peak"});
}

void append(std::vector<KernelSample>& to, const std::vector<std::string>& files, const Import& import, const Keep& keep) {
  for (const std::string& file : files) {
    const std::size_t before = to.size();
    for (const KernelSample& sample : import(file)) {
      if (!keep(sample)) continue;
      check_sample(sample, file);
      to.push_back(sample);
    }
    if (to.size() == before)
      throw sim::Error({.place = file, .what = "has no row that a fit could use", .remedy = "is it a table of this kind?"});
  }
}

void append_own(KernelRows& rows, const KernelSample& sample) {
  if (sample.kernel.kind == KernelKind::gemm) {
    rows.gemm.push_back(sample);
  } else if (sim::is_attention(sample.kernel.kind)) {
    rows.attention.push_back(sample);
  } else {
    rows.memory.push_back(sample);
  }
}

/// Of products and attention those that do more than be launched, where there are such.
std::vector<KernelSample> fitted_rows(KernelFamily family, const std::vector<KernelSample>& rows) {
  if (family == KernelFamily::memory) return rows;
  std::vector<KernelSample> large;
  std::ranges::copy_if(rows, std::back_inserter(large),
                       [](const KernelSample& row) { return sim::flops(row.kernel).count >= least_flops; });
  return large.empty() ? rows : large;
}

std::vector<KernelSample> looked_at(KernelFamily family, const std::vector<KernelSample>& rows, std::size_t most) {
  return evenly_taken(fitted_rows(family, rows), most);
}

/// The same kernel measured again tells no more of the constants.
std::size_t different_kernels(const std::vector<KernelSample>& rows) {
  std::set<std::tuple<KernelKind, sim::DataType, std::array<std::int64_t, 4>>> kernels;
  for (const KernelSample& row : rows) kernels.emplace(row.kernel.kind, row.kernel.type, row.kernel.shape);
  return kernels.size();
}

}  // namespace

KernelRows read_kernel_tables(const KernelTables& tables, const topology::GpuSpec& gpu) {
  KernelRows rows;
  append(rows.gemm, tables.gemm, import_gemm_table, [](const KernelSample&) { return true; });
  append(rows.attention, tables.attention, import_attention_table,
         [](const KernelSample& sample) { return sample.kernel.shape[2] >= least_sequence; });
  append(rows.memory, tables.layers, import_vidur_layers, [&gpu](const KernelSample& sample) { return tells_of_memory(sample, gpu); });
  std::vector<KernelSample> own;
  append(own, tables.samples, import_kernel_samples, [](const KernelSample&) { return true; });
  for (const KernelSample& sample : own) append_own(rows, sample);
  return rows;
}

std::vector<KernelSample> evenly_taken(const std::vector<KernelSample>& rows, std::size_t most) {
  if (rows.size() <= most) return rows;
  std::vector<KernelSample> taken;
  for (std::size_t i = 0; i < most; ++i) taken.push_back(rows[i * rows.size() / most]);
  return taken;
}

void check_rows(const KernelRows& rows, const Calibration& start, std::size_t most) {
  std::vector<sim::Fault> faults;
  const auto check = [&](KernelFamily family, const std::string& name, const std::vector<KernelSample>& samples) {
    if (samples.empty()) return;
    const std::size_t different = different_kernels(looked_at(family, samples, most));
    const std::size_t least = least_kernels(family, start);
    if (different >= least) return;
    faults.push_back({.place = "rows of " + name,
                      .what = "too few to fit to: " + std::to_string(different) + " different, not " + std::to_string(least) +
                              ", three a constant" + (family == KernelFamily::memory ? "" : "; small ones are launches and do not count"),
                      .remedy = "measure more sizes, or give none of the family: it then stays as it is"});
  };
  check(KernelFamily::gemm, "gemm", rows.gemm);
  check(KernelFamily::attention, "attention", rows.attention);
  check(KernelFamily::memory, "memory", rows.memory);
  if (!faults.empty()) throw sim::Error(faults);
}

Calibration calibrate_kernels(const KernelRows& rows, const Calibration& start, const topology::GpuSpec& gpu, const FitOptions& options,
                              std::size_t most) {
  check_rows(rows, start, most);
  Calibration fitted = carried_to(gpu, start);
  const auto fit = [&](KernelFamily family, const std::vector<KernelSample>& samples, Provenance& (*provenance)(Calibration&)) {
    if (samples.empty()) return;
    fitted = fit_kernels(family, looked_at(family, samples, most), fitted, gpu, options);
    provenance(fitted).residuals = kernel_residuals(samples, fitted, gpu);
  };
  fit(KernelFamily::gemm, rows.gemm, [](Calibration& c) -> Provenance& { return c.gemm.provenance; });
  fit(KernelFamily::attention, rows.attention, [](Calibration& c) -> Provenance& { return c.attention.provenance; });
  fit(KernelFamily::memory, rows.memory, [](Calibration& c) -> Provenance& { return c.memory.provenance; });
  if (!rows.gemm.empty() && !rows.attention.empty() && !rows.memory.empty()) {
    fitted.carried_from.clear();
    fitted.other_chip = false;
  }
  return fitted;
}

}  // namespace orrery::workloads
