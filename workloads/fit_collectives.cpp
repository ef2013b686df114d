#include "workloads/fit_collectives.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "sim/error.h"
#include "workloads/collective_edges.h"
#include "workloads/collective_model.h"
#include "workloads/node_collectives.h"

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

/// A collective as measured, and how NCCL goes about it, which no constant changes.
struct Row {
  CollectiveSample sample;
  CollectivePlan plan;

  bool is_in_pairs() const { return workloads::is_in_pairs(sample.kind); }
  bool sums() const { return sample.kind == sim::CollectiveKind::all_reduce || sample.kind == sim::CollectiveKind::reduce_scatter; }
  Protocol protocol() const {
    if (!is_in_pairs()) return plan.protocol;
    const double message_bytes = static_cast<double>(sample.bytes.count) / sample.gpus;
    return pair_blocks(message_bytes, sample.gpus, plan.thread_blocks).protocol;
  }
  double seconds(const NodeCollectives& measured) const {
    if (is_in_pairs()) return pairs_time(sample.bytes, sample.gpus, plan.thread_blocks, measured.pairs).seconds(sample.bytes);
    const RingConduct conduct{.ranks = sample.gpus, .protocol = plan.protocol, .blocks = plan.thread_blocks, .type = sample.type};
    return ring_time(sample.kind, conduct, measured.ring).seconds(sample.bytes);
  }
};

std::vector<Row> rows_of(const std::vector<CollectiveSample>& samples, const topology::NodeSpec& node, const NcclConstants& nccl) {
  const topology::Cluster cluster({.node = node, .nodes = 1, .fabric = {}});
  const CollectiveModel model(cluster, nccl, {});
  std::vector<Row> rows;
  for (const CollectiveSample& sample : samples) {
    std::vector<topology::GpuId> members;
    for (int gpu = 0; gpu < sample.gpus; ++gpu) members.push_back(topology::GpuId{static_cast<std::uint32_t>(gpu)});
    rows.push_back({sample, model.plan(sample.kind, sample.bytes, sample.type, members)});
    sim::check(rows.back().is_in_pairs() || rows.back().plan.algorithm == Algorithm::ring, "on a node of A100s NCCL takes rings");
  }
  return rows;
}

using Classes = std::array<std::vector<double>, message_classes.size()>;

/// Predicted over measured, by class of size.
Classes ratios_of(const std::vector<Row>& rows, const NodeCollectives& measured, bool pairs) {
  Classes ratios;
  for (const Row& row : rows) {
    if (row.is_in_pairs() != pairs) continue;
    ratios[message_class(row.sample.bytes)].push_back(row.seconds(measured) / row.sample.measured.seconds());
  }
  return ratios;
}

Classes ratios_of(const std::vector<SendSample>& sends, const CollectiveCalibration& calibration) {
  Classes ratios;
  for (const SendSample& send : sends) {
    const double predicted = calibration.send_latency.seconds() + (send.bytes / calibration.send_bandwidth).seconds();
    ratios[message_class(send.bytes)].push_back(predicted / send.measured.seconds());
  }
  return ratios;
}

double class_mean(const Classes& classes) {
  double sum = 0;
  int count = 0;
  for (const std::vector<double>& ratios : classes) {
    if (ratios.empty()) continue;
    sum += mean_log_error(ratios);
    ++count;
  }
  return count == 0 ? 0 : sum / count;
}

void add_residuals(const std::string& what, const Classes& classes, std::vector<Residual>& residuals) {
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (!classes[c].empty()) residuals.push_back(residual_of(what + ", " + message_classes[c].first, classes[c]));
  }
}

/// The constants that a fit turns, one after the other: `see` is given each that some row tells of.
void each_constant(RingTimes& ring, const std::vector<Row>& rows, const auto& see) {
  const auto is_told = [&rows](const auto& of) { return std::any_of(rows.begin(), rows.end(), of); };
  for (std::size_t p = 0; p < ring.protocols.size(); ++p) {
    if (!is_told([p](const Row& row) { return !row.is_in_pairs() && static_cast<std::size_t>(row.protocol()) == p; })) continue;
    see(ring.protocols[p].launch);
    see(ring.protocols[p].hop);
    see(ring.protocols[p].block_rate);
  }
  see(ring.spread);
  see(ring.link);
  const auto see_own = [&](sim::CollectiveKind kind, sim::BytesPerSecond& own) {
    if (is_told([kind](const Row& row) { return row.sample.kind == kind; })) see(own);
  };
  see_own(sim::CollectiveKind::all_reduce, ring.own_all_reduce);
  see_own(sim::CollectiveKind::all_gather, ring.own_all_gather);
  see_own(sim::CollectiveKind::reduce_scatter, ring.own_reduce_scatter);
  if (is_told([](const Row& row) { return row.sums(); })) see(ring.sum_rate);
}
void each_constant(PairTimes& pairs, const std::vector<Row>& rows, const auto& see) {
  const auto is_told = [&rows](bool by_ll) {
    return std::any_of(rows.begin(), rows.end(),
                       [by_ll](const Row& row) { return row.is_in_pairs() && (row.protocol() == Protocol::ll) == by_ll; });
  };
  if (is_told(true)) {
    see(pairs.ll_launch);
    see(pairs.ll_block_rate);
  }
  if (is_told(false)) {
    see(pairs.launch);
    see(pairs.block_rate);
    see(pairs.link);
    see(pairs.chunk_rate);
  }
  see(pairs.hop);
}

