// Models of actors that are alike, for the tests of folding.
//
//     ModelMaker make;
//     const ScriptId script = make_script(make, {{work(1_us), join(0)}}, 1);
//     make_actor(make, script, make.resource(work_per_second), {transfer});
#pragma once

#include <utility>
#include <vector>

#include "tests/sim/model_maker.h"

namespace orrery::sim {

inline ScriptId make_script(ModelMaker& make, std::vector<std::vector<Step>> streams, std::uint32_t slots, std::uint32_t events = 0) {
  make.model.scripts.push_back({.streams = std::move(streams), .slots = slots, .events = events});
  return ScriptId{static_cast<std::uint32_t>(make.model.scripts.size() - 1)};
}

inline ActorId make_actor(ModelMaker& make, ScriptId script, ResourceId processor, const std::vector<ActivityId>& slots) {
  make.model.actors.push_back({script, processor, static_cast<std::uint32_t>(make.model.bindings.size())});
  make.model.bindings.insert(make.model.bindings.end(), slots.begin(), slots.end());
  return ActorId{static_cast<std::uint32_t>(make.model.actors.size() - 1)};
}

/// Each of `actors` works for 1 us, then sends 1,000 bytes to the next over a link of its own at 1 GB/s (slot 0), and receives from the one
/// before in a second stream (slot 1). Resources: the processors from `first_processor` on, then the links.
struct Ring {
  std::uint32_t first_processor;
  std::uint32_t first_link;
};
inline Ring make_ring(ModelMaker& make, std::uint32_t actors) {
  const ScriptId script = make_script(make, {{work(1_us), join(0)}, {join(1)}}, 2);
  const Ring ring{static_cast<std::uint32_t>(make.model.resources.size()),
                  static_cast<std::uint32_t>(make.model.resources.size() + actors)};
  make.model.resources.insert(make.model.resources.end(), actors, {work_per_second});
  std::vector<ActivityId> sends;
  for (std::uint32_t i = 0; i < actors; ++i) sends.push_back(make.activity(1'000, {{make.resource(gigabyte_per_second), 1}}, 2));
  for (std::uint32_t i = 0; i < actors; ++i) {
    make_actor(make, script, ResourceId{ring.first_processor + i}, {sends[i], sends[(i + actors - 1) % actors]});
  }
  return ring;
}
inline Model ring_of(std::uint32_t actors) {
  ModelMaker make;
  make_ring(make, actors);
  return make.model;
}

/// One and the same thing twice: an actor on a processor of its own (resource 0 + 3 k), which joins by slot 0 an activity of two flows,
/// over a link (1 + 3 k) and over a detour (2 + 3 k), and by slot 1 one of latency alone. At 1 us the link slows down; at 2 us the first
/// flow takes to the detour; at 3 us the second one is cut off.
inline Model twins() {
  ModelMaker make;
  const ScriptId script = make_script(make, {{work(1_us), join(0), join(1)}}, 2);
  for (int k = 0; k < 2; ++k) {
    const ResourceId processor = make.resource(work_per_second);
    const ResourceId link = make.resource(4 * gigabyte_per_second);
    const ResourceId detour = make.resource(2 * gigabyte_per_second);
    const ActivityId transfers = make.activity({{1'000, {{link, 1}}}, {2'000, {{detour, 1}}}}, 1, 1_us);
    make_actor(make, script, processor, {transfers, make.activity(0, {}, 1, 5_us)});
  }
  for (std::uint32_t k = 0; k < 2; ++k) {
    make.model.changes.push_back({.at = at(1_us), .target = 1 + 3 * k, .capacity = gigabyte_per_second});
  }
  for (std::uint32_t k = 0; k < 2; ++k) {
    const auto first = static_cast<std::uint32_t>(make.model.demands.size());
    make.model.demands.push_back({ResourceId{2 + 3 * k}, 1});
    make.model.changes.push_back({.at = at(2_us), .kind = Change::Kind::path, .target = 2 * k, .first_demand = first, .demand_count = 1});
  }
  for (std::uint32_t k = 0; k < 2; ++k) {
    make.model.changes.push_back({.at = at(3_us), .kind = Change::Kind::cut_off, .target = 1 + 2 * k});
  }
  return make.model;
}

}  // namespace orrery::sim
