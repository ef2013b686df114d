#include "topology/nccl_search.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/error.h"
#include "topology/nccl_channel_search.h"

namespace orrery::topology {
namespace {

constexpr int most_channels_of_all = 64;

/// Steps that searches of one graph may take together, and each.
constexpr int budget_of_all = 1 << 19;
constexpr int budget_of_one = 1 << 14;
constexpr int budget_of_same_channels = 1 << 8;

/// Looks for one graph: first for as many channels as there may be, ever slower and over ever longer paths until some are found; then
/// whether as many will do faster.
class NcclGraphFinder {
 public:
  NcclGraphFinder(const NcclPaths& paths, const NcclSearchSpec& spec, const NcclCandidate& asked, bool collnet)
      : paths_(paths),
        capability_(paths.least_compute_capability()),
        collnet_(collnet),
        cross_nic_(spec.cross_nic),
        crossed_(spec.alternating_rings ? 2 : 1),
        search_(paths),
        best_(asked) {
    const NcclSearchSpeeds& speeds = speeds_of(spec.speeds, capability_);
    for (const sim::BytesPerSecond speed : has_nets() ? speeds.inter : speeds.intra) ladder_.push_back(megabytes_per_second(speed));
    sim::check(!ladder_.empty(), "a set of NCCL's speeds has some to try");
  }

  NcclCandidate find() {
    set_conditions();
    if (best_.pattern == NcclPattern::nvls && (paths_.graph().nvswitch < 0 || capability_ < 90)) return best_;
    limit_channels();
    find_some();
    duplicate();
    find_faster();
    if (best_.channels.empty() && !collnet_ && best_.pattern != NcclPattern::nvls) make_do();
    return best_;
  }

 private:
  bool has_nets() const { return paths_.nets() > 0; }

  void set_conditions() {
    if (paths_.gpus() > 1) {
      nearest_intra_ = paths_.types_between_gpus().nearest;
      farthest_intra_ = paths_.types_between_gpus().farthest;
    }
    if (has_nets()) {
      nearest_inter_ = paths_.types_to_nets().nearest;
      farthest_inter_ = farthest_intra_ = paths_.types_to_nets().farthest;
    }
    const NcclPattern pattern = best_.pattern;
    may_cross_nics_ =
        cross_nic_ == CrossNic::as_it_pays && paths_.nets() > 1 && (pattern == NcclPattern::ring || pattern == NcclPattern::balanced_tree);
    best_.type_intra = nearest_intra_;
    best_.type_inter = nearest_inter_;
    tries_same_channels_ = best_.same_channels = pattern != NcclPattern::nvls;
  }

  void limit_channels() {
    constexpr int most_nvls_heads = 32, most_direct_heads = 8;
    const int gpus = paths_.gpus();
    if (best_.pattern == NcclPattern::nvls) {
      best_.most_channels = std::min(most_nvls_heads, gpus);
      if (!has_nets() && gpus > 1) best_.least_channels = best_.most_channels;  // on one node all GPUs do their part
    }
    if (best_.pattern == NcclPattern::collnet_direct) best_.most_channels = std::min(most_direct_heads, gpus);
    if (gpus == 1 && best_.pattern != NcclPattern::ring) best_.pattern = NcclPattern::tree;
    if (best_.pattern == NcclPattern::ring && paths_.nvlink_is_split()) best_.least_channels = 2;  // as many as trees need
  }

  /// At first the fastest that any path and all channels asked for may have.
  void start_on_ladder() {
    const MegabytesPerSecond gpus = paths_.gpus();
    const bool is_open = gpus > 1 && best_.pattern != NcclPattern::ring;  // trees leave out one GPU's way back
    const MegabytesPerSecond of = is_open ? gpus - 1 : 1, total = paths_.widest_gpu() * (is_open ? gpus : 1);
    const auto is_too_fast = [&](MegabytesPerSecond speed) {
      return speed > paths_.widest_path() || speed * best_.least_channels * of > total;
    };
    while (is_too_fast(ladder_[rung_]) && rung_ + 1 < ladder_.size()) ++rung_;
  }

  void set_speed() { sought_.speed_intra = sought_.speed_inter = ladder_[rung_]; }

  void search() {
    const int budget = sought_.same_channels ? budget_of_same_channels : budget_of_one;
    left_of_all_ -= budget;
    left_ = search_.run(sought_, best_, budget);
  }

  /// Nothing better can be found.
  bool is_done() const { return left_ == NcclChannelSearch::perfect || best_.count() * best_.speed_inter >= paths_.widest_gpu(); }

  void find_some() {
    start_on_ladder();
    sought_ = best_;
    set_speed();
    do {
      search();
    } while (!is_done() && relax());
  }

  /// Eases one condition after the other, from the least harm to the most. False when nothing more is worth trying.
  bool relax() {
    const NodeCpu& cpu = paths_.node().cpus.front();
    const bool past_amd = cpu.arch == "x86_64" && cpu.vendor == "AuthenticAMD" && sought_.type_intra == PathType::sys;
    if (sought_.same_channels && !past_amd) {
      sought_.same_channels = false;
      return true;
    }
    sought_.same_channels = tries_same_channels_;
    left_of_all_ += left_;
    if (left_of_all_ < 0 && !best_.channels.empty()) return false;
    if (capability_ >= 90 && sought_.pattern == NcclPattern::balanced_tree) {
      sought_.pattern = NcclPattern::tree;
      return true;
    }
    sought_.pattern = best_.pattern;
    return relax_types() || relax_nics() || slow_down();
  }

