#include "workloads/trace_meetings.h"

#include <algorithm>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

const TraceOperation& at(const Trace& trace, TraceSpot spot) {
  return trace.ranks[static_cast<std::size_t>(spot.rank)].operations[static_cast<std::size_t>(spot.operation)];
}

void check_member(const Trace& trace, TraceSpot spot, const TraceGroup& group) {
  if (std::find(group.members.begin(), group.members.end(), spot.rank) != group.members.end()) return;
  throw sim::Error({.place = trace.name,
                    .what = in_words(trace, spot.rank, spot.operation) + ", of which this rank is no member",
                    .remedy = "correct the group's ranks"});
}

void check_alike(const Trace& trace, TraceSpot one, TraceSpot other) {
  if (at(trace, one).collective == at(trace, other).collective) return;
  throw sim::Error({.place = trace.name,
                    .what = in_words(trace, other.rank, other.operation) + " should meet " + in_words(trace, one.rank, one.operation),
                    .remedy = "let every member of a group call its collectives in the same order"});
}

bool takes(const TraceOperation& receive, std::int32_t from, std::int64_t tag) {
  return (receive.peer == any_peer || receive.peer == from) && (receive.tag == any_tag || receive.tag == tag);
}

}  // namespace

std::vector<TraceMeeting> collective_meetings(const Trace& trace, Tolerated& tolerated) {
  std::vector<TraceMeeting> meetings;
  std::vector<std::vector<std::size_t>> of_group(trace.groups.size());  // its meetings
  for (std::int32_t rank = 0; rank < std::ssize(trace.ranks); ++rank) {
    std::vector<std::size_t> next(trace.groups.size(), 0);
    const std::vector<TraceOperation>& operations = trace.ranks[static_cast<std::size_t>(rank)].operations;
    for (std::int32_t i = 0; i < std::ssize(operations); ++i) {
      const TraceOperation& operation = operations[static_cast<std::size_t>(i)];
      if (operation.kind != TraceKind::collective) continue;
      const auto group = static_cast<std::size_t>(operation.group);
      const TraceGroup& whose = trace.groups[group];
      const TraceSpot spot{rank, i};
      if (next[group] == 0) check_member(trace, spot, whose);
      if (next[group] == of_group[group].size()) {
        of_group[group].push_back(meetings.size());
        meetings.push_back({.group = operation.group, .needed = whose.members.size()});
      }
      TraceMeeting& meeting = meetings[of_group[group][next[group]++]];
      if (!meeting.members.empty()) {
        check_alike(trace, meeting.members.front(), spot);
        if (at(trace, meeting.members.front()).bytes != operation.bytes) {
          tolerated.add("collectives of another size than the first member's (which is taken)");
        }
      }
      meeting.members.push_back(spot);
    }
  }
  return meetings;
}

std::size_t MessageBox::Hash::operator()(const Key& key) const {
  const std::uint64_t mixed =
      (static_cast<std::uint32_t>(key.from) * 0x9E3779B97F4A7C15U) ^ (static_cast<std::uint64_t>(key.tag) * 0xC2B2AE3D27D4EB4FU);
  return static_cast<std::size_t>(mixed ^ (mixed >> 29U));
}

std::optional<TraceSpot> MessageBox::post(TraceSpot spot) {
  const TraceOperation& operation = at(trace_, spot);
  return operation.kind == TraceKind::send ? post_send(spot, operation) : post_receive(spot, operation);
}

std::optional<TraceSpot> MessageBox::post_send(TraceSpot spot, const TraceOperation& send) {
  Mail& mail = to_[static_cast<std::size_t>(send.peer)];
  const auto exact = mail.find({spot.rank, send.tag});
  const bool awaited = exact != mail.end() && !exact->second.receives.empty();
  std::deque<Posted>& any = any_[static_cast<std::size_t>(send.peer)];
  const auto first =
      std::find_if(any.begin(), any.end(), [&](const Posted& each) { return takes(at(trace_, each.spot), spot.rank, send.tag); });
  if (first != any.end() && (!awaited || first->number < exact->second.receives.front().number)) {
    const TraceSpot found = first->spot;
    any.erase(first);
    return found;
  }
  if (!awaited) {
    mail[{spot.rank, send.tag}].sends.push_back({posted_++, spot});
    return std::nullopt;
  }
  const TraceSpot found = exact->second.receives.front().spot;
  exact->second.receives.pop_front();
  if (exact->second.receives.empty()) mail.erase(exact);
  return found;
}

std::optional<TraceSpot> MessageBox::post_receive(TraceSpot spot, const TraceOperation& receive) {
  Mail& mail = to_[static_cast<std::size_t>(spot.rank)];
  const bool exact = receive.peer != any_peer && receive.tag != any_tag;
  auto earliest = mail.end();
  if (exact) {
    earliest = mail.find({receive.peer, receive.tag});
  } else {
    for (auto each = mail.begin(); each != mail.end(); ++each) {
      if (each->second.sends.empty() || !takes(receive, each->first.from, each->first.tag)) continue;
      if (earliest == mail.end() || each->second.sends.front().number < earliest->second.sends.front().number) earliest = each;
    }
  }
  if (earliest == mail.end() || earliest->second.sends.empty()) {
    (exact ? mail[{receive.peer, receive.tag}].receives : any_[static_cast<std::size_t>(spot.rank)]).push_back({posted_++, spot});
    return std::nullopt;
  }
  const TraceSpot found = earliest->second.sends.front().spot;
  earliest->second.sends.pop_front();
  if (earliest->second.sends.empty()) mail.erase(earliest);
  return found;
}

}  // namespace orrery::workloads
