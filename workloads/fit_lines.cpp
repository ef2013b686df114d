#include "workloads/fit_lines.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "sim/error.h"
#include "workloads/communications.h"
#include "workloads/fit_constants.h"

namespace orrery::workloads {
namespace {

/// One shape of something: how much of it there is to do, and what it took.
struct LinePoint {
  double work;  // operations or bytes
  double seconds;
};

struct FittedLine {
  double fixed = 0;  // seconds
  double rate = 0;   // work a second
  double at(double work) const { return fixed + work / rate; }
};

double median_of_numbers(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  return numbers[numbers.size() / 2];
}

std::vector<double> ratios_to(const FittedLine& line, const std::vector<LinePoint>& points) {
  std::vector<double> ratios;
  for (const LinePoint& point : points) ratios.push_back(line.at(point.work) / point.seconds);
  return ratios;
}

FittedLine line_through(const std::vector<LinePoint>& points) {
  std::set<double> works;
  std::vector<double> rates;
  double shortest = std::numeric_limits<double>::infinity();
  for (const LinePoint& point : points) {
    works.insert(point.work);
    rates.push_back(point.work / point.seconds);
    shortest = std::min(shortest, point.seconds);
  }
  const double through_zero = works.size() < 2 ? 0 : shortest / 4;
  const auto loss = [&](const std::vector<double>& c) { return mean_log_error(ratios_to({c[0], c[1]}, points)); };
  const std::vector<double> best = fit_constants({through_zero, median_of_numbers(std::move(rates))}, loss);
  return {best[0], best[1]};
}

/// What a file of calibrations holds of a line (scenarios/quantity_text.h).
struct LineRange {
  double least_rate;
  double most_rate;
};
constexpr LineRange operations_range = {1e9, 1e21};
constexpr LineRange bytes_range = {1e3, 1e15};
constexpr double longest_fixed = 1;  // seconds

FittedLine flat_line(const LineRange& range, const std::vector<LinePoint>& points) {
  std::vector<double> seconds;
  for (const LinePoint& point : points) seconds.push_back(point.seconds);
  return {median_of_numbers(std::move(seconds)), range.most_rate};
}

/// Flat where what it took does not grow with the work. Throws sim::Error where a file has no such line.
FittedLine line_within(const LineRange& range, const std::vector<LinePoint>& points, const std::string& title) {
  FittedLine line = line_through(points);
  if (line.rate > range.most_rate) line = flat_line(range, points);
  if (line.rate >= range.least_rate && line.fixed <= longest_fixed) return line;
  throw sim::Error({.place = title,
                    .what = "is too slow for a calibration: " + std::to_string(line.fixed) + " s and " + std::to_string(line.rate) +
                            " operations or bytes a second",
                    .remedy = "a file holds up to 1 s, from 1 GFLOP/s and 1 kB/s on; leave these rows out, or measure larger shapes"});
}

using KernelKey = std::pair<sim::KernelKind, sim::DataType>;
using CollectiveKey = std::pair<sim::CollectiveKind, std::int32_t>;

double work_of(const sim::Kernel& kernel) {
  const double operations = sim::flops(kernel).count;
  return operations > 0 ? operations : static_cast<double>(sim::memory_bytes(kernel).count);
}

double work_of(const sim::MeasuredCollective& collective) {
  if (collective.kind == sim::CollectiveKind::barrier) return static_cast<double>(sim::size_of(collective.type));
  return static_cast<double>(tuner_bytes({collective.kind, collective.count, collective.type, 0}, collective.members).count);
}

/// All samples, by what a line is of. A group's ranks each measured their collectives: all count.
struct LinePoints {
  std::map<KernelKey, std::vector<LinePoint>> kernels;
  std::map<CollectiveKey, std::vector<LinePoint>> collectives;
  std::vector<LinePoint> messages;
};

LinePoints points_of(const sim::Samples& samples) {
  LinePoints points;
  for (const sim::Sample& sample : samples.rows) {
    const double seconds = sim::median_of(sample).seconds();
    if (const auto* kernel = std::get_if<sim::Kernel>(&sample.what)) {
      if (work_of(*kernel) > 0) points.kernels[{kernel->kind, kernel->type}].push_back({work_of(*kernel), seconds});
    } else if (const auto* collective = std::get_if<sim::MeasuredCollective>(&sample.what)) {
      if (collective->members > 1 && work_of(*collective) > 0)
        points.collectives[{collective->kind, collective->members}].push_back({work_of(*collective), seconds});
    } else if (const auto* message = std::get_if<sim::MeasuredMessage>(&sample.what)) {
      if (message->bytes.count > 0) points.messages.push_back({static_cast<double>(message->bytes.count), seconds});
    }
  }
  return points;
}

bool has_operations(sim::KernelKind kind) {
  return kind == sim::KernelKind::gemm || kind == sim::KernelKind::counted || sim::is_attention(kind);
}

KernelLine kernel_line(const KernelKey& key, const FittedLine& line) {
  KernelLine kernel{.kernel = key.first, .type = key.second, .fixed = sim::Duration::from_seconds(line.fixed)};
  if (has_operations(key.first)) {
    kernel.rate = {line.rate};
  } else {
    kernel.bandwidth = {line.rate};
  }
  return kernel;
}

/// The sections that a file must have; none is asked where there are lines, but for the memory's bandwidth.
void fill_models(Calibration& calibration, const std::string& source) {
  sim::FlopsPerSecond rate{};
  sim::BytesPerSecond bandwidth{};
  for (const KernelLine& line : calibration.lines->kernels) {
    rate = std::max(rate, line.rate);
    bandwidth = std::max(bandwidth, line.bandwidth);
  }
  if (rate.value == 0) rate = {1e9};  // something that a file may have
  if (bandwidth.value == 0) bandwidth = {1e9};
  const Provenance none{.source = "not asked where there are lines; the best rate of " + source, .residuals = {}};
  calibration.gemm.tiles = {{1, 1, rate}};
  calibration.gemm.memory_bandwidth = bandwidth;
  calibration.gemm.unaligned_rate = calibration.gemm.unaligned_batched_rate = rate;
  calibration.gemm.provenance = none;
  calibration.attention.rate = rate;
  calibration.attention.provenance = none;
  calibration.memory.stream_bandwidth = calibration.memory.row_bandwidth = bandwidth;
  calibration.memory.provenance = none;
}

std::string title_of(const CollectiveKey& key) { return std::string(sim::name_of(key.first)) + " of " + std::to_string(key.second); }

std::string title_of(const KernelKey& key) { return std::string(sim::name_of(key.first)) + ", " + std::string(sim::name_of(key.second)); }

}  // namespace

Calibration fit_lines(const sim::Samples& samples, const std::string& name) {
  const LinePoints points = points_of(samples);
  if (points.kernels.empty()) {
    throw sim::Error({.place = name, .what = "the samples have no kernels to fit to", .remedy = "give samples of a Program that computes"});
  }
  Calibration calibration;
  calibration.name = name;
  calibration.device = samples.device;
  const std::string source = "realrun of \"" + samples.program + "\" on " + std::to_string(samples.ranks) + " ranks, " + samples.driver;
  calibration.lines.emplace();
  for (const auto& [key, of_kind] : points.kernels) {
    const LineRange& range = has_operations(key.first) ? operations_range : bytes_range;
    calibration.lines->kernels.push_back(kernel_line(key, line_within(range, of_kind, title_of(key))));
  }
  calibration.lines->provenance.source = source;
  fill_models(calibration, source);
  for (const auto& [key, of_kind] : points.collectives) {
    const bool is_barrier = key.first == sim::CollectiveKind::barrier;  // which has no size
    const FittedLine line = is_barrier ? flat_line(bytes_range, of_kind) : line_within(bytes_range, of_kind, title_of(key));
    calibration.collectives.lines.push_back({key.first, key.second, sim::Duration::from_seconds(line.fixed), {line.rate}});
  }
  if (!points.messages.empty()) {
    const FittedLine line = line_within(bytes_range, points.messages, "messages");
    calibration.collectives.send_latency = sim::Duration::from_seconds(line.fixed);
    calibration.collectives.send_bandwidth = {line.rate};
  }
  calibration.collectives.provenance.source = source;
  calibration.lines->provenance.residuals = line_residuals(samples, calibration);
  return calibration;
}

std::vector<Residual> line_residuals(const sim::Samples& samples, const Calibration& calibration) {
  const LinePoints points = points_of(samples);
  std::vector<Residual> residuals;
  if (calibration.lines) {
    for (const KernelLine& line : calibration.lines->kernels) {
      const KernelKey key{line.kernel, line.type};
      const auto found = points.kernels.find(key);
      if (found == points.kernels.end()) continue;
      const double rate = has_operations(line.kernel) ? line.rate.value : line.bandwidth.value;
      residuals.push_back(residual_of(title_of(key), ratios_to({line.fixed.seconds(), rate}, found->second)));
    }
  }
  for (const CollectiveLine& line : calibration.collectives.lines) {
    const CollectiveKey key{line.collective, line.ranks};
    const auto found = points.collectives.find(key);
    if (found == points.collectives.end()) continue;
    residuals.push_back(residual_of(title_of(key), ratios_to({line.fixed.seconds(), line.bandwidth.value}, found->second)));
  }
  if (!points.messages.empty() && calibration.collectives.send_bandwidth.value > 0) {
    const FittedLine line{calibration.collectives.send_latency.seconds(), calibration.collectives.send_bandwidth.value};
    residuals.push_back(residual_of("messages", ratios_to(line, points.messages)));
  }
  return residuals;
}

}  // namespace orrery::workloads
