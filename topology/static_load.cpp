#include "topology/static_load.h"

#include <algorithm>

#include "sim/error.h"
#include "topology/distances.h"

namespace orrery::topology {
namespace {

bool is_static(Routing routing) {
  return routing == Routing::d_mod_k || routing == Routing::minhop || routing == Routing::updown || routing == Routing::lft;
}

/// Counts route after route, all those to one NIC port together.
class LinkCounter {
 public:
  explicit LinkCounter(const Fabric& fabric)
      : fabric_(&fabric), routes_(links()), destinations_(links()), last_destination_(links(), UINT32_MAX) {}

  void add(const Route& route, std::uint32_t destination) {
    for (const LinkId link : route) {
      ++routes_[index(link)];
      if (last_destination_[index(link)] == destination) continue;
      last_destination_[index(link)] = destination;
      ++destinations_[index(link)];
    }
  }

  std::vector<StaticLayerLoad> layers() const {
    const auto& named = fabric_->shape().layers();
    std::vector<StaticLayerLoad> loads(named.size());
    for (std::size_t layer = 0; layer < named.size(); ++layer) loads[layer].name = named[layer].name;
    for (std::uint32_t link = 0; link < links(); ++link) {
      if (!fabric_->alive(LinkId{link})) continue;
      StaticLayerLoad& layer = loads[static_cast<std::size_t>(fabric_->layer_of(LinkId{link}))];
      add_link(link % 2 == 0 ? layer.up : layer.down, link);
    }
    loads.erase(loads.begin());
    std::erase_if(loads, [](const StaticLayerLoad& load) { return load.up.links == 0; });
    for (StaticLayerLoad& load : loads) {
      for (LinkLoad* direction : {&load.up, &load.down}) {
        direction->mean_destinations /= static_cast<double>(direction->links);
        direction->mean_routes /= static_cast<double>(direction->links);
      }
    }
    return loads;
  }

 private:
  std::size_t links() const { return static_cast<std::size_t>(fabric_->links()); }

  /// Means hold sums until all are added.
  void add_link(LinkLoad& load, std::uint32_t link) const {
    ++load.links;
    if (routes_[link] == 0) ++load.unused;
    load.most_routes = std::max(load.most_routes, routes_[link]);
    load.most_destinations = std::max<std::int64_t>(load.most_destinations, destinations_[link]);
    load.mean_routes += static_cast<double>(routes_[link]);
    load.mean_destinations += destinations_[link];
  }

  const Fabric* fabric_;
  std::vector<std::int64_t> routes_;
  std::vector<std::uint32_t> destinations_;
  std::vector<std::uint32_t> last_destination_;
};

/// What is asked again and again of NIC ports.
struct PortFacts {
  std::vector<const NicGroup*> group_of;  // by port
  std::vector<std::uint32_t> piece_of;    // by switch
  std::vector<std::uint32_t> of_leaves;   // a port of every leaf, whose routes stand for those of all there

  explicit PortFacts(const SwitchGraph& live) : piece_of(pieces_of_switches(live)) {
    std::vector<bool> is_known(live.switches(), false);
    group_of.resize(static_cast<std::size_t>(live.nodes()) * static_cast<std::size_t>(live.rails()));
    for (const NicGroup& group : live.groups()) {
      for (const std::uint32_t port : group.ports) group_of[port] = &group;
      bool is_first = false;
      for (const NicGroup::Cable& cable : group.cables) {
        is_first = is_first || !is_known[cable.to_switch];
        is_known[cable.to_switch] = true;
      }
      if (is_first) of_leaves.push_back(group.ports.front());
    }
    std::sort(of_leaves.begin(), of_leaves.end());
  }

  /// Without it every route between planes would have to be asked for, and refused.
  bool are_joined(std::uint32_t a, std::uint32_t b) const {
    for (const NicGroup::Cable& from : group_of[a]->cables) {
      for (const NicGroup::Cable& to : group_of[b]->cables) {
        if (piece_of[from.to_switch] == piece_of[to.to_switch]) return true;
      }
    }
    return false;
  }
};

}  // namespace

std::optional<StaticLoad> static_load(const Fabric& fabric, const SwitchGraph& live, std::int64_t most_routes) {
  const PortFacts ports(live);
  if (!is_static(fabric.routing()) || std::ssize(ports.of_leaves) * fabric.ports() > most_routes) return std::nullopt;
  StaticLoad found;
  LinkCounter counter(fabric);
  const auto leaf_of = [&fabric](std::uint32_t port) { return fabric.target(fabric.out_link(VertexId{port}, 0)); };
  for (std::uint32_t destination = 0; destination < fabric.ports(); ++destination) {
    if (ports.group_of[destination]->cables.empty()) {
      found.unreachable += std::ssize(ports.of_leaves);
      continue;
    }
    for (const std::uint32_t source : ports.of_leaves) {
      if (leaf_of(source) == leaf_of(destination)) continue;
      if (!ports.are_joined(source, destination)) {
        ++found.unreachable;
        continue;
      }
      try {
        counter.add(fabric.route(fabric.shape().port(VertexId{source}), fabric.shape().port(VertexId{destination}), 0), destination);
        ++found.routes;
      } catch (const sim::Error&) {  // that there is none is what is counted
        ++found.unreachable;
      }
    }
  }
  found.layers = counter.layers();
  return found;
}

}  // namespace orrery::topology
