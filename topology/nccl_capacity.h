// What is left of a node's links and NICs while NCCL's search lays channels over them.
#pragma once

#include <cstddef>
#include <vector>

#include "topology/nccl_paths.h"

namespace orrery::topology {

class NcclCapacity {
 public:
  /// The paths must outlive this.
  explicit NcclCapacity(const NcclPaths& paths);

  /// Takes `speed` (MB/s) along a path, or nothing and false where a link has not as much left.
  bool take(const NcclPath& path, double speed);
  /// What was taken with that speed.
  void give_back(const NcclPath& path, double speed);

  /// Of a NIC's port, for the channels that begin there.
  MegabytesPerSecond left_of_net(int net) const { return net_left_[static_cast<std::size_t>(net)]; }
  /// Of a port, for all nets that are that port.
  void take_net(int net, MegabytesPerSecond speed);

 private:
  MegabytesPerSecond& left(const NcclDrain& drain) { return link_left_[static_cast<std::size_t>(drain.link)]; }

  const NcclPaths& paths_;
  std::vector<MegabytesPerSecond> link_left_;
  std::vector<MegabytesPerSecond> net_left_;
};

}  // namespace orrery::topology
