// What of a fabric is alike, so that a picture of it shows kinds of switches and not each of them: the same fat-tree of 20 nodes or 2,000
// has three boxes and three lines.
//
//     const FabricClasses alike = classes(fabric);      // of 140 nodes: NICs, 56 leaves, 80 spines, 28 cores
//
// Two switches are alike where they are of one level and have cables alike (kind, rate, dead or not) to switches that are alike in turn.
// Where that tells more than `most` kinds apart, only as many steps away are looked at as leave so many.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topology/fabric.h"

namespace orrery::topology {

struct FabricClass {
  int level = 0;  // 0: NICs
  std::int64_t members = 0;
  VertexId first{};  // the lowest of them
};

/// Cables between two classes.
struct ClassCables {
  std::uint32_t lower = 0;  // into FabricClasses::classes
  std::uint32_t upper = 0;  // may be the same
  int layer = 0;
  sim::BytesPerSecond bandwidth{};  // nominal; 0: that of the fabric's links
  bool alive = true;
  std::int64_t cables = 0;
};

struct FabricClasses {
  std::vector<FabricClass> classes;  // by level, then by first member
  std::vector<ClassCables> cables;
  std::vector<std::uint32_t> of_vertex;
};

/// Costs some passes over all cables, each with a sort of every vertex's.
FabricClasses classes(const Fabric& fabric, std::size_t most = 24);

}  // namespace orrery::topology
