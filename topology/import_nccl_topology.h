// Reads the topology of a node as NCCL writes it (NCCL_TOPO_DUMP_FILE) and as clouds ship it (NCCL_TOPO_FILE).
//
//     const NodeTopology node = read_nccl_topology(text, "ndv4-topo.xml");
//
// Files of clouds hold processors and PCI devices only: their GPUs and NICs are then made from the classes of PCI devices without
// children, numbered by bus id, as CUDA does; what such a file does not say (compute capability, NVLinks, speeds of ports) stays 0, and a
// remark says so. Elements that NCCL has and we do not need are passed over: c2c, pcilink. Others are passed over with a remark.
#pragma once

#include <string_view>

#include "topology/node_topology.h"

namespace orrery::topology {

/// Throws sim::Error with "file:line" for what is no such file or cut off, a version other than 1, processors of two hosts, an unknown
/// speed of a PCI link, and numbers of GPUs, ports, processors, or bus ids that stand twice.
NodeTopology read_nccl_topology(std::string_view text, std::string_view file);

}  // namespace orrery::topology
