#include "topology/dragonfly.h"

#include <fmt/format.h>

namespace orrery::topology {

DragonflySpec balanced(DragonflySpec spec) {
  const int quarter = std::max(1, (spec.radix + 1) / 4);
  if (spec.ports_per_switch == 0) spec.ports_per_switch = quarter;
  if (spec.group_switches == 0) spec.group_switches = 2 * spec.ports_per_switch;
  if (spec.global_links == 0)
    spec.global_links = std::max(1, std::min(spec.ports_per_switch, spec.radix - spec.ports_per_switch - spec.group_switches + 1));
  return spec;
}

int groups(const DragonflySpec& spec) {
  const std::int64_t ports = std::int64_t{spec.nodes} * spec.rails;
  const std::int64_t a_group = std::int64_t{spec.group_switches} * spec.ports_per_switch;
  return static_cast<int>((ports + a_group - 1) / a_group);
}

std::vector<sim::Fault> faults(const DragonflySpec& given) {
  const DragonflySpec spec = balanced(given);
  std::vector<sim::Fault> found;
  const int used = spec.ports_per_switch + spec.group_switches - 1 + spec.global_links;
  if (used > spec.radix) {
    found.push_back({"/fabric/switch_radix",
                     fmt::format("{} NICs, {} local and {} global links are {} ports a switch, but it has {}", spec.ports_per_switch,
                                 spec.group_switches - 1, spec.global_links, used, spec.radix),
                     "give fewer ports_per_switch, group_switches or global_links, or leave them open"});
  }
  const int most = spec.group_switches * spec.global_links + 1;
  if (found.empty() && groups(spec) > most) {
    found.push_back({"/nodes",
                     fmt::format("{} nodes with {} NICs each fill {} groups of a dragonfly of {}-port switches, which has at most {}",
                                 spec.nodes, spec.rails, groups(spec), spec.radix, most),
                     fmt::format("take at most {} nodes, or switches with more ports",
                                 std::int64_t{most} * spec.group_switches * spec.ports_per_switch / spec.rails)});
  }
  return found;
}

CablingPlan dragonfly(const DragonflySpec& given) {
  if (std::vector<sim::Fault> found = faults(given); !found.empty()) throw sim::Error(std::move(found));
  const DragonflySpec spec = balanced(given);
  const int count = groups(spec);
  CablingPlan plan{.nodes = spec.nodes, .rails = spec.rails};
  const int nics = plan.add_layer("NIC to switch", 5);
  const int local = plan.add_layer("within groups", 10);
  const int global = plan.add_layer("between groups", 50);
  const auto at = [&](int group, int member) { return plan.switch_vertex(group * spec.group_switches + member); };
  for (int group = 0; group < count; ++group) {
    for (int member = 0; member < spec.group_switches; ++member) plan.add_switch(fmt::format("switch{}.{}", group, member), 1);
  }
  plan.join_nics(spec.ports_per_switch, nics);
  for (int group = 0; group < count; ++group) {
    for (int a = 0; a < spec.group_switches; ++a) {
      for (int b = a + 1; b < spec.group_switches; ++b) plan.join(at(group, a), at(group, b), local);
    }
  }
  join_groups(plan, count, spec.group_switches * spec.global_links, global,
              [&](int group, int link) { return at(group, link / spec.global_links); });
  return plan;
}

}  // namespace orrery::topology
