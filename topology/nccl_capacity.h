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

  /// Takes `speed` (MB/s) from every link of a path, or nothing and false where one has not as much left.
  bool take(const NcclPath& path, double speed);
  /// What was taken with that speed.
  void give_back(const NcclPath& path, double speed);

  /// Of a NIC's port, for the channels that begin there.
  MegabytesPerSecond left_of_net(int net) const { return net_left_[static_cast<std::size_t>(net)]; }
  /// Of a port and of all that share it.
  void take_net(int net, MegabytesPerSecond speed);

 private:
  struct Demand {
    double forward = 0;
    double back = 0;   // of the link the other way
    int reverse = -1;  // that link
  };
  Demand demand(const NcclPath& path, int link, double speed) const;
  void change(int link, const Demand& demand, int sign);
  int reverse_of(int link) const;

  const NcclPaths& paths_;
  std::vector<MegabytesPerSecond> link_left_;
  std::vector<MegabytesPerSecond> net_left_;
};

}  // namespace orrery::topology
