// The condition of a machine that is not as new: what is broken or slow, and what becomes so, or well again, while something runs on it.
//
//     Condition condition;
//     condition.dead_links = {fabric.link("leaf2.5 -> spine0.5.9")};
//     condition.slow_gpus = {{GpuId{17}, 0.8}};
//     condition.link_changes = {{.at = Time{} + 1_s, .link = link, .speed = 0}, {.at = Time{} + 31_s, .link = link, .speed = 1}};
//
// A link stands for its cable: both directions die, slow down and recover together. What is dead at the start has been routed round. What
// dies later carries nothing from then on, and routes follow after `reroute`: at that moment every path becomes what Fabric::route says of
// the links as they are then, for those that died and for those that recovered.
// Leaves out: NICs, switches and nodes as a whole (name their links), and GPUs that are gone from the start (leave them out of the
// placement).
#pragma once

#include <optional>
#include <vector>

#include "sim/error.h"
#include "sim/model.h"
#include "topology/cluster.h"

namespace orrery::topology {

struct SlowLink {
  LinkId link{};
  double speed = 1;  // a fraction of what it has as new, above 0 and up to 1
};

struct SlowGpu {
  GpuId gpu{};
  double speed = 1;  // likewise
};

struct LinkChange {
  sim::Time at{};
  LinkId link{};
  double speed = 1;  // a fraction of what it had at the start: 0 = dies, 1 = recovers (also what was dead from the start)
};

struct GpuChange {
  sim::Time at{};
  GpuId gpu{};
  double speed = 1;  // likewise
};

struct Condition {
  std::vector<LinkId> dead_links{};
  std::vector<SlowLink> slow_links{};
  std::vector<SlowGpu> slow_gpus{};
  std::vector<LinkChange> link_changes{};  // in any order
  std::vector<GpuChange> gpu_changes{};
  std::optional<sim::Duration> reroute{};  // from a link's death or recovery to new routes; default: default_reroute of the routing
};

/// Nothing is broken or slow, or becomes so.
bool is_as_new(const Condition& condition);

/// How long routes take to follow the state of links. Tables (d_mod_k, s_mod_k) are written anew by a subnet manager, which takes 0.1 to 1
/// s at a thousand nodes and several at ten thousand: 1 s. Switches that choose among ports themselves (ecmp) turn to another within about
/// 1 ms, as NVIDIA's documentation of SHIELD has it. OpenSM's part: it sweeps after a trap, with 4 packets on the wire and one for each
/// switch and 64 addresses (opensm/include/opensm/osm_base.h). Estimates, not measurements.
sim::Duration default_reroute(Routing routing);

/// What contradicts itself or names what the cluster does not have, each placed by JSON pointer from the condition on ("/slow_gpus/0").
std::vector<sim::Fault> faults(const Condition& condition, const Cluster& cluster);

/// Of the machine at the start. Links that are dead have theirs all the same, for nothing crosses them.
std::vector<sim::Resource> resources(const Cluster& cluster, const Condition& condition);

/// One of them.
std::int64_t capacity_at_start(sim::ResourceId resource, const Cluster& cluster, const Condition& condition);

/// What becomes of capacities, in order of time.
std::vector<sim::Change> capacity_changes(const Cluster& cluster, const Condition& condition);

/// The machine with the links alive that are so before all changes, or once those up to and including `at` have happened.
Cluster as_at_start(Cluster cluster, const Condition& condition);
Cluster as_at(sim::Time at, Cluster cluster, const Condition& condition);

/// When routes follow links that died or recovered: in order, each moment once.
std::vector<sim::Time> reroute_times(const Cluster& cluster, const Condition& condition);

}  // namespace orrery::topology
