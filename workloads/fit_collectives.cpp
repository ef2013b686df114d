#include "workloads/fit_collectives.h"

#include <array>
#include <string>
#include <utility>

#include "sim/error.h"
#include "workloads/collective_model.h"

namespace orrery::workloads {
namespace {

constexpr std::array<std::pair<const char*, std::int64_t>, 5> message_classes = {{{"below 64 kB", 64'000},
                                                                                  {"64 kB to 1 MB", 1'000'000},
                                                                                  {"1 to 16 MB", 16'000'000},
                                                                                  {"16 to 128 MB", 128'000'000},
                                                                                  {"from 128 MB", INT64_MAX}}};

std::size_t message_class(sim::Bytes bytes) {
  std::size_t c = 0;
  while (bytes.count >= message_classes[c].second) ++c;
  return c;
}

double seconds(const CollectivePlan& plan) { return plan.latency.seconds() + (plan.edge_bytes / plan.channel_rate).seconds(); }

/// Predicted over measured, by class of size.
struct MessageRatios {
  std::array<std::vector<double>, message_classes.size()> collectives;
  std::array<std::vector<double>, message_classes.size()> sends;
};

MessageRatios message_ratios(const std::vector<CollectiveSample>& samples, const std::vector<SendSample>& sends,
                             const CollectiveCalibration& calibration, const topology::Cluster& cluster, const NcclConstants& nccl) {
  const CollectiveModel model(cluster, nccl, calibration);
  MessageRatios ratios;
  for (const CollectiveSample& sample : samples) {
    std::vector<topology::GpuId> members;
    for (int gpu = 0; gpu < sample.gpus; ++gpu) members.push_back(topology::GpuId{static_cast<std::uint32_t>(gpu)});
    const double predicted = seconds(model.plan(sample.kind, sample.bytes, sample.type, members));
    ratios.collectives[message_class(sample.bytes)].push_back(predicted / sample.measured.seconds());
  }
  for (const SendSample& send : sends) {
    const double predicted = seconds(model.plan_send(send.bytes, topology::GpuId{0}, topology::GpuId{1}));
    ratios.sends[message_class(send.bytes)].push_back(predicted / send.measured.seconds());
  }
  return ratios;
}

double class_mean(const std::array<std::vector<double>, message_classes.size()>& classes) {
  double sum = 0;
  int count = 0;
  for (const std::vector<double>& ratios : classes) {
    if (ratios.empty()) continue;
    sum += mean_log_error(ratios);
    ++count;
  }
  return sum / count;
}

}  // namespace

CollectiveCalibration fit_collectives(const std::vector<CollectiveSample>& samples, const std::vector<SendSample>& sends,
                                      const CollectiveCalibration& start, const topology::NodeSpec& node, const NcclConstants& nccl,
                                      const FitOptions& options) {
  if (samples.empty() || sends.empty()) {
    throw sim::Error({.place = "fit of collectives", .what = "there are no samples", .remedy = "give measured collectives and messages"});
  }
  const topology::Cluster cluster({.node = node, .nodes = 1, .fabric = {}});
  const auto calibration_at = [&](const std::vector<double>& constants) {
    CollectiveCalibration calibration = start;
    calibration.intra_latency_scale = constants[0];
    calibration.intra_bandwidth_scale = constants[1];
    calibration.own_part_bandwidth = {constants[2]};
    calibration.send_latency = sim::Duration::from_seconds(constants[3]);
    calibration.send_bandwidth = {constants[4]};
    return calibration;
  };
  const auto loss = [&](const std::vector<double>& constants) {
    const MessageRatios ratios = message_ratios(samples, sends, calibration_at(constants), cluster, nccl);
    return class_mean(ratios.collectives) + class_mean(ratios.sends);
  };
  const std::vector<double> origin = {start.intra_latency_scale, start.intra_bandwidth_scale, start.own_part_bandwidth.value,
                                      start.send_latency.seconds(), start.send_bandwidth.value};
  CollectiveCalibration fitted = calibration_at(fit_constants(origin, loss, options));
  fitted.provenance.residuals = collective_residuals(samples, sends, fitted, node, nccl);
  return fitted;
}

std::vector<Residual> collective_residuals(const std::vector<CollectiveSample>& samples, const std::vector<SendSample>& sends,
                                           const CollectiveCalibration& calibration, const topology::NodeSpec& node,
                                           const NcclConstants& nccl) {
  const topology::Cluster cluster({.node = node, .nodes = 1, .fabric = {}});
  const MessageRatios ratios = message_ratios(samples, sends, calibration, cluster, nccl);
  std::vector<Residual> residuals;
  for (std::size_t c = 0; c < message_classes.size(); ++c) {
    if (!ratios.collectives[c].empty())
      residuals.push_back(residual_of(std::string("collective, ") + message_classes[c].first, ratios.collectives[c]));
  }
  for (std::size_t c = 0; c < message_classes.size(); ++c) {
    if (!ratios.sends[c].empty()) residuals.push_back(residual_of(std::string("send, ") + message_classes[c].first, ratios.sends[c]));
  }
  return residuals;
}

}  // namespace orrery::workloads
