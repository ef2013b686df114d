// The nodes of a cluster in words, kind after kind.
//
//     nodes_text(cluster.spec());      // "16 nodes dgx-a100-80gb and 4 nodes dgx-h100"
#pragma once

#include <string>

#include "report/counted.h"
#include "topology/cluster_spec.h"

namespace orrery::report {

inline std::string nodes_text(const topology::ClusterSpec& cluster) {
  std::string text;
  for (int group = 0; group < groups(cluster); ++group) {
    if (group > 0) text += group + 1 == groups(cluster) ? " and " : ", ";
    text += counted(nodes_of_group(cluster, group), "node") + " " + node_of_group(cluster, group).name;
  }
  return text;
}

}  // namespace orrery::report
