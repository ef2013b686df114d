#include "report/trace_json.h"

#include <fmt/format.h>

#include <iterator>
#include <set>
#include <vector>

namespace orrery::report {
namespace {

std::vector<const sim::Role*> role_of_rank(const sim::Program& program) {
  std::vector<const sim::Role*> roles(static_cast<std::size_t>(program.ranks), nullptr);
  for (const sim::Role& role : program.roles) {
    for (std::int64_t i = 0; i < role.ranks.size(); ++i) roles[static_cast<std::size_t>(role.ranks.at(i))] = &role;
  }
  return roles;
}

// Microseconds with all twelve decimals of a second kept.
std::string microseconds(std::int64_t picoseconds) { return fmt::format("{}.{:06}", picoseconds / 1'000'000, picoseconds % 1'000'000); }

void append_slice(std::string& to, std::string_view name, const sim::Span& span, sim::Time begin, sim::Time end) {
  fmt::format_to(std::back_inserter(to), "{{\"ph\":\"X\",\"name\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":{},\"dur\":{}}},\n", name,
                 sim::index(span.actor), span.stream, microseconds(begin.ticks), microseconds((end - begin).ticks));
}

}  // namespace

std::string trace_json(const sim::Program& program, const sim::Timeline& timeline) {
  const auto roles = role_of_rank(program);
  std::string text = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
  std::set<std::uint32_t> ranks;
  for (const sim::Span& span : timeline.spans) {
    const std::string& label = program.labels[span.label];
    if (ranks.insert(sim::index(span.actor)).second) {
      const sim::Role& role = *roles[sim::index(span.actor)];
      fmt::format_to(std::back_inserter(text),
                     "{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{},\"args\":{{\"name\":\"rank {} ({})\"}}}},\n",
                     sim::index(span.actor), sim::index(span.actor), role.name);
      for (std::size_t stream = 0; stream < role.streams.size(); ++stream) {
        fmt::format_to(std::back_inserter(text),
                       "{{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{},\"tid\":{},\"args\":{{\"name\":\"{}\"}}}},\n",
                       sim::index(span.actor), stream, role.streams[stream].name);
      }
    }
    if (span.begun > span.posted) append_slice(text, label + " (waiting)", span, span.posted, span.begun);
    append_slice(text, label, span, span.begun, span.ended);
  }
  text += fmt::format("{{\"ph\":\"M\",\"name\":\"orrery\",\"pid\":0,\"args\":{{\"iteration_us\":\"{}\"}}}}\n]}}\n",
                      microseconds(timeline.end.ticks));
  return text;
}

}  // namespace orrery::report
