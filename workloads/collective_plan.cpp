#include "workloads/collective_plan.h"

namespace orrery::workloads {

std::string_view name_of(Algorithm algorithm) {
  constexpr std::string_view names[] = {"none", "tree",      "ring", "collnet_direct", "collnet_chain",
                                        "nvls", "nvls_tree", "pat",  "point_to_point"};
  return names[static_cast<std::size_t>(algorithm)];
}

std::string_view name_of(Protocol protocol) {
  constexpr std::string_view names[] = {"LL", "LL128", "Simple"};
  return names[static_cast<std::size_t>(protocol)];
}

Algorithm algorithm_of(NcclAlgorithm algorithm) {
  switch (algorithm) {
    case NcclAlgorithm::tree:
      return Algorithm::tree;
    case NcclAlgorithm::ring:
      return Algorithm::ring;
    case NcclAlgorithm::collnet_direct:
      return Algorithm::collnet_direct;
    case NcclAlgorithm::collnet_chain:
      return Algorithm::collnet_chain;
    case NcclAlgorithm::nvls:
      return Algorithm::nvls;
    case NcclAlgorithm::nvls_tree:
      return Algorithm::nvls_tree;
    case NcclAlgorithm::pat:
      break;
  }
  return Algorithm::pat;
}

}  // namespace orrery::workloads
