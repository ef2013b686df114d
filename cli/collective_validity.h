// How far times of collectives can be trusted.
#pragma once

#include <vector>

#include "report/collective_report.h"
#include "workloads/validity.h"

namespace orrery::cli {

/// Only on a node was anything measured, and by rings and pairs alone (workloads/node_collectives.h).
workloads::Validity validity_of_collectives(const std::vector<report::CollectiveBlock>& blocks);

}  // namespace orrery::cli
