#include "workloads/trace_program.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "sim/error.h"
#include "sim/printable.h"
#include "workloads/rank_lattice.h"
#include "workloads/trace_communicators.h"
#include "workloads/trace_order.h"
#include "workloads/trace_streams.h"

namespace orrery::workloads {
namespace {

std::size_t at(std::int32_t number) { return static_cast<std::size_t>(number); }

/// "a/wl.goal" is "wl".
std::string name_of_program(const std::string& trace) {
  const std::size_t slash = trace.find_last_of('/');
  const std::string file = trace.substr(slash == std::string::npos ? 0 : slash + 1);
  return sim::printable(file.substr(0, file.find('.')));
}

class TraceProgram {
 public:
  explicit TraceProgram(Trace trace) : trace_(std::move(trace)), order_(order_of(trace_, trace_.tolerated)) {
    for (std::size_t r = 0; r < trace_.ranks.size(); ++r) streams_.push_back(streams_of(trace_.ranks[r], order_.starts[r]));
    number_messages();
  }

  ImportedProgram make() {
    sim::Program program{
        .name = name_of_program(trace_.name), .ranks = static_cast<std::int32_t>(trace_.ranks.size()), .labels = trace_.labels};
    TraceCommunicators communicators = communicators_of(trace_);
    program.communicators = std::move(communicators.communicators);
    communicator_of_ = std::move(communicators.of_group);
    add_roles(program);
    sim::validate(program);
    return {std::move(program), trace_.tolerated.lines()};
  }

 private:
  struct Alike {
    sim::Role role;
    std::vector<std::int32_t> ranks;
  };

  const TraceOperation& operation(std::size_t rank, std::int32_t number) const { return trace_.ranks[rank].operations[at(number)]; }

  bool arrives(std::size_t rank, std::int32_t number) const;
  void number_messages();
  std::int32_t arrival_stream(std::int32_t rank, std::pair<std::int32_t, std::int32_t> from);
  void add_roles(sim::Program& program) const;
  sim::Role role_of(std::size_t rank) const;
  std::vector<std::int32_t> events_of(std::size_t rank, sim::Role& role, TraceDependency::When when) const;
  sim::Operation action_of(std::size_t rank, std::int32_t number) const;
  sim::Operation collective_of(std::size_t rank, std::int32_t number) const;

