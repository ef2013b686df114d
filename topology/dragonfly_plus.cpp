#include "topology/dragonfly_plus.h"

#include <fmt/format.h>

#include "topology/dragonfly.h"

namespace orrery::topology {

int groups(const DragonflyPlusSpec& spec) {
  const std::int64_t half = spec.radix / 2;
  const std::int64_t ports = std::int64_t{spec.nodes} * spec.rails;
  return static_cast<int>((ports + half * half - 1) / (half * half));
}

std::vector<sim::Fault> faults(const DragonflyPlusSpec& spec) {
  const std::int64_t half = spec.radix / 2;
  const std::int64_t most = half * half + 1;
  if (groups(spec) <= most) return {};
  return {{"/nodes",
           fmt::format("{} nodes with {} NICs each fill {} groups of a dragonfly+ of {}-port switches, which has at most {}", spec.nodes,
                       spec.rails, groups(spec), spec.radix, most),
           fmt::format("take at most {} nodes, or switches with more ports", most * half * half / spec.rails)}};
}

CablingPlan dragonfly_plus(const DragonflyPlusSpec& spec) {
  if (std::vector<sim::Fault> found = faults(spec); !found.empty()) throw sim::Error(std::move(found));
  const int half = spec.radix / 2;
  const int count = groups(spec);
  CablingPlan plan{.nodes = spec.nodes, .rails = spec.rails};
  const int nics = plan.add_layer("NIC to leaf", 5);
  const int local = plan.add_layer("leaf to spine", 20);
  const int global = plan.add_layer("between groups", 50);
  for (int group = 0; group < count; ++group) {
    for (int leaf = 0; leaf < half; ++leaf) plan.add_switch(fmt::format("leaf{}.{}", group, leaf), 1);
  }
  for (int group = 0; group < count; ++group) {
    for (int spine = 0; spine < half; ++spine) plan.add_switch(fmt::format("spine{}.{}", group, spine), 2);
  }
  const auto leaf_at = [&](int group, int leaf) { return plan.switch_vertex(group * half + leaf); };
  const auto spine_at = [&](int group, int spine) { return plan.switch_vertex((count + group) * half + spine); };
  plan.join_nics(half, nics);
  for (int group = 0; group < count; ++group) {
    for (int leaf = 0; leaf < half; ++leaf) {
      for (int spine = 0; spine < half; ++spine) plan.join(leaf_at(group, leaf), spine_at(group, spine), local);
    }
  }
  join_groups(plan, count, half * half, global, [&](int group, int link) { return spine_at(group, link / half); });
  return plan;
}

}  // namespace orrery::topology
