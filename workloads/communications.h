// Who of a Program's ranks meets whom, and over which links of a machine: what `lower` makes activities of, and what it asks again where a
// link died and ways have to be found anew.
//
//     Communications communications(program, placement);
//     communications.add_role(role.ranks, flat.slots);
//     const std::vector<Edge> edges = communications.edges(communications.view(binding), collectives);
//
// Bindings are numbered role by role, rank by rank, slot by slot, as sim::Model has them.
// Costs 4 bytes a rank, and 4 more for each communicator that was asked for.
#pragma once

#include <string>
#include <vector>

#include "sim/program.h"
#include "topology/cluster.h"
#include "workloads/collective_model.h"
#include "workloads/flatten.h"

namespace orrery::workloads {

class Communications {
 public:
  /// Both must outlive it.
  Communications(const sim::Program& program, const Placement& placement);

  struct Role {
    std::vector<Communication> slots;
    std::vector<std::int32_t> ranks;
    std::uint32_t first_binding = 0;

    std::uint32_t binding(std::size_t position, std::size_t slot) const {
      return first_binding + static_cast<std::uint32_t>(position * slots.size() + slot);
    }
  };
  void add_role(const sim::Lattice& ranks, std::vector<Communication> slots);
  const std::vector<Role>& roles() const { return roles_; }
  std::uint32_t bindings() const { return bindings_; }

  /// A communication as one of its ranks sees it.
  struct View {
    const Communication* what = nullptr;
    std::int32_t rank = 0;
  };
  View view(std::uint32_t binding) const;

  /// The group of each rank, -1 where it is in none; made when it is first asked for.
  const std::vector<std::int32_t>& group_of_rank(std::int32_t communicator);
  /// In rank order.
  std::vector<topology::GpuId> members(std::int32_t communicator, std::int32_t group) const;
  topology::GpuId gpu(std::int32_t rank) const { return (*placement_)[static_cast<std::size_t>(rank)]; }

  /// A message's one edge, or those of a collective.
  std::vector<Edge> edges(View view, const CollectiveModel& collectives);

 private:
  const sim::Program* program_;
  const Placement* placement_;
  std::vector<Role> roles_;
  std::uint32_t bindings_ = 0;
  std::vector<std::vector<std::int32_t>> groups_;  // by communicator
};

/// As NCCL's tuner counts: the larger of the send and the receive buffer of a collective over so many ranks, of all calls of a group.
sim::Bytes tuner_bytes(const sim::Collect& collect, int ranks);

/// The ranks that a message goes between.
struct Ends {
  std::int32_t from = 0;
  std::int32_t to = 0;
};
Ends ends_of(Communications::View message);

/// "message of 8 bytes with tag 0 from rank 1 to rank 2".
std::string in_words(Communications::View view);

}  // namespace orrery::workloads
