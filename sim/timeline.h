// What happened: the outcome of playing a Model (simulated) or a Program (measured by realrun), in one form.
//
// Always there: when each actor ended, how the first stream of each actor spent its time by label, and what every resource served. Spans
// (one per step that took time) only for the actors that were asked for, since a whole machine has billions.
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

struct Timeline {
  Time end{};  // the last actor's end
  std::vector<Time> actor_ends;
  std::uint8_t labels = 1;
  std::vector<Account> accounts;     // [actor * labels + label]; the accounts of an actor sum to its first stream's end, to the picosecond
  std::vector<std::int64_t> served;  // units by resource: the sum of multiplicity * amount of the runs that crossed it
  std::vector<Span> spans;           // of the recorded actors, in order of (ended, actor, stream)
  std::uint64_t events = 0;          // steps and runs ended: how much work the play was

  const Account& account(ActorId actor, std::uint8_t label) const { return accounts[index(actor) * std::size_t{labels} + label]; }
  bool operator==(const Timeline&) const = default;
};

}  // namespace orrery::sim
