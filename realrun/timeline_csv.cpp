#include "realrun/timeline_csv.h"

#include <algorithm>
#include <tuple>

#include "sim/program_text.h"

namespace orrery::realrun {

std::string timeline_csv(const sim::Program& program, const sim::Timeline& timeline) {
  std::vector<RankWork> works;
  for (std::int32_t rank = 0; rank < program.ranks; ++rank) works.push_back(rank_work(program, rank));
  std::vector<sim::Span> spans = timeline.spans;
  std::sort(spans.begin(), spans.end(), [](const sim::Span& a, const sim::Span& b) {
    return std::tuple(index(a.actor), a.stream, a.step) < std::tuple(index(b.actor), b.stream, b.step);
  });
  std::string text = "rank,stream,step,label,operation,posted_ps,begun_ps,ended_ps\n";
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

}  // namespace orrery::realrun
