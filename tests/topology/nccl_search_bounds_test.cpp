// What holds of NCCL's graphs on any part of any node: GPUs are passed once, and no link carries more than it has.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/random.h"
#include "tests/topology/nccl_machines.h"
#include "topology/nccl_paths.h"
#include "topology/nccl_search.h"

namespace orrery::topology {
namespace {

/// So much from vertex to vertex, MB/s.
using Leg = std::tuple<int, int, double>;

class Demands {
 public:
  explicit Demands(const NcclPaths& paths) : paths_(paths) {
    for (int gpu = 0; gpu < paths.gpus(); ++gpu) gpus_[static_cast<std::uint64_t>(paths.gpu(gpu).dev)] = paths.gpu_vertex(gpu);
    for (int net = 0; net < paths.nets(); ++net) nets_[static_cast<std::uint64_t>(paths.net(net).dev)] = paths.net_vertex(net);
  }

  std::vector<Leg> legs(const NcclGraph& graph) const {
    std::vector<Leg> found;
    const double intra = graph.speed_intra.value / 1e6;
    for (const NcclChannel& channel : graph.channels) {
      add_nets(graph, channel, found);
      const int head = gpus_.at(channel.gpus.front());
      if (graph.pattern == NcclPattern::nvls) {
        for (const auto& [dev, gpu] : gpus_) {
          for (const auto& [from, to] : {std::pair(paths_.graph().nvswitch, gpu), {gpu, paths_.graph().nvswitch}}) {
            found.emplace_back(from, to, gpu == head ? 2 * intra : intra);
          }
        }
        continue;
      }
      for (std::size_t i = 1; i < channel.gpus.size(); ++i) {
        if (graph.pattern == NcclPattern::collnet_direct) {
          const double part = intra / static_cast<double>(channel.gpus.size() - 1);
          found.emplace_back(head, gpus_.at(channel.gpus[i]), part);
          found.emplace_back(gpus_.at(channel.gpus[i]), head, part);
        } else {
          found.emplace_back(gpus_.at(channel.gpus[i - 1]), gpus_.at(channel.gpus[i]), intra);
        }
      }
      if (graph.pattern == NcclPattern::ring && nets_.empty()) found.emplace_back(gpus_.at(channel.gpus.back()), head, intra);
    }
    return found;
  }

 private:
  void add_nets(const NcclGraph& graph, const NcclChannel& channel, std::vector<Leg>& found) const {
    if (nets_.empty()) return;
    const double inter = graph.speed_inter.value / 1e6;
    const int head = gpus_.at(channel.gpus.front()), out = nets_.at(channel.nets_after.front());
    found.emplace_back(nets_.at(channel.nets_before.front()), head, inter);
    if (graph.pattern == NcclPattern::balanced_tree && channel.gpus.size() > 1) {
      found.emplace_back(head, out, inter / 2);
      found.emplace_back(gpus_.at(channel.gpus[1]), out, inter / 2);
    } else {
      found.emplace_back(graph.pattern == NcclPattern::ring ? gpus_.at(channel.gpus.back()) : head, out, inter);
    }
  }

