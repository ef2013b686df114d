// A node whose times can be worked out by hand: one GPU and one NIC of 1 GB/s, on switches that take no time.
//
//     const topology::Cluster cluster({.node = thin_node(), .nodes = 8, .fabric = {.switch_radix = 4}});
#pragma once

#include "tests/committed.h"

namespace orrery::workloads::test {

inline topology::NodeSpec thin_node() {
  topology::NodeSpec node = committed::dgx_a100();
  node.gpus = node.nics = 1;
  node.nic.bandwidth = sim::gigabytes_per_second(1);
  node.nic.efficiency = 1;
  node.nic.latency = {};
  node.fabric_switch.latency = {};
  return node;
}

}  // namespace orrery::workloads::test
