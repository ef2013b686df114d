#include "topology/nccl_capacity.h"

namespace orrery::topology {
namespace {

/// To the nearest, without the call that std::llround is: the search does little else.
MegabytesPerSecond rounded(double positive) {
  const double upwards = positive + 0.5;
  return static_cast<MegabytesPerSecond>(upwards);
}

}  // namespace

NcclCapacity::NcclCapacity(const NcclPaths& paths) : paths_(paths) {
  for (const NcclLink& link : paths.graph().links) link_left_.push_back(link.bandwidth);
  for (int net = 0; net < paths.nets(); ++net) net_left_.push_back(net_bandwidth(paths.net(net)));
}

bool NcclCapacity::take(const NcclPath& path, double speed) {
  for (std::size_t step = 0; step < path.drains.size(); ++step) {
    const double needed = speed * path.drains[step].share;
    MegabytesPerSecond& left = this->left(path.drains[step]);
    if (static_cast<double>(left) < needed) {
      for (std::size_t taken = 0; taken < step; ++taken) this->left(path.drains[taken]) += rounded(speed * path.drains[taken].share);
      return false;
    }
    left -= rounded(needed);
  }
  return true;
}

void NcclCapacity::give_back(const NcclPath& path, double speed) {
  for (const NcclDrain& drain : path.drains) left(drain) += rounded(speed * drain.share);
}

void NcclCapacity::take_net(int net, MegabytesPerSecond speed) {
  for (int other = 0; other < paths_.nets(); ++other) {
    if (paths_.is_same_port(net, other)) net_left_[static_cast<std::size_t>(other)] -= speed;
  }
}

}  // namespace orrery::topology
