#include "sim/dominance.h"

#include <algorithm>
#include <cstdint>
#include <ranges>
#include <span>

#include "sim/error.h"

namespace orrery::sim {
namespace {

constexpr std::uint32_t no_suspect = UINT32_MAX;
constexpr std::uint32_t not_crossed = UINT32_MAX - 1;
constexpr std::size_t path_reach = 32;  // along a path

// For each resource the two that may dominate it: one before it on a path and one after it, until a flow crosses it and not them.
class Suspects {
 public:
  explicit Suspects(const Model& model) : model_(model), suspects_(model.resources.size()) {
    check(model.resources.size() < not_crossed, "resources have numbers of 32 bits");
    for (const std::uint32_t flow : shortest_first()) follow(flow);
  }

  std::vector<bool> undominated() const {
    std::vector<bool> result(suspects_.size());
    for (std::size_t r = 0; r < result.size(); ++r) result[r] = suspects_[r].before == no_suspect && suspects_[r].after == no_suspect;
    for (const Actor& actor : model_.actors) result[index(actor.processor)] = true;  // work is not among the flows
    return result;
  }

 private:
  struct Suspect {
    std::uint32_t before = not_crossed;
    std::uint32_t after = not_crossed;
    std::uint32_t flow = UINT32_MAX;  // the last that crosses it, and how often
    std::uint32_t multiplicity = 0;
  };

  // What is near on the path of one transfer says more than what is near in a ring.
  std::vector<std::uint32_t> shortest_first() const {
    const auto length = [](const Flow& flow) { return std::min<std::size_t>(flow.demand_count, path_reach); };
    std::vector<std::uint32_t> next(path_reach + 2, 0);  // by length
    for (const Flow& flow : model_.flows) ++next[length(flow) + 1];
    for (std::size_t l = 1; l < next.size(); ++l) next[l] += next[l - 1];
    std::vector<std::uint32_t> order(model_.flows.size());
    for (std::uint32_t f = 0; f < order.size(); ++f) order[next[length(model_.flows[f])]++] = f;
    return order;
  }

  void follow(std::uint32_t flow) {
    const auto path = demands_of(model_, model_.flows[flow]);
    for (const Demand& demand : path) {
      Suspect& suspect = suspects_[index(demand.resource)];
      suspect.flow = flow;
      suspect.multiplicity = demand.multiplicity;
    }
    for (std::size_t i = 0; i < path.size(); ++i) {
      Suspect& suspect = suspects_[index(path[i].resource)];
      if (suspect.before == not_crossed) {
        suspect.before = nearest(path[i], std::views::reverse(path.first(i).last(std::min(i, path_reach))));
        suspect.after = nearest(path[i], path.subspan(i + 1, std::min(path.size() - i - 1, path_reach)));
      } else {
        if (!is_crossed(suspect.before, flow, suspect.multiplicity)) suspect.before = no_suspect;
        if (!is_crossed(suspect.after, flow, suspect.multiplicity)) suspect.after = no_suspect;
      }
    }
  }

  // Narrower, or as wide and of a lower number: so no two dominate each other, nor do more in a circle.
  template <class Demands>
  std::uint32_t nearest(const Demand& crossed, const Demands& others) const {
    const std::int64_t capacity = model_.resources[index(crossed.resource)].capacity;
    for (const Demand& other : others) {
      const std::int64_t width = model_.resources[index(other.resource)].capacity;
      const bool narrower = width < capacity || (width == capacity && other.resource < crossed.resource);
      if (narrower && other.multiplicity >= crossed.multiplicity) return index(other.resource);
    }
    return no_suspect;
  }

  bool is_crossed(std::uint32_t resource, std::uint32_t flow, std::uint32_t multiplicity) const {
    return resource != no_suspect && suspects_[resource].flow == flow && suspects_[resource].multiplicity >= multiplicity;
  }

  const Model& model_;
  std::vector<Suspect> suspects_;
};

// Engines may round rates by the greatest capacity there is: it stays the same, if need be of a resource that nothing crosses.
void keep_greatest(std::span<const Resource> all, std::vector<Resource>& kept) {
  const auto narrower = [](const Resource& one, const Resource& other) { return one.capacity < other.capacity; };
  const auto greatest = std::max_element(all.begin(), all.end(), narrower);
  if (greatest == all.end()) return;
  if (std::none_of(kept.begin(), kept.end(), [&](const Resource& resource) { return resource.capacity == greatest->capacity; })) {
    kept.push_back(*greatest);
  }
}

}  // namespace

std::vector<bool> undominated_resources(const Model& model) {
  if (!model.changes.empty()) return std::vector<bool>(model.resources.size(), true);
  return Suspects(model).undominated();
}

LeanModel::LeanModel(const Model& whole, const std::vector<bool>& kept) : whole_(whole), actors_(whole.actors) {
  check(whole.changes.empty(), "paths do not change");
  std::vector<ResourceId> numbers(whole.resources.size());  // where kept
  resources_.reserve(static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true)) + 1);
  for (std::size_t r = 0; r < whole.resources.size(); ++r) {
    if (!kept[r]) continue;
    numbers[r] = ResourceId{static_cast<std::uint32_t>(resources_.size())};
    resources_.push_back(whole.resources[r]);
  }
  keep_greatest(whole.resources, resources_);
  flows_.reserve(whole.flows.size());
  demands_.reserve(whole.demands.size());
  for (const Flow& flow : whole.flows) {
    const auto first = static_cast<std::uint32_t>(demands_.size());
    for (const Demand& demand : demands_of(whole, flow)) {
      const std::uint32_t resource = index(demand.resource);
      if (kept[resource]) demands_.push_back({numbers[resource], demand.multiplicity});
    }
    flows_.push_back({.amount = flow.amount,
                      .rate_cap = rate_alone(whole, flow),
                      .first_demand = first,
                      .demand_count = static_cast<std::uint32_t>(demands_.size()) - first});
  }
  for (Actor& actor : actors_) actor.processor = numbers[index(actor.processor)];
}

}  // namespace orrery::sim
