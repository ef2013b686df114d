#include "sim/max_min_fair.h"

#include <algorithm>

#include "sim/error.h"

namespace orrery::sim {

namespace {
constexpr MaxMinFair::Rate rising_rate = -1;
constexpr std::size_t heap_arity = 4;
constexpr MaxMinFair::Rate no_level = MaxMinFair::uncapped;
}  // namespace

void MaxMinFair::clear() {
  capacities_.clear();
  first_crossings_.clear();
  crossings_.clear();
  caps_.clear();
}

MaxMinFair::Index MaxMinFair::add_resource(Rate capacity) {
  check(capacity >= 0 && capacity < uncapped, "a resource has a capacity");
  capacities_.push_back(capacity);
  return static_cast<Index>(capacities_.size() - 1);
}

MaxMinFair::Index MaxMinFair::add_flow(Rate cap) {
  check(cap >= 0, "a flow has a cap of at least nothing");
  const auto flow = static_cast<Index>(first_crossings_.size());
  first_crossings_.push_back(crossings_.size());
  if (cap < uncapped) caps_.push_back({cap, flow});
  return flow;
}

void MaxMinFair::cross(Index resource, std::uint32_t multiplicity) {
  check(!first_crossings_.empty(), "a crossing belongs to a flow");
  check(resource < capacities_.size(), "a crossing is of a known resource");
  check(multiplicity > 0, "a crossing has a positive multiplicity");
  crossings_.push_back({resource, multiplicity});
}

const std::vector<MaxMinFair::Rate>& MaxMinFair::solve() {
  begin_filling();
  while (rising_flows_ > 0) {
    const Rate level = next_level();
    check(level < no_level, "a flow without crossings has a finite cap");
    stop_at(level);
  }
  return rates_;
}

std::span<const MaxMinFair::Crossing> MaxMinFair::crossings_of(Index flow) const {
  const std::size_t begin = first_crossings_[flow];
  const std::size_t end = flow + 1 < first_crossings_.size() ? first_crossings_[flow + 1] : crossings_.size();
  return {crossings_.data() + begin, end - begin};
}

void MaxMinFair::list_flows_by_resource() {
  // A counting sort. Ends are counted one slot late, so that filling in moves every slot to the beginning of its own resource.
  first_flows_.assign(capacities_.size() + 2, 0);
  for (const Crossing& crossing : crossings_) ++first_flows_[crossing.resource + 2];
  for (std::size_t slot = 2; slot < first_flows_.size(); ++slot) first_flows_[slot] += first_flows_[slot - 1];
  flows_.resize(crossings_.size());
  for (Index flow = 0; flow < first_crossings_.size(); ++flow) {
    for (const Crossing& crossing : crossings_of(flow)) flows_[first_flows_[crossing.resource + 1]++] = flow;
  }
}

void MaxMinFair::begin_filling() {
  list_flows_by_resource();
  rates_.assign(first_crossings_.size(), rising_rate);
  bottlenecks_.assign(rates_.size(), none);
  rising_flows_ = rates_.size();
  std::sort(caps_.begin(), caps_.end(), [](const Cap& a, const Cap& b) { return a.rate < b.rate; });
  caps_done_ = 0;

  fillings_.resize(capacities_.size());
  for (std::size_t r = 0; r < capacities_.size(); ++r) fillings_[r] = {capacities_[r], 0, 0, uncapped};
  for (const Crossing& crossing : crossings_) fillings_[crossing.resource].rising += crossing.multiplicity;

  touched_.clear();
  heap_.clear();
  for (std::size_t r = 0; r < fillings_.size(); ++r) {
    if (fillings_[r].rising == 0) continue;
    heap_.push_back({fillings_[r].residual / fillings_[r].rising, static_cast<Index>(r)});
  }
  for (std::size_t hole = heap_.size() / heap_arity + 1; hole-- > 0;) sift_down(hole);
}

/// The least cap of a flow that still rises.
MaxMinFair::Rate MaxMinFair::next_cap() {
  while (caps_done_ < caps_.size() && rates_[caps_[caps_done_].flow] != rising_rate) ++caps_done_;
  return caps_done_ < caps_.size() ? caps_[caps_done_].rate : no_level;
}

/// Where the next flow stops rising. Levels go strictly up: stop_at leaves no bound and no cap at or below its level.
MaxMinFair::Rate MaxMinFair::next_level() {
  const Rate cap = next_cap();
  while (!heap_.empty() && heap_.front().share < cap) {
    if (top_is_exact()) return heap_.front().share;
  }
  return cap;
}

/// Stops every flow that a full resource or its cap holds at `level`, and only then takes their rates off the resources: until then the
/// share of each is what it was when the level was found.
void MaxMinFair::stop_at(Rate level) {
  for (; next_cap() <= level; ++caps_done_) stop(caps_[caps_done_].flow, level, none);
  while (!heap_.empty() && heap_.front().share <= level) {
    if (!top_is_exact()) continue;
    const Index full = heap_.front().resource;
    remove_top();
    fillings_[full].full_at = level;
    for (std::size_t at = first_flows_[full]; at < first_flows_[full + 1]; ++at) stop(flows_[at], level, full);
  }
  for (const Index resource : touched_) {
    Filling& filling = fillings_[resource];
    filling.residual -= level * filling.stopping;
    filling.rising -= filling.stopping;
    filling.stopping = 0;
  }
  touched_.clear();
}

void MaxMinFair::stop(Index flow, Rate level, Index by) {
  if (rates_[flow] != rising_rate) return;
  rates_[flow] = level;
  bottlenecks_[flow] = by;
  --rising_flows_;
  for (const Crossing& crossing : crossings_of(flow)) {
    Filling& filling = fillings_[crossing.resource];
    if (filling.stopping == 0) touched_.push_back(crossing.resource);
    filling.stopping += crossing.multiplicity;
  }
}

/// Whether the bound at the top of the heap is the resource's share. Where it is not, it is raised or taken out, and another comes to the
/// top. Shares never fall: with level <= residual / rising, (residual - level n) / (rising - n) >= residual / rising, rounded down or not.
bool MaxMinFair::top_is_exact() {
  Bound& top = heap_.front();
  const Filling& filling = fillings_[top.resource];
  if (filling.rising == 0) {
    remove_top();
    return false;
  }
  const Rate share = filling.residual / filling.rising;
  if (share == top.share) return true;
  top.share = share;
  sift_down(0);
  return false;
}

void MaxMinFair::remove_top() {
  heap_.front() = heap_.back();
  heap_.pop_back();
  sift_down(0);
}

void MaxMinFair::sift_down(std::size_t hole) {
  if (hole >= heap_.size()) return;
  const Bound moved = heap_[hole];
  for (;;) {
    const std::size_t first = hole * heap_arity + 1;
    if (first >= heap_.size()) break;
    const std::size_t last = std::min(first + heap_arity, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < last; ++child) {
      if (heap_[child].share < heap_[least].share) least = child;
    }
    if (heap_[least].share >= moved.share) break;
    heap_[hole] = heap_[least];
    hole = least;
  }
  heap_[hole] = moved;
}

}  // namespace orrery::sim
