#include "realrun/rehearsal.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "sim/error.h"

namespace orrery::realrun {
namespace {

struct StreamId {
  std::int32_t rank;
  std::uint16_t stream;
};

/// Where ranks come together for one collective of one group: who has come, by rank.
struct Gathering {
  std::vector<std::int32_t> members;
  std::map<std::int32_t, std::deque<StreamId>> arrived;
};

struct Post {
  StreamId stream;
  sim::Bytes bytes;
  std::int32_t peer;  // -1: any
  std::int32_t tag;   // meaningless where any_tag
  bool any_tag = false;
};

class Rehearsing {
 public:
  Rehearsing(const sim::Program& program, const std::vector<RankWork>& works) : program_(program), works_(works) {
    const std::size_t ranks = works.size();
    result_.order.resize(ranks);
    result_.answers.resize(ranks);
    states_.resize(ranks);
    records_.resize(ranks);
    waiting_.resize(ranks);
    sends_to_.resize(ranks);
    receives_of_.resize(ranks);
    for (std::size_t rank = 0; rank < ranks; ++rank) {
      states_[rank].resize(works[rank].streams.size());
      records_[rank].resize(static_cast<std::size_t>(works[rank].events));
      for (std::size_t stream = 0; stream < states_[rank].size(); ++stream) {
        states_[rank][stream].waits.resize(static_cast<std::size_t>(works[rank].events));
        ready_.push_back({static_cast<std::int32_t>(rank), static_cast<std::uint16_t>(stream)});
      }
    }
  }

  Rehearsal run() {
    while (!ready_.empty()) {
      const StreamId id = ready_.front();
      ready_.pop_front();
      go_on(id);
    }
    fail_if_blocked();
    return std::move(result_);
  }

 private:
  struct Reached {
    std::optional<Issue> by;
    sim::Record::When when;
  };
  struct StreamState {
    std::uint32_t next = 0;
    std::optional<Issue> last{};         // that takes time and has begun
    std::vector<std::int32_t> begun{};   // events that the next step that takes time reaches
    std::vector<std::uint32_t> waits{};  // done so far, by event
  };

  StreamState& state(StreamId id) { return states_[static_cast<std::size_t>(id.rank)][id.stream]; }
  const RankWork& work(StreamId id) const { return works_[static_cast<std::size_t>(id.rank)]; }

  /// Performs steps until one blocks.
  void go_on(StreamId id) {
    const auto& steps = work(id).streams[id.stream].steps;
    while (state(id).next < steps.size()) {
      const sim::Operation& operation = work(id).operations[steps[state(id).next]];
      if (const auto* record = std::get_if<sim::Record>(&operation.action)) {
        issue(id);
        if (record->when == sim::Record::When::begun) {
          state(id).begun.push_back(record->event);
        } else {
          reach(id, record->event, sim::Record::When::done);
        }
      } else if (const auto* wait = std::get_if<sim::Wait>(&operation.action)) {
        if (!pass(id, wait->event)) return;
      } else if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
        return arrive(id, *collect);
      } else if (const auto* send = std::get_if<sim::Send>(&operation.action)) {
        return post_send(id, *send);
      } else if (const auto* receive = std::get_if<sim::Receive>(&operation.action)) {
        return post_receive(id, *receive);
      } else {
        begin(id);
      }
    }
    reach_begun(id, sim::Record::When::done);  // nothing follows
  }

  void issue(StreamId id) {
    result_.order[static_cast<std::size_t>(id.rank)].push_back({id.stream, state(id).next});
    ++state(id).next;
  }

  /// A step that takes time has met whom it had to.
  void begin(StreamId id) {
    state(id).last = Issue{id.stream, state(id).next};
    reach_begun(id, sim::Record::When::begun);
    issue(id);
  }

  void reach_begun(StreamId id, sim::Record::When when) {
    for (const std::int32_t event : std::exchange(state(id).begun, {})) reach(id, event, when);
  }

  void reach(StreamId id, std::int32_t event, sim::Record::When when) {
    records_[static_cast<std::size_t>(id.rank)][static_cast<std::size_t>(event)].push_back({state(id).last, when});
    auto& streams = waiting_[static_cast<std::size_t>(id.rank)];
    ready_.insert(ready_.end(), streams.begin(), streams.end());  // those of other events will block again
    streams.clear();
  }

  bool pass(StreamId id, std::int32_t event) {
    const auto rank = static_cast<std::size_t>(id.rank);
    const auto& reached = records_[rank][static_cast<std::size_t>(event)];
    std::uint32_t& done = state(id).waits[static_cast<std::size_t>(event)];
    if (done >= reached.size()) {
      waiting_[rank].push_back(id);
      return false;
    }
    result_.answers[rank].push_back({{id.stream, state(id).next}, reached[done].by, reached[done].when});
    ++done;
    issue(id);
    return true;
  }

