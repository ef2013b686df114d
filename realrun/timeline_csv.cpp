#include "realrun/timeline_csv.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>

#include "realrun/measured_timeline.h"
#include "realrun/rehearsal.h"
#include "sim/error.h"
#include "sim/program_text.h"

namespace orrery::realrun {
namespace {

constexpr std::string_view csv_columns = "rank,stream,step,label,operation,posted_ps,begun_ps,ended_ps";

/// One line's fields; nothing where there are not as many as columns.
std::optional<std::array<std::string_view, 8>> fields_of(std::string_view line) {
  std::array<std::string_view, 8> fields;
  std::size_t count = 0;
  for (std::size_t from = 0; from <= line.size(); ++count) {
    const std::size_t comma = std::min(line.find(',', from), line.size());
    if (count == fields.size()) return std::nullopt;
    fields[count] = line.substr(from, comma - from);
    from = comma + 1;
  }
  if (count != fields.size()) return std::nullopt;
  return fields;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// Puts a line's times where they belong; false where there is no such step.
bool take_line(const std::vector<RankWork>& works, std::string_view line, std::vector<RankTimes>& times) {
  const auto fields = fields_of(line);
  if (!fields) return false;
  const auto rank = whole_number((*fields)[0]);
  const auto step = whole_number((*fields)[2]);
  const auto posted = whole_number((*fields)[5]);
  const auto ended = whole_number((*fields)[7]);
  if (!rank || !step || !posted || !ended || *rank >= std::ssize(works)) return false;
  const std::vector<RankStream>& streams = works[static_cast<std::size_t>(*rank)].streams;
  const auto stream = std::ranges::find(streams, (*fields)[1], &RankStream::name);
  if (stream == streams.end() || *step < 1 || *step > std::ssize(stream->steps)) return false;
  times[static_cast<std::size_t>(*rank)][static_cast<std::size_t>(stream - streams.begin())][static_cast<std::size_t>(*step - 1)] = {
      sim::Time{*posted}, sim::Time{*ended}};
  return true;
}

}  // namespace

std::string timeline_csv(const sim::Program& program, const sim::Timeline& timeline) {
  const std::vector<RankWork> works = works_of(program);
  std::vector<sim::Span> spans = timeline.spans;
  std::sort(spans.begin(), spans.end(), [](const sim::Span& a, const sim::Span& b) {
    return std::tuple(index(a.actor), a.stream, a.step) < std::tuple(index(b.actor), b.stream, b.step);
  });
  std::string text = std::string(csv_columns) + "\n";
  for (const sim::Span& span : spans) {
    const RankWork& work = works[index(span.actor)];
    const std::string operation = sim::text_of(work.at(span.stream, span.step), program);  // "label: what"
    const std::string& label = program.labels[span.label];
    text += std::to_string(index(span.actor)) + "," + work.streams[span.stream].name + "," + std::to_string(span.step + 1) + "," + label +
            "," + operation.substr(label.size() + 2) + "," + std::to_string(span.posted.ticks) + "," + std::to_string(span.begun.ticks) +
            "," + std::to_string(span.ended.ticks) + "\n";
  }
  return text;
}

sim::Timeline timeline_from_csv(const sim::Program& program, std::string_view text, std::string_view name) {
  const std::vector<RankWork> works = works_of(program);
  std::vector<RankTimes> times(works.size());
  for (std::size_t rank = 0; rank < works.size(); ++rank) {
    for (const RankStream& stream : works[rank].streams) times[rank].emplace_back(stream.steps.size());
  }
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (number == 1 ? line == csv_columns : take_line(works, line, times)) continue;
    throw sim::Error({.place = std::string(name) + ":" + std::to_string(number),
                      .what = "is no span of " + program.name,
                      .remedy = "give the table that was written with that Program"});
  }
  return measured_timeline(program, works, rehearse(program, works), times);
}

}  // namespace orrery::realrun
