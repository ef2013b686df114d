#include "topology/fabric_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "topology/cabling.h"
#include "topology/dragonfly.h"
#include "topology/dragonfly_plus.h"
#include "topology/dual_plane.h"
#include "topology/fat_tree_router.h"
#include "topology/fat_tree_shape.h"
#include "topology/forwarding_tables.h"
#include "topology/hyperx.h"
#include "topology/imported.h"
#include "topology/single_switch.h"
#include "topology/spreading_router.h"
#include "topology/torus.h"

namespace orrery::topology {
namespace {

constexpr std::array<const char*, 9> topology_names = {"fat-tree", "rail-only",  "dragonfly", "dragonfly-plus", "hyperx",
                                                       "torus",    "dual-plane", "switch",    "imported"};
static_assert(topology_names.size() == static_cast<std::size_t>(Topology::imported) + 1, "a name for each");
constexpr std::array<const char*, 9> routing_names = {"d-mod-k",  "s-mod-k", "minhop", "updown", "ecmp",
                                                      "adaptive", "valiant", "ugal",   "lft"};
static_assert(routing_names.size() == static_cast<std::size_t>(Routing::lft) + 1, "a name for each");

bool is_tree(Topology topology) { return topology == Topology::fat_tree || topology == Topology::rail_only; }

FatTreeSpec fat_tree(const FabricSpec& spec, const FabricPorts& ports) {
  return {.nodes = ports.nodes,
          .rails = ports.rails,
          .radix = spec.switch_radix.value_or(ports.radix),
          .oversubscription = spec.oversubscription.value_or(1),
          .levels = spec.levels.value_or(0),
          .planes = spec.planes || spec.topology == Topology::rail_only,
          .routing = spec.routing.value_or(Routing::d_mod_k),
          .pgft = spec.pgft};
}

DragonflySpec dragonfly_spec(const FabricSpec& spec, const FabricPorts& ports) {
  return {.nodes = ports.nodes,
          .rails = ports.rails,
          .radix = spec.switch_radix.value_or(ports.radix),
          .ports_per_switch = spec.ports_per_switch.value_or(0),
          .group_switches = spec.group_switches.value_or(0),
          .global_links = spec.global_links.value_or(0)};
}

DragonflyPlusSpec dragonfly_plus_spec(const FabricSpec& spec, const FabricPorts& ports) {
  return {.nodes = ports.nodes, .rails = ports.rails, .radix = spec.switch_radix.value_or(ports.radix)};
}

HyperXSpec hyperx_spec(const FabricSpec& spec, const FabricPorts& ports) {
  return {.nodes = ports.nodes,
          .rails = ports.rails,
          .radix = spec.switch_radix.value_or(ports.radix),
          .dimensions = spec.dimensions,
          .ports_per_switch = spec.ports_per_switch.value_or(0),
          .parallel = spec.parallel.value_or(1)};
}

TorusSpec torus_spec(const FabricSpec& spec, const FabricPorts& ports) {
  return {.nodes = ports.nodes,
          .rails = ports.rails,
          .radix = spec.switch_radix.value_or(ports.radix),
          .dimensions = spec.dimensions,
          .ports_per_switch = spec.ports_per_switch.value_or(0),
          .parallel = spec.parallel.value_or(1)};
}

DualPlaneSpec dual_plane_spec(const FabricSpec& spec, const FabricPorts& ports) {
  return {.nodes = ports.nodes,
          .rails = ports.rails,
          .radix = spec.switch_radix.value_or(ports.radix),
          .segment_nodes = spec.segment_nodes.value_or(0),
          .oversubscription = spec.oversubscription.value_or(1),
          .link = ports.link};
}

/// Which keys a topology has a use for, beside those of all.
void add_useless_keys(const FabricSpec& spec, std::vector<sim::Fault>& found) {
  using enum Topology;
  const auto of = [&](bool given, const char* key, std::initializer_list<Topology> users) {
    if (!given || std::find(users.begin(), users.end(), spec.topology) != users.end()) return;
    std::vector<std::string> names;
    for (const Topology user : users) names.push_back(to_text(user));
    found.push_back({fmt::format("/fabric/{}", key), fmt::format("{} means nothing to a {}", key, to_text(spec.topology)),
                     fmt::format("leave it out; it is of {}", fmt::join(names, ", "))});
  };
  of(spec.oversubscription.value_or(1) != 1, "oversubscription", {fat_tree, rail_only, dual_plane});
  of(spec.levels.has_value(), "levels", {fat_tree, rail_only});
  of(spec.planes, "planes", {fat_tree});
  of(spec.pgft.has_value(), "pgft", {fat_tree});
  of(!spec.dimensions.empty(), "dimensions", {torus, hyperx});
  of(spec.ports_per_switch.has_value(), "ports_per_switch", {dragonfly, hyperx, torus});
  of(spec.group_switches.has_value(), "group_switches", {dragonfly});
  of(spec.global_links.has_value(), "global_links", {dragonfly});
  of(spec.parallel.has_value(), "parallel", {hyperx, torus});
  of(spec.segment_nodes.has_value(), "segment_nodes", {dual_plane});
  of(!spec.file.empty(), "file", {imported});
  of(!spec.tables.empty(), "tables", {imported});
  const auto beside_pgft = [&](bool given, const char* key) {
    if (!given || !spec.pgft) return;
    found.push_back(
        {fmt::format("/fabric/{}", key), fmt::format("{} beside pgft, which gives the tree level by level", key), "leave one out"});
  };
  beside_pgft(spec.oversubscription.value_or(1) != 1, "oversubscription");
  const int given_levels = spec.pgft ? static_cast<int>(spec.pgft->children.size()) : 0;
  beside_pgft(spec.levels.value_or(given_levels) != given_levels, "levels");
  beside_pgft(spec.planes, "planes");
}

void add_routing_faults(const FabricSpec& spec, std::vector<sim::Fault>& found) {
  const Routing routing = spec.routing.value_or(default_routing(spec));
  const auto fault = [&](const char* key, std::string what, std::string remedy) {
    found.push_back({fmt::format("/fabric/{}", key), std::move(what), std::move(remedy)});
  };
  const bool by_number = routing == Routing::d_mod_k || routing == Routing::s_mod_k;
  const bool by_detours = routing == Routing::valiant || routing == Routing::ugal;
  if (by_number && !is_tree(spec.topology)) {
    fault("routing", fmt::format("{} is arithmetic of fat-trees, and this is a {}", to_text(routing), to_text(spec.topology)),
          "take minhop, updown, ecmp or adaptive");
  }
  if (by_detours && is_tree(spec.topology)) {
    fault("routing", fmt::format("{} makes detours, which a {} has no use for", to_text(routing), to_text(spec.topology)),
          "take d-mod-k, ecmp or adaptive");
  }
  if (routing == Routing::lft && spec.topology != Topology::imported) {
    fault("routing", fmt::format("lft takes tables that were read with a fabric, and this {} is built", to_text(spec.topology)),
          "take minhop or updown, which make tables");
  }
  if (spec.queue_pairs.value_or(1) != 1 && routing != Routing::ecmp) {
    fault("queue_pairs", fmt::format("queue_pairs mean nothing to routing {}", to_text(routing)), "leave them out, or take ecmp");
  }
}

bool by_tables(Routing routing) { return routing == Routing::minhop || routing == Routing::updown || routing == Routing::lft; }

std::unique_ptr<Router> router(const Shape& shape, Routing routing, int queue_pairs) {
  if (by_tables(routing)) return std::make_unique<TableRouter>(shape, routing, nullptr);
  return std::make_unique<SpreadingRouter>(shape, routing, queue_pairs);
}

Fabric make_imported(const FabricSpec& spec, const FabricPorts& ports) {
  ImportedFabric imported = import_fabric(*spec.survey, ports.nodes, ports.rails, ports.link);
  imported.plan.limit_nics(ports.nics, ports.link);
  const auto shape = std::make_shared<const Cabling>(imported.plan);
  const Routing routing = spec.routing.value_or(default_routing(spec));
  if (routing != Routing::lft) return Fabric(shape, router(*shape, routing, spec.queue_pairs.value_or(1)), routing);
  auto tables = std::make_shared<const ForwardingTables>(imported_tables(*spec.survey, imported, *shape));
  return Fabric(shape, std::make_unique<TableRouter>(*shape, routing, std::move(tables)), routing);
}

std::vector<sim::Fault> shape_faults(const FabricSpec& spec, const FabricPorts& ports) {
  switch (spec.topology) {
    case Topology::fat_tree:
    case Topology::rail_only:
      return faults(fat_tree(spec, ports));
    case Topology::dragonfly:
      return faults(dragonfly_spec(spec, ports));
    case Topology::dragonfly_plus:
      return faults(dragonfly_plus_spec(spec, ports));
    case Topology::hyperx:
      return faults(hyperx_spec(spec, ports));
    case Topology::torus:
      return faults(torus_spec(spec, ports));
    case Topology::dual_plane:
      return faults(dual_plane_spec(spec, ports));
    case Topology::single_switch:
      if (spec.switch_radix.value_or(INT32_MAX) >= ports.nodes * ports.rails) return {};
      return {{"/fabric/switch_radix",
               fmt::format("one switch of {} ports for {} NICs", *spec.switch_radix, std::int64_t{ports.nodes} * ports.rails),
               "leave the radix out: an ideal switch has a port for each"}};
    case Topology::imported:
      break;
  }
  if (!spec.survey) return {{"/fabric/file", "an imported fabric without a file", "name a dump of it, e.g. of ibnetdiscover"}};
  try {
    static_cast<void>(make_imported(spec, ports));
  } catch (const sim::Error& error) {
    std::vector<sim::Fault> found = error.faults();
    for (sim::Fault& fault : found) fault.place = "/fabric/file";
    return found;
  }
  return {};
}

CablingPlan plan_of(const FabricSpec& spec, const FabricPorts& ports) {
  switch (spec.topology) {
    case Topology::dragonfly:
      return dragonfly(dragonfly_spec(spec, ports));
    case Topology::dragonfly_plus:
      return dragonfly_plus(dragonfly_plus_spec(spec, ports));
    case Topology::hyperx:
      return hyperx(hyperx_spec(spec, ports));
    case Topology::torus:
      return torus(torus_spec(spec, ports));
    case Topology::dual_plane:
      return dual_plane(dual_plane_spec(spec, ports));
    case Topology::single_switch:
      return single_switch(ports.nodes, ports.rails);
    case Topology::fat_tree:
    case Topology::rail_only:
    case Topology::imported:
      break;
  }
  sim::check(false, "trees and imported fabrics are made without a plan of cables");
  return {};
}

}  // namespace

std::string to_text(Topology topology) { return topology_names[static_cast<std::size_t>(topology)]; }
std::string to_text(Routing routing) { return routing_names[static_cast<std::size_t>(routing)]; }

Routing default_routing(Topology topology) {
  switch (topology) {
    case Topology::fat_tree:
    case Topology::rail_only:
      return Routing::d_mod_k;
    case Topology::dragonfly:
    case Topology::dragonfly_plus:
      return Routing::ugal;
    case Topology::hyperx:
      return Routing::adaptive;
    case Topology::dual_plane:
    case Topology::single_switch:
      return Routing::ecmp;
    case Topology::torus:
    case Topology::imported:
      break;
  }
  return Routing::minhop;
}

Routing default_routing(const FabricSpec& spec) {
  const bool has_tables = spec.survey && !spec.survey->tables.empty();
  return spec.topology == Topology::imported && has_tables ? Routing::lft : default_routing(spec.topology);
}

std::vector<std::string> import_notes(const FabricSpec& spec, const FabricPorts& ports) {
  if (spec.topology != Topology::imported) return {};
  return import_fabric(*spec.survey, ports.nodes, ports.rails, ports.link).notes;
}

int default_queue_pairs(Topology topology) { return topology == Topology::dual_plane ? 2 : 1; }

std::vector<sim::Fault> faults(const FabricSpec& spec, const FabricPorts& ports) {
  std::vector<sim::Fault> found;
  add_useless_keys(spec, found);
  add_routing_faults(spec, found);
  const std::int64_t nics = std::int64_t{ports.nodes} * ports.rails;
  if (nics < 1 || nics > (1 << 28)) {
    if (!is_tree(spec.topology))
      found.push_back(
          {"/nodes", fmt::format("{} nodes with {} NICs each", ports.nodes, ports.rails), "give at least 1, and at most 2^28 NICs"});
    if (!is_tree(spec.topology)) return found;
  }
  if (spec.switch_radix.value_or(2) < 2) {
    found.push_back({"/fabric/switch_radix", fmt::format("switches of {} ports", *spec.switch_radix), "give 2 to 1024"});
    return found;
  }
  if (found.empty()) found = shape_faults(spec, ports);
  return found;
}

Fabric make_fabric(const FabricSpec& spec, const FabricPorts& ports) {
  if (std::vector<sim::Fault> found = faults(spec, ports); !found.empty()) throw sim::Error(std::move(found));
  const Routing routing = spec.routing.value_or(default_routing(spec));
  const int queue_pairs = spec.queue_pairs.value_or(default_queue_pairs(spec.topology));
  if (is_tree(spec.topology)) {
    const auto tree = std::make_shared<const FatTreeShape>(fat_tree(spec, ports), ports.nics);
    if (by_tables(routing)) return Fabric(tree, router(*tree, routing, 1), routing);
    return Fabric(tree, std::make_unique<FatTreeRouter>(*tree, routing, queue_pairs), routing);
  }
  if (spec.topology == Topology::imported) return make_imported(spec, ports);
  CablingPlan plan = plan_of(spec, ports);
  plan.limit_nics(ports.nics, ports.link);
  const auto shape = std::make_shared<const Cabling>(std::move(plan));
  return Fabric(shape, router(*shape, routing, queue_pairs), routing);
}

}  // namespace orrery::topology
