// Who sends to whom in a collective, and how much, by algorithm: what NCCL's kernels do on each channel (specs: collectives 4 and 6), as
// edges that all carry the same number of bytes.
//
//     std::vector<Edge> edges;
//     append_collective_edges(group, Algorithm::ring, CollectiveKind::all_reduce, edges);       // 8 rings of 16 edges
//     const double share = bytes_an_edge(group.counts(), Algorithm::ring, CollectiveKind::all_reduce);   // 2 * 15/16 / 8 of the bytes
//
//   ring        a ring a channel; a broadcast leaves out the edge into the root, a reduce the one out of it
//   tree        up and down the chain of each node and the double binary tree of nodes, half of the bytes a tree
//   CollNet     direct: to the head of each NIC, up into the network and back, to everybody; chain: along the node's chain to the head
//   NVLS        the node's NVSwitch adds up and deals out, a part a head; heads up into the network and back; NVLS tree: a double tree a
//   head PAT         one GPU a node: blocks of 1, 2, 4, ... ranks go as many ranks on, and fewer in the last step pairs       all-to-all,
//   gather, scatter: a message a pair of ranks, by the NIC that is the receiver's rail (PXN, unless it is off)
//
// Channels that pass the same GPUs and NICs are one. Costs O(edges): channels x members, of an all-to-all the square of its members
// (as one flow: workloads/all_to_all_demands.h).
#pragma once

#include <vector>

#include "sim/program.h"
#include "workloads/collective_plan.h"
#include "workloads/group.h"
#include "workloads/paths.h"

namespace orrery::workloads {

/// Throws sim::Error (unavailable) where the algorithm has no such collective or the group no such graph.
void append_collective_edges(const Group& group, Algorithm algorithm, sim::CollectiveKind kind, std::vector<Edge>& edges);

/// Done in messages between pairs: all-to-all, gather, scatter.
bool is_in_pairs(sim::CollectiveKind kind);

/// The first of all kinds that this algorithm does along the same edges.
sim::CollectiveKind kind_of_edges(Algorithm algorithm, sim::CollectiveKind kind);

/// What each edge carries once, of payload, for each byte of the operation as NCCL's tuner counts them (all-to-all, gather, scatter: of the
/// buffer that holds a part for or of every rank).
double bytes_an_edge(const GroupCounts& group, Algorithm algorithm, sim::CollectiveKind kind);

/// The edge of a message between two GPUs: where their nodes differ, by the NIC of the receiver's rail on both sides (NCCL's PXN), so that
/// it crosses no more of the fabric than it must; without PXN by the sender's own NIC, and from rail to rail in the fabric, where it joins
/// them.
Edge message_edge(const topology::Cluster& cluster, topology::GpuId from, topology::GpuId to, Pxn pxn = Pxn::on);

}  // namespace orrery::workloads
