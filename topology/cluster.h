// A Cluster is a machine ready to run on: nodes, a fabric, and the numbering that turns GPUs and paths into resources of a
// sim::Model.
//
//     const Cluster cluster({.node = dgx_a100, .nodes = 280, .fabric = {.switch_radix = 40}});
//     std::vector<sim::ResourceId> path;
//     std::uint64_t flow = 0;
//     cluster.append_path(GpuId{0}, GpuId{2239}, flow, path);      // PCIe out, six links of the fabric, PCIe in
//
// Resources, in this order: for every GPU its processor, NVLink port out and in, PCIe lane out and in (5 a GPU, `gpu * 5 + part`); then the
// fabric's links. Capacities are what the hardware delivers, each node's own where there are several kinds (topology/cluster_spec.h): NIC
// and switch links at nominal rate times the NIC's efficiency, PCIe as given, NVLink nominal; processors at sim::work_per_second. Where the
// fabric's routing cuts flows into S shares, everything but processors counts in S-ths of a byte, so that a flow puts a whole number on
// each link: a path then names each resource once a share. Where it spreads packets over a bundle of links, the bundle is the resource, by
// the number of its first link.
//
// Costs what its fabric costs, some hundred bytes for a fat-tree; only resources() is as long as the machine is large.
// Leaves out: host memory, CPUs and what joins them; a GPU and its NIC meet behind one PCIe switch.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/model.h"
#include "topology/cluster_spec.h"
#include "topology/divisor.h"

namespace orrery::topology {

enum class GpuId : std::uint32_t {};
constexpr std::uint32_t index(GpuId id) { return static_cast<std::uint32_t>(id); }

/// By which NICs data leave one node and arrive at another.
struct Rails {
  int out = 0;
  int in = 0;
  bool operator==(const Rails&) const = default;
};

enum class GpuPart : std::uint8_t { processor, nvlink_out, nvlink_in, pcie_out, pcie_in };
inline constexpr std::uint32_t gpu_parts = 5;

class Cluster {
 public:
  /// Throws sim::Error with every contradiction: no GPUs, GPUs no multiple of NICs, a part without bandwidth, groups of nodes with
  /// different numbers of GPUs or NICs, rails or link that differ from the node's, a fabric too small.
  explicit Cluster(ClusterSpec spec);

  const ClusterSpec& spec() const { return spec_; }
  /// Of the first group; the only one of a machine of equal nodes. What all groups have in common may be asked of it.
  const NodeSpec& node() const { return spec_.node; }
  const NodeSpec& node(int number) const { return node_at(spec_, number); }
  const NodeSpec& node(GpuId gpu) const { return node(node_of(gpu)); }
  int group_of(GpuId gpu) const { return topology::group_of(spec_, node_of(gpu)); }
  int nodes() const { return fabric_.nodes(); }
  const Fabric& fabric() const { return fabric_; }
  Fabric& fabric() { return fabric_; }
  std::int64_t gpus() const { return std::int64_t{nodes()} * spec_.node.gpus; }

  int node_of(GpuId gpu) const { return static_cast<int>(index(gpu)) / gpus_a_node_; }
  int local_index(GpuId gpu) const { return static_cast<int>(index(gpu)) % gpus_a_node_; }
  int rail_of(GpuId gpu) const { return local_index(gpu) / gpus_a_nic_; }

