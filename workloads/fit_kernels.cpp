#include "workloads/fit_kernels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sim/error.h"
#include "workloads/kernel_times.h"

namespace orrery::workloads {
namespace {

struct SizeClass {
  std::string_view name;
  double below;  // upper bound of operations or bytes
};
constexpr std::array<SizeClass, 5> classes_by_flops = {
    {{"below 0.1 GFLOP", 1e8}, {"0.1 to 1 GFLOP", 1e9}, {"1 to 16 GFLOP", 16e9}, {"16 to 128 GFLOP", 128e9}, {"from 128 GFLOP", HUGE_VAL}}};
constexpr std::array<SizeClass, 3> classes_by_bytes = {{{"below 1 MB", 1e6}, {"1 to 16 MB", 16e6}, {"from 16 MB", HUGE_VAL}}};

struct SampleClass {
  std::string name;  // "gemm, 1 to 16 GFLOP"
  std::vector<const KernelSample*> samples;
};

/// The classes that have samples, by kind, smaller sizes first.
std::vector<SampleClass> classes_of(const std::vector<KernelSample>& samples) {
  std::map<std::pair<sim::KernelKind, double>, SampleClass> classes;
  for (const KernelSample& sample : samples) {
    const sim::Kernel& kernel = sample.kernel;
    const double operations = sim::flops(kernel).count;
    const double size = operations > 0 ? operations : static_cast<double>(sim::memory_bytes(kernel).count);
    const std::span<const SizeClass> sizes =
        operations > 0 ? std::span<const SizeClass>(classes_by_flops) : std::span<const SizeClass>(classes_by_bytes);
    const auto fitting = std::find_if(sizes.begin(), sizes.end(), [&](const SizeClass& c) { return size < c.below; });
    SampleClass& found = classes[{kernel.kind, fitting->below}];
    found.name = std::string(sim::kernel_traits(kernel.kind).name) + ", " + std::string(fitting->name);
    found.samples.push_back(&sample);
  }
  std::vector<SampleClass> all;
  for (auto& [key, c] : classes) all.push_back(std::move(c));
  return all;
}

/// The constants of a family, as numbers to be scaled: those that are zero are left alone.
std::vector<double> constants_of(KernelFamily family, const Calibration& calibration) {
  std::vector<double> values;
  switch (family) {
    case KernelFamily::gemm:
      for (const GemmTile& tile : calibration.gemm.tiles) values.push_back(tile.rate.value);
      values.insert(values.end(),
                    {calibration.gemm.tile_overhead.seconds(), calibration.gemm.partial_wave_floor, calibration.gemm.memory_bandwidth.value,
                     calibration.gemm.write_bandwidth.value, calibration.gemm.store_bandwidth.value, calibration.gemm.overlap,
                     calibration.gemm.launch.seconds(), calibration.gemm.split_overhead.seconds()});
      break;
    case KernelFamily::attention:
      values = {calibration.attention.rate.value, calibration.attention.strip_overhead.seconds(), calibration.attention.tail,
                calibration.attention.launch.seconds()};
      break;
    case KernelFamily::memory:
      values = {calibration.memory.stream_bandwidth.value, calibration.memory.row_bandwidth.value, calibration.memory.launch.seconds()};
      break;
  }
  return values;
}

Calibration with_constants(KernelFamily family, Calibration calibration, const std::vector<double>& values) {
  std::size_t next = 0;
  const auto seconds = [&] { return sim::Duration::from_seconds(values[next++]); };
  switch (family) {
    case KernelFamily::gemm:
      for (GemmTile& tile : calibration.gemm.tiles) tile.rate = {values[next++]};
      calibration.gemm.tile_overhead = seconds();
      calibration.gemm.partial_wave_floor = std::min(1.0, values[next++]);
      calibration.gemm.memory_bandwidth = {values[next++]};
      calibration.gemm.write_bandwidth = {values[next++]};
      calibration.gemm.store_bandwidth = {values[next++]};
      calibration.gemm.overlap = std::clamp(values[next++], 1.0, 1000.0);
      calibration.gemm.launch = seconds();
      calibration.gemm.split_overhead = seconds();
      break;
    case KernelFamily::attention:
      calibration.attention.rate = {values[next++]};
      calibration.attention.strip_overhead = seconds();
      calibration.attention.tail = values[next++];
      calibration.attention.launch = seconds();
      break;
    case KernelFamily::memory:
      calibration.memory.stream_bandwidth = {values[next++]};
      calibration.memory.row_bandwidth = {values[next++]};
      calibration.memory.launch = seconds();
      break;
  }
  return calibration;
}

using Loss = std::function<double(const std::vector<double>&)>;

/// Those that a tenth more or less of makes no difference to the loss are zero, which a fit leaves alone: no sample tells of them, and a
/// search would take them anywhere.
std::vector<double> told_of(const std::vector<double>& constants, const Loss& loss) {
  const double at_start = loss(constants);
  const auto makes_no_difference = [&](std::size_t i, double factor) {
    std::vector<double> changed = constants;
    changed[i] *= factor;
    return loss(changed) == at_start;
  };
  std::vector<double> told = constants;
  for (std::size_t i = 0; i < told.size(); ++i) {
    if (makes_no_difference(i, 1.1) && makes_no_difference(i, 0.9)) told[i] = 0;
  }
  return told;
}

/// More would say more than any fit knows, and a file with these has the residuals that it states.
double to_four_digits(double value) {
  if (value == 0) return 0;
  const double unit = std::pow(10, std::floor(std::log10(value)) - 3);
  return std::round(value / unit) * unit;
}

std::vector<double> ratios_of(const SampleClass& c, const KernelTimes& times) {
  std::vector<double> ratios;
  for (const KernelSample* sample : c.samples) ratios.push_back(times.duration(sample->kernel).seconds() / sample->measured.seconds());
  return ratios;
}

Provenance& provenance_of(KernelFamily family, Calibration& calibration) {
  switch (family) {
    case KernelFamily::gemm:
      return calibration.gemm.provenance;
    case KernelFamily::attention:
      return calibration.attention.provenance;
    case KernelFamily::memory:
      break;
  }
  return calibration.memory.provenance;
}

}  // namespace

std::size_t least_kernels(KernelFamily family, const Calibration& start) {
  const std::vector<double> constants = constants_of(family, start);
  const auto zeros = std::ranges::count(constants, 0.0);  // are left alone
  return 3 * (constants.size() - static_cast<std::size_t>(zeros));
}

Calibration fit_kernels(KernelFamily family, const std::vector<KernelSample>& samples, const Calibration& start,
                        const topology::GpuSpec& gpu, const FitOptions& options) {
  if (samples.empty())
    throw sim::Error({.place = "fit of " + start.name, .what = "there are no samples", .remedy = "give measured kernels"});
  const std::vector<SampleClass> classes = classes_of(samples);
  const auto loss = [&](const std::vector<double>& constants) {
    const KernelTimes times(with_constants(family, start, constants), gpu);
    double sum = 0;
    for (const SampleClass& c : classes) sum += mean_log_error(ratios_of(c, times));
    return sum / static_cast<double>(classes.size());
  };
  const std::vector<double> before = constants_of(family, start);
  const auto whole = [&before](std::vector<double> told) {
    for (std::size_t i = 0; i < told.size(); ++i) {
      if (told[i] == 0) told[i] = before[i];
    }
    return told;
  };
  std::vector<double> constants =
      fit_constants(told_of(before, loss), [&](const std::vector<double>& told) { return loss(whole(told)); }, options);
  for (double& constant : constants) constant = to_four_digits(constant);
  constants = whole(constants);
  Calibration fitted = with_constants(family, start, constants);
  provenance_of(family, fitted).residuals = kernel_residuals(samples, fitted, gpu);
  return fitted;
}

std::vector<Residual> kernel_residuals(const std::vector<KernelSample>& samples, const Calibration& calibration,
                                       const topology::GpuSpec& gpu) {
  const KernelTimes times(calibration, gpu);
  std::vector<Residual> residuals;
  for (const SampleClass& c : classes_of(samples)) residuals.push_back(residual_of(c.name, ratios_of(c, times)));
  return residuals;
}

}  // namespace orrery::workloads