  void arrive(StreamId id, const sim::Collect& collect) {
    const sim::Communicator& communicator = program_.communicators[static_cast<std::size_t>(collect.communicator)];
    std::vector<std::int32_t> members = group_of(communicator, id.rank);
    const auto key = std::tuple(collect.communicator, members.front(), collect.kind, collect.count, collect.type, collect.calls);
    Gathering& gathering = gatherings_[key];
    gathering.members = std::move(members);
    gathering.arrived[id.rank].push_back(id);
    const bool complete = std::ranges::all_of(gathering.members, [&](std::int32_t rank) {
      const auto found = gathering.arrived.find(rank);
      return found != gathering.arrived.end() && !found->second.empty();
    });
    if (!complete) return;
    std::vector<StreamId> come;
    for (const std::int32_t rank : gathering.members) {
      come.push_back(gathering.arrived[rank].front());
      gathering.arrived[rank].pop_front();
    }
    meet(come);
  }

  void meet(const std::vector<StreamId>& come) {
    std::vector<Participant> meeting;
    for (const StreamId id : come) {
      meeting.push_back({id.rank, {id.stream, state(id).next}});
      begin(id);
      ready_.push_back(id);
    }
    result_.meetings.push_back(std::move(meeting));
  }

  static bool fits(const Post& send, const Post& receive) {
    return (receive.peer < 0 || receive.peer == send.stream.rank) && (receive.any_tag || receive.tag == send.tag);
  }

  void post_send(StreamId id, const sim::Send& send) {
    const Post post{id, send.bytes, id.rank + send.offset, send.tag};
    std::vector<Post>& receives = receives_of_[static_cast<std::size_t>(post.peer)];
    const auto found = std::ranges::find_if(receives, [&](const Post& receive) { return fits(post, receive); });
    if (found == receives.end()) return sends_to_[static_cast<std::size_t>(post.peer)].push_back(post);
    const Post receive = *found;
    receives.erase(found);
    deliver(post, receive);
  }

  void post_receive(StreamId id, const sim::Receive& receive) {
    const Post post{id, receive.bytes, receive.offset ? id.rank + *receive.offset : -1, receive.tag.value_or(0), !receive.tag};
    std::vector<Post>& sends = sends_to_[static_cast<std::size_t>(id.rank)];
    const auto found = std::ranges::find_if(sends, [&](const Post& send) { return fits(send, post); });
    if (found == sends.end()) return receives_of_[static_cast<std::size_t>(id.rank)].push_back(post);
    const Post send = *found;
    sends.erase(found);
    deliver(send, post);
  }

  std::string place(StreamId id) { return place_of(program_, work(id), id.rank, id.stream, state(id).next); }

  void deliver(const Post& send, const Post& receive) {
    if (receive.bytes < send.bytes) {
      throw sim::Error({.place = place(receive.stream),
                        .what = "receives " + std::to_string(receive.bytes.count) + " bytes of the " + std::to_string(send.bytes.count) +
                                " that rank " + std::to_string(send.stream.rank) + " sends",
                        .remedy = "give both the same size"});
    }
    meet({send.stream, receive.stream});
  }

  void fail_if_blocked() {
    constexpr std::size_t shown = 8;
    std::vector<sim::Fault> faults;
    for (std::size_t rank = 0; rank < works_.size(); ++rank) {
      for (std::size_t stream = 0; stream < states_[rank].size(); ++stream) {
        const StreamId id{static_cast<std::int32_t>(rank), static_cast<std::uint16_t>(stream)};
        if (state(id).next >= work(id).streams[stream].steps.size() || faults.size() == shown) continue;
        faults.push_back({place(id), "waits for ever", "give what ranks do together one order that all of them can follow"});
      }
    }
    if (!faults.empty()) throw sim::Error(std::move(faults));
  }

  using CollectKey = std::tuple<std::int32_t, std::int32_t, sim::CollectiveKind, std::int64_t, sim::DataType, std::int32_t>;

  const sim::Program& program_;
  const std::vector<RankWork>& works_;
  Rehearsal result_;
  std::vector<std::vector<StreamState>> states_;            // [rank][stream]
  std::vector<std::vector<std::vector<Reached>>> records_;  // [rank][event]: what the recorder did last, in order
  std::vector<std::vector<StreamId>> waiting_;              // [rank]: for an event
  std::map<CollectKey, Gathering> gatherings_;
  std::vector<std::vector<Post>> sends_to_;     // [receiver]: not met yet, in order
  std::vector<std::vector<Post>> receives_of_;  // [receiver]
  std::deque<StreamId> ready_;
};

}  // namespace

std::vector<std::int32_t> group_of(const sim::Communicator& communicator, std::int32_t rank) {
  const sim::Lattice pattern{0, communicator.members};
  const std::int64_t size = pattern.size();
  const std::int64_t groups = communicator.groups.size();
  for (std::int64_t group = 0; group < groups; ++group) {
    std::vector<std::int32_t> members;
    for (std::int64_t i = 0; i < size; ++i) members.push_back(communicator.groups.at(group) + pattern.at(i));
    if (std::ranges::find(members, rank) != members.end()) return members;
  }
  sim::check(false, "a rank calls collectives of its own groups");
  return {};
}

Rehearsal rehearse(const sim::Program& program, const std::vector<RankWork>& works) { return Rehearsing(program, works).run(); }

}  // namespace orrery::realrun
