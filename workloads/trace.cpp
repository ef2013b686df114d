#include "workloads/trace.h"

#include "sim/printable.h"

namespace orrery::workloads {

std::vector<std::string> Tolerated::lines() const {
  std::vector<std::string> lines;
  lines.reserve(counts_.size());
  for (const auto& [what, count] : counts_) lines.push_back(std::to_string(count) + " " + what);
  return lines;
}

std::string in_words(const Trace& trace, std::int32_t rank, std::int32_t operation) {
  const TraceOperation& what = trace.ranks[static_cast<std::size_t>(rank)].operations[static_cast<std::size_t>(operation)];
  std::string words = "rank " + std::to_string(rank) + ", " + trace.noun + " " + std::to_string(what.id) + ": ";
  const std::string size = std::to_string(what.bytes.count) + " bytes";
  const std::string tag = what.tag == any_tag ? " with any tag" : " with tag " + std::to_string(what.tag);
  switch (what.kind) {
    case TraceKind::nothing:
    case TraceKind::pause:
    case TraceKind::compute:
      return words + "computation";
    case TraceKind::collective:
      return words + std::string(sim::name_of(what.collective)) + " of " + size + " in group " +
             sim::printable(trace.groups[static_cast<std::size_t>(what.group)].name);
    case TraceKind::send:
      return words + "send of " + size + " to rank " + std::to_string(what.peer) + tag;
    case TraceKind::receive:
      return words + "receive of " + size + " from " + (what.peer == any_peer ? "any rank" : "rank " + std::to_string(what.peer)) + tag;
  }
  return words;
}

}  // namespace orrery::workloads
