// Finds who is alike in a Model: equitable partitions (sim/partition.h), by colour refinement.
//
// What is alike in itself begins with one colour. What has other neighbours than its fellows gets another, until nothing changes: actors
// are neighbours of their processors and of the activities in their slots, flows of their activity and of the resources that they cross.
// What will change while the Model plays is known from the start and tells things apart like anything else. Neighbourhoods are compared
// by 64-bit hashes, so the outcome is to be checked before it is used.
//
//     Refinement refinement(model);
//     const Partition healthy = refinement.coarsest();
//     model.changes = {...};                                        // a link fails
//     const Partition failing = refinement.refined(healthy);        // looks at what the failure touches
//
// Cost: a few passes over demands and bindings, then what the last partings touch. 12 bytes a resource and activity, 8 a flow, 4 an actor;
// after many rounds, and for refined(), also 4 bytes a demand and binding, so as to go from resources to what crosses them.
// Leaves out: symmetries that neighbourhoods cannot show; none of them matter to a play.
#pragma once

#include <climits>

#include "sim/model_graph.h"
#include "sim/model_view.h"
#include "sim/partition.h"

namespace orrery::sim {

/// Of one valid Model, whose parts must outlive it. Between calls only the Model's changes may become others (with demands for them
/// appended): what is as before is not looked at again.
class Refinement {
 public:
  explicit Refinement(const ModelView& model) : graph_(model) {}

  /// The coarsest equitable partition, but for flows that cross resources with other multiplicities, which are told apart even where their
  /// sums agree. `rounds` ends it before it is stable (for tests of the check).
  Partition coarsest(int rounds = INT_MAX);
  /// The coarsest refinement of `coarser`, an equitable partition of the Model without its changes. Of its coarsest one: as coarsest().
  Partition refined(const Partition& coarser);

 private:
  class Rounds;
  ModelGraph graph_;
};

}  // namespace orrery::sim