double number_of(sim::Duration duration) { return duration.seconds(); }
double number_of(auto rate) { return rate.value; }
void set_number(sim::Duration& duration, double seconds) { duration = sim::Duration::from_seconds(seconds); }
void set_number(auto& rate, double value) {
  constexpr double no_limit = 1e13;  // where nothing shows, it runs off
  rate = {std::min(value, no_limit)};
}

/// `part` of `measured` at its best.
void fit_part(NodeCollectives& measured, const std::vector<Row>& rows, const auto& part_of, const auto& loss, const FitOptions& options) {
  std::vector<double> start;
  each_constant(part_of(measured), rows, [&](const auto& constant) { start.push_back(number_of(constant)); });
  const auto at = [&](const std::vector<double>& constants) {
    NodeCollectives turned = measured;
    std::size_t i = 0;
    each_constant(part_of(turned), rows, [&](auto& constant) { set_number(constant, constants[i++]); });
    return turned;
  };
  measured = at(fit_constants(start, [&](const std::vector<double>& constants) { return loss(at(constants)); }, options));
}

CollectiveCalibration fit_sends(const std::vector<SendSample>& sends, const CollectiveCalibration& start, const FitOptions& options) {
  const auto at = [&](const std::vector<double>& constants) {
    CollectiveCalibration turned = start;
    turned.send_latency = sim::Duration::from_seconds(constants[0]);
    turned.send_bandwidth = {constants[1]};
    return turned;
  };
  const auto loss = [&](const std::vector<double>& constants) { return class_mean(ratios_of(sends, at(constants))); };
  return at(fit_constants({start.send_latency.seconds(), start.send_bandwidth.value}, loss, options));
}

}  // namespace

CollectiveCalibration fit_collectives(const std::vector<CollectiveSample>& samples, const std::vector<SendSample>& sends,
                                      const CollectiveCalibration& start, const topology::NodeSpec& node, const NcclConstants& nccl,
                                      const FitOptions& options) {
  if (samples.empty()) {
    throw sim::Error({.place = "fit of collectives", .what = "there are no samples", .remedy = "give measured collectives"});
  }
  if (!start.on_node) {
    throw sim::Error({.place = "fit of collectives",
                      .what = "there are no constants to start from",
                      .remedy = "start from a calibration with \"on_node\", of another device if need be"});
  }
  const std::vector<Row> rows = rows_of(samples, node, nccl);
  CollectiveCalibration fitted = start;
  NodeCollectives measured = *start.on_node;
  const auto loss_of = [&rows](bool pairs) {
    return [&rows, pairs](const NodeCollectives& turned) { return class_mean(ratios_of(rows, turned, pairs)); };
  };
  if (std::any_of(rows.begin(), rows.end(), [](const Row& row) { return !row.is_in_pairs(); })) {
    fit_part(measured, rows, [](NodeCollectives& all) -> RingTimes& { return all.ring; }, loss_of(false), options);
  }
  if (std::any_of(rows.begin(), rows.end(), [](const Row& row) { return row.is_in_pairs(); })) {
    fit_part(measured, rows, [](NodeCollectives& all) -> PairTimes& { return all.pairs; }, loss_of(true), options);
  }
  fitted.on_node = measured;
  if (!sends.empty()) fitted = fit_sends(sends, fitted, options);
  fitted.provenance.residuals = collective_residuals(samples, sends, fitted, node, nccl);
  return fitted;
}

std::vector<Residual> collective_residuals(const std::vector<CollectiveSample>& samples, const std::vector<SendSample>& sends,
                                           const CollectiveCalibration& calibration, const topology::NodeSpec& node,
                                           const NcclConstants& nccl) {
  std::vector<Residual> residuals;
  if (calibration.on_node) {
    const std::vector<Row> rows = rows_of(samples, node, nccl);
    add_residuals("ring", ratios_of(rows, *calibration.on_node, false), residuals);
    add_residuals("pairs", ratios_of(rows, *calibration.on_node, true), residuals);
  }
  add_residuals("send", ratios_of(sends, calibration), residuals);
  return residuals;
}

}  // namespace orrery::workloads
