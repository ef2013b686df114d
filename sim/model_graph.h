// Who is next to whom in a Model, in the directions that the Model itself does not hold: from flows to their activity, from resources and
// activities to those that name them.
//
//     ModelGraph graph(model);
//     for (const std::uint32_t actor : graph.users().of_activities.of(7)) ...   // who takes part in activity 7
//
// Cost: 4 bytes a flow; from the first call of users() on, 4 bytes a resource, activity, demand and binding.
// Leaves out: changes to come (ChangeLists in sim/model_index.h), which may become others while a graph lives.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/model_view.h"

namespace orrery::sim {

/// For each thing those that name it: lists one after the other.
class UserLists {
 public:
  explicit UserLists(std::size_t things) : begins_(things + 1, 0) {}

  /// To fill: count() for every user of every thing, then begin(), then add() for all of them again.
  void count(std::uint32_t thing) { ++begins_[thing]; }
  void begin();
  void add(std::uint32_t thing, std::uint32_t user) { users_[--begins_[thing]] = user; }
  std::span<const std::uint32_t> of(std::uint32_t thing) const {
    return {users_.data() + begins_[thing], begins_[thing + 1] - begins_[thing]};
  }

 private:
  std::vector<std::uint32_t> begins_;
  std::vector<std::uint32_t> users_;
};

/// Of a valid Model, whose parts must outlive it.
class ModelGraph {
 public:
  struct Users {
    UserLists of_resources;   // flows by their number; then actors, numbered on: whose processor it is
    UserLists of_activities;  // actors, once for each of their slots
  };

  explicit ModelGraph(const ModelView& model);

  const ModelView& model() const { return model_; }
  /// The slots that the actor's steps join by, ascending.
  const std::vector<std::uint32_t>& slots_of(const Actor& actor) const { return slots_[index(actor.script)]; }
  std::uint32_t activity_in(const Actor& actor, std::uint32_t slot) const { return index(model_.bindings[actor.first_binding + slot]); }
  std::uint32_t activity_of(std::uint32_t flow) const { return activity_of_flow_[flow]; }

  bool has_users() const { return users_.has_value(); }
  /// Made when first called.
  const Users& users();

 private:
  const ModelView model_;
  std::vector<std::vector<std::uint32_t>> slots_;  // by script
  std::vector<std::uint32_t> activity_of_flow_;
  std::optional<Users> users_;
};

}  // namespace orrery::sim
