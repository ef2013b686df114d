#include "report/perfetto_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "report/perfetto_packets.h"
#include "report/stream_steps.h"
#include "sim/program_text.h"
#include "workloads/communications.h"

namespace orrery::report {
namespace {

std::vector<const sim::Role*> roles_of_ranks(const sim::Program& program) {
  std::vector<const sim::Role*> roles(static_cast<std::size_t>(program.ranks), nullptr);
  for (const sim::Role& role : program.roles) {
    for (std::int64_t i = 0; i < role.ranks.size(); ++i) roles[static_cast<std::size_t>(role.ranks.at(i))] = &role;
  }
  return roles;
}

std::int64_t nanoseconds(sim::Time time) { return (time.ticks + 500) / 1000; }

// What a step is called beyond its label; kernels nothing.
std::string verb_of(const sim::Operation& operation) {
  if (is_device_work(operation)) return "";
  if (const auto* const collect = std::get_if<sim::Collect>(&operation.action)) return std::string(name_of(collect->kind));
  if (const auto* const copy = std::get_if<sim::Copy>(&operation.action)) return "copy " + std::string(name_of(copy->kind));
  if (std::holds_alternative<sim::Send>(operation.action)) return "send";
  return std::holds_alternative<sim::Receive>(operation.action) ? "receive" : "pause";
}

int ranks_of(const sim::Communicator& communicator) {
  return static_cast<int>(sim::Lattice{.first = 0, .extents = communicator.members}.size());
}

std::int64_t bytes_of(const sim::Operation& operation, const sim::Program& program) {
  if (const auto* const send = std::get_if<sim::Send>(&operation.action)) return send->bytes.count;
  if (const auto* const receive = std::get_if<sim::Receive>(&operation.action)) return receive->bytes.count;
  if (const auto* const copy = std::get_if<sim::Copy>(&operation.action)) return copy->bytes.count;
  const auto* const collect = std::get_if<sim::Collect>(&operation.action);
  if (collect == nullptr) return 0;
  return workloads::tuner_bytes(*collect, ranks_of(program.communicators[static_cast<std::size_t>(collect->communicator)])).count;
}

std::int64_t flops_of(Operations operations) {
  double sum = 0;
  for (const sim::Operation* const operation : operations) {
    if (const auto* const compute = std::get_if<sim::Compute>(&operation->action)) sum += sim::flops(compute->kernel).count;
  }
  constexpr double most = 9e18;
  return static_cast<std::int64_t>(std::min(sum, most));
}

// "layer_norm fp16 rows=2048 columns=12288, 2 x gemm fp16 ...": without the label, which all have in common.
std::string text_of(Operations operations, const sim::Program& program) {
  constexpr std::size_t most_told = 40;
  std::string text;
  std::size_t told = 0;
  for (std::size_t i = 0; i < operations.size();) {
    std::size_t alike = 1;
    while (i + alike < operations.size() && operations[i + alike]->action == operations[i]->action) ++alike;
    if (told++ == most_told) return text + fmt::format(", and {} more", operations.size() - i);
    if (i > 0) text += ", ";
    if (alike > 1) text += fmt::format("{} x ", alike);
    const std::string line = sim::text_of(*operations[i], program);
    text += line.substr(line.find(' ') + 1);
    i += alike;
  }
  return text;
}

// A step that took time.
struct TracedStep {
  const sim::Span* span;
  const PerfettoSlice* slice;  // of all steps alike
  std::uint64_t track;
  sim::Time free;                 // since when its stream waited for others of its rank, until the step was posted
  const sim::Operation* message;  // none: it is no send or receive
  std::uint64_t flow = 0;

  bool receives() const { return message != nullptr && std::holds_alternative<sim::Receive>(message->action); }
};

// Those that end together are the two ends of a message, or are on different tracks: where an arrow begins comes first.
bool is_before(const TracedStep& a, const TracedStep& b) {
  const auto key = [](const TracedStep& step) { return std::tuple(step.span->ended, step.receives(), step.track); };
  return key(a) < key(b);
}

class TraceWriter {
 public:
  explicit TraceWriter(const TracedRun& run) : run_(run) {}

  std::string write() {
    gather();
    std::sort(steps_.begin(), steps_.end(), is_before);
    join_messages();
    write_edges();
    return packets_.bytes();
  }

