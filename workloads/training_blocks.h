// The blocks of a training Program: what one rank does of a micro-batch in a layer, in the embedding and in the head, forward and backward;
// and the loops of rings.
//
//     const TrainingBlocks blocks = training_blocks(job, software, groups);
//     blocks.head.of(Pass::backward)                // the block's number
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/schedule.h"
#include "workloads/training_groups.h"

namespace orrery::workloads {

struct TrainingBlocks {
  /// Numbers of blocks; -1 where there is nothing to do.
  struct Passes {
    std::int32_t forward = -1;
    std::int32_t backward = -1;
    std::int32_t weights = -1;  // where backward passes are split

    std::int32_t of(Pass pass) const { return pass == Pass::forward ? forward : pass == Pass::backward ? backward : weights; }
  };

  std::vector<sim::Block> blocks{};
  std::vector<std::int32_t> beside{};  // of each block, the number of what the tensor stream does meanwhile; -1 where there is none
  Passes layer{};
  Passes dense{};  // of a mixture of experts, or an encoder's
  Passes embedding{};
  Passes head{};
  std::int32_t ring = -1;  // the first of ring_blocks
};

TrainingBlocks training_blocks(const TrainingJob& job, const Software& software, const TrainingGroups& groups);

}  // namespace orrery::workloads
