// One search for channels at given speeds over given types of paths: a walk through all ways of passing a node's GPUs and NICs, best
// guesses first, that takes from each link what a channel needs and gives it back when it turns round. It ends when its budget of steps is
// spent or all channels wanted are found. topology/nccl_search.cpp calls it with one set of conditions after the other.
#pragma once

#include <cstdint>
#include <vector>

#include "topology/nccl_capacity.h"
#include "topology/nccl_graph.h"
#include "topology/nccl_paths.h"

namespace orrery::topology {

/// A graph under search: what is asked of it, and the channels found so far. GPUs and nets are counted as in NcclPaths.
struct NcclCandidate {
  struct Channel {
    int net_in = -1;
    int net_out = -1;
    std::vector<int> gpus{};
  };
  NcclPattern pattern = NcclPattern::ring;
  int cross_nic = 0;
  int least_channels = 1;
  int most_channels = 1;
  MegabytesPerSecond speed_intra = 0;
  MegabytesPerSecond speed_inter = 0;
  PathType type_intra = PathType::loc;  // the farthest that may be used
  PathType type_inter = PathType::loc;
  bool same_channels = false;  // all channels pass the GPUs in the order of the first
  double latency_inter = 0;
  int hops = 0;  // links passed by all channels
  std::vector<Channel> channels{};

  int count() const { return static_cast<int>(channels.size()); }
};

class NcclChannelSearch {
 public:
  /// The paths must outlive the search.
  explicit NcclChannelSearch(const NcclPaths& paths);

  /// Walks at most `budget` steps and leaves in `best` whatever is better than what is there. Returns what is left of the budget; `perfect`
  /// where as many channels as wanted are found.
  int run(NcclCandidate& sought, NcclCandidate& best, int budget);
  static constexpr int perfect = -1;

 private:
  enum class Order : std::uint8_t { by_score, by_file, as_before };
  /// How to go on from a GPU.
  struct Course {
    int net_after = -1;    // step at which a NIC is next; -1 for none
    int first_after = -1;  // step at which the first GPU is next
    Order order = Order::by_score;
  };

  void next_channel();
  void start_at_nets(Course course);
  bool start_at_net(int net, int nets, Course course);
  void start_in_file_order(int net, Course course);
  void enter(int net, int gpu, Course course);
  void visit(int gpu, int step, Course course);
  void leave_by_net(int gpu, int step, Course course);
  bool may_leave_by(int net, int step) const;
  void go_on(int gpu, int step, Course course);
  void close(int gpu, int step, Course course);
  void reach_all_directly(int gpu);
  void reach_all_by_switch(int gpu);
  void complete();
  bool is_better() const;

  void go_to(int next, int gpu, int step, Course course);
  void go_to_neighbours(int gpu, int step, Course course);
  std::vector<int> gpus_to_try(int gpu, int step, Course course) const;
  bool is_in_channel(int gpu, int step) const;
  Course course() const;

  // Between vertices, at a share of the channel's speed. The whole of it asks for a path of the types wanted, a part takes what there is.
  bool take(int from, int to, float share = 1);
  bool take(int from, int to, float share, double speed);
  void give_back(int from, int to, float share = 1);
  void give_back(int from, int to, float share, double speed);
  bool is_inside(int from, int to) const;
  double speed(int from, int to) const;
  void count_hops(const NcclPath& path, float share);

  const NcclPaths& paths_;
  NcclCapacity capacity_;
  NcclCandidate* sought_ = nullptr;
  NcclCandidate* best_ = nullptr;
  NcclCandidate::Channel channel_{};  // under way
  int budget_ = 0;
};

}  // namespace orrery::topology
