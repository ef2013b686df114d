#include "realrun/player.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>

#include "realrun/measured_timeline.h"
#include "realrun/rehearsal.h"
#include "sim/error.h"

namespace orrery::realrun {
namespace {

/// What is to be enqueued, with marks for records: each is set once a play.
struct Enqueued {
  enum class What { operation, mark, wait };
  What what;
  std::size_t stream;
  std::size_t number;  // of the operation, or of the mark
  std::uint32_t step;
};

struct Score {
  std::vector<Enqueued> all;
  std::size_t marks = 0;
};

/// Of one rank. The k-th record of an event is answered by the k-th wait of each stream. What "begun" reaches is set before the step that
/// follows: when the stream comes to it, whether its peers have or not.
Score score_of(const RankWork& work, const std::vector<Issue>& order) {
  Score score;
  std::map<std::int32_t, std::vector<std::size_t>> marks;                // of an event, in order
  std::map<std::tuple<std::uint16_t, std::int32_t>, std::size_t> waits;  // of a stream for an event
  for (const Issue& issue : order) {
    const std::uint32_t number = work.streams[issue.stream].steps[issue.step];
    const sim::Operation& operation = work.operations[number];
    if (const auto* record = std::get_if<sim::Record>(&operation.action)) {
      marks[record->event].push_back(score.marks);
      score.all.push_back({Enqueued::What::mark, issue.stream, score.marks++, issue.step});
    } else if (const auto* wait = std::get_if<sim::Wait>(&operation.action)) {
      const std::size_t k = waits[{issue.stream, wait->event}]++;
      score.all.push_back({Enqueued::What::wait, issue.stream, marks.at(wait->event).at(k), issue.step});
    } else {
      score.all.push_back({Enqueued::What::operation, issue.stream, number, issue.step});
    }
  }
  return score;
}

RankTimes play_once(Device& device, const RankWork& work, const Score& score) {
  device.begin();
  std::vector<Issue> slots;
  for (const Enqueued& next : score.all) {
    switch (next.what) {
      case Enqueued::What::operation:
        device.enqueue(next.stream, static_cast<std::uint32_t>(next.number), slots.size());
        slots.push_back({static_cast<std::uint16_t>(next.stream), next.step});
        break;
      case Enqueued::What::mark:
        device.enqueue_mark(next.stream, next.number);
        break;
      case Enqueued::What::wait:
        device.enqueue_wait(next.stream, next.number);
        break;
    }
  }
  const std::vector<StepTimes> times = device.finish();
  sim::check(times.size() == slots.size(), "a device times what was enqueued");
  RankTimes by_step;
  for (const RankStream& stream : work.streams) by_step.emplace_back(stream.steps.size());
  for (std::size_t slot = 0; slot < slots.size(); ++slot) by_step[slots[slot].stream][slots[slot].step] = times[slot];
  return by_step;
}

std::string text_of(const RankTimes& times) {
  std::string text;
  for (const auto& stream : times) {
    for (const StepTimes& step : stream) text += std::to_string(step.posted.ticks) + " " + std::to_string(step.ended.ticks) + " ";
  }
  return text;
}

RankTimes times_from(const std::string& text, const RankWork& work) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto next = [&] {
    std::int64_t ticks = 0;
    const auto [after, error] = std::from_chars(at, end, ticks);
    sim::check(error == std::errc{} && after < end, "a rank's times are numbers");
    at = after + 1;
    return sim::Time{ticks};
  };
  RankTimes times;
  for (const RankStream& stream : work.streams) {
    auto& to = times.emplace_back(stream.steps.size());
    for (StepTimes& step : to) {
      step.posted = next();
      step.ended = next();
    }
  }
  return times;
}

void check_ranks(const sim::Program& program, const World& world) {
  if (program.ranks == world.ranks()) return;
  const std::string needed = std::to_string(program.ranks);
  throw sim::Error({.place = program.name,
                    .what = "is a Program of " + needed + " ranks, and " + std::to_string(world.ranks()) +
                            (world.ranks() == 1 ? " was started" : " were started"),
                    .remedy = "start it with mpirun -n " + needed});
}

}  // namespace

Measured play_for_real(const sim::Program& program, Device& device, World& world, const PlayOptions& options) {
  sim::check(options.repeats > 0, "something is measured");
  check_ranks(program, world);
  const std::vector<RankWork> works = works_of(program);
  const Rehearsal rehearsal = rehearse(program, works);
  const auto own = static_cast<std::size_t>(world.rank());
  const Score score = score_of(works[own], rehearsal.order[own]);
  together(world, [&] { device.prepare(program, works[own], score.marks); });
  device.connect();

  for (std::int32_t i = 0; i < options.warm_ups; ++i) play_once(device, works[own], score);
  std::vector<sim::Timeline> timelines;
  for (std::int32_t i = 0; i < options.repeats; ++i) {
    const std::vector<std::string> texts = world.gather(text_of(play_once(device, works[own], score)));
    std::vector<RankTimes> times;
    for (std::size_t rank = 0; rank < works.size(); ++rank) times.push_back(times_from(texts[rank], works[rank]));
    timelines.push_back(measured_timeline(program, works, rehearsal, times));
  }

  Measured measured;
  const DeviceFacts facts = device.facts();
  measured.samples = {program.name, program.ranks, facts.name, facts.driver, facts.libraries, samples_of(program, works, timelines)};
  for (const sim::Timeline& timeline : timelines) measured.ends.push_back(timeline.end - sim::Time{});
  std::vector<std::size_t> by_end(timelines.size());
  std::iota(by_end.begin(), by_end.end(), std::size_t{0});
  std::ranges::sort(by_end, {}, [&](std::size_t i) { return std::tuple(timelines[i].end, i); });
  measured.timeline = std::move(timelines[by_end[by_end.size() / 2]]);
  return measured;
}

}  // namespace orrery::realrun
