// Which algorithms and protocols the user lets NCCL choose from, NCCL_ALGO and NCCL_PROTO, whether messages may take another GPU's NIC,
// NCCL_PXN_DISABLE, and whether rings may leave by another than they came in by, NCCL_CROSS_NIC. A list stands for all collectives, lists
// behind a collective's name for that one; "^" means all but these; capitals do not matter.
//
//     const NcclFilter filter = parse_nccl_filter("ring,tree;allreduce:tree", "^LL");
//     filter.allows(CollectiveKind::all_reduce, NcclAlgorithm::ring, Protocol::simple)       // false
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "sim/program.h"
#include "topology/nccl_search.h"
#include "workloads/nccl_constants.h"

namespace orrery::workloads {

/// Whether messages leave by the receiver's rail, over NVLink and the GPU that has its NIC; else by the sender's own.
enum class Pxn : std::uint8_t { on, off };

class NcclFilter {
 public:
  /// Lets everything through.
  NcclFilter();
  bool allows(sim::CollectiveKind kind, NcclAlgorithm algorithm, Protocol protocol) const;
  /// A list of protocols that holds LL128, or all but others, has NCCL use it on machines where it would not.
  bool insists_on_ll128(sim::CollectiveKind kind) const;

  Pxn pxn = Pxn::on;
  topology::CrossNic cross_nic = topology::CrossNic::as_it_pays;

 private:
  friend NcclFilter parse_nccl_filter(std::string_view algorithms, std::string_view protocols);

  static constexpr int tuned_kinds = 5;
  std::array<std::bitset<nccl_algorithm_count>, tuned_kinds> algorithms_;
  std::array<std::bitset<protocol_count>, tuned_kinds> protocols_;
  std::bitset<tuned_kinds> lists_protocols_;
};

/// Empty texts let everything through. Throws sim::Error, placed at NCCL_ALGO or
/// NCCL_PROTO, for unknown words, an empty list, and a list without a collective's name behind another.
NcclFilter parse_nccl_filter(std::string_view algorithms, std::string_view protocols);

}  // namespace orrery::workloads
