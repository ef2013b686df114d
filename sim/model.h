// A Model is what an engine plays: resources with a capacity, activities that use them, and actors that start activities in order. It knows
// no GPU, no network and no transformer; workloads/lower.h makes it of a Program and a Cluster.
//
// Everything that runs is a fluid. An activity moves `amount` units over every unit of its demands at one common rate x: each resource r
// that it crosses with multiplicity m serves m*x units a second, and the sum over activities never exceeds the resource's capacity. A ring
// all-reduce is one activity whose `amount` is the bytes of one ring edge and whose multiplicities count the ring's edges over each link.
//
// Actors that behave alike share a Script; only the binding of a script's slots to activities is their own. Memory is therefore resources +
// activities' demands + actors' bindings, never actors x operations.
//
//     Two actors that each work 1 ms and then meet in a transfer of 1,000 bytes over one link of 1 GB/s:
//       Model m;
//       m.resources = {{work_per_second}, {work_per_second}, {1'000'000'000}};
//       m.activities = {{.amount = 1000, .first_demand = 0, .demand_count = 1, .participants = 2}};
//       m.demands = {{ResourceId{2}, 1}};
//       m.scripts = {{.streams = {{Step{StepKind::work, 0, 0, 1'000'000'000}, Step{StepKind::join, 1, 0, 0}}}, .slots = 1}};
//       m.bindings = {ActivityId{0}, ActivityId{0}};
//       m.actors = {{ScriptId{0}, ResourceId{0}, 0}, {ScriptId{0}, ResourceId{1}, 1}};
//
// Leaves out: names of resources (the Cluster knows them) and who sends to whom inside an activity.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "sim/units.h"

namespace orrery::sim {

enum class ResourceId : std::uint32_t {};
enum class ActivityId : std::uint32_t {};
enum class ActorId : std::uint32_t {};
enum class ScriptId : std::uint32_t {};
constexpr std::uint32_t index(ResourceId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(ActivityId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(ActorId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(ScriptId id) { return static_cast<std::uint32_t>(id); }

/// Work is counted in picoseconds of a healthy processor: one that serves `work_per_second` does work of n in n picoseconds.
inline constexpr std::int64_t work_per_second = Picosecond::per_second;

struct Resource {
  std::int64_t capacity = 0;  // units a second: bytes for links, picoseconds of work for processors
};

struct Demand {
  ResourceId resource;
  std::uint32_t multiplicity = 1;
};

/// Something that can run over and over, one run at a time. A run begins when `participants` streams have joined it, waits `latency`, then
/// flows.
struct Activity {
  std::int64_t amount = 0;                                    // units over each unit of demand; 0 means latency alone
  double rate_cap = std::numeric_limits<double>::infinity();  // units a second
  Duration latency{};
  std::uint32_t first_demand = 0;  // into Model::demands; a resource at most once an activity
  std::uint32_t demand_count = 0;
  std::uint32_t participants = 1;
};

enum class StepKind : std::uint8_t {
  work,          // occupy the actor's processor with `amount` work
  pause,         // `amount` picoseconds pass
  join,          // take part in the activity bound to slot `target`; goes on when the run has ended
  record,        // event `target` is reached
  record_begun,  // event `target` is reached when the next step of this stream that takes time has begun (or the stream ends)
  wait,          // until event `target` was reached `amount` times
};

/// Whether a step of the kind blocks its stream for a time of its own.
constexpr bool takes_time(StepKind kind) { return kind == StepKind::work || kind == StepKind::pause || kind == StepKind::join; }

struct Step {
  StepKind kind;
  std::uint8_t label = 0;    // what the time is booked under (Timeline::accounts)
  std::uint32_t target = 0;  // slot or event
  std::int64_t amount = 0;
};

/// What actors of one kind do. The first stream is the one accounted for.
struct Script {
  std::vector<std::vector<Step>> streams;
  std::uint32_t slots = 0;
  std::uint32_t events = 0;
};

struct Actor {
  ScriptId script;
  ResourceId processor;
  std::uint32_t first_binding = 0;  // Model::bindings[first_binding + slot] is the activity of a slot
};

struct Model {
  std::vector<Resource> resources;
  std::vector<Demand> demands;
  std::vector<Activity> activities;
  std::vector<Script> scripts;
  std::vector<ActivityId> bindings;
  std::vector<Actor> actors;
  std::uint8_t labels = 1;  // labels are 0..labels-1
};

/// Throws std::logic_error (our bug, not the user's) where an index is out of range, a capacity of a used resource is not positive, a
/// resource stands twice in an activity, or an activity's participants are not the actors that name it.
void validate(const Model& model);

}  // namespace orrery::sim
