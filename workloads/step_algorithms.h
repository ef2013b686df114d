// Algorithms of the literature as schedules of steps (workloads/collective_steps.h), for any number of ranks unless it says otherwise.
//
//     const CollectiveSteps steps = steps_of(StepAlgorithm::recursive_halving_doubling, CollectiveKind::all_reduce, {.ranks = 12});
//
// What they take, n ranks with a port of rate r each on a switch, a message taking a seconds beside its bytes; B bytes as NCCL counts them
// (of the longer buffer); all this the tests play and compare with. p is the largest power of two that is not above n, c the rate of a copy
// in a GPU's memory.
//
//   recursive_halving_doubling
//     all_reduce      2 lg p a + 2 (p - 1)/p B/r, and 2 (a + B/r) more where n is no power of two: of the first 2 (n - p)
//                     ranks the even ones give all they have to their odd neighbours first and get the result last. Halves, quarters, ...
//                     go 1, 2, 4, ... ranks far, so most bytes stay in a node. (R. Rabenseifner, "Optimization of Collective Reduction
//                     Operations", ICCS 2004, whose ranks fold by halves)
//     all_gather      lg n a + (n - 1)/n B/r; n a power of two
//   bruck (J. Bruck et al., "Efficient Algorithms for All-to-All Communications in Multiport Message-Passing Systems",
//   IEEE TPDS 8(11), 1997)
//     all_gather      ceil(lg n) a + (n - 1)/n B/r + (B + B/n)/c
//     all_to_all      sum over k of a + m_k B/n (1/r + 2/c), and 2 B/c: in round k go the m_k parts out of n whose number has bit k set
//   ring_2d           x ranks a row, y a column (x the GPUs of a node; with one a node, the largest divisor of n up to its root)
//     all_reduce      2 (x - 1) (a + B/(x r)) + 2 (y - 1) (a + B/(n r)): a ring in the row scatters, one in the column reduces the parts,
//                     the row gathers
//   hierarchical      g GPUs a node, N nodes; a' and r' in the node
//     all_reduce      2 (a' + (g - 1)/g B/r') + 2 (N - 1) (a + B/(n r)): each GPU of a node adds up a part, rings of those with
//                     equal number go around the nodes, each gives its part to the others of its node
//   direct            everybody speaks to everybody at once
//     all_reduce      2 a + 2 (n - 1)/n B/r
//     all_gather, reduce_scatter, all_to_all      a + (n - 1)/n B/r
//
// Costs O(messages), of all-to-alls and direct ones the square of the ranks. Leaves out: the number of channels
// (CollectiveSteps::instances; each then has its part of the rates), pipelining of long messages, and for uneven nodes everything.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "workloads/collective_steps.h"

namespace orrery::workloads {

enum class StepAlgorithm : std::uint8_t { recursive_halving_doubling, bruck, ring_2d, hierarchical, direct };
std::string_view name_of(StepAlgorithm algorithm);
std::vector<std::string> step_algorithm_names();
std::optional<StepAlgorithm> step_algorithm(std::string_view name);

/// Ranks are numbered node by node.
struct StepLayout {
  int ranks = 1;
  int gpus_a_node = 1;  // divides the ranks
};

/// Throws sim::Error (unavailable) where the algorithm does not do that collective, or not with so many ranks.
CollectiveSteps steps_of(StepAlgorithm algorithm, sim::CollectiveKind kind, StepLayout layout);

/// At least as many as its messages and copies, without writing them.
std::int64_t message_bound(StepAlgorithm algorithm, StepLayout layout);

/// Ranks of a row of ring_2d.
int row_of_ring_2d(StepLayout layout);

}  // namespace orrery::workloads
