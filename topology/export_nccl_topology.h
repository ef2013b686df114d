// Writes a node as NCCL reads it (NCCL_TOPO_FILE, version 1): for NCCL's own search of rings and trees on machines that only a NodeSpec
// tells of.
//
//     write_file("node.xml", nccl_topology(spec));       // read_nccl_topology reads it back to the same facts
//
// A NodeSpec says nothing of how a node is wired inside; the layout is that of a DGX A100 or, from compute capability 90 on, H100: two
// GPUs, each with a bridge of its own, and their NICs behind a PCIe switch, there each GPU with its NIC (more GPUs, where more share a
// NIC); switches spread over two processors, or four NUMA nodes of AMD's; GPUs of a node of several joined by 6 NVSwitches, there by 4.
// Bus ids and guids are made up.
#pragma once

#include <string>

#include "topology/node_spec.h"

namespace orrery::topology {

/// Throws sim::Error (no place) for a node without GPUs, or whose GPUs do not share its NICs evenly.
std::string nccl_topology(const NodeSpec& node);

}  // namespace orrery::topology
