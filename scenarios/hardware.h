// Nodes as our files describe them: scenarios/hardware/*.json, or inline as "cluster": {"node": {...}}. Keys are those of
// topology::NodeSpec.
//
//     { "name": "dgx-a100-80gb", "source": "...", "gpus": 8,
//       "gpu": { "name": "A100-SXM4-80GB", "memory": "80 GB", "memory_bandwidth": "2039 GB/s", "peak_fp16": "312 TFLOP/s", ... },
//       "nvlink": { "links_per_gpu": 12, "link_bandwidth": "25 GB/s" }, "pcie_bandwidth": "25 GB/s",
//       "nics": 8, "nic": { "name": "ConnectX-6 HDR", "bandwidth": "200 Gbit/s", ... }, "fabric_switch": { ... }, "cpu": "amd" }
#pragma once

#include "scenarios/fields.h"
#include "topology/node_spec.h"

namespace orrery::scenarios {

void describe(Fields& fields, topology::GpuSpec& gpu);
void describe(Fields& fields, topology::NvlinkSpec& nvlink);
void describe(Fields& fields, topology::NicSpec& nic);
void describe(Fields& fields, topology::SwitchSpec& fabric_switch);
void describe(Fields& fields, topology::NodeSpec& node);

}  // namespace orrery::scenarios
