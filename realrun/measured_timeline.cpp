#include "realrun/measured_timeline.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "sim/error.h"

namespace orrery::realrun {
namespace {

using Begins = std::vector<std::vector<std::vector<sim::Time>>>;  // [rank][stream][step]

/// When each step had met its peers: when it was posted, or the last of them was.
Begins begins_of(const Rehearsal& rehearsal, const std::vector<RankTimes>& times) {
  Begins begins(times.size());
  for (std::size_t rank = 0; rank < times.size(); ++rank) {
    for (const std::vector<StepTimes>& stream : times[rank]) {
      auto& to = begins[rank].emplace_back();
      for (const StepTimes& step : stream) to.push_back(step.posted);
    }
  }
  for (const std::vector<Participant>& meeting : rehearsal.meetings) {
    sim::Time last{};
    for (const auto& [rank, issue] : meeting) last = std::max(last, times[static_cast<std::size_t>(rank)][issue.stream][issue.step].posted);
    for (const auto& [rank, issue] : meeting) {
      const StepTimes& step = times[static_cast<std::size_t>(rank)][issue.stream][issue.step];
      begins[static_cast<std::size_t>(rank)][issue.stream][issue.step] = std::min(last, step.ended);
    }
  }
  return begins;
}

/// Books the time of one rank's first stream.
class Bookkeeper {
 public:
  Bookkeeper(const RankWork& work, const RankTimes& times, const std::vector<std::vector<sim::Time>>& begins,
             const std::vector<Rehearsal::Answer>& answers, sim::Account* accounts)
      : work_(work), times_(times), begins_(begins), accounts_(accounts) {
    for (const Rehearsal::Answer& answer : answers) {
      if (answer.wait.stream == 0) answers_[answer.wait.step] = &answer;
    }
  }

  void book() {
    const auto& steps = work_.streams.front().steps;
    std::vector<const Rehearsal::Answer*> waited_for;  // since the last step that takes time
    for (std::uint32_t step = 0; step < steps.size(); ++step) {
      const sim::Operation& operation = work_.operations[steps[step]];
      if (std::holds_alternative<sim::Wait>(operation.action)) {
        if (const Rehearsal::Answer& answer = *answers_.at(step); answer.by) waited_for.push_back(&answer);
      }
      if (!sim::takes_time(operation)) continue;
      const StepTimes& times = times_[0][step];
      if (!waited_for.empty()) {
        for (const Rehearsal::Answer* answer : waited_for) book_wait(*answer->by, std::min(answered(*answer), times.posted));
        book_wait(*waited_for.back()->by, times.posted);  // until the stream came to the step
      } else {
        book_until(times.posted, operation.label, times.posted);
      }
      book_until(times.ended, operation.label, begins_[0][step]);
      waited_for.clear();
    }
    for (const Rehearsal::Answer* answer : waited_for) book_wait(*answer->by, answered(*answer));
  }

 private:
  std::uint8_t label_of(const Issue& issue) const { return work_.at(issue.stream, issue.step).label; }

  /// What is recorded as begun is so when the stream comes to it.
  sim::Time answered(const Rehearsal::Answer& answer) const {
    const StepTimes& times = times_[answer.by->stream][answer.by->step];
    return answer.when == sim::Record::When::begun ? times.posted : times.ended;
  }

  void book_wait(const Issue& issue, sim::Time end) { book_until(end, label_of(issue), begins_[issue.stream][issue.step]); }

  /// The time up to `end`, as waiting until `begun` and as running from then on.
  void book_until(sim::Time end, std::uint8_t label, sim::Time begun) {
    if (end <= now_) return;
    const sim::Time from = std::clamp(begun, now_, end);
    accounts_[label].waiting += from - now_;
    accounts_[label].running += end - from;
    now_ = end;
  }