  bool relax_types() {
    const bool has_none = best_.channels.empty();
    const PathType farthest = has_nets() ? sought_.type_inter : farthest_intra_;
    if (sought_.type_intra < farthest && (has_none || sought_.type_intra < best_.type_intra)) {
      sought_.type_intra = next(sought_.type_intra);
      return true;
    }
    sought_.type_intra = nearest_intra_;
    if (has_nets() && sought_.type_inter < farthest_inter_ &&
        (has_none || sought_.type_inter < best_.type_inter || sought_.type_inter < PathType::pxn)) {
      sought_.type_inter = next(sought_.type_inter);
      return true;
    }
    sought_.type_inter = nearest_inter_;
    return false;
  }

  static PathType next(PathType type) { return static_cast<PathType>(static_cast<int>(type) + 1); }

  bool relax_nics() {
    const bool pairs_up = best_.pattern == NcclPattern::ring || best_.pattern == NcclPattern::balanced_tree;
    const bool is_new = may_cross_nics_ && pairs_up && sought_.cross_nic == 0;
    sought_.cross_nic = is_new ? crossed_ : 0;
    return is_new;
  }

  /// Not to less than half of what is found: more channels would not make up for that.
  bool slow_down() {
    if (rung_ + 1 >= ladder_.size()) return false;
    const auto slower = static_cast<double>(ladder_[rung_ + 1]);
    if (!best_.channels.empty() && slower / static_cast<double>(best_.speed_inter) <= 0.49) return false;
    ++rung_;
    set_speed();
    return true;
  }

  /// Fast channels are laid twice at half the speed, as one thread block does not drive them; many of Hopper's below 50 GB/s are left.
  void duplicate() {
    constexpr MegabytesPerSecond fast = 25'000, fast_on_hopper = 50'000;
    constexpr int few = 4;
    const int count = best_.count(), doubled = std::min(2 * count, best_.most_channels);
    if (count == 0 || best_.pattern == NcclPattern::nvls || best_.speed_intra < fast) return;
    if (capability_ > 80 && best_.speed_intra < fast_on_hopper && count > few) return;
    for (int channel = 0; channel < doubled - count; ++channel) {
      const NcclCandidate::Channel copy = best_.channels[static_cast<std::size_t>(channel)];
      best_.channels.push_back(copy);
    }
    if (doubled > count) {
      best_.speed_intra /= 2;
      best_.speed_inter /= 2;
    }
  }

  void find_faster() {
    sought_ = best_;
    rung_ = 0;
    while (ladder_[rung_] > best_.speed_inter && rung_ + 1 < ladder_.size()) ++rung_;
    set_speed();
    sought_.least_channels = best_.count();
    left_ = NcclChannelSearch::perfect;
    while (left_ != 0 && rung_ > 0 && speed_up()) search();
  }

  /// Rings all over; NVLS between nodes; trees within the node, to twice their speed between nodes. False where the last step up failed.
  bool speed_up() {
    if (best_.pattern == NcclPattern::ring) {
      --rung_;
      set_speed();
      return true;
    }
    if (best_.pattern == NcclPattern::nvls && sought_.speed_inter == best_.speed_inter && sought_.speed_inter < 2 * sought_.speed_intra) {
      sought_.least_channels = sought_.most_channels = best_.count();
      sought_.speed_inter = ladder_[--rung_];
      return true;
    }
    if (sought_.speed_intra != best_.speed_intra || sought_.speed_intra >= 2 * sought_.speed_inter) return false;
    sought_.speed_intra = ladder_[--rung_];
    return true;
  }

  /// One channel that works at all.
  void make_do() {
    NcclCandidate::Channel channel{.net_in = has_nets() ? 0 : -1, .net_out = has_nets() ? 0 : -1};
    for (int gpu = 0; gpu < paths_.gpus(); ++gpu) channel.gpus.push_back(gpu);
    best_.channels.push_back(std::move(channel));
    best_.speed_intra = best_.speed_inter = 100;
    best_.type_intra = best_.type_inter = PathType::sys;
  }

