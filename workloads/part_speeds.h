// A machine some of whose parts are faster or slower than they are, all else left as it is, what NCCL chooses included: for asking what a
// part costs (workloads/influences.h).
//
//     sim::Model model = lower(...);
//     speed_up({.network = 1.1}, cluster, model);      // what crosses the fabric flows 10 % faster, and its links carry as much more
#pragma once

#include "sim/model.h"
#include "topology/cluster.h"

namespace orrery::workloads {

/// Times as fast; 1 is as it is.
struct PartSpeeds {
  double nvlink = 1;           // collectives and messages that keep to a node: rates, latencies and links
  double network = 1;          // rates of what crosses the fabric, its links, and PCIe between GPUs and NICs
  double network_latency = 1;  // of what crosses the fabric
  double host = 1;  // copies to and from hosts and their storage, and what CPUs do in memory: kernels' affair, `lower` knows them
  bool operator==(const PartSpeeds&) const = default;
};

/// What crosses the fabric keeps its rate on NVLink. Costs a pass over flows and resources.
void speed_up(const PartSpeeds& speeds, const topology::Cluster& cluster, sim::Model& model);

}  // namespace orrery::workloads
