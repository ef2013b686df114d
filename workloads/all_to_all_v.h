// An all-to-all of unequal parts as a Program of messages, as NCCL does sends and receives that are posted in one group (ncclP2pSchedule).
//
// Ranks stand in groups of neighbours. Round after round each rank sends to one at a fixed distance and receives from the one as far
// behind: in groups that are 0, 1, 3, 6, 10, ... further on, and in each of these to all of its members in turn. So many messages of a rank
// as there are slots are under way at once; a slot goes on to the next round that is its own when its message is done, without the others.
//
//     const P2pSchedule schedule{.ranks = 16, .group = 8, .slots = 15};      // two nodes of 8
//     schedule.receiver(0, {.groups = 1})                                    // 8: the first of the other node
//     const sim::Program program = program_of(matrix, schedule);
//     const AllToAllV messages = all_to_all_v(matrix, collectives, shape, 8);           // the same, and how it goes on the machine
//     lower(messages.program, ..., {.in_kernel = messages.in_kernel});
//
// A slot is two streams, one that sends and one that receives. Nothing is sent where there are no bytes, nor to oneself.
// However free the links, the messages take what the fullest rank's do at the rate that a GPU has in an equal all-to-all with parts as long
// as the longest: what NCCL was measured to take, or believes. So on one node, where all are under way at once, they end together.
// Costs two operations a message. Leaves out: that a channel's eight slots take their next messages together, and a message's chunks.
#pragma once

#include "sim/program.h"
#include "workloads/byte_matrix.h"
#include "workloads/collective_model.h"

namespace orrery::workloads {

struct P2pSchedule {
  int ranks = 1;
  int group = 1;  // of so many neighbours, which divide the ranks: all on one node, else the greatest common divisor of 8 and a node's
  int slots = 1;  // 8 a channel

  /// Groups and members further on, round after round; the first round is one's own.
  struct Round {
    int groups = 0;
    int members = 0;
    bool operator==(const Round&) const = default;
  };
  std::vector<Round> rounds() const;
  int receiver(int rank, Round round) const;  // of what the rank sends
  int sender(int rank, Round round) const;    // of what it receives
};

/// The matrix is of as many ranks.
sim::Program program_of(const ByteMatrix& matrix, const P2pSchedule& schedule);

struct AllToAllV {
  CollectivePlan plan{};  // of an equal one, none where nothing is sent: how many blocks take part
  sim::Program program{};
  KernelMessages in_kernel{};
  sim::Duration launch{};  // paid once, before the Program
};
/// Over the ranks of that shape; `ranks_a_node` 1 where nodes have not equally many.
AllToAllV all_to_all_v(const ByteMatrix& matrix, const CollectiveModel& collectives, const GroupShape& shape, int ranks_a_node);

}  // namespace orrery::workloads
