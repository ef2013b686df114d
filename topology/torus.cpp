#include "topology/torus.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "topology/grid.h"

namespace orrery::topology {
namespace {

/// The longest side first.
std::vector<int> most_compact(std::int64_t switches) {
  std::tuple<int, std::int64_t> best{INT32_MAX, INT64_MAX};  // longest side, number of switches
  std::vector<int> sides{static_cast<int>(switches), 1, 1};
  for (int longest = 1; longest <= std::get<0>(best); ++longest) {
    for (int middle = 1; middle <= longest; ++middle) {
      const std::int64_t least = (switches + std::int64_t{longest} * middle - 1) / (std::int64_t{longest} * middle);
      if (least > middle) continue;
      const std::tuple<int, std::int64_t> found{longest, longest * middle * least};
      if (found >= best) continue;
      best = found;
      sides = {longest, middle, static_cast<int>(least)};
    }
  }
  return sides;
}

}  // namespace

TorusSpec filled(TorusSpec spec) {
  if (spec.ports_per_switch == 0) spec.ports_per_switch = spec.rails;
  const std::int64_t ports = std::int64_t{spec.nodes} * spec.rails;
  if (spec.dimensions.empty()) spec.dimensions = most_compact((ports + spec.ports_per_switch - 1) / spec.ports_per_switch);
  return spec;
}

std::vector<sim::Fault> faults(const TorusSpec& given) {
  const TorusSpec spec = filled(given);
  const Grid grid(spec.dimensions);
  if (!grid.is_buildable()) return {{"/fabric/dimensions", fmt::format("a torus of {}", grid.text()), "give at most 4,194,304 switches"}};
  std::vector<sim::Fault> found;
  const auto rings = std::count_if(spec.dimensions.begin(), spec.dimensions.end(), [](int side) { return side > 1; });
  const auto used = 2 * rings * spec.parallel + spec.ports_per_switch;
  if (used > spec.radix) {
    found.push_back({"/fabric/switch_radix",
                     fmt::format("a torus of {} with {} NICs a switch takes {} ports of each, but they have {}", grid.text(),
                                 spec.ports_per_switch, used, spec.radix),
                     "give fewer ports_per_switch or parallel cables, or switches with more ports"});
  }
  const std::int64_t holds = grid.switches() * spec.ports_per_switch;
  if (holds < std::int64_t{spec.nodes} * spec.rails) {
    found.push_back({"/fabric/dimensions",
                     fmt::format("a torus of {} with {} NICs a switch holds {} nodes of {} NICs, not {}", grid.text(),
                                 spec.ports_per_switch, holds / spec.rails, spec.rails, spec.nodes),
                     "give larger sides or more ports_per_switch"});
  }
  return found;
}

CablingPlan torus(const TorusSpec& given) {
  if (std::vector<sim::Fault> found = faults(given); !found.empty()) throw sim::Error(std::move(found));
  const TorusSpec spec = filled(given);
  const Grid grid(spec.dimensions);
  CablingPlan plan{.nodes = spec.nodes, .rails = spec.rails};
  const int nics = plan.add_layer("NIC to switch", 5);
  for (std::int64_t s = 0; s < grid.switches(); ++s) plan.add_switch(grid.name(s), 1);
  plan.join_nics(spec.ports_per_switch, nics);
  for (std::size_t d = 0; d < spec.dimensions.size(); ++d) {
    const int layer = plan.add_layer(fmt::format("dimension {}", d), 10);
    for (std::int64_t s = 0; s < grid.switches() && spec.dimensions[d] > 1; ++s) {
      const int next = (grid.coordinates(s)[d] + 1) % spec.dimensions[d];
      for (int copy = 0; copy < spec.parallel; ++copy) {
        plan.join(plan.switch_vertex(s), plan.switch_vertex(grid.moved(s, d, next)), layer);
      }
    }
  }
  return plan;
}

}  // namespace orrery::topology
