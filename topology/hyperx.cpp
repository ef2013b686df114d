#include "topology/hyperx.h"

#include <fmt/format.h>

#include <algorithm>

#include "topology/grid.h"

namespace orrery::topology {
namespace {

int ports_between_switches(const HyperXSpec& spec) {
  int ports = 0;
  for (const int side : spec.dimensions) ports += spec.parallel * (side - 1);
  return ports;
}

int most_nics(const HyperXSpec& spec) {
  return std::min(spec.radix - ports_between_switches(spec), *std::min_element(spec.dimensions.begin(), spec.dimensions.end()));
}

}  // namespace

HyperXSpec filled(HyperXSpec spec) {
  const std::int64_t ports = std::int64_t{spec.nodes} * spec.rails;
  for (int side = 1; spec.dimensions.empty() && 2 * spec.parallel * (side - 1) < spec.radix; ++side) {
    HyperXSpec square = spec;
    square.dimensions = {side, side};
    const int nics = spec.ports_per_switch > 0 ? spec.ports_per_switch : side == 1 ? spec.radix : most_nics(square);
    if (std::int64_t{nics} * side * side >= ports && nics + ports_between_switches(square) <= spec.radix)
      spec.dimensions = square.dimensions;
  }
  if (spec.ports_per_switch == 0 && !spec.dimensions.empty()) {
    spec.ports_per_switch = Grid(spec.dimensions).switches() == 1 ? spec.radix : std::max(1, most_nics(spec));
  }
  return spec;
}

std::vector<sim::Fault> faults(const HyperXSpec& given) {
  const HyperXSpec spec = filled(given);
  if (spec.dimensions.empty()) {
    return {{"/nodes",
             fmt::format("no square HyperX of {}-port switches holds {} nodes with {} NICs each", spec.radix, spec.nodes, spec.rails),
             "give three dimensions, or switches with more ports"}};
  }
  if (!Grid(spec.dimensions).is_buildable()) {
    return {{"/fabric/dimensions", fmt::format("a HyperX of {}", Grid(spec.dimensions).text()), "give at most 4,194,304 switches"}};
  }
  std::vector<sim::Fault> found;
  const int used = spec.ports_per_switch + ports_between_switches(spec);
  if (used > spec.radix) {
    found.push_back({"/fabric/dimensions",
                     fmt::format("a HyperX of {} with {} NICs a switch takes {} ports of each, but they have {}",
                                 Grid(spec.dimensions).text(), spec.ports_per_switch, used, spec.radix),
                     "give smaller sides, fewer ports_per_switch, or switches with more ports"});
  }
  const std::int64_t holds = Grid(spec.dimensions).switches() * spec.ports_per_switch;
  if (holds < std::int64_t{spec.nodes} * spec.rails) {
    found.push_back({"/fabric/dimensions",
                     fmt::format("a HyperX of {} with {} NICs a switch holds {} nodes of {} NICs, not {}", Grid(spec.dimensions).text(),
                                 spec.ports_per_switch, holds / spec.rails, spec.rails, spec.nodes),
                     "give larger sides or more ports_per_switch"});
  }
  return found;
}

CablingPlan hyperx(const HyperXSpec& given) {
  if (std::vector<sim::Fault> found = faults(given); !found.empty()) throw sim::Error(std::move(found));
  const HyperXSpec spec = filled(given);
  const Grid grid(spec.dimensions);
  CablingPlan plan{.nodes = spec.nodes, .rails = spec.rails};
  const int nics = plan.add_layer("NIC to switch", 5);
  for (std::int64_t s = 0; s < grid.switches(); ++s) plan.add_switch(grid.name(s), 1);
  plan.join_nics(spec.ports_per_switch, nics);
  for (std::size_t d = 0; d < spec.dimensions.size(); ++d) {
    const int layer = plan.add_layer(fmt::format("dimension {}", d), 20);
    for (std::int64_t s = 0; s < grid.switches(); ++s) {
      for (int to = grid.coordinates(s)[d] + 1; to < spec.dimensions[d]; ++to) {
        for (int copy = 0; copy < spec.parallel; ++copy) {
          plan.join(plan.switch_vertex(s), plan.switch_vertex(grid.moved(s, d, to)), layer);
        }
      }
    }
  }
  return plan;
}

}  // namespace orrery::topology