 private:
  using SpansOfStream = std::vector<const sim::Span*>;

  void gather() {
    std::map<std::pair<std::int32_t, std::uint16_t>, SpansOfStream> spans;
    for (const sim::Span& span : run_.timeline.spans) {
      if (span.ended > span.posted) spans[{static_cast<std::int32_t>(sim::index(span.actor)), span.stream}].push_back(&span);
    }
    const auto roles = roles_of_ranks(run_.program);
    std::int32_t further = run_.program.ranks;  // threads beside the main ones
    for (const std::int32_t rank : run_.ranks) {
      const sim::Role& role = *roles[static_cast<std::size_t>(rank)];
      const std::int32_t pid = rank + 1;
      const std::uint64_t process = packets_.process(pid, name_of_rank(rank, role));
      for (std::size_t stream = 0; stream < role.streams.size(); ++stream) {
        const std::uint64_t track = packets_.thread(process, pid, stream == 0 ? pid : ++further, role.streams[stream].name);
        gather(role, role.streams[stream], spans[{rank, static_cast<std::uint16_t>(stream)}], track);
      }
    }
  }

  std::string name_of_rank(std::int32_t rank, const sim::Role& role) const {
    const topology::GpuId gpu = run_.placement[static_cast<std::size_t>(rank)];
    return fmt::format("rank {} ({}): node {}, GPU {}", rank, role.name, run_.cluster.node_of(gpu), run_.cluster.local_index(gpu));
  }

  // Spans of a stream are in order of its steps.
  void gather(const sim::Role& role, const sim::Stream& stream, const SpansOfStream& spans, std::uint64_t track) {
    std::size_t next = 0;
    const bool is_first = &stream == role.streams.data();
    if (spans.empty()) return;
    each_step(run_.program, stream, [&](std::uint32_t step, Operations operations) {
      if (next == spans.size() || spans[next]->step != step) return;
      const sim::Operation& first = *operations.front();
      const bool is_message = std::holds_alternative<sim::Send>(first.action) || std::holds_alternative<sim::Receive>(first.action);
      const sim::Time done = next == 0 ? sim::Time{} : spans[next - 1]->ended;
      const sim::Span* const span = spans[next++];
      steps_.push_back({span, &slice_of(operations), track, is_first ? done : span->posted, is_message ? &first : nullptr});
    });
  }

  const PerfettoSlice& slice_of(Operations operations) {
    const auto [entry, is_new] = slices_.try_emplace({operations.begin(), operations.end()});
    if (!is_new) return entry->second;
    const sim::Operation& first = *operations.front();
    const std::string& label = run_.program.labels[first.label];
    const std::string verb = verb_of(first);
    PerfettoSlice& slice = entry->second;
    slice.category = packets_.interned(PerfettoText::category, label);
    slice.name = packets_.interned(PerfettoText::name, verb.empty() ? label : label + ": " + verb);
    slice.operations = packets_.interned(PerfettoText::value, text_of(operations, run_.program));
    slice.bytes = bytes_of(first, run_.program);
    slice.flops = flops_of(operations);
    const auto* const collect = std::get_if<sim::Collect>(&first.action);
    if (collect != nullptr && run_.way) slice.way = packets_.interned(PerfettoText::value, run_.way(*collect));
    return slice;
  }

  // The k-th send of a rank to another by a tag meets the k-th receive.
  void join_messages() {
    struct Ends {
      std::vector<std::size_t> sends;
      std::vector<std::size_t> receives;
    };
    std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t>, Ends> messages;  // by sender, receiver and tag
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_[i].message == nullptr) continue;
      const auto rank = static_cast<std::int32_t>(sim::index(steps_[i].span->actor));
      if (const auto* const send = std::get_if<sim::Send>(&steps_[i].message->action)) {
        messages[{rank, rank + send->offset, send->tag}].sends.push_back(i);
      } else if (const auto& receive = std::get<sim::Receive>(steps_[i].message->action); receive.offset && receive.tag) {
        messages[{rank + *receive.offset, rank, *receive.tag}].receives.push_back(i);
      }
    }
    std::uint64_t flows = 0;
    for (const auto& [who, met] : messages) {
      for (std::size_t k = 0; k < std::min(met.sends.size(), met.receives.size()); ++k) {
        steps_[met.sends[k]].flow = steps_[met.receives[k]].flow = ++flows;
      }
    }
  }