  Trace trace_;
  TraceOrder order_;
  std::vector<TraceStreams> streams_;
  std::vector<std::vector<std::int32_t>> tags_;  // by rank and operation
  struct Arrivals {
    std::map<std::pair<std::int32_t, std::int32_t>, std::int32_t> from;  // streams, by rank and stream of the sender
    std::vector<std::vector<std::int32_t>> streams;                      // receives, in order
  };
  std::vector<Arrivals> arrivals_;  // by rank: what comes whether or not it is waited for
  std::vector<std::int32_t> communicator_of_;
};

// Whether a receive's message may come before the receive: it is taken by a stream that does nothing else, and the receive waits for that.
// A receive that nothing holds up is there from the start, and needs no such help.
bool TraceProgram::arrives(std::size_t rank, std::int32_t number) const {
  const TraceOperation& what = operation(rank, number);
  if (what.kind != TraceKind::receive || (what.after_count == 0 && what.lane == no_lane)) return false;
  const TraceOrder::Partner& sender = order_.partners[rank][at(number)];
  return operation(at(sender.rank), sender.operation).buffered;
}

// A sender's stream sends one message after the other, so one stream takes them. Numbered -1, -2, ... beside the rank's others.
std::int32_t TraceProgram::arrival_stream(std::int32_t rank, std::pair<std::int32_t, std::int32_t> from) {
  Arrivals& arrivals = arrivals_[at(rank)];
  const auto [entry, is_new] = arrivals.from.try_emplace(from, -1 - static_cast<std::int32_t>(arrivals.streams.size()));
  if (is_new) arrivals.streams.emplace_back();
  return entry->second;
}

// Messages between one pair of streams follow each other on both; those of another pair get another tag.
void TraceProgram::number_messages() {
  arrivals_.resize(trace_.ranks.size());
  for (const TraceRank& rank : trace_.ranks) tags_.emplace_back(rank.operations.size(), 0);
  for (std::size_t r = 0; r < trace_.ranks.size(); ++r) {
    std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t>, std::int32_t> known;  // other rank, stream there, stream here
    std::map<std::int32_t, std::int32_t> next;                                           // by other rank
    for (std::size_t s = 0; s < streams_[r].streams.size(); ++s) {
      for (const std::int32_t number : streams_[r].streams[s]) {
        if (operation(r, number).kind != TraceKind::send) continue;
        const TraceOrder::Partner& partner = order_.partners[r][at(number)];
        if (partner.rank == static_cast<std::int32_t>(r)) {
          throw sim::Error({.place = trace_.name,
                            .what = in_words(trace_, partner.rank, number) + ", which is itself",
                            .remedy = "make it a computation"},
                           sim::ErrorKind::unavailable);
        }
        const bool on_its_own = arrives(at(partner.rank), partner.operation);
        const std::int32_t there = on_its_own ? arrival_stream(partner.rank, {static_cast<std::int32_t>(r), static_cast<std::int32_t>(s)})
                                              : streams_[at(partner.rank)].stream_of[at(partner.operation)];
        if (on_its_own) arrivals_[at(partner.rank)].streams[at(-1 - there)].push_back(partner.operation);
        const auto [entry, is_new] = known.try_emplace({partner.rank, there, static_cast<std::int32_t>(s)}, 0);
        if (is_new) entry->second = next[partner.rank]++;
        tags_[r][at(number)] = tags_[at(partner.rank)][at(partner.operation)] = entry->second;
      }
    }
  }
}

sim::Operation TraceProgram::collective_of(std::size_t rank, std::int32_t number) const {
  const TraceOrder::Partner& first = order_.firsts[rank][at(number)];
  const TraceOperation& what = operation(at(first.rank), first.operation);
  const std::int32_t communicator = communicator_of_[at(what.group)];
  if (what.exact >= 0) {
    sim::Operation exact = trace_.exact[at(what.exact)];
    std::get<sim::Collect>(exact.action).communicator = communicator;
    return exact;
  }
  const std::int64_t count = what.collective == sim::CollectiveKind::barrier ? 0 : std::max<std::int64_t>(what.bytes.count, 1);
  return {what.label, sim::Collect{what.collective, count, sim::DataType::int8, communicator}};
}

sim::Operation TraceProgram::action_of(std::size_t rank, std::int32_t number) const {
  const TraceOperation& what = operation(rank, number);
  const TraceOrder::Partner& partner = order_.partners[rank][at(number)];
  const std::int32_t offset = partner.rank - static_cast<std::int32_t>(rank);
  switch (what.kind) {
    case TraceKind::nothing:
      break;
    case TraceKind::pause:
    case TraceKind::compute:
      if (what.exact >= 0) return trace_.exact[at(what.exact)];
      if (what.kind == TraceKind::pause) return {what.label, sim::Pause{what.duration}};
      return {what.label,
              sim::Compute{
                  {sim::KernelKind::counted, sim::DataType::fp16, {what.operations, std::max<std::int64_t>(what.bytes.count, 1), 1, 1}}}};
    case TraceKind::collective:
      return collective_of(rank, number);
    case TraceKind::send:
      return {what.label, sim::Send{what.bytes, offset, tags_[rank][at(number)]}};
    case TraceKind::receive:  // of what is sent, however much the receiver had room for
      return {what.label, sim::Receive{operation(at(partner.rank), partner.operation).bytes, offset, tags_[rank][at(number)]}};
  }
  sim::check(false, "what joins dependencies only does nothing");
  return {};
}

// By operation: the event that it records for others when it has ended, or begun; -1 where nobody waits for it.
std::vector<std::int32_t> TraceProgram::events_of(std::size_t rank, sim::Role& role, TraceDependency::When when) const {
  std::vector<std::int32_t> events(trace_.ranks[rank].operations.size(), -1);
  for (const auto& stream : streams_[rank].streams) {
    for (const std::int32_t number : stream) {
      for (const TraceDependency& wait : streams_[rank].waits[at(number)]) {
        if (wait.when == when && events[at(wait.operation)] < 0) events[at(wait.operation)] = role.events++;
      }
    }
  }
  return events;
}

sim::Role TraceProgram::role_of(std::size_t rank) const {
  sim::Role role;
  const TraceStreams& made = streams_[rank];
  const std::vector<std::int32_t> ended = events_of(rank, role, TraceDependency::When::ended);
  const std::vector<std::int32_t> begun = events_of(rank, role, TraceDependency::When::begun);
  std::vector<std::int32_t> arrived(ended.size(), -1);
  for (const auto& stream : arrivals_[rank].streams) {
    for (const std::int32_t number : stream) arrived[at(number)] = role.events++;
  }
  const std::vector<TraceLane>& lanes = trace_.ranks[rank].lanes;
  for (std::size_t s = 0; s < made.streams.size(); ++s) {
    sim::Stream& stream = role.streams.emplace_back();
    stream.name = s < lanes.size() ? lanes[s].name : "message" + std::to_string(s - lanes.size());
    for (const std::int32_t number : made.streams[s]) {
      for (const TraceDependency& wait : made.waits[at(number)]) {
        const auto& events = wait.when == TraceDependency::When::ended ? ended : begun;
        stream.operations.push_back({0, sim::Wait{events[at(wait.operation)]}});
      }
      if (begun[at(number)] >= 0) stream.operations.push_back({0, sim::Record{begun[at(number)], sim::Record::When::begun}});
      if (arrived[at(number)] >= 0) {
        stream.operations.push_back({0, sim::Wait{arrived[at(number)]}});
      } else if (operation(rank, number).kind != TraceKind::nothing)
        stream.operations.push_back(action_of(rank, number));
      if (ended[at(number)] >= 0) stream.operations.push_back({0, sim::Record{ended[at(number)]}});
    }
  }
  for (const auto& numbers : arrivals_[rank].streams) {
    sim::Stream& stream = role.streams.emplace_back();
    stream.name = "arrivals" + std::to_string(role.streams.size() - 1 - made.streams.size());
    for (const std::int32_t number : numbers) {
      stream.operations.push_back(action_of(rank, number));
      stream.operations.push_back({0, sim::Record{arrived[at(number)]}});
    }
  }
  if (role.streams.empty()) role.streams.push_back({"idle", {}});
  return role;
}

void TraceProgram::add_roles(sim::Program& program) const {
  std::vector<Alike> alike;
  std::multimap<std::pair<std::int32_t, std::size_t>, std::size_t> known;  // by events and operations
  for (std::size_t r = 0; r < trace_.ranks.size(); ++r) {
    sim::Role role = role_of(r);
    std::size_t operations = 0;
    for (const sim::Stream& stream : role.streams) operations += stream.operations.size();
    const std::pair key{role.events, operations};
    auto [candidate, end] = known.equal_range(key);
    while (candidate != end && alike[candidate->second].role != role) ++candidate;
    if (candidate == end) {
      known.emplace(key, alike.size());
      alike.push_back({std::move(role), {static_cast<std::int32_t>(r)}});
    } else {
      alike[candidate->second].ranks.push_back(static_cast<std::int32_t>(r));
    }
  }
  for (Alike& each : alike) {
    for (sim::Lattice& ranks : lattices_of(each.ranks)) {
      sim::Role role = each.role;
      role.name = "role" + std::to_string(program.roles.size());
      role.ranks = std::move(ranks);
      program.roles.push_back(std::move(role));
    }
  }
}

}  // namespace

ImportedProgram program_of_trace(Trace trace) { return TraceProgram(std::move(trace)).make(); }

}  // namespace orrery::workloads
