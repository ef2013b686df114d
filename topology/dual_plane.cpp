#include "topology/dual_plane.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace orrery::topology {
namespace {

struct Sizes {
  int segment_nodes = 0;
  int segments = 0;
  int leaves = 0;   // a plane
  int uplinks = 0;  // a leaf
  int spines = 0;   // a plane; 0 where none are needed, or too many leaves
};

Sizes sizes(const DualPlaneSpec& spec) {
  Sizes of;
  of.segment_nodes = spec.segment_nodes > 0 ? spec.segment_nodes : spec.radix;
  of.segments = (spec.nodes + of.segment_nodes - 1) / of.segment_nodes;
  of.leaves = of.segments * spec.rails;
  const int downs = (of.segment_nodes + 1) / 2;
  of.uplinks = static_cast<int>(std::floor(downs / spec.oversubscription + 1e-9));  // ratios such as 1.4 have no exact double
  for (int spines = 1; spines <= of.uplinks && of.spines == 0; ++spines) {
    if (of.uplinks % spines == 0 && std::int64_t{of.leaves} * (of.uplinks / spines) <= spec.radix) of.spines = spines;
  }
  return of;
}

}  // namespace

std::vector<sim::Fault> faults(const DualPlaneSpec& spec) {
  const Sizes of = sizes(spec);
  std::vector<sim::Fault> found;
  if ((of.segment_nodes + 1) / 2 + of.uplinks > spec.radix) {
    found.push_back({"/fabric/segment_nodes",
                     fmt::format("a segment of {} nodes takes {} ports down and {} up of its leaves, but they have {}", of.segment_nodes,
                                 (of.segment_nodes + 1) / 2, of.uplinks, spec.radix),
                     "take smaller segments, or switches with more ports"});
  }
  if (found.empty() && of.leaves > 1 && of.spines == 0) {
    found.push_back({"/nodes",
                     fmt::format("{} segments of {} nodes are {} leaves in each plane, more than the {} ports of a spine", of.segments,
                                 of.segment_nodes, of.leaves, spec.radix),
                     fmt::format("take at most {} nodes", spec.radix / spec.rails * of.segment_nodes)});
  }
  return found;
}

CablingPlan dual_plane(const DualPlaneSpec& spec) {
  if (std::vector<sim::Fault> found = faults(spec); !found.empty()) throw sim::Error(std::move(found));
  const Sizes of = sizes(spec);
  CablingPlan plan{.nodes = spec.nodes, .rails = spec.rails};
  const int nics = plan.add_layer("NIC to leaf", 5);
  const int up = plan.add_layer("leaf to spine", 20);
  constexpr int planes = 2;
  const auto leaf = [&](int plane, int segment, int rail) {
    return plan.switch_vertex((plane * of.segments + segment) * spec.rails + rail);
  };
  for (int plane = 0; plane < planes; ++plane) {
    for (int segment = 0; segment < of.segments; ++segment) {
      for (int rail = 0; rail < spec.rails; ++rail) plan.add_switch(fmt::format("leaf{}.{}.{}", segment, rail, plane), 1);
    }
  }
  for (int node = 0; node < spec.nodes; ++node) {
    for (int rail = 0; rail < spec.rails; ++rail) {
      for (int plane = 0; plane < planes; ++plane) {
        plan.join(plan.port({node, rail}), leaf(plane, node / of.segment_nodes, rail), nics, {spec.link.value / planes});
      }
    }
  }
  if (of.leaves < 2) return plan;
  for (int plane = 0; plane < planes; ++plane) {
    for (int spine = 0; spine < of.spines; ++spine) {
      const VertexId top = plan.add_switch(fmt::format("spine{}.{}", spine, plane), 2);
      for (int segment = 0; segment < of.segments; ++segment) {
        for (int rail = 0; rail < spec.rails; ++rail) {
          for (int copy = 0; copy < of.uplinks / of.spines; ++copy) plan.join(leaf(plane, segment, rail), top, up, spec.link);
        }
      }
    }
  }
  return plan;
}

}  // namespace orrery::topology
