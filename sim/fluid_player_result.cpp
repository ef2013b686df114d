// The end of a play: what happened, as a Timeline; or who is blocked. The play itself is in fluid_player.cpp.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "sim/error.h"
#include "sim/fluid_player.h"
#include "sim/model_view.h"

namespace orrery::sim {

void FluidPlayer::serve(std::span<const Demand> demands, std::int64_t units) {
  for (const Demand& demand : demands) {
    std::int64_t& served = timeline_.served[index(demand.resource)];
    served = detail::checked_add(served, detail::checked_multiply(units, demand.multiplicity));
  }
}

Timeline FluidPlayer::finish() {
  if (unfinished_ > 0) fail_blocked();
  for (const Time end : timeline_.actor_ends) timeline_.end = std::max(timeline_.end, end);
  for (std::uint32_t f = 0; f < model_.flows.size(); ++f) {
    if (const auto found = rerouted_.find(f); found != rerouted_.end()) {
      serve({model_.demands.data() + found->second.first_demand, found->second.demand_count}, found->second.here);
    } else {
      serve(demands_of(model_, model_.flows[f]), detail::checked_multiply(model_.flows[f].amount, activities_[activity_of_flow_[f]].runs));
    }
  }
  for (const StreamState& stream : streams_) {
    const Actor& actor = model_.actors[stream.actor];
    const Demand processor{actor.processor, actor.multiplicity};
    serve({&processor, 1}, kinds_[stream.kind].work);
  }
  timeline_.irregular = pool_.irregular();
  const std::size_t actors = model_.actors.size();
  timeline_.accounts.reserve(accounts_.size());
  for (std::size_t actor = 0; actor < actors; ++actor) {
    for (std::size_t label = 0; label < model_.labels; ++label) {
      const Spent& spent = accounts_[label * actors + actor];
      timeline_.accounts.push_back({{spent.running}, {spent.waiting}});
    }
  }
  std::sort(timeline_.spans.begin(), timeline_.spans.end(), [](const Span& a, const Span& b) {
    return std::tuple(a.ended, index(a.actor), a.stream) < std::tuple(b.ended, index(b.actor), b.stream);
  });
  return std::move(timeline_);
}

void FluidPlayer::fail_blocked() const {
  if (const auto resource = pool_.standstill()) {
    Stuck stuck("something runs over a resource without capacity to the end", now_);
    stuck.without_capacity = resource;
    throw stuck;
  }
  constexpr int shown = 8;
  int blocked = 0;
  std::string who;
  for (const StreamState& stream : streams_) {
    const StreamKind& kind = kinds_[stream.kind];
    if (stream.next >= kind.count || ++blocked > shown) continue;
    const char* what = kind.steps[stream.next].kind == StepKind::wait ? "an event" : "its peers";
    who += (who.empty() ? "actor " : "; actor ") + std::to_string(stream.actor) + " stream " + std::to_string(kind.number) + " at step " +
           std::to_string(stream.next) + " for " + what;
  }
  throw Error({.place = "",
               .what = std::to_string(blocked) + " streams wait for each other for ever: " + who,
               .remedy = "give sends and receives, collectives and events of the program one order that all ranks can follow"});
}

}  // namespace orrery::sim
