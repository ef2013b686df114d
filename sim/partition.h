// Which actors, activities, flows and resources of a Model count as alike.
//
// A partition into classes is equitable where members of a class are alike in themselves (script, amount, capacity, what runs take, changes
// to come) and in their neighbours: each flow of a class crosses each class of resources equally often, actors of a class have activities
// of one class in each slot, every activity of a class is joined by equally many actors of a class, and so on. Whatever treats things alike
// that are alike then keeps them so: max-min sharing does, and with it every play of the Model.
//
//     if (is_equitable(model, partition)) const Model small = quotient(model, partition);   // sim/fold.h
//
// Cost: a pass over demands and two over bindings, 8 bytes a resource, flow and activity.
// Leaves out: finding such partitions (sim/refinement.h).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model_view.h"

namespace orrery::sim {

/// Which class each thing is in. Classes are numbered from 0 in order of their first members, each kind apart. The flow classes of an
/// activity class therefore follow each other, in order of the activity classes.
struct Partition {
  std::vector<std::uint32_t> actors;
  std::vector<std::uint32_t> activities;
  std::vector<std::uint32_t> flows;
  std::vector<std::uint32_t> resources;
  bool operator==(const Partition&) const = default;
};

/// Classes of one kind by number: who is first in each, and how many are in it.
struct Classes {
  explicit Classes(const std::vector<std::uint32_t>& class_of);
  std::size_t count() const { return sizes.size(); }

  std::vector<std::uint32_t> firsts;
  std::vector<std::uint32_t> sizes;
};

/// Whether members of every class are alike in themselves and in their neighbours, exactly: no hashes. False also where the partition is
/// not one of this Model or its classes are not numbered as they should be. The Model must be valid. Throws std::logic_error where the
/// multiplicities that a class of flows would put on each resource of a class add up to more than 32 bits hold.
bool is_equitable(const ModelView& model, const Partition& partition);

}  // namespace orrery::sim
