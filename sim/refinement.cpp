#include "sim/refinement.h"

#include <algorithm>
#include <bit>
#include <initializer_list>
#include <span>
#include <utility>
#include <vector>

#include "sim/colouring.h"
#include "sim/model_graph.h"
#include "sim/model_index.h"

namespace orrery::sim {
namespace {

constexpr std::uint32_t no_colour = UINT32_MAX;

std::uint64_t scrambled(std::uint64_t x) {  // the finaliser of splitmix64; of 0: 0
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9U;
  x = (x ^ x >> 27) * 0x94d049bb133111ebU;
  return x ^ x >> 31;
}

// What a neighbour adds to a signature: signatures are sums, so that neighbours have no order and one can be exchanged for another. Colours
// are small numbers, on which the finaliser alone is nearly linear (of 2 x it is often twice that of x): they are moved far from 0 first.
std::uint64_t neighbour(std::uint64_t edge, std::uint32_t colour) {
  constexpr std::uint64_t far = 0x243f6a8885a308d3U;
  return colour == no_colour ? 0 : scrambled(edge * 0x9e3779b97f4a7c15U + far + colour);
}

// Kinds of edges besides a slot's number, a multiplicity, and the number of a path among its flow's changes.
constexpr std::uint64_t of_activity = UINT64_MAX;
constexpr std::uint64_t of_processor = UINT64_MAX;

std::uint64_t hashed(std::initializer_list<std::uint64_t> values) {
  std::uint64_t hash = 0;
  for (const std::uint64_t value : values) hash = scrambled(hash * 0x9e3779b97f4a7c15U + value + 1);
  return hash;
}

std::uint64_t in_itself(const Resource& resource) { return hashed({static_cast<std::uint64_t>(resource.capacity)}); }

std::uint64_t in_itself(const ModelView& model, const Flow& flow) {
  return hashed({static_cast<std::uint64_t>(flow.amount), std::bit_cast<std::uint64_t>(rate_alone(model, flow)), flow.demand_count});
}

std::uint64_t in_itself(const Activity& activity) {
  return hashed({static_cast<std::uint64_t>(activity.latency.ticks), activity.pipelined ? 1U : 0U,
                 static_cast<std::uint64_t>(activity.takes.arithmetic), static_cast<std::uint64_t>(activity.takes.memory)});
}

std::uint64_t in_itself(const ModelView& model, const std::vector<std::uint32_t>& slots, const Actor& actor) {
  std::uint64_t hash = hashed({index(actor.script), actor.multiplicity});
  if (model.joiners.empty()) return hash;
  for (const std::uint32_t slot : slots) hash = hashed({hash, model.joiners[actor.first_binding + slot]});
  return hash;
}

}  // namespace

// One refinement. Actors and flows look at their neighbours when they are touched. Activities and resources are told by them: a sum for
// each is kept up to date, so that a ring which differs from others by one of its thousand links is not added up again. Sums are compared
// between things of one colour only, so they may begin at 0 for things that were found alike before.
class Refinement::Rounds {
 public:
  /// From scratch.
  explicit Rounds(ModelGraph& graph);
  /// From a partition that is equitable but for the changes.
  Rounds(ModelGraph& graph, const Partition& coarser);

  void first_round();
  /// Whether anything was recoloured.
  bool next_round();
  Partition partition() &&;

 private:
  Rounds(ModelGraph& graph, Colouring actors, Colouring activities, Colouring flows, Colouring resources);

  std::uint64_t look_of_actor(std::uint32_t a) const;
  std::uint64_t look_of_flow(std::uint32_t f) const;
  std::uint64_t look_of_path(std::span<const Demand> path, std::uint64_t number) const;
  std::uint64_t changes_in_themselves(std::span<const std::uint32_t> list) const;