  sim::ResourceId resource(GpuId gpu, GpuPart part) const;
  sim::ResourceId resource(LinkId link) const;
  /// The link of a resource; none of a GPU's part.
  std::optional<LinkId> link_of(sim::ResourceId id) const;
  /// The resource that carries what crosses a link: its own, or that of its bundle.
  sim::ResourceId carrier(LinkId link) const { return resource(fabric_.bundle(link).first); }
  /// What a link delivers, in the units of its resource.
  double rate(LinkId link) const;
  /// What carries the other way: a link's reverse, NVLink in for NVLink out; a processor is its own.
  sim::ResourceId opposite(sim::ResourceId id) const;
  /// A GPU's processor, whose units are work; everything else carries bytes.
  bool is_processor(sim::ResourceId id) const { return index(id) < first_link() && index(id) % gpu_parts == 0; }
  /// Resources of one layer are alike: the parts of GPUs (0 to 4, as GpuPart), then links from one level of the fabric to the next or back.
  int layer(sim::ResourceId id) const;
  /// All of them, in order of id.
  std::vector<sim::Resource> resources() const;
  std::int64_t resource_count() const { return first_link() + fabric_.links(); }
  /// In units a second. Of a bundle, what its live links have together.
  std::int64_t capacity(sim::ResourceId id) const;
  /// Units of bytes: 1, or the shares that flows go in.
  int units_a_byte() const { return fabric_.shares(); }
  /// "gpu 12 of node 1, NVLink out" (the GPU's number in the cluster) or the fabric link's name, "leaf0.0 -> spine0.0.0 and 19 more" for a
  /// bundle.
  std::string name(sim::ResourceId id) const;

  /// Appends the directed resources that data crosses from one GPU to another, in order. On one node: NVLink out, NVLink in, also from a
  /// GPU to itself. Between nodes: PCIe out of `from`, the fabric from `from`'s NIC to `to`'s, PCIe in of `to`. With `rails` the data leave
  /// and arrive by the NICs of those (a ring enters and leaves a node through one NIC). Where nothing but nodes joins rails, they leave by
  /// the rail on which they arrive. By a NIC that does not share a PCIe switch with `from` they leave from the GPU that it belongs to,
  /// NVLink being crossed first (NCCL's PXN). Where flows go in shares, the path of each, one after the other. Gives the links of the
  /// fabric that it crosses, of shares that differ the most, 0 within a node. Throws sim::Error where the fabric is cut between them.
  int append_path(GpuId from, GpuId to, std::uint64_t flow, std::vector<sim::ResourceId>& path) const;
  int append_path(GpuId from, GpuId to, Rails rails, std::uint64_t flow, std::vector<sim::ResourceId>& path) const;

  /// The two halves of that way, for who adds up many: the rail by which data for `in` leave that were to leave by `out`, and what they
  /// cross from a GPU to its node's NIC of that rail, in one share.
  int leaving_rail(Port out, Port in) const;
  void append_way_out(GpuId from, int rail, std::vector<sim::ResourceId>& path) const;

  /// Links of the fabric on a shortest path between two GPUs; 0 within a node. Throws sim::Error where nothing joins them.
  int hops(GpuId from, GpuId to) const;
  int hops(GpuId from, GpuId to, Rails rails) const;
  /// What adapters, switches and cables add one way to a path over so many links of the fabric; zero for none. Of two adapters the slower
  /// one's latency counts, without ends that of the slowest of the machine.
  sim::Duration network_latency(int hops) const { return network_latency(hops, latency_of_slowest_nic_); }
  sim::Duration network_latency(int hops, sim::Duration of_nics) const;
  sim::Duration network_latency(GpuId from, GpuId to) const {
    return network_latency(hops(from, to), std::max(node(from).nic.latency, node(to).nic.latency));
  }

 private:
  std::int64_t first_link() const { return gpus() * gpu_parts; }
  Port port(GpuId gpu) const { return {node_of(gpu), rail_of(gpu)}; }
  int serving_rail(Port port) const;
  /// Who sends what `from` has for the NIC of a rail: itself, or the GPU that the NIC belongs to.
  GpuId sender(GpuId from, int rail) const;
  int append_path(GpuId from, Port out, GpuId to, Port in, std::uint64_t flow, std::vector<sim::ResourceId>& path) const;

  /// Of the NIC's node for cables of NICs, else of the node that the switches are of.
  double efficiency(LinkId link) const;
  bool links_are_alike() const;

  ClusterSpec spec_;
  Fabric fabric_;
  Divisor gpus_a_node_;
  Divisor gpus_a_nic_;
  sim::Duration latency_of_slowest_nic_;
  double metres_between_switches_ = 0;  // on average
};

}  // namespace orrery::topology
