// The committed calibration and NCCL constants, read for tests of workloads/ without the scenario language: unit strings by sim/units_text.
#pragma once

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sim/units_text.h"
#include "topology/node_spec.h"
#include "workloads/calibration.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads::committed {

inline nlohmann::json document(const std::string& path) {
  std::ifstream file(std::string(ORRERY_SOURCE_DIR) + "/scenarios/" + path);
  return nlohmann::json::parse(file, nullptr, true, true);
}
inline sim::Duration duration(const nlohmann::json& value) { return sim::duration_from(value.get<std::string>()); }
inline sim::BytesPerSecond bandwidth(const nlohmann::json& value) { return sim::bytes_per_second_from(value.get<std::string>()); }
inline sim::FlopsPerSecond flops_rate(const nlohmann::json& value) { return sim::flops_per_second_from(value.get<std::string>()); }

inline Provenance provenance(const nlohmann::json& value) {
  Provenance result{value.at("source"), {}};
  for (const auto& r : value.at("residuals"))
    result.residuals.push_back({r.at("rows_of"), r.at("rows"), r.at("median"), r.at("p90"), r.at("bias")});
  return result;
}

inline Calibration a100() {
  const nlohmann::json file = document("calibrations/a100-sxm-80gb.json");
  Calibration c{.name = "a100-sxm-80gb", .device = file.at("device"), .gemm = {}, .attention = {}, .memory = {}, .collectives = {}};
  const auto& gemm = file.at("gemm");
  for (const auto& tile : gemm.at("tiles")) c.gemm.tiles.push_back({tile.at("rows"), tile.at("columns"), flops_rate(tile.at("rate"))});
  c.gemm.tile_overhead = duration(gemm.at("tile_overhead"));
  c.gemm.partial_wave_floor = gemm.at("partial_wave_floor");
  c.gemm.memory_bandwidth = bandwidth(gemm.at("memory_bandwidth"));
  c.gemm.launch = duration(gemm.at("launch"));
  c.gemm.split_overhead = duration(gemm.at("split_overhead"));
  c.gemm.unaligned_rate = flops_rate(gemm.at("unaligned_rate"));
  c.gemm.provenance = provenance(gemm.at("provenance"));
  const auto& attention = file.at("attention");
  c.attention = {flops_rate(attention.at("rate")),         attention.at("backward_ratio"),
                 duration(attention.at("strip_overhead")), attention.at("tail"),
                 duration(attention.at("launch")),         provenance(attention.at("provenance"))};
  const auto& memory = file.at("memory");
  c.memory = {bandwidth(memory.at("stream_bandwidth")), bandwidth(memory.at("row_bandwidth")), duration(memory.at("launch")),
              provenance(memory.at("provenance"))};
  const auto& collectives = file.at("collectives");
  c.collectives = {collectives.at("intra_latency_scale"),           collectives.at("intra_bandwidth_scale"),
                   bandwidth(collectives.at("own_part_bandwidth")), collectives.at("inter_latency_scale"),
                   collectives.at("inter_bandwidth_scale"),         duration(collectives.at("send_latency")),
                   bandwidth(collectives.at("send_bandwidth")),     provenance(collectives.at("provenance"))};
  return c;
}

inline ProtocolLatencies latencies(const nlohmann::json& value) {
  return {duration(value.at("ll")), duration(value.at("ll128")), duration(value.at("simple"))};
}
inline std::array<ScaleBandwidths, generation_count> bandwidth_caps(const nlohmann::json& value) {
  std::array<ScaleBandwidths, generation_count> caps{};
  std::size_t row = 0;
  for (const char* generation : {"volta", "ampere", "hopper"}) {
    const auto& columns = value.at(generation);
    caps[row++] = {bandwidth(columns.at("one_node")), bandwidth(columns.at("two_nodes")), bandwidth(columns.at("more_nodes"))};
  }
  return caps;
}
inline std::vector<sim::BytesPerSecond> bandwidths(const nlohmann::json& value) {
  std::vector<sim::BytesPerSecond> all;
  for (const auto& entry : value) all.push_back(bandwidth(entry));
  return all;
}

inline NcclConstants nccl() {
  const nlohmann::json file = document("nccl/2.28.json");
  NcclConstants n;
  n.version = file.at("version");
  n.source = file.at("source");
  n.ring_base_latency = latencies(file.at("ring_base_latency"));
  n.ring_hop_latency = {latencies(file.at("ring_hop_latency").at("nvlink")), latencies(file.at("ring_hop_latency").at("pci")),
                        latencies(file.at("ring_hop_latency").at("net"))};
  n.tree_net_latency = latencies(file.at("tree_net_latency"));
  const auto& overhead = file.at("net_overhead");
  n.net_overhead = {duration(overhead.at("amd")), duration(overhead.at("intel")), duration(overhead.at("other"))};
  n.ll_max_bandwidth = bandwidth_caps(file.at("ll_max_bandwidth"));
  n.ll128_ring_per_channel = bandwidth_caps(file.at("ll128_ring_per_channel"));
  n.ll_share = file.at("ll_share");
  n.ll128_share = file.at("ll128_share");
  n.multi_node_simple_latency_factor = file.at("multi_node_simple_latency_factor");
  n.pcie = bandwidths(file.at("pcie"));
  for (const auto& [generation, row] : {std::pair{"ampere", Generation::ampere}, std::pair{"hopper", Generation::hopper}}) {
    const auto& search = file.at("search").at(generation);
    n.search[static_cast<std::size_t>(row)] = {bandwidth(search.at("nvlink_link")), bandwidth(search.at("nvlink_channel")),
                                               bandwidths(search.at("inter"))};
  }
  return n;
}

/// Where the measured data lie, if they are here.
inline std::optional<std::string> measured_data() {
  const char* path = std::getenv("ORRERY_DATA");
  return path == nullptr ? std::nullopt : std::optional<std::string>(path);
}

inline topology::GpuSpec a100_gpu() {
  return {.name = "A100-SXM4-80GB",
          .memory = {80'000'000'000},
          .memory_bandwidth = sim::gigabytes_per_second(2039),
          .peak_fp32 = sim::teraflops_per_second(19.5),
          .peak_fp16 = sim::teraflops_per_second(312),
          .peak_fp8 = {},
          .multiprocessors = 108,
          .compute_capability = 80,
          .l2_cache = {40 << 20}};
}
/// DGX A100: eight GPUs, eight HDR NICs.
inline topology::NodeSpec dgx_a100() {
  return {.name = "dgx-a100-80gb",
          .source = "test",
          .gpu = a100_gpu(),
          .gpus = 8,
          .nvlink = {12, sim::gigabytes_per_second(25)},
          .pcie_bandwidth = sim::gigabytes_per_second(26),
          .nic = {"HDR", sim::gigabits_per_second(200), 0.985, {}},
          .nics = 8,
          .fabric_switch = {"QM8790", 40, {130'000}},
          .cpu = topology::CpuVendor::amd};
}

}  // namespace orrery::workloads::committed
