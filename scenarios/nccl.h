// The constants of NCCL's own cost model as our files hold them: scenarios/nccl/<version>.json, named by a software's "nccl". Keys are
// those of workloads::NcclConstants; where that has an array, the file has an object with a key for each of its places.
//
//     "net_overhead": { "amd": "2 us", "intel": "1 us", "other": "1 us" },
//     "tree_corrections": [ { "from_bytes": 64, "ll": 1, "ll128": 1, "simple": 0.9 }, ... ]
#pragma once

#include "scenarios/fields.h"
#include "workloads/nccl_constants.h"

namespace orrery::scenarios {

void describe(Fields& fields, workloads::NcclConstants& nccl);
void describe(Fields& fields, workloads::TreeCorrection& correction);

}  // namespace orrery::scenarios
