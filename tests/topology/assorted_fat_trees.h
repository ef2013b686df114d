// Fat-trees that between them have every feature: parallel cables, groups, uneven pods, a part-filled last unit, planes, 1 to 4 levels.
#pragma once

#include <vector>

#include "topology/fat_tree.h"

namespace orrery::topology::test {

inline std::vector<FatTreeSpec> assorted_fat_trees() {
  return {{.nodes = 3, .rails = 8, .radix = 40},
          {.nodes = 30, .rails = 4, .radix = 40, .planes = true},
          {.nodes = 20, .rails = 8, .radix = 40},
          {.nodes = 25, .rails = 8, .radix = 40},
          {.nodes = 140, .rails = 8, .radix = 40},
          {.nodes = 137, .rails = 8, .radix = 40},
          {.nodes = 90, .rails = 8, .radix = 40, .oversubscription = 3},
          {.nodes = 817, .rails = 1, .radix = 40},
          {.nodes = 13, .rails = 2, .radix = 6, .planes = true},
          {.nodes = 60, .rails = 3, .radix = 8},
          {.nodes = 40, .rails = 3, .radix = 6},
          {.nodes = 40, .rails = 3, .radix = 6, .levels = 4, .planes = true},
          {.nodes = 9, .rails = 2, .radix = 8, .levels = 4},
          {.nodes = 7, .rails = 1, .radix = 7, .levels = 3}};
}

}  // namespace orrery::topology::test
