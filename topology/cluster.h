// A Cluster is a machine ready to run on: equal nodes, a fabric, and the numbering that turns GPUs and paths into resources of a
// sim::Model.
//
//     const Cluster cluster({.node = dgx_a100, .nodes = 280, .fabric = {.switch_radix = 40}});
//     std::vector<sim::ResourceId> path;
//     std::uint64_t flow = 0;
//     cluster.append_path(GpuId{0}, GpuId{2239}, flow, path);      // PCIe out, six links of the fabric, PCIe in
//
// Resources, in this order: for every GPU its processor, NVLink port out and in, PCIe lane out and in (5 a GPU, `gpu * 5 + part`); then the
// fabric's links. Capacities are what the hardware delivers: NIC and switch links at nominal rate times the NIC's efficiency, PCIe as
// given, NVLink nominal; processors at sim::work_per_second.
//
// Costs what its fabric costs, some hundred bytes; only resources() is as long as the machine is large.
// Leaves out: host memory, CPUs and what joins them; a GPU and its NIC meet behind one PCIe switch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/error.h"
#include "sim/model.h"
#include "topology/fabric.h"
#include "topology/node_spec.h"

namespace orrery::topology {

enum class GpuId : std::uint32_t {};
constexpr std::uint32_t index(GpuId id) { return static_cast<std::uint32_t>(id); }

/// What a scenario says of the fabric; what it leaves open follows from the node.
struct FabricSpec {
  std::optional<int> switch_radix{};  // default: ports of the node's switch
  double oversubscription = 1;
  Routing routing = Routing::d_mod_k;
  std::optional<int> levels{};  // default: the fewest that fit
  bool planes = false;
  std::optional<int> rails{};                 // must equal the node's NICs
  std::optional<sim::BytesPerSecond> link{};  // must equal the NIC's nominal bandwidth
};

struct ClusterSpec {
  NodeSpec node{};
  int nodes = 1;
  FabricSpec fabric{};
};

/// What contradicts itself or does not fit, each placed by JSON pointer into a scenario ("/cluster/fabric/rails"). Empty for a sound
/// machine.
std::vector<sim::Fault> faults(const ClusterSpec& spec);

enum class GpuPart : std::uint8_t { processor, nvlink_out, nvlink_in, pcie_out, pcie_in };
inline constexpr std::uint32_t gpu_parts = 5;

class Cluster {
 public:
  /// Throws sim::Error with every contradiction (no place): no GPUs, GPUs no multiple of NICs, a part without bandwidth, rails or link that
  /// differ from the node's, a fabric too small.
  explicit Cluster(ClusterSpec spec);

  const ClusterSpec& spec() const { return spec_; }
  const NodeSpec& node() const { return spec_.node; }
  const Fabric& fabric() const { return fabric_; }
  Fabric& fabric() { return fabric_; }
  std::int64_t gpus() const { return std::int64_t{spec_.nodes} * spec_.node.gpus; }

  int node_of(GpuId gpu) const { return static_cast<int>(index(gpu) / spec_.node.gpus); }
  int local_index(GpuId gpu) const { return static_cast<int>(index(gpu) % spec_.node.gpus); }
  int rail_of(GpuId gpu) const { return local_index(gpu) / (spec_.node.gpus / spec_.node.nics); }

  sim::ResourceId resource(GpuId gpu, GpuPart part) const;
  sim::ResourceId resource(LinkId link) const;
  /// A GPU's processor, whose units are work; everything else carries bytes.
  bool is_processor(sim::ResourceId id) const { return index(id) < first_link() && index(id) % gpu_parts == 0; }
  /// Resources of one layer are alike: the parts of GPUs (0 to 4, as GpuPart), then links from one level of the fabric to the next or back.
  int layer(sim::ResourceId id) const;
  /// All of them, in order of id.
  std::vector<sim::Resource> resources() const;
  std::int64_t resource_count() const { return first_link() + fabric_.links(); }
  std::int64_t capacity(sim::ResourceId id) const;
  /// "gpu 12 of node 1, NVLink out" (the GPU's number in the cluster) or the fabric link's name.
  std::string name(sim::ResourceId id) const;

  /// Appends the directed resources that data crosses from one GPU to another, in order. On one node: NVLink out, NVLink in. Between nodes:
  /// PCIe out of `from`, the fabric from `from`'s NIC to `to`'s, PCIe in of `to`. With `rail` the data leave by and arrive at that rail's
  /// NICs (a ring that enters and leaves a node through one NIC); the GPUs' own PCIe lanes are used all the same. `from` must differ from
  /// `to`. Gives the level of the fabric at which the path turns, 0 within a node. Throws sim::Error where the fabric is cut between them.
  int append_path(GpuId from, GpuId to, std::uint64_t flow, std::vector<sim::ResourceId>& path) const;
  int append_path(GpuId from, GpuId to, int rail, std::uint64_t flow, std::vector<sim::ResourceId>& path) const;

  /// The level of the fabric at which paths between the NICs of two GPUs turn; 0 within a node. Dead links do not change it: a way round
  /// them is as long. Throws sim::Error where planes keep the NICs apart.
  int meeting_level(GpuId from, GpuId to) const;
  /// What adapters, switches and cables add one way to a path that turns at a level; zero within a node.
  sim::Duration network_latency(int meeting_level) const;
  sim::Duration network_latency(GpuId from, GpuId to) const { return network_latency(meeting_level(from, to)); }

 private:
  std::int64_t first_link() const { return gpus() * gpu_parts; }
  Port port(GpuId gpu) const { return {node_of(gpu), rail_of(gpu)}; }
  int append_path(GpuId from, Port out, GpuId to, Port in, std::uint64_t flow, std::vector<sim::ResourceId>& path) const;

  ClusterSpec spec_;
  Fabric fabric_;
};

}  // namespace orrery::topology
