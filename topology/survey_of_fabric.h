// A Survey of a Fabric: what a dump would say of a fabric that we generated, if it stood in a hall. So exporters and other programs take
// generated fabrics as they take real ones:
//
//     const Survey survey = survey_of_fabric(fabric, sim::BytesPerSecond{25e9});
//     write_file("hall.net", ibnetdiscover_text(survey));      // for ibsim, and OpenSM on it; likewise graphml, dot, simgrid_platform
//
// Device d is vertex d: every NIC is an adapter of its own, named "node12 nic3" and owned by host "node12"; switches have the fabric's
// names. Link p of a vertex (Fabric::out_link) is port p + 1. Cables stand in the fabric's order, end 0 first; those of dead links are left
// out and their ports are down ports.
// GUIDs are made up and depend on the vertex alone: 0x0200000000000000 + 4096 (vertex + 1), so that those of ports have room between them.
// LIDs count from 1, the adapters' ports and then the switches, as far as they have a cable; none where there are more than InfiniBand has.
// ibsim starts with them, and OpenSM leaves them as they are.
//
// Costs some 200 bytes a NIC, switch and cable. Leaves out: latencies, tables, groups.
#pragma once

#include "topology/fabric.h"
#include "topology/survey.h"

namespace orrery::topology {

/// `link`: nominal bandwidth of the fabric's links, which those have that the shape gives none of their own.
Survey survey_of_fabric(const Fabric& fabric, sim::BytesPerSecond link);

}  // namespace orrery::topology
