// What happened: the outcome of playing a Model (simulated) or a Program (measured by realrun), in one form.
//
// Always there: when each actor ended, how the first stream of each actor spent its time by label, and what every resource served. Spans
// (one per step that took time) only for the actors that were asked for, since a whole machine has billions.
//
// Actors and resources that fared alike may be told once: actor_ends, accounts and served are by class, and `classes` says who is in which.
//     timeline.actor_end(ActorId{7}); timeline.account(ActorId{7}, label); timeline.served_by(ResourceId{12});   // whoever it was folded
//     with
#pragma once

#include <cstdint>
#include <vector>

#include "sim/model.h"
#include "sim/units.h"

namespace orrery::sim {

/// How long the first stream of an actor was held up by one label: `running` while the thing it was held up by ran, `waiting` before that
/// (for its peers, or for what came before it in another stream).
struct Account {
  Duration running{};
  Duration waiting{};
  bool operator==(const Account&) const = default;
};

struct Span {
  ActorId actor;
  std::uint16_t stream;
  std::uint8_t label;
  std::uint32_t step;  // index into the stream's steps
  Time posted;         // the stream came to the step
  Time begun;          // all participants had joined
  Time ended;
  bool operator==(const Span&) const = default;
};

/// Classes are numbered in order of their first members. Both empty: everyone is a class of its own.
struct TimelineClasses {
  std::vector<std::uint32_t> of_actor;
  std::vector<std::uint32_t> of_resource;
  bool operator==(const TimelineClasses&) const = default;
};

struct Timeline {
  Time end{};  // the last actor's end
  std::vector<Time> actor_ends;
  std::uint8_t labels = 1;
  std::vector<Account> accounts;     // [actor * labels + label]; the accounts of an actor sum to its first stream's end, to the picosecond
  std::vector<std::int64_t> served;  // units by each resource: the sum of multiplicity * amount of the flows that crossed it
  std::vector<Span> spans;           // of the recorded actors, in order of (ended, actor, stream)
  std::uint64_t events = 0;          // steps and runs ended: how much work the play was
  /// A pipelined flow that one link held up crossed another contended link. There one rate for all edges of a ring is an
  /// approximation (bursts are not seen): of such rings' times 90 % are within about 10 %.
  bool irregular = false;
  TimelineClasses classes;

  std::uint32_t class_of(ActorId actor) const { return classes.of_actor.empty() ? index(actor) : classes.of_actor[index(actor)]; }
  std::uint32_t class_of(ResourceId resource) const {
    return classes.of_resource.empty() ? index(resource) : classes.of_resource[index(resource)];
  }
  Time actor_end(ActorId actor) const { return actor_ends[class_of(actor)]; }
  const Account& account(ActorId actor, std::uint8_t label) const { return accounts[class_of(actor) * std::size_t{labels} + label]; }
  std::int64_t served_by(ResourceId resource) const { return served[class_of(resource)]; }
  bool operator==(const Timeline&) const = default;
};

}  // namespace orrery::sim