  void tell_of_actor(std::uint32_t a, std::uint32_t from, std::uint32_t to);
  void tell_activity_of_flow(std::uint32_t f, std::uint32_t from, std::uint32_t to);
  void tell_of_flow(std::uint32_t f, std::uint32_t from, std::uint32_t to);
  void tell_of_changes(std::uint32_t f, std::uint32_t from, std::uint32_t to);
  void tell_path(std::span<const Demand> path, std::uint64_t number, std::uint32_t from, std::uint32_t to, NumberSet& told);
  void tell_changes_of_resources();

  bool part_activities();
  bool part_resources();
  void touch_users_of_moved();
  void search_users_of_moved();
  void list_users_of_moved(const ModelGraph::Users& users);

  ModelGraph& graph_;
  const ModelView model_;
  const ChangeLists changes_;
  Colouring actors_;
  Colouring activities_;
  Colouring flows_;
  Colouring resources_;
  std::vector<std::uint64_t> activity_sums_;
  std::vector<std::uint64_t> resource_sums_;
  NumberSet moved_activities_;  // recoloured, and their actors were not touched yet
  NumberSet moved_resources_;   // the same, with actors and flows
  NumberSet crossed_;           // resources that flows cross as the Model begins; known after a first round
  int searches_ = 0;
};

Refinement::Rounds::Rounds(ModelGraph& graph, Colouring actors, Colouring activities, Colouring flows, Colouring resources)
    : graph_(graph),
      model_(graph.model()),
      changes_(model_),
      actors_(std::move(actors)),
      activities_(std::move(activities)),
      flows_(std::move(flows)),
      resources_(std::move(resources)),
      activity_sums_(model_.activities.size()),
      resource_sums_(model_.resources.size()),
      moved_activities_(model_.activities.size()),
      moved_resources_(model_.resources.size()),
      crossed_(model_.resources.size()) {}

Refinement::Rounds::Rounds(ModelGraph& graph)
    : Rounds(graph, Colouring(graph.model().actors.size()), Colouring(graph.model().activities.size()),
             Colouring(graph.model().flows.size()), Colouring(graph.model().resources.size())) {}

Refinement::Rounds::Rounds(ModelGraph& graph, const Partition& coarser)
    : Rounds(graph, Colouring(coarser.actors), Colouring(coarser.activities), Colouring(coarser.flows), Colouring(coarser.resources)) {
  for (const std::uint32_t f : changes_.flows()) {
    flows_.touch(f);
    tell_of_changes(f, no_colour, flows_.of(f));
  }
  tell_changes_of_resources();
}

// Everything by what it is in itself, and by the neighbours that have colours by then. Flows cross resources that have none: their look at
// the way would be a pass over all demands for little.
void Refinement::Rounds::first_round() {
  const auto nothing = [](std::uint32_t, std::uint32_t, std::uint32_t) {};
  actors_.part([this](std::uint32_t a) { return in_itself(model_, graph_.slots_of(model_.actors[a]), model_.actors[a]); }, nothing);
  for (std::uint32_t a = 0; a < actors_.things(); ++a) tell_of_actor(a, no_colour, actors_.of(a));
  activities_.part([this](std::uint32_t a) { return activity_sums_[a] += in_itself(model_.activities[a]); }, nothing);
  flows_.part(
      [this](std::uint32_t f) {
        return in_itself(model_, model_.flows[f]) + neighbour(of_activity, activities_.of(graph_.activity_of(f))) +
               changes_in_themselves(changes_.of(FlowId{f}));
      },
      nothing);
  for (std::uint32_t f = 0; f < flows_.things(); ++f) {
    tell_activity_of_flow(f, no_colour, flows_.of(f));
    tell_path(demands_of(model_, model_.flows[f]), 0, no_colour, flows_.of(f), crossed_);
    tell_of_changes(f, no_colour, flows_.of(f));
  }
  tell_changes_of_resources();
  resources_.part([this](std::uint32_t r) { return resource_sums_[r] += in_itself(model_.resources[r]); }, nothing);
  actors_.touch_all();
  flows_.touch_all();
}

bool Refinement::Rounds::next_round() {
  touch_users_of_moved();
  bool any = actors_.part([this](std::uint32_t a) { return look_of_actor(a); },
                          [this](std::uint32_t a, std::uint32_t from, std::uint32_t to) { tell_of_actor(a, from, to); });
  any |= part_activities();
  any |= flows_.part([this](std::uint32_t f) { return look_of_flow(f); },
                     [this](std::uint32_t f, std::uint32_t from, std::uint32_t to) { tell_of_flow(f, from, to); });
  any |= part_resources();
  return any;
}

bool Refinement::Rounds::part_activities() {
  return activities_.part([this](std::uint32_t a) { return activity_sums_[a]; },
                          [this](std::uint32_t a, std::uint32_t, std::uint32_t) {
                            moved_activities_.insert(a);
                            const Activity& activity = model_.activities[a];
                            for (std::uint32_t f = 0; f < activity.flow_count; ++f) flows_.touch(activity.first_flow + f);
                          });
}

bool Refinement::Rounds::part_resources() {
  return resources_.part([this](std::uint32_t r) { return resource_sums_[r]; },
                         [this](std::uint32_t r, std::uint32_t, std::uint32_t) { moved_resources_.insert(r); });
}

std::uint64_t Refinement::Rounds::look_of_actor(std::uint32_t a) const {
  const Actor& actor = model_.actors[a];
  std::uint64_t sum = neighbour(of_processor, resources_.of(index(actor.processor)));
  for (const std::uint32_t slot : graph_.slots_of(actor)) sum += neighbour(slot, activities_.of(graph_.activity_in(actor, slot)));
  return sum;
}

std::uint64_t Refinement::Rounds::look_of_path(std::span<const Demand> path, std::uint64_t number) const {
  std::uint64_t sum = 0;
  for (const Demand& demand : path) sum += neighbour(number << 32 | demand.multiplicity, resources_.of(index(demand.resource)));
  return sum;
}

std::uint64_t Refinement::Rounds::look_of_flow(std::uint32_t f) const {
  const auto list = changes_.of(FlowId{f});
  std::uint64_t sum = neighbour(of_activity, activities_.of(graph_.activity_of(f))) + changes_in_themselves(list);
  sum += look_of_path(demands_of(model_, model_.flows[f]), 0);
  for (std::size_t k = 0; k < list.size(); ++k) sum += look_of_path(demands_of(model_, model_.changes[list[k]]), k + 1);
  return sum;
}

std::uint64_t Refinement::Rounds::changes_in_themselves(std::span<const std::uint32_t> list) const {
  std::uint64_t hash = 0;
  for (const std::uint32_t c : list) {
    const Change& change = model_.changes[c];
    hash = hashed({hash, static_cast<std::uint64_t>(change.at.ticks), static_cast<std::uint64_t>(change.kind),
                   static_cast<std::uint64_t>(change.capacity)});
  }
  return hash;
}

void Refinement::Rounds::tell_of_actor(std::uint32_t a, std::uint32_t from, std::uint32_t to) {
  const Actor& actor = model_.actors[a];
  resource_sums_[index(actor.processor)] += neighbour(of_processor, to) - neighbour(of_processor, from);
  resources_.touch(index(actor.processor));
  for (const std::uint32_t slot : graph_.slots_of(actor)) {
    const std::uint32_t activity = graph_.activity_in(actor, slot);
    activity_sums_[activity] += neighbour(slot, to) - neighbour(slot, from);
    activities_.touch(activity);
  }
}

void Refinement::Rounds::tell_path(std::span<const Demand> path, std::uint64_t number, std::uint32_t from, std::uint32_t to,
                                   NumberSet& told) {
  const std::uint64_t news = neighbour(number, to) - neighbour(number, from);
  for (const Demand& demand : path) {
    resource_sums_[index(demand.resource)] += news * demand.multiplicity;
    told.insert(index(demand.resource));
  }
}

void Refinement::Rounds::tell_activity_of_flow(std::uint32_t f, std::uint32_t from, std::uint32_t to) {
  const std::uint32_t activity = graph_.activity_of(f);
  activity_sums_[activity] += neighbour(of_activity, to) - neighbour(of_activity, from);
  activities_.touch(activity);
}

void Refinement::Rounds::tell_of_flow(std::uint32_t f, std::uint32_t from, std::uint32_t to) {
  tell_activity_of_flow(f, from, to);
  tell_path(demands_of(model_, model_.flows[f]), 0, from, to, resources_.touched());
  tell_of_changes(f, from, to);
}

void Refinement::Rounds::tell_of_changes(std::uint32_t f, std::uint32_t from, std::uint32_t to) {
  const auto list = changes_.of(FlowId{f});
  for (std::size_t k = 0; k < list.size(); ++k) {
    tell_path(demands_of(model_, model_.changes[list[k]]), k + 1, from, to, resources_.touched());
  }
}

void Refinement::Rounds::tell_changes_of_resources() {
  for (const std::uint32_t r : changes_.resources()) {
    resource_sums_[r] += changes_in_themselves(changes_.of(ResourceId{r}));
    resources_.touch(r);
  }
}

// Whoever names what was recoloured. A search costs a pass over all demands, but no memory: lists are made when many were needed.
void Refinement::Rounds::touch_users_of_moved() {
  constexpr int most_searches = 16;
  if (moved_activities_.empty() && moved_resources_.empty()) return;
  if (graph_.has_users() || searches_++ >= most_searches) {
    list_users_of_moved(graph_.users());
  } else {
    search_users_of_moved();
  }
  for (const std::uint32_t f : changes_.flows()) {
    for (const std::uint32_t c : changes_.of(FlowId{f})) {
      for (const Demand& demand : demands_of(model_, model_.changes[c])) {
        if (moved_resources_.contains(index(demand.resource))) flows_.touch(f);
      }
    }
  }
  moved_activities_.clear();
  moved_resources_.clear();
}

void Refinement::Rounds::list_users_of_moved(const ModelGraph::Users& users) {
  moved_activities_.for_each([&](std::uint32_t activity) {
    for (const std::uint32_t actor : users.of_activities.of(activity)) actors_.touch(actor);
  });
  moved_resources_.for_each([&](std::uint32_t resource) {
    for (const std::uint32_t user : users.of_resources.of(resource)) {
      if (user < flows_.things()) {
        flows_.touch(user);
      } else {
        actors_.touch(user - flows_.things());
      }
    }
  });
}

void Refinement::Rounds::search_users_of_moved() {
  for (std::uint32_t a = 0; a < actors_.things(); ++a) {
    if (actors_.is_alone(a)) continue;
    const Actor& actor = model_.actors[a];
    const auto& slots = graph_.slots_of(actor);
    const auto moved = [&](std::uint32_t slot) { return moved_activities_.contains(graph_.activity_in(actor, slot)); };
    if (moved_resources_.contains(index(actor.processor)) || std::any_of(slots.begin(), slots.end(), moved)) actors_.touch(a);
  }
  if (!moved_resources_.meets(crossed_)) return;
  for (std::uint32_t f = 0; f < flows_.things(); ++f) {
    if (flows_.is_alone(f)) continue;
    const auto path = demands_of(model_, model_.flows[f]);
    const auto moved = [&](const Demand& demand) { return moved_resources_.contains(index(demand.resource)); };
    if (std::any_of(path.begin(), path.end(), moved)) flows_.touch(f);
  }
}

Partition Refinement::Rounds::partition() && {
  return {.actors = std::move(actors_).numbered(),
          .activities = std::move(activities_).numbered(),
          .flows = std::move(flows_).numbered(),
          .resources = std::move(resources_).numbered()};
}

Partition Refinement::coarsest(int rounds) {
  Rounds all(graph_);
  all.first_round();
  while (--rounds > 0 && all.next_round()) continue;
  return std::move(all).partition();
}

Partition Refinement::refined(const Partition& coarser) {
  graph_.users();
  Rounds all(graph_, coarser);
  while (all.next_round()) continue;
  return std::move(all).partition();
}

}  // namespace orrery::sim
