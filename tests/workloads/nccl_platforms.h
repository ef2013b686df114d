// Communicators of known machines as NCCL's graph search sees them, written down by hand from specs collectives 3.2 and 3.3.
#pragma once

#include "workloads/nccl_communicator.h"

namespace orrery::workloads::platforms {

using topology::NcclPattern;
using topology::PathType;

struct GraphFacts {
  int channels = 0;
  double intra = 0;  // GB/s
  double inter = 0;
  NcclPattern pattern = NcclPattern::ring;
  PathType type_inter = PathType::pix;
  bool same_channels = false;
};

inline TunerGraph graph(const GraphFacts& facts) {
  return {.channels = facts.channels,
          .intra = sim::gigabytes_per_second(facts.intra),
          .inter = sim::gigabytes_per_second(facts.inter),
          .type_intra = PathType::nvl,
          .type_inter = facts.type_inter,
          .pattern = facts.pattern,
          .same_channels = facts.same_channels};
}

/// Eight A100, eight HDR NICs, AMD.
inline NcclCommunicator dgx_a100(int nodes) {
  NcclCommunicator communicator{.ranks = 8 * nodes, .nodes = nodes, .channels = nodes == 1 ? 24 : 16, .cpu = topology::CpuVendor::amd};
  if (nodes == 1) {
    communicator.graphs.ring = graph({12, 20, 20, NcclPattern::ring, PathType::pix, true});
    communicator.graphs.tree = graph({12, 20, 20, NcclPattern::balanced_tree, PathType::pix, true});
  } else {
    communicator.graphs.ring = graph({8, 24, 24, NcclPattern::ring, PathType::pxb});
    communicator.graphs.tree = graph({8, 30, 24, NcclPattern::balanced_tree, PathType::pxb});
  }
  return communicator;
}

/// The same with SHARP in the switches. More than one node.
inline NcclCommunicator dgx_a100_sharp(int nodes, Sharp sharp = Sharp::all_reduce) {
  NcclCommunicator communicator = dgx_a100(nodes);
  communicator.sharp = sharp;
  communicator.channels = 24;
  communicator.graphs.collnet_direct = graph({8, 48, 24, NcclPattern::collnet_direct, PathType::pxb, true});
  communicator.graphs.collnet_chain = graph({8, 30, 24, NcclPattern::tree, PathType::pxb});
  return communicator;
}

/// One GPU of each, by the one NIC beside it.
inline NcclCommunicator one_a100(int nodes) {
  NcclCommunicator communicator{.ranks = nodes, .nodes = nodes, .channels = 2, .cpu = topology::CpuVendor::amd};
  communicator.graphs.ring = graph({1, 24, 24, NcclPattern::ring, PathType::pxb, true});
  communicator.graphs.tree = graph({1, 48, 24, NcclPattern::tree, PathType::pxb, true});
  return communicator;
}

/// Eight H100, eight NDR NICs, Intel.
inline NcclCommunicator dgx_h100(int nodes) {
  NcclCommunicator communicator{
      .ranks = 8 * nodes, .nodes = nodes, .channels = nodes == 1 ? 24 : 16, .compute_capability = 90, .cpu = topology::CpuVendor::intel};
  if (nodes == 1) {
    communicator.graphs.ring = graph({12, 30, 30, NcclPattern::ring, PathType::pix, true});
    communicator.graphs.tree = graph({12, 30, 30, NcclPattern::balanced_tree, PathType::pix, true});
    communicator.graphs.nvls = graph({8, 40, 60, NcclPattern::nvls});
  } else {
    communicator.graphs.ring = graph({8, 48, 48, NcclPattern::ring});
    communicator.graphs.tree = graph({8, 48, 48, NcclPattern::tree});
    communicator.graphs.nvls = graph({8, 40, 48, NcclPattern::nvls});
  }
  return communicator;
}

}  // namespace orrery::workloads::platforms