  const NcclPaths& paths_;
  std::map<std::uint64_t, int> gpus_;
  std::map<std::uint64_t, int> nets_;
};

void expect_no_link_is_overfull(const NcclPaths& paths, const NcclGraph& graph) {
  std::map<int, double> asked;
  for (const auto& [from, to, speed] : Demands(paths).legs(graph)) {
    for (const int link : paths.between(from, to).links) asked[link] += speed;
  }
  for (const auto& [link, speed] : asked) {
    // NCCL rounds what is left of a link to MB/s each time, so seventh parts of a speed may add up to a little more.
    const double rounding = graph.pattern == NcclPattern::collnet_direct ? 0.5 * static_cast<double>(graph.channels.size()) * 8 : 0;
    EXPECT_LE(speed, static_cast<double>(paths.graph().links[static_cast<std::size_t>(link)].bandwidth) + rounding) << "graph " << graph.id;
  }
}

void expect_each_gpu_once(const NcclGraph& graph, std::vector<std::uint64_t> gpus) {
  std::sort(gpus.begin(), gpus.end());
  for (const NcclChannel& channel : graph.channels) {
    std::vector<std::uint64_t> passed = channel.gpus;
    std::sort(passed.begin(), passed.end());
    EXPECT_EQ(passed, gpus) << "graph " << graph.id;
  }
}

void expect_bounds(const NodeTopology& node, const std::vector<int>& gpus, const NcclSearchSpec& spec) {
  const NcclGraphs found = find_nccl_graphs(node, gpus, spec);
  const NcclPaths paths(node, nccl_links(node, gpus, spec));
  std::vector<std::uint64_t> devs;
  for (const int gpu : gpus) devs.push_back(static_cast<std::uint64_t>(node.gpus[static_cast<std::size_t>(gpu)].dev));
  double nics = 0;
  for (const NodeNet& net : node.nets) nics += net.bandwidth.value;
  for (const NcclGraph* graph : {&found.ring, &found.tree, &found.collnet_chain, &found.nvls, &found.collnet_direct}) {
    expect_no_link_is_overfull(paths, *graph);
    if (graph->id < 2) expect_each_gpu_once(*graph, devs);
    if (!spec.several_nodes) continue;
    EXPECT_LE(static_cast<double>(graph->channels.size()) * graph->speed_inter.value, nics);
  }
  EXPECT_FALSE(found.ring.channels.empty());
  EXPECT_FALSE(found.tree.channels.empty());
}

struct Machine {
  int compute_capability, gpus, nics;
};

TEST(NcclSearchBounds, HoldOnRandomPartsOfNodes) {
  sim::Random random{2289, 0};
  for (const Machine& of : {Machine{80, 8, 8}, {80, 8, 4}, {90, 8, 8}, {80, 4, 4}, {90, 8, 2}, {70, 8, 8}}) {
    const NodeTopology node = test::machine(of.compute_capability, of.gpus, of.nics);
    for (int draw = 0; draw < 3; ++draw) {
      std::vector<int> gpus;
      for (int gpu = 0; gpu < of.gpus; ++gpu) {
        if (random.below(2) == 0) gpus.push_back(gpu);
      }
      if (gpus.empty()) gpus.push_back(draw);
      expect_bounds(node, gpus, {.speeds = test::few_speeds()});
      expect_bounds(node, gpus, {.several_nodes = true, .collnet = true, .speeds = test::few_speeds()});
    }
  }
}

TEST(NcclSearchBounds, TheOrderInWhichGpusAreNamedDoesNotMatter) {
  const NodeTopology node = test::machine(80, 8, 8);
  const NcclSearchSpec spec{.several_nodes = true, .speeds = test::few_speeds()};
  const NcclGraphs up = find_nccl_graphs(node, std::vector{1, 3, 4, 7}, spec), down = find_nccl_graphs(node, std::vector{7, 4, 3, 1}, spec);
  EXPECT_EQ(up.ring.channels, down.ring.channels);
  EXPECT_EQ(up.tree.channels, down.tree.channels);
  EXPECT_EQ(up.ring.speed_inter, down.ring.speed_inter);
}

TEST(NcclSearchBounds, AFarNicIsReachedThroughItsNeighbourOrPastProcessors) {
  const NodeTopology node = test::machine(80, 8, 8);
  const NcclSearchSpec spec{.several_nodes = true, .speeds = test::few_speeds()};
  const NcclLinks links = nccl_links(node, test::all_gpus(node), spec);
  EXPECT_EQ(NcclPaths(node, links, Pxn::as_it_pays).gpu_to_net(0, 7).type, PathType::pxn);
  EXPECT_EQ(NcclPaths(node, links, Pxn::never).gpu_to_net(0, 7).type, PathType::sys);
  for (const Pxn pxn : {Pxn::as_it_pays, Pxn::never}) EXPECT_LT(NcclPaths(node, links, pxn).gpu_to_net(0, 0).type, PathType::pxn);
}

}  // namespace
}  // namespace orrery::topology