  const RankWork& work_;
  const RankTimes& times_;
  const std::vector<std::vector<sim::Time>>& begins_;
  sim::Account* accounts_;
  std::map<std::uint32_t, const Rehearsal::Answer*> answers_;  // of the first stream's waits
  sim::Time now_{};
};

/// What a sample is of; nothing where the operation is none that is sampled.
std::optional<decltype(sim::Sample::what)> sampled(const sim::Program& program, std::int32_t rank, const sim::Operation& operation) {
  if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) return compute->kernel;
  if (const auto* copy = std::get_if<sim::Copy>(&operation.action)) return *copy;
  if (const auto* receive = std::get_if<sim::Receive>(&operation.action)) return sim::MeasuredMessage{receive->bytes};
  if (const auto* collect = std::get_if<sim::Collect>(&operation.action); collect != nullptr && collect->calls == 1) {
    const auto members = group_of(program.communicators[static_cast<std::size_t>(collect->communicator)], rank).size();
    return sim::MeasuredCollective{collect->kind, collect->type, collect->count, static_cast<std::int32_t>(members)};
  }
  return std::nullopt;
}

}  // namespace

sim::Timeline measured_timeline(const sim::Program& program, const std::vector<RankWork>& works, const Rehearsal& rehearsal,
                                const std::vector<RankTimes>& times) {
  sim::Timeline timeline;
  timeline.labels = static_cast<std::uint8_t>(program.labels.size());
  timeline.actor_ends.resize(works.size());
  timeline.accounts.resize(works.size() * timeline.labels);
  const Begins begins = begins_of(rehearsal, times);
  for (std::size_t rank = 0; rank < works.size(); ++rank) {
    for (std::size_t stream = 0; stream < works[rank].streams.size(); ++stream) {
      for (std::size_t step = 0; step < works[rank].streams[stream].steps.size(); ++step) {
        const sim::Operation& operation = works[rank].at(stream, step);
        if (!sim::takes_time(operation)) continue;
        const auto& [posted, ended] = times[rank][stream][step];
        timeline.spans.push_back({sim::ActorId{static_cast<std::uint32_t>(rank)}, static_cast<std::uint16_t>(stream), operation.label,
                                  static_cast<std::uint32_t>(step), posted, begins[rank][stream][step], ended});
        timeline.actor_ends[rank] = std::max(timeline.actor_ends[rank], ended);
      }
    }
    timeline.end = std::max(timeline.end, timeline.actor_ends[rank]);
    Bookkeeper(works[rank], times[rank], begins[rank], rehearsal.answers[rank], timeline.accounts.data() + rank * timeline.labels).book();
  }
  timeline.events = timeline.spans.size();
  std::sort(timeline.spans.begin(), timeline.spans.end(), [](const sim::Span& a, const sim::Span& b) {
    return std::tuple(a.ended, index(a.actor), a.stream, a.step) < std::tuple(b.ended, index(b.actor), b.stream, b.step);
  });
  return timeline;
}

std::vector<sim::Sample> samples_of(const sim::Program& program, const std::vector<RankWork>& works,
                                    const std::vector<sim::Timeline>& timelines) {
  std::map<std::tuple<std::int32_t, std::uint32_t>, std::size_t> rows;  // by rank and operation
  std::vector<sim::Sample> samples;
  for (const sim::Timeline& timeline : timelines) {
    std::vector<sim::Span> spans = timeline.spans;
    std::sort(spans.begin(), spans.end(), [](const sim::Span& a, const sim::Span& b) {
      return std::tuple(index(a.actor), a.stream, a.step) < std::tuple(index(b.actor), b.stream, b.step);
    });
    for (const sim::Span& span : spans) {
      const auto rank = static_cast<std::int32_t>(index(span.actor));
      const RankWork& work = works[index(span.actor)];
      const std::uint32_t number = work.streams[span.stream].steps[span.step];
      const auto what = sampled(program, rank, work.operations[number]);
      if (!what) continue;
      const auto [found, is_new] = rows.try_emplace({rank, number}, samples.size());
      if (is_new) samples.push_back({.what = *what, .rank = rank});
      samples[found->second].durations.push_back(std::max(span.ended - span.begun, sim::Duration{1}));
    }
  }
  return samples;
}

}  // namespace orrery::realrun
