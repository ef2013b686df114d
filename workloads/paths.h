// The ways that data take through a machine, and the demands of the flows that move along them.
//
//     Paths paths;
//     paths.append(cluster, {.from = GpuId{0}, .to = GpuId{8}});
//     paths.append(cluster, {.from = GpuId{8}, .to = GpuId{0}});
//     Tally tally(model.resources.size());
//     append_demands(Granularity::hyperflow, paths, tally, demands, ends);      // one flow over both
//
// Costs a route an edge.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "sim/model.h"
#include "topology/cluster.h"
#include "workloads/tally.h"

namespace orrery::workloads {

/// How finely communication is cut into flows. The same bytes cross the same links either way.
enum class Granularity : std::uint8_t {
  hyperflow,  // a collective is one flow over all edges of its rings, which advance at one rate
  transfer,   // each edge of each ring is a flow of its own
};

/// From one GPU to another: an edge of a ring, or a message. From a GPU to itself: out into the node's NVSwitch, which adds up or deals out
/// (NVLS), and back in.
struct Edge {
  topology::GpuId from{};
  topology::GpuId to{};
  std::optional<topology::Rails> rails{};  // by which NICs it leaves and arrives; by the GPUs' own where there are none
  std::uint64_t flow = 0;                  // tells messages between the same two apart where routes are hashed
  std::uint32_t times = 1;                 // how often the activity's amount crosses it
  /// What goes to one GPU under one flow is added up by the switches where it meets, goes on as one, and the sum comes back the same ways
  /// (SHARP): each link of that tree carries the amount once in either direction.
  bool in_network = false;
};

/// Paths one after the other.
class Paths {
 public:
  /// Gives the links of the fabric that the path crosses, 0 within a node. Throws sim::Error where the fabric is cut.
  int append(const topology::Cluster& cluster, const Edge& edge);
  void clear();

  std::size_t count() const { return ends_.size(); }
  /// The resources that a path crosses, in order; where flows go in shares, share after share. Of an edge in the network those that the
  /// edges before it do not cross.
  std::span<const sim::ResourceId> operator[](std::size_t path) const;
  /// How often each of them counts.
  std::uint32_t times(std::size_t path) const { return times_[path]; }
  /// Whether a path may name a resource more than once.
  bool in_shares() const { return in_shares_; }
  /// Those of all paths.
  std::span<const sim::ResourceId> resources() const { return resources_; }

 private:
  void join_tree(const topology::Cluster& cluster, std::uint64_t flow, std::size_t begin);

  std::vector<sim::ResourceId> resources_;
  std::vector<std::uint32_t> ends_;   // of each path
  std::vector<std::uint32_t> times_;  // of each path
  bool in_shares_ = false;
  std::map<std::uint64_t, std::set<topology::VertexId>> trees_;  // in the network, by flow: who sends on to the one it is for
};

/// What all paths together put on resources, each named once, in order.
std::vector<sim::Demand> merged(const Paths& paths);

/// Appends the demands of the flows that move along the paths, and to `ends` where each flow's end. Those of a flow along one path are in
/// its order, unless flows go in shares: then they are in order of resources. `tally` is of all resources, and empty before and after.
void append_demands(Granularity granularity, const Paths& paths, Tally& tally, std::vector<sim::Demand>& demands,
                    std::vector<std::uint32_t>& ends);

}  // namespace orrery::workloads
