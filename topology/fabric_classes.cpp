#include "topology/fabric_classes.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace orrery::topology {
namespace {

using Colours = std::vector<std::uint32_t>;  // by vertex

/// One cable as its end sees it: kind, rate, whether it lives, and the colour of the other end.
using Seen = std::tuple<int, double, bool, std::uint32_t>;

std::size_t count_of(const Colours& colours) { return colours.empty() ? 0 : *std::max_element(colours.begin(), colours.end()) + 1; }

Colours by_level(const Fabric& fabric) {
  Colours colours(static_cast<std::size_t>(fabric.vertices()));
  std::map<int, std::uint32_t> known;
  for (std::uint32_t v = 0; v < colours.size(); ++v) {
    colours[v] = known.try_emplace(fabric.level_of(VertexId{v}), static_cast<std::uint32_t>(known.size())).first->second;
  }
  return colours;
}

/// A step further: colours told apart by what their cables lead to.
Colours refined(const Fabric& fabric, const Colours& colours) {
  Colours finer(colours.size());
  std::map<std::pair<std::uint32_t, std::vector<Seen>>, std::uint32_t> known;
  for (std::uint32_t v = 0; v < colours.size(); ++v) {
    std::vector<Seen> seen;
    for (int port = 0; port < fabric.out_degree(VertexId{v}); ++port) {
      const LinkId out = fabric.out_link(VertexId{v}, port);
      seen.emplace_back(fabric.layer_of(out), fabric.shape().bandwidth(cable_of(out)).value, fabric.alive(out),
                        colours[index(fabric.target(out))]);
    }
    std::sort(seen.begin(), seen.end());
    finer[v] = known.try_emplace({colours[v], std::move(seen)}, static_cast<std::uint32_t>(known.size())).first->second;
  }
  return finer;
}

}  // namespace

FabricClasses classes(const Fabric& fabric, std::size_t most) {
  Colours colours = by_level(fabric);
  for (;;) {
    Colours finer = refined(fabric, colours);
    if (count_of(finer) == count_of(colours) || count_of(finer) > most) break;
    colours = std::move(finer);
  }
  FabricClasses found;
  std::vector<FabricClass> of_colour(count_of(colours));
  for (std::uint32_t v = 0; v < colours.size(); ++v) {
    FabricClass& its = of_colour[colours[v]];
    if (its.members++ == 0) its = {fabric.level_of(VertexId{v}), 1, VertexId{v}};
  }
  std::vector<std::uint32_t> order(of_colour.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::pair(of_colour[a].level, of_colour[a].first) < std::pair(of_colour[b].level, of_colour[b].first);
  });
  std::vector<std::uint32_t> number(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    number[order[i]] = i;
    found.classes.push_back(of_colour[order[i]]);
  }
  for (const std::uint32_t colour : colours) found.of_vertex.push_back(number[colour]);
  std::map<std::tuple<std::uint32_t, std::uint32_t, int, double, bool>, std::int64_t> cables;
  for (std::uint32_t cable = 0; 2 * static_cast<std::int64_t>(cable) < fabric.links(); ++cable) {
    const LinkId link{2 * cable};
    const auto [lower, upper] = std::minmax({found.of_vertex[index(fabric.source(link))], found.of_vertex[index(fabric.target(link))]});
    ++cables[{lower, upper, fabric.layer_of(link), fabric.shape().bandwidth(cable).value, fabric.alive(link)}];
  }
  for (const auto& [key, count] : cables) {
    const auto& [lower, upper, layer, rate, alive] = key;
    found.cables.push_back({lower, upper, layer, {rate}, alive, count});
  }
  return found;
}

}  // namespace orrery::topology
