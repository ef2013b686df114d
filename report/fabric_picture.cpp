#include "report/fabric_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "report/counted.h"
#include "report/nodes_text.h"
#include "report/page/html.h"
#include "sim/units_text.h"
#include "topology/fabric_classes.h"

namespace orrery::report {
namespace {

using topology::ClassCables;
using topology::Cluster;
using topology::FabricClass;
using topology::FabricClasses;

std::string what_it_is(const Cluster& cluster) {
  return fmt::format("{}, {}, routing {}", nodes_text(cluster.spec()), to_text(cluster.spec().fabric.topology),
                     to_text(cluster.fabric().routing()));
}

std::string name_of(const Cluster& cluster, const FabricClass& one) {
  std::string name = cluster.fabric().name(one.first);
  if (one.members == 1) return name;
  return fmt::format("{} {}, such as {}", grouped(one.members), one.level == 0 ? "NICs" : "switches", name);
}

sim::BytesPerSecond rate_of(const Cluster& cluster, const ClassCables& some) {
  return some.bandwidth.value > 0 ? some.bandwidth : fabric_link(cluster.spec());
}

bool is_slow(const Cluster& cluster, const ClassCables& some) {
  const bool is_of_a_slow_nic = some.layer == 0 && !cluster.spec().others.empty();
  return cluster.spec().fabric.topology == topology::Topology::imported && !is_of_a_slow_nic && some.bandwidth.value > 0 &&
         some.bandwidth < fabric_link(cluster.spec());
}

std::string words_of(const Cluster& cluster, const ClassCables& some) {
  std::string words = fmt::format("{} of {:g} Gbit/s", counted(some.cables, "cable"), rate_of(cluster, some).value * 8 / 1e9);
  if (!some.alive) words += ", dead";
  return words;
}

/// Cables of a layer, whatever classes they join.
std::vector<ClassCables> by_layer(const FabricClasses& alike) {
  std::map<std::tuple<int, double, bool>, ClassCables> sums;
  for (const ClassCables& some : alike.cables) {
    const auto [known, is_new] = sums.try_emplace({some.layer, some.bandwidth.value, some.alive}, some);
    if (!is_new) known->second.cables += some.cables;
  }
  std::vector<ClassCables> found;
  for (const auto& [key, sum] : sums) found.push_back(sum);
  return found;
}

// ---- the picture

constexpr double width = 1200;
constexpr double row_height = 150;
constexpr double box_height = 56;
constexpr double margin = 40;

struct Box {
  double x = 0;  // of its middle
  double y = 0;
  double width = 0;
};

/// Below the title, and below the arcs of cables within a level where there are any.
double first_row(const FabricClasses& alike) {
  const auto is_level = [&](const ClassCables& some) { return alike.classes[some.lower].level == alike.classes[some.upper].level; };
  return std::any_of(alike.cables.begin(), alike.cables.end(), is_level) ? 190 : 110;
}

/// Levels from the top down, the classes of each side by side.
std::vector<Box> places(const FabricClasses& alike, int levels) {
  std::map<int, int> of_level;
  for (const FabricClass& one : alike.classes) ++of_level[one.level];
  std::map<int, int> next;
  std::vector<Box> boxes;
  for (const FabricClass& one : alike.classes) {
    const double share = (width - 2 * margin) / of_level[one.level];
    boxes.push_back(
        {margin + (next[one.level]++ + 0.5) * share, first_row(alike) + (levels - one.level) * row_height, std::min(220.0, share - 16)});
  }
  return boxes;
}

double thickness(const ClassCables& some) { return 1.5 + 1.2 * std::log10(static_cast<double>(some.cables)); }

/// `beside` tells cables apart that join the same two boxes: 0, 1, ...
std::string line(const Cluster& cluster, const ClassCables& some, Box from, Box to, int beside, bool labelled) {
  constexpr double apart = 14;
  from.x += apart * beside;
  to.x += apart * beside;
  const char* kind = !some.alive ? "dead" : is_slow(cluster, some) ? "slow" : "cable";
  const std::string title =
      fmt::format("{}: {}", cluster.fabric().shape().layers()[static_cast<std::size_t>(some.layer)].name, words_of(cluster, some));
  const double middle_x = (from.x + to.x) / 2;
  const double middle_y = (from.y + to.y) / 2;
  std::string path = fmt::format("M{:.0f} {:.0f}L{:.0f} {:.0f}", from.x, from.y, to.x, to.y);
  double label_y = middle_y + 4 + 20 * beside;
  if (from.y == to.y) {  // of one level: an arc above, from a box to itself a loop
    const double lift = 46 + 10 * some.layer;
    const double reach = from.x == to.x ? 60 : 0;
    path =
        fmt::format("M{:.0f} {:.0f}C{:.0f} {:.0f} {:.0f} {:.0f} {:.0f} {:.0f}", from.x - reach / 2, from.y - box_height / 2, from.x - reach,
                    from.y - box_height / 2 - lift, to.x + reach, to.y - box_height / 2 - lift, to.x + reach / 2, to.y - box_height / 2);
    label_y = from.y - box_height / 2 - lift * 0.75 - 6;
  }
  std::string text = fmt::format("<path class=\"{}\" stroke-width=\"{:.1f}\" d=\"{}\"><title>{}</title></path>\n", kind, thickness(some),
                                 path, escaped(title));
  if (labelled)
    text += fmt::format("<text class=\"label\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n", middle_x, label_y, escaped(words_of(cluster, some)));
  return text;
}

/// What fits into so many pixels of the small letters, the middle left out where it is too long.
std::string shortened(const std::string& name, double pixels) {
  const auto fits = static_cast<std::size_t>(std::max(0.0, pixels / 7));
  if (name.size() <= fits) return name;
  if (fits < 6) return "";
  return name.substr(0, fits / 2 - 1) + ".." + name.substr(name.size() - fits / 2 + 1);
}

std::string box(const Cluster& cluster, const FabricClass& one, const Box& at) {
  constexpr double wide = 100;
  std::string count = grouped(one.members);
  if (at.width >= wide) count += one.level == 0 ? " NICs" : one.members == 1 ? " switch" : " switches";
  const std::string name = shortened(cluster.fabric().name(one.first), at.width - 8);
  return fmt::format(
      "<g><title>{}</title><rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" rx=\"6\"/>\n"
      "<text class=\"count\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text><text class=\"name\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text></g>\n",
      escaped(name_of(cluster, one)), one.level == 0 ? "nic" : "switch", at.x - at.width / 2, at.y - box_height / 2, at.width, box_height,
      at.x, at.y - 4, count, at.x, at.y + 16, escaped(name));
}

constexpr std::string_view style_of_picture = R"(<style>
text { font-family: system-ui, sans-serif; fill: #222; text-anchor: middle; }
.title { font-size: 20px; font-weight: 600; }
.what, .label { font-size: 13px; }
.name { font-size: 12px; }
.count { font-size: 16px; font-weight: 600; }
.label { paint-order: stroke; stroke: #fff; stroke-width: 4px; }
.switch { fill: #dbe7f6; stroke: #3b6ea5; } .nic { fill: #e6f2e0; stroke: #55873d; }
.cable { stroke: #8a97a6; fill: none; } .slow { stroke: #c77700; fill: none; } .dead { stroke: #c0282d; fill: none; stroke-dasharray: 6 4; }
@media (prefers-color-scheme: dark) {
  svg { background: #14181d; } text { fill: #e4e8ec; } .label { stroke: #14181d; }
  .switch { fill: #22364d; } .nic { fill: #253a1d; }
}
</style>
)";

}  // namespace

std::string fabric_text(const Cluster& cluster, const std::string& title, const TerminalStyle& style) {
  const topology::Fabric& fabric = cluster.fabric();
  const FabricClasses alike = topology::classes(fabric);
  std::string text = fmt::format("{}\n  {}\n\n", style.bold(title), what_it_is(cluster));
  for (int level = fabric.levels(); level >= 0; --level) {
    std::string label = level == 0 ? "nodes" : fmt::format("level {}", level);
    for (const FabricClass& one : alike.classes) {
      if (one.level != level) continue;
      text += fmt::format("  {:<10}{}\n", label, name_of(cluster, one));
      label.clear();
    }
  }
  text += "\n";
  for (const ClassCables& some : by_layer(alike)) {
    const std::string line =
        fmt::format("  {:<20} {}", fabric.shape().layers()[static_cast<std::size_t>(some.layer)].name, words_of(cluster, some));
    text += (some.alive && !is_slow(cluster, some) ? line : style.bad(line)) + "\n";
  }
  for (const std::string& note : topology::import_notes(cluster.spec().fabric, fabric_ports(cluster.spec()))) {
    text += "  Note: " + note + "\n";
  }
  return text;
}

std::string fabric_svg(const Cluster& cluster, const std::string& title) {
  const topology::Fabric& fabric = cluster.fabric();
  constexpr std::size_t most_boxes = 12;
  const FabricClasses alike = topology::classes(fabric, most_boxes);
  const std::vector<Box> boxes = places(alike, fabric.levels());
  const double height = first_row(alike) + fabric.levels() * row_height + box_height;
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\" role=\"img\" "
      "aria-label=\"{}\">\n",
      width, height, width, height, escaped(title + ": " + what_it_is(cluster)));
  text += style_of_picture;
  text += fmt::format("<text class=\"title\" x=\"{0:.0f}\" y=\"32\">{1}</text>\n<text class=\"what\" x=\"{0:.0f}\" y=\"54\">{2}</text>\n",
                      width / 2, escaped(title), escaped(what_it_is(cluster)));
  constexpr std::size_t most_labels = 12;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> drawn;
  for (const ClassCables& some : alike.cables) {
    const int beside = drawn[{some.lower, some.upper}]++;
    text += line(cluster, some, boxes[some.lower], boxes[some.upper], beside, alike.cables.size() <= most_labels);
  }
  for (std::size_t i = 0; i < boxes.size(); ++i) text += box(cluster, alike.classes[i], boxes[i]);
  return text + "</svg>\n";
}

}  // namespace orrery::report
