#include "workloads/constants.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/units_text.h"

namespace orrery::workloads {
namespace {

/// Calls `visit(name, of, quantity, neutral)`, several times for what is alike; at `neutral` it changes nothing.
template <class Visit>
void visit_software(Software& software, const Visit& visit) {
  constexpr std::string_view stack = "software stack";
  visit("software.host_per_kernel", stack, software.host_per_kernel, 0);
  visit("software.launch_gap", stack, software.launch_gap, 0);
  visit("software.compute_slowdown", stack, software.compute_slowdown, 1);
  if (software.fused_attention) visit("software.attention_slowdown", stack, software.attention_slowdown, 1);
  visit("software.collective_slowdown", stack, software.collective_slowdown, 1);
}

template <class Visit>
void visit_kernels(Calibration& calibration, bool fused_attention, const Visit& visit) {
  constexpr std::string_view products = "matrix products";
  GemmCalibration& gemm = calibration.gemm;
  for (GemmTile& tile : gemm.tiles) visit("calibration.gemm.tiles: rate", products, tile.rate, 0);
  visit("calibration.gemm.unaligned_rate", products, gemm.unaligned_rate, 0);
  visit("calibration.gemm.unaligned_batched_rate", products, gemm.unaligned_batched_rate, 0);
  visit("calibration.gemm.memory_bandwidth", products, gemm.memory_bandwidth, 0);
  visit("calibration.gemm.write_bandwidth", products, gemm.write_bandwidth, 0);
  visit("calibration.gemm.store_bandwidth", products, gemm.store_bandwidth, 0);
  visit("calibration.gemm.tile_overhead", products, gemm.tile_overhead, 0);
  visit("calibration.gemm.launch", products, gemm.launch, 0);
  visit("calibration.gemm.split_overhead", products, gemm.split_overhead, 0);
  if (fused_attention) {
    constexpr std::string_view fused = "attention";
    visit("calibration.attention.rate", fused, calibration.attention.rate, 0);
    visit("calibration.attention.backward_ratio", fused, calibration.attention.backward_ratio, 0);
    visit("calibration.attention.strip_overhead", fused, calibration.attention.strip_overhead, 0);
    visit("calibration.attention.launch", fused, calibration.attention.launch, 0);
  }
  constexpr std::string_view memory = "kernels bound by memory";
  visit("calibration.memory.stream_bandwidth", memory, calibration.memory.stream_bandwidth, 0);
  visit("calibration.memory.row_bandwidth", memory, calibration.memory.row_bandwidth, 0);
  visit("calibration.memory.launch", memory, calibration.memory.launch, 0);
  if (calibration.noise) {
    visit("calibration.noise.kernels", "noise", calibration.noise->kernels, 0);
    visit("calibration.noise.devices", "noise", calibration.noise->devices, 0);
  }
}

template <class Visit>
void visit_collectives(CollectiveCalibration& collectives, const Visit& visit) {
  constexpr std::string_view of = "collectives";
  visit("calibration.collectives.inter_latency_scale", of, collectives.inter_latency_scale, 0);
  visit("calibration.collectives.inter_bandwidth_scale", of, collectives.inter_bandwidth_scale, 0);
  visit("calibration.collectives.send_latency", of, collectives.send_latency, 0);
  visit("calibration.collectives.send_bandwidth", of, collectives.send_bandwidth, 0);
  if (!collectives.on_node) return;
  RingTimes& ring = collectives.on_node->ring;
  for (ProtocolTimes& protocol : ring.protocols) {
    visit("calibration.collectives.on_node.ring: launch", of, protocol.launch, 0);
    visit("calibration.collectives.on_node.ring: hop", of, protocol.hop, 0);
    visit("calibration.collectives.on_node.ring: block_rate", of, protocol.block_rate, 0);
  }
  visit("calibration.collectives.on_node.ring.spread", of, ring.spread, 0);
  visit("calibration.collectives.on_node.ring.link", of, ring.link, 0);
  for (sim::BytesPerSecond* own : {&ring.own_all_reduce, &ring.own_all_gather, &ring.own_reduce_scatter}) {
    visit("calibration.collectives.on_node.ring: own", of, *own, 0);
  }
  visit("calibration.collectives.on_node.ring.sum_rate", of, ring.sum_rate, 0);
  PairTimes& pairs = collectives.on_node->pairs;
  for (sim::Duration* time : {&pairs.hop, &pairs.ll_launch, &pairs.launch}) {
    visit("calibration.collectives.on_node.pairs: times", of, *time, 0);
  }
  for (sim::BytesPerSecond* rate : {&pairs.ll_block_rate, &pairs.block_rate, &pairs.link, &pairs.chunk_rate}) {
    visit("calibration.collectives.on_node.pairs: rates", of, *rate, 0);
  }
}

template <class Visit>
void visit_constants(Setting& setting, const Visit& visit) {
  visit_software(setting.stack.software, visit);
  visit_kernels(setting.stack.calibration, setting.stack.software.fused_attention, visit);
  visit_collectives(setting.stack.calibration.collectives, visit);
}

double number_in(double value) { return value; }
double number_in(sim::Duration value) { return value.seconds(); }
double number_in(sim::BytesPerSecond value) { return value.value; }
double number_in(sim::FlopsPerSecond value) { return value.value; }

std::string told(double value) { return fmt::format("{:.3g}", value); }
template <class Quantity>
std::string told(Quantity value) {
  return sim::to_text(value);
}

void scale(double& value, double factor) { value *= factor; }
void scale(sim::Duration& value, double factor) { value = sim::Duration::from_seconds(value.seconds() * factor); }
template <class Rate>
void scale(Rate& value, double factor) {
  value = value * factor;
}

}  // namespace

std::vector<Constant> constants_in_force(const Setting& setting) {
  struct Range {
    Constant constant;
    double least = 0;
    double most = 0;
    std::string text_of_least;
    std::string text_of_most;
  };
  std::vector<Range> found;
  Setting copy = setting;
  visit_constants(copy, [&](std::string_view name, std::string_view of, auto& quantity, double neutral) {
    const double number = number_in(quantity);
    if (number == neutral) return;
    const auto known = std::ranges::find_if(found, [&](const Range& each) { return each.constant.name == name; });
    if (known == found.end()) {
      found.push_back({{std::string(name), std::string(of), ""}, number, number, told(quantity), told(quantity)});
    } else if (number < known->least) {
      known->least = number;
      known->text_of_least = told(quantity);
    } else if (number > known->most) {
      known->most = number;
      known->text_of_most = told(quantity);
    }
  });
  std::vector<Constant> constants;
  for (Range& range : found) {
    range.constant.value =
        range.text_of_least == range.text_of_most ? range.text_of_most : range.text_of_least + " to " + range.text_of_most;
    constants.push_back(std::move(range.constant));
  }
  return constants;
}

Setting with_constant(std::string_view name, double factor, Setting setting) {
  visit_constants(setting, [&](std::string_view each, std::string_view, auto& quantity, double) {
    if (each == name) scale(quantity, factor);
  });
  return setting;
}

}  // namespace orrery::workloads
