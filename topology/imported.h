// The fabric that really stands in the hall, as a Shape: made of a Survey, with what is missing or slow in it, and its forwarding tables.
//
//     const ImportedFabric hall = import_fabric(survey, 20, 8, sim::BytesPerSecond{25e9});
//     const auto shape = std::make_shared<const Cabling>(hall.plan);
//
// Nodes are the hosts of the survey in order of their names, those that have a cable to at least half of the rails (hosts without a name:
// to all); the others are left out and told of. The rail of an adapter follows from its number within its host ("mlx5_4"): of all hosts
// that count alike ("mlx5_", "HCA-") the numbers that most of them have, in order; further adapters (storage, management) are left out.
// Where a node has no adapter on a rail, that of the next rail it has serves both, as NCCL would let it. Cables keep the rate that they
// trained to, so that a degraded one is slow. Aggregation nodes, routers, ports without a cable and cables from host to host are left out.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "topology/cabling.h"
#include "topology/forwarding_tables.h"
#include "topology/survey.h"

namespace orrery::topology {

struct ImportedFabric {
  CablingPlan plan;
  std::vector<std::uint32_t> device_of_vertex;     // into Survey::devices, by vertex; none for NICs that are not there
  std::vector<std::array<int, 2>> ports_of_cable;  // as its devices number them: at the end below, at the end above
  std::vector<std::string> notes;                  // what was left out or stood in for, in words
  static constexpr std::uint32_t none = UINT32_MAX;
};

/// Nodes that an import with so many NICs a node would have.
int nodes_in(const Survey& survey, int rails);

/// The first `nodes` of them. `link` is the rate of the fabric's links. Throws sim::Error (bad input, no place) where there are fewer.
ImportedFabric import_fabric(const Survey& survey, int nodes, int rails, sim::BytesPerSecond link);

/// The survey's tables on the shape that came of its plan. Throws sim::Error (bad input, no place) where it has none, or they lead to ports
/// without a cable.
ForwardingTables imported_tables(const Survey& survey, const ImportedFabric& imported, const Cabling& shape);

}  // namespace orrery::topology