  const NcclPaths& paths_;
  int capability_;
  bool collnet_;
  CrossNic cross_nic_;
  int crossed_;  // what NcclGraph::cross_nic is of graphs that cross NICs
  NcclChannelSearch search_;
  std::vector<MegabytesPerSecond> ladder_;
  std::size_t rung_ = 0;
  PathType nearest_intra_ = PathType::loc, farthest_intra_ = PathType::sys;
  PathType nearest_inter_ = PathType::pix, farthest_inter_ = PathType::sys;
  bool may_cross_nics_ = false;
  bool tries_same_channels_ = true;
  NcclCandidate best_;
  NcclCandidate sought_;
  int left_ = 0;  // of the last search's budget
  std::int64_t left_of_all_ = budget_of_all;
};

NcclGraph graph_of(int id, const NcclCandidate& found, const NcclPaths& paths) {
  const auto speed = [](MegabytesPerSecond value) { return sim::BytesPerSecond{static_cast<double>(value) * 1e6}; };
  NcclGraph graph{.id = id,
                  .pattern = found.pattern,
                  .cross_nic = found.cross_nic,
                  .speed_intra = speed(found.speed_intra),
                  .speed_inter = speed(found.speed_inter),
                  .latency_inter = found.latency_inter,
                  .type_intra = found.type_intra,
                  .type_inter = found.type_inter,
                  .same_channels = found.same_channels};
  const auto dev = [](int number) { return static_cast<std::uint64_t>(number); };
  for (const NcclCandidate::Channel& channel : found.channels) {
    NcclChannel named;
    if (channel.net_in >= 0) named.nets_before = {dev(paths.net(channel.net_in).dev)};
    for (const int gpu : channel.gpus) {
      if (gpu >= 0) named.gpus.push_back(dev(paths.gpu(gpu).dev));
    }
    if (channel.net_out >= 0) named.nets_after = {dev(paths.net(channel.net_out).dev)};
    graph.channels.push_back(std::move(named));
  }
  return graph;
}

void check_arguments(const NodeTopology& node, std::span<const int> gpus, const NcclSearchSpec& spec) {
  const auto count = static_cast<int>(node.gpus.size());
  std::set<int> met;
  for (const int gpu : gpus) {
    if (gpu < 0 || gpu >= count || !met.insert(gpu).second) {
      throw sim::Error(sim::Fault{.what = fmt::format("GPU {} of {} {}", gpu, count, gpu < 0 || gpu >= count ? "is none" : "stands twice"),
                                  .remedy = "name each GPU of the node once, from 0"});
    }
  }
  if (gpus.empty()) throw sim::Error(sim::Fault{.what = "no GPU of the node takes part", .remedy = "name at least one"});
  if (spec.several_nodes && node.nets.empty()) {
    throw sim::Error(sim::Fault{.what = "the node has no NIC to reach others by", .remedy = "search on one node"});
  }
}

}  // namespace

const NcclSearchSpeeds& speeds_of(std::span<const NcclSearchSpeeds> speeds, int compute_capability) {
  if (speeds.empty()) throw sim::Error(sim::Fault{.what = "NCCL's search has no speeds to try", .remedy = "take those of scenarios/nccl"});
  const auto newer =
      std::find_if(speeds.begin(), speeds.end(), [&](const NcclSearchSpeeds& set) { return set.compute_capability > compute_capability; });
  return newer == speeds.begin() ? *newer : *(newer - 1);
}

NcclGraphs find_nccl_graphs(const NodeTopology& node, std::span<const int> gpus, const NcclSearchSpec& spec) {
  check_arguments(node, gpus, spec);
  const NcclPaths paths(node, nccl_links(node, gpus, spec), spec.pxn);
  const auto find = [&](int id, const NcclCandidate& asked, bool collnet) {
    return graph_of(id, NcclGraphFinder(paths, spec, asked, collnet).find(), paths);
  };
  NcclGraphs graphs;
  graphs.ring = find(0, {.pattern = NcclPattern::ring, .most_channels = most_channels_of_all / 2}, false);
  const auto rings = static_cast<int>(graphs.ring.channels.size());
  graphs.tree = find(1, {.pattern = NcclPattern::balanced_tree, .least_channels = rings, .most_channels = rings}, false);
  graphs.collnet_chain = {.id = 2, .pattern = NcclPattern::tree};
  graphs.collnet_direct = {.id = 4, .pattern = NcclPattern::collnet_direct};
  if (spec.collnet && spec.several_nodes) {
    graphs.collnet_chain = find(2, {.pattern = NcclPattern::tree, .least_channels = rings, .most_channels = rings}, true);
    graphs.collnet_direct = find(4, {.pattern = NcclPattern::collnet_direct, .most_channels = most_channels_of_all}, true);
  }
  graphs.nvls = find(3, {.pattern = NcclPattern::nvls, .most_channels = most_channels_of_all}, false);
  return graphs;
}

int nccl_channels(const NcclGraphs& graphs, int compute_capability, const NcclSearchSpec& spec) {
  constexpr int enough = 16;
  const auto gpus = graphs.ring.channels.empty() ? 0 : graphs.ring.channels.front().gpus.size();
  const auto searched = std::min(graphs.ring.channels.size(), graphs.tree.channels.size());
  int channels = std::min(most_channels_of_all, 2 * static_cast<int>(searched));
  if (spec.collnet && spec.several_nodes && gpus > 1 && graphs.collnet_chain.speed_intra > graphs.collnet_chain.speed_inter) {
    channels = std::min(most_channels_of_all, channels + channels / 2);
  }
  const bool is_fast = graphs.ring.speed_intra > sim::gigabytes_per_second(45);
  if (compute_capability >= 90 && spec.several_nodes && is_fast && channels < enough) channels *= 2;
  return channels;
}

}  // namespace orrery::topology
