#include "scenarios/machine.h"

#include "scenarios/hardware.h"
#include "scenarios/port_rate.h"

namespace orrery::scenarios {

using topology::Routing;

void describe(Fields& fields, topology::ClusterSpec& cluster) {
  fields.required("node", "what each node is", preset(PresetKind::hardware, cluster.node));
  fields.required("nodes", "how many", integer(cluster.nodes, 1, 1 << 20));
  fields.optional("fabric", "the network between nodes", object(cluster.fabric));
  fields.derive([&cluster] {
    topology::FabricSpec& fabric = cluster.fabric;
    if (!fabric.switch_radix) fabric.switch_radix = cluster.node.fabric_switch.ports;
    if (!fabric.rails) fabric.rails = cluster.node.nics;
    if (!fabric.link) fabric.link = cluster.node.nic.bandwidth;
  });
}

void describe(Fields& fields, topology::FabricSpec& fabric) {
  fields.optional(
      "topology", "the shape of the network",
      only_choice("fat-tree", {"rail-only", "dragonfly", "dragonfly-plus", "hyperx", "torus", "dual-plane", "switch", "imported"}));
  fields.optional("switch_radix", "ports of a switch; default: of the node's fabric_switch", integer(fabric.switch_radix, 2, 1'024));
  fields.optional("oversubscription", "ports down over ports up at the leaf", real(fabric.oversubscription, 1, 1'024));
  fields.optional("routing", "how the way up the tree is chosen",
                  choice(fabric.routing, {{"d-mod-k", Routing::d_mod_k}, {"s-mod-k", Routing::s_mod_k}, {"ecmp", Routing::ecmp}},
                         {"minhop", "updown", "adaptive", "valiant", "ugal", "lft"}));
  fields.optional("levels", "of switches; default: the fewest that fit", integer(fabric.levels, 1, 4));
  fields.optional("planes", "whether each rail is a tree of its own", flag(fabric.planes));
  fields.optional("rails", "must be the node's nics, which is the default", integer(fabric.rails, 1, 1'024));
  fields.optional("link", "must be the NIC's bandwidth, which is the default", port_rate(fabric.link));
}

}  // namespace orrery::scenarios