  // In order of time; of one time in that of the steps, and of a step as they are here.
  enum Edge : std::uint8_t { is_free, is_posted, waits, waited, begins, ends };
  static constexpr std::uint64_t edges_of_step = 6;

  void write_edges() {
    std::vector<std::pair<std::int64_t, std::uint64_t>> edges;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const sim::Span& span = *steps_[i].span;
      const auto add = [&](Edge edge, sim::Time at) { edges.emplace_back(nanoseconds(at), edges_of_step * i + edge); };
      const auto add_wait = [&](Edge begin, sim::Time from, Edge end, sim::Time to) {
        if (nanoseconds(from) == nanoseconds(to)) return;
        add(begin, from);
        add(end, to);
      };
      add_wait(is_free, steps_[i].free, is_posted, span.posted);
      add_wait(waits, span.posted, waited, span.begun);
      add(begins, span.begun);
      add(ends, span.ended);
    }
    std::sort(edges.begin(), edges.end());
    std::vector<std::uint64_t> waiting;  // by label
    for (const std::string& label : run_.program.labels) {
      waiting.push_back(packets_.interned(PerfettoText::name, "waiting (" + label + ")"));
    }
    const std::uint64_t waiting_for_stream = packets_.interned(PerfettoText::name, "waiting for another stream");
    const std::uint64_t no_label = packets_.interned(PerfettoText::category, "waiting");
    for (const auto& [time, number] : edges) {
      const TracedStep& step = steps_[number / edges_of_step];
      switch (static_cast<Edge>(number % edges_of_step)) {
        case is_free:
          packets_.begin(time, {.track = step.track, .category = no_label, .name = waiting_for_stream});
          break;
        case waits:
          packets_.begin(time, {.track = step.track, .category = step.slice->category, .name = waiting[step.span->label]});
          break;
        case begins:
          packets_.begin(time, begun(step));
          break;
        case is_posted:
        case waited:
        case ends:
          packets_.end(time, step.track);
          break;
      }
    }
  }

  static PerfettoSlice begun(const TracedStep& step) {
    PerfettoSlice slice = *step.slice;
    slice.track = step.track;
    slice.flow = step.flow;
    slice.flow_end = step.receives() ? PerfettoSlice::End::target : PerfettoSlice::End::source;
    return slice;
  }

  const TracedRun& run_;
  PerfettoPackets packets_;
  std::map<std::vector<const sim::Operation*>, PerfettoSlice> slices_;  // by the operations of a step
  std::vector<TracedStep> steps_;
};

}  // namespace

std::int64_t traced_operations(const sim::Program& program, const std::vector<std::int32_t>& ranks) {
  const std::vector<std::int64_t> counts = operations_of_roles(program);
  const auto roles = roles_of_ranks(program);
  std::int64_t sum = 0;
  for (const std::int32_t rank : ranks)
    sum += counts[static_cast<std::size_t>(roles[static_cast<std::size_t>(rank)] - program.roles.data())];
  return sum;
}

std::string perfetto_trace(const TracedRun& run) { return TraceWriter(run).write(); }

std::string way_of(const sim::Collect& collect, const sim::Program& program, const workloads::Placement& placement,
                   const workloads::CollectiveModel& model) {
  const sim::Communicator& communicator = program.communicators[static_cast<std::size_t>(collect.communicator)];
  const sim::Lattice ranks{communicator.groups.at(0), communicator.members};
  std::vector<topology::GpuId> members;
  for (std::int64_t i = 0; i < ranks.size(); ++i) members.push_back(placement[static_cast<std::size_t>(ranks.at(i))]);
  const workloads::GroupShape shape = model.shape(model.group(members));
  const sim::Bytes bytes = workloads::tuner_bytes(collect, static_cast<int>(members.size()));
  const workloads::CollectivePlan plan = model.plan(collect.kind, bytes, collect.type, shape, collect.calls);
  if (plan.algorithm == workloads::Algorithm::none) return "nothing to do";
  return fmt::format("{} {}, {} thread blocks", name_of(plan.algorithm), name_of(plan.protocol), plan.thread_blocks);
}

}  // namespace orrery::report
