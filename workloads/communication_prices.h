// What one communication of a job costs where all groups, or all pairs, of its kind perform it at once: the plan of CollectiveModel, its
// rate lowered to what those who share a node leave each other, and what they all put on the first node.
//
//     CommunicationPrices prices(cluster, collectives, first_gpu(job, cluster.spec()));
//     const CommunicationPrice price = prices.collective(collect, program.communicators[collect.communicator]);
//     time_of(price.plan)                     // latency + edge_bytes / edge_rate
//
// Groups that are laid out alike cost the same; of all groups those in the first node's worth and the last are looked at, and the slowest
// counts. Eight data groups of a node with four NICs are two on a NIC, and each has half of it.
//
// Costs O(members) a group that is looked at, once a communicator; and for the rates, once an algorithm, a route an edge of the groups of
// the first node and of the first pipeline stage, of an all-to-all a route a pair of nodes. Leaves out: what is contended in the fabric by
// several communications together, or by several stages.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/collective_model.h"

namespace orrery::workloads {

/// Alone on its links: what an engine makes of the plan where nothing else flows.
sim::Duration time_of(const CollectivePlan& plan);

struct CommunicationPrice {
  CollectivePlan plan;
  std::vector<sim::Demand> on_node{};  // of all at once, each resource of the first node once, in order
};

class CommunicationPrices {
 public:
  /// Of ranks that are packed from GPU `first` on. Keeps references.
  CommunicationPrices(const topology::Cluster& cluster, const CollectiveModel& collectives, topology::GpuId first);

  /// What a resource serves a second, as a Model that is played has it.
  std::int64_t capacity(sim::ResourceId resource) const;

  CommunicationPrice collective(const sim::Collect& collect, const sim::Communicator& communicator);

  struct Message {
    std::int32_t from = 0;  // rank
    std::int32_t to = 0;
  };
  /// The slowest of such, all at once; at least one.
  CommunicationPrice messages(sim::Bytes bytes, std::span<const Message> at_once) const;

 private:
  topology::GpuId gpu(std::int32_t rank) const { return topology::GpuId{index(first_) + static_cast<std::uint32_t>(rank)}; }
  std::vector<topology::GpuId> members(const sim::Communicator& communicator, std::int64_t group) const;
  bool is_on_first_node(sim::ResourceId resource) const;

  // What each of those has that run at once, and what they put on the first node.
  struct Shared {
    double rate = 0;
    std::vector<sim::Demand> on_node{};
  };
  // Of a communicator: its groups' shapes, each once, and what is shared by algorithm and kind.
  struct Known {
    std::vector<GroupShape> shapes{};
    std::map<std::pair<Algorithm, sim::CollectiveKind>, Shared> shared{};
  };
  Known& known(const sim::Communicator& communicator);
  Shared shared(const CollectivePlan& plan, const sim::Communicator& communicator) const;

  const topology::Cluster* cluster_;
  const CollectiveModel* collectives_;
  topology::GpuId first_;
  std::map<std::vector<std::int32_t>, Known> known_;
};

}  // namespace orrery::workloads
