// A Model is what an engine plays: resources with a capacity, activities that use them, and actors that start activities in order. It knows
// no GPU, no network and no transformer; workloads/lower.h makes it of a Program and a Cluster.
//
// Everything that runs is a fluid. A flow moves `amount` units over every unit of its demands at one common rate x: each resource r that it
// crosses with multiplicity m serves m*x units a second, and the sum over flows never exceeds the resource's capacity. An activity is what
// actors meet in: it runs one or more flows side by side. A pipelined ring all-reduce is an activity of one flow (a "hyperflow"), whose
// `amount` is the bytes of one ring edge and whose multiplicities count the ring's edges over each link; or, cut finer, of a flow an edge.
//
// Actors that behave alike share a Script; only the binding of a script's slots to activities is their own. Memory is therefore resources +
// flows' demands + actors' bindings, never actors x operations.
//
//     Two actors that each work 1 ms and then meet in a transfer of 1,000 bytes over one link of 1 GB/s:
//       Model m;
//       m.resources = {{work_per_second}, {work_per_second}, {1'000'000'000}};
//       m.demands = {{ResourceId{2}, 1}};
//       m.flows = {{.amount = 1000, .first_demand = 0, .demand_count = 1}};
//       m.activities = {{.first_flow = 0, .flow_count = 1, .participants = 2}};
//       m.scripts = {{.streams = {{Step{StepKind::work, 0, 0, 1'000'000'000}, Step{StepKind::join, 1, 0, 0}}}, .slots = 1}};
//       m.bindings = {ActivityId{0}, ActivityId{0}};
//       m.actors = {{ScriptId{0}, ResourceId{0}, 0}, {ScriptId{0}, ResourceId{1}, 1}};
//
// Leaves out: names of resources (the Cluster knows them) and who sends to whom inside an activity.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "sim/units.h"

namespace orrery::sim {

enum class ResourceId : std::uint32_t {};
enum class FlowId : std::uint32_t {};
enum class ActivityId : std::uint32_t {};
enum class ActorId : std::uint32_t {};
enum class ScriptId : std::uint32_t {};
constexpr std::uint32_t index(ResourceId id) { return static_cast<std::uint32_t>(id); }
constexpr std::uint32_t index(FlowId id) { return static_cast<std::uint32_t>(id); }
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

/// What moves when an activity runs.
struct Flow {
  std::int64_t amount = 0;  // units over each unit of demand, > 0
  /// Units a second without rivals. Infinite: what its resources allow it alone (rate_alone). A finite one is taken as it is.
  double rate_cap = std::numeric_limits<double>::infinity();
  std::uint32_t first_demand = 0;  // into Model::demands; a resource at most once a flow; in the order of the path where it is a transfer
  std::uint32_t demand_count = 0;
};

/// What a run takes from a processor, in millionths of the whole: of its arithmetic units, and of its memory's bandwidth. Of the latter so
/// much where its flows have their rate_alone; while the slowest of them has a share of that, held up by rivals or by a link that is slower
/// than its cap, that share.
struct Takes {
  std::int32_t arithmetic = 0;
  std::int32_t memory = 0;
  bool operator==(const Takes&) const = default;
};
inline constexpr std::int32_t whole_processor = 1'000'000;

/// Something that can run over and over, one run at a time. A run begins when every participant has joined it, waits `latency`, then all
/// its flows flow; it ends when the last of them has ended. A participant is one slot of one actor that is bound to the activity.
struct Activity {
  Duration latency{};
  std::uint32_t first_flow = 0;  // into Model::flows; no flows: latency alone
  std::uint32_t flow_count = 0;
  std::uint32_t participants = 1;
  bool pipelined = false;  // its flows each stand for many edges that move at one rate, as a ring's do
  Takes takes{};           // from the processor of each participant, while a run lasts (sim/interference.h)
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
  std::uint32_t target = 0;  // slot or event; of work: its mix
  std::int64_t amount = 0;
  double deviation = 0;  // of the amount of a work step, from one actor and one time to the next: standard deviation (Noise)
};

/// What work is bound by, in shares of its amount: the processor's memory, and nothing that runs take. The rest is bound by arithmetic.
struct Mix {
  float memory = 0;
  float slack = 0;
  bool operator==(const Mix&) const = default;
};

/// What actors of one kind do. The first stream is the one accounted for.
struct Script {
  std::vector<std::vector<Step>> streams;
  std::uint32_t slots = 0;
  std::uint32_t events = 0;
  std::vector<Mix> mixes{};  // by Step::target of work; past the end, bound by arithmetic
};

struct Actor {
  ScriptId script;
  ResourceId processor;
  std::uint32_t first_binding = 0;  // Model::bindings[first_binding + slot] is the activity of a slot
  std::uint32_t multiplicity = 1;   // units of its processor that each unit of its work takes: the actors alike that share it
};

/// What becomes otherwise while the Model plays, for whatever reason.
struct Change {
  enum class Kind : std::uint8_t {
    capacity,  // resource `target` serves `capacity` units a second from now on, no more than at the start; at 0 nothing moves over it
    path,      // flow `target` takes the demands `first_demand`, `demand_count` from now on, running or not
    cut_off,   // flow `target` has no path any more: that it runs, or comes to run, is an error (sim::Stuck)
  };
  Time at{};
  Kind kind = Kind::capacity;
  std::uint32_t target = 0;
  std::int64_t capacity = 0;
  std::uint32_t first_demand = 0;
  std::uint32_t demand_count = 0;
};

/// Chance, taken as expectations, so that actors alike stay alike: where actors meet, the run begins later by the expected maximum of
/// what their work varied since they last met (sim/noise.h). All zero: no chance.
struct Noise {
  double actor_speed = 0;  // relative standard deviation of the actors' speeds, each for good
  bool steps = false;      // whether Step::deviation counts
};

struct Model {
  std::vector<Resource> resources;
  std::vector<Demand> demands;
  std::vector<Flow> flows;
  std::vector<Activity> activities;
  std::vector<Script> scripts;
  std::vector<ActivityId> bindings;
  std::vector<std::uint32_t> joiners;  // by binding: the slots of actors alike that it stands for; empty: one each
  std::vector<Actor> actors;
  std::vector<Change> changes;  // in order of time
  Noise noise;
  std::uint8_t labels = 1;  // labels are 0..labels-1
};

/// Throws std::logic_error (our bug, not the user's) where an index is out of range, a capacity of a used resource is not positive, a
/// resource stands twice in a flow, a flow is of no activity or of two, an activity's participants are not the slots that name it, changes
/// are out of order, or a share is out of range.
void validate(const Model& model);

/// What a flow would have with all resources for itself, in units a second: its cap where that is finite.
double rate_alone(std::span<const Resource> resources, std::span<const Demand> demands, double rate_cap);

/// Two Models on the same resources as one (two jobs on one machine): actors, activities and changes of `second` come after those of
/// `first`. Throws std::logic_error where the resources differ.
Model side_by_side(Model first, const Model& second);

}  // namespace orrery::sim
