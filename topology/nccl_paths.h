// The ways between GPUs, NICs and processors that NCCL's search takes: one a pair and direction, with the fewest links, past processors
// where GPUs may not reach each other or a NIC directly, and through a GPU that is nearer to a NIC (PXN).
//
//     const NcclPaths paths(node, nccl_links(node, gpus, spec));
//     paths.between(gpu, net).type                            // of vertices; PXB
//     paths.nets_to_try(PathType::pxb)                        // which NICs to begin a channel at, best first
//
// Costs O(vertices x links); a node has about fifty vertices.
#pragma once

#include <vector>

#include "topology/nccl_links.h"

namespace orrery::topology {

/// What a way takes of a link.
struct NcclDrain {
  int link = 0;
  double share = 1;  // of what is sent
};

struct NcclPath {
  PathType type = PathType::dis;
  MegabytesPerSecond bandwidth = 0;  // of the narrowest link
  std::vector<int> links{};
  std::vector<NcclDrain> drains{};  // the links, each by more where that costs more, and those that answers go back by
};

class NcclPaths {
 public:
  /// `node` must outlive the paths.
  NcclPaths(const NodeTopology& node, NcclLinks links, Pxn pxn = Pxn::as_it_pays);

  const NodeTopology& node() const { return *node_; }
  const NcclLinks& graph() const { return graph_; }
  /// Of vertices.
  const NcclPath& between(int from, int to) const { return paths_[index(from, to)]; }

  int gpus() const { return static_cast<int>(graph_.gpus.size()); }
  int nets() const { return static_cast<int>(graph_.nets.size()); }
  const NodeGpu& gpu(int gpu) const;  // from here on, GPUs and NICs are counted in the order of the file
  const NodeNet& net(int net) const;
  const NcclPath& gpu_to_gpu(int from, int to) const { return between(gpu_vertex(from), gpu_vertex(to)); }
  const NcclPath& gpu_to_net(int gpu, int net) const { return between(gpu_vertex(gpu), net_vertex(net)); }
  const NcclPath& net_to_gpu(int net, int gpu) const { return between(net_vertex(net), gpu_vertex(gpu)); }
  int gpu_vertex(int gpu) const { return graph_.gpus[static_cast<std::size_t>(gpu)]; }
  int net_vertex(int net) const { return graph_.nets[static_cast<std::size_t>(net)]; }

  /// The GPU that takes this NIC for its own; -1 where none does.
  int owner(int net) const { return owners_[static_cast<std::size_t>(net)]; }
  /// Ports that are one in the fabric: of the same adapter and number.
  bool is_same_port(int net, int other) const { return ports_[static_cast<std::size_t>(net)] == ports_[static_cast<std::size_t>(other)]; }
  /// Of a GPU's PCIe link.
  MegabytesPerSecond pci_bandwidth(int gpu) const;
  /// The GPUs on the widest paths from a NIC, of these on the nearest.
  const std::vector<int>& gpus_near(int net) const { return gpus_near_[static_cast<std::size_t>(net)]; }
  /// NICs to begin a channel at: all GPUs' own, then others by nearness, up to that type of path. Or to leave one GPU by.
  const std::vector<int>& nets_to_try(PathType widest) const { return nets_of(gpus(), widest); }
  const std::vector<int>& nets_to_try(PathType widest, int gpu) const { return nets_of(gpu, widest); }

  struct Types {
    PathType nearest = PathType::sys;
    PathType farthest = PathType::loc;
  };
  Types types_between_gpus() const;
  Types types_to_nets() const;

  /// The most that a single channel and all channels together can carry out of a GPU.
  MegabytesPerSecond widest_path() const;
  MegabytesPerSecond widest_gpu() const;
  /// Two groups of GPUs, NVLinks within each, none between.
  bool nvlink_is_split() const;
  /// The least of all GPUs.
  int least_compute_capability() const;

 private:
  std::size_t index(int from, int to) const {
    return static_cast<std::size_t>(from) * graph_.vertices.size() + static_cast<std::size_t>(to);
  }
  NcclPath& way(int from, int to) { return paths_[index(from, to)]; }
  const NcclVertex& vertex(int vertex) const { return graph_.vertices[static_cast<std::size_t>(vertex)]; }
  const NcclLink& link(int link) const { return graph_.links[static_cast<std::size_t>(link)]; }
  const std::vector<int>& nets_of(int gpu, PathType widest) const;

  void find_ways_to(int base);
  bool lengthen(int link, int base);
  PathType type_of_step(const NcclLink& link, const NcclPath& rest, int base) const;
  void detour(int from, int by, int to);
  void send_peers_past_processors();
  void send_to_net_through_peer(int gpu, int net);
  void send_to_net_past_processor(int gpu, int net);
  void find_drains(NcclPath& path) const;
  bool passes_intel(const NcclPath& path) const;
  int reverse(int link) const;
  void number_ports();
  void rank_nets();

  int nearest_cpu(int gpu) const;
  std::vector<int> nearest(int from, const std::vector<int>& among) const;
  int own_net(int gpu, int channel) const;
  int find_owner(int net) const;
  std::vector<int> own_nets(int gpu) const;

  const NodeTopology* node_;
  NcclLinks graph_;
  std::vector<NcclPath> paths_;              // by vertices
  std::vector<int> ports_;                   // of nets: the first net with the same
  std::vector<std::vector<int>> gpus_near_;  // of nets
  std::vector<int> owners_;                  // of nets
  std::vector<std::vector<int>> net_ranks_;  // by GPU, all GPUs together last, and type of path
};

}  // namespace orrery::topology
