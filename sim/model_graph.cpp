#include "sim/model_graph.h"

#include "sim/error.h"
#include "sim/model_index.h"

namespace orrery::sim {

void UserLists::begin() {
  std::uint64_t users = 0;
  for (std::uint32_t& begin : begins_) {
    users += begin;
    check(users <= UINT32_MAX, "demands and bindings have numbers that fit");
    begin = static_cast<std::uint32_t>(users);
  }
  users_.resize(users);
}

ModelGraph::ModelGraph(const ModelView& model)
    : model_(model), slots_(joined_slots(model)), activity_of_flow_(activities_of_flows(model)) {}

const ModelGraph::Users& ModelGraph::users() {
  if (users_) return *users_;
  users_.emplace(UserLists(model_.resources.size()), UserLists(model_.activities.size()));
  const auto flows = static_cast<std::uint32_t>(model_.flows.size());
  const auto go_through = [&](const auto& use) {
    for (std::uint32_t f = 0; f < flows; ++f) {
      for (const Demand& demand : demands_of(model_, model_.flows[f])) use(users_->of_resources, index(demand.resource), f);
    }
    for (std::uint32_t a = 0; a < model_.actors.size(); ++a) {
      const Actor& actor = model_.actors[a];
      use(users_->of_resources, index(actor.processor), flows + a);
      for (const std::uint32_t slot : slots_of(actor)) use(users_->of_activities, activity_in(actor, slot), a);
    }
  };
  go_through([](UserLists& lists, std::uint32_t thing, std::uint32_t) { lists.count(thing); });
  users_->of_resources.begin();
  users_->of_activities.begin();
  go_through([](UserLists& lists, std::uint32_t thing, std::uint32_t user) { lists.add(thing, user); });
  return *users_;
}

}  // namespace orrery::sim
