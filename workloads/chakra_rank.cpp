#include "workloads/chakra_rank.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include "sim/error.h"
#include "sim/printable.h"
#include "sim/program_operation.h"

namespace orrery::workloads {
namespace {

using sim::CollectiveKind;

constexpr std::string_view label_of_compute = "compute";
constexpr std::string_view label_of_collective = "collective";
constexpr std::string_view label_of_message = "message";
constexpr std::string_view label_of_host = "host";

std::optional<CollectiveKind> collective_from(std::int64_t comm_type) {
  constexpr CollectiveKind kinds[] = {CollectiveKind::all_reduce, CollectiveKind::reduce,         CollectiveKind::all_gather,
                                      CollectiveKind::gather,     CollectiveKind::scatter,        CollectiveKind::broadcast,
                                      CollectiveKind::all_to_all, CollectiveKind::reduce_scatter, CollectiveKind::reduce_scatter,
                                      CollectiveKind::barrier};
  if (comm_type < 0 || comm_type >= std::ssize(kinds)) return std::nullopt;
  return kinds[comm_type];
}

/// Whether a rank's share is less than what `comm_bytes` counts.
bool is_whole(CollectiveKind kind, CommSize sense) {
  const bool gathers = kind == CollectiveKind::all_gather || kind == CollectiveKind::gather;
  const bool scatters = kind == CollectiveKind::reduce_scatter || kind == CollectiveKind::scatter;
  if (sense == CommSize::input) return scatters;
  return sense == CommSize::whole && (gathers || scatters);
}

class ChakraRank {
 public:
  ChakraRank(const ChakraFile& file, const std::string& name, const ChakraSense& sense, ChakraLabels& labels, Trace& trace)
      : file_(file), name_(name), sense_(sense), labels_(labels), trace_(trace) {}

  TraceRank make() {
    order_nodes();
    from_pytorch_ = std::any_of(file_.nodes.begin(), file_.nodes.end(), [](const ChakraNode& each) { return each.from_pytorch; });
    rank_.operations.reserve(file_.nodes.size());
    for (const std::size_t node : order_) add(file_.nodes[node]);
    link();
    sort_lanes();
    return std::move(rank_);
  }

 private:
  enum class LaneKind : std::uint8_t { device, collectives, host };  // in the order of the streams
  struct Lane {
    LaneKind kind;
    std::int64_t number;  // of the stream, the group, the thread
  };

  [[noreturn]] void fail(const ChakraNode& node, const std::string& what, const std::string& remedy) const {
    throw sim::Error({.place = name_ + ": node " + std::to_string(node.id) + " " + sim::printable(std::string(node.name.substr(0, 60))),
                      .what = what,
                      .remedy = remedy});
  }

  void order_nodes();
  void add(const ChakraNode& node);
  void add_exact(const ChakraNode& node, TraceOperation& operation);
  void add_computation(const ChakraNode& node, TraceOperation& operation);
  void add_collective(const ChakraNode& node, TraceOperation& operation);
  void add_message(const ChakraNode& node, TraceOperation& operation);
  void measure(const ChakraNode& node, TraceOperation& operation);
  std::int32_t group_of(const ChakraNode& node) const;
  std::int64_t bytes_of(const ChakraNode& node, CollectiveKind kind, std::size_t members) const;
  std::int32_t lane(LaneKind kind, std::int64_t number);
  void link();
  void sort_lanes();

  const ChakraFile& file_;
  const std::string& name_;
  const ChakraSense& sense_;
  ChakraLabels& labels_;
  Trace& trace_;
  TraceRank rank_;
  std::vector<std::size_t> order_;  // of the nodes
  std::string label_;               // of the operation at hand
  bool timed_ = false;              // all that runs has a start time
  bool from_pytorch_ = false;
  std::vector<Lane> lanes_;
  std::map<std::pair<LaneKind, std::int64_t>, std::int32_t> number_of_lane_;
};

// By start time where all that runs has one, then by id.
void ChakraRank::order_nodes() {
  order_.resize(file_.nodes.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  const std::int64_t without = std::count_if(file_.nodes.begin(), file_.nodes.end(), [](const ChakraNode& each) {
    return !each.start && each.type > ChakraType::metadata && each.operation.empty();
  });
  trace_.tolerated.add("nodes without a start time (what is ready first runs first)", without);
  timed_ = without == 0;
  const auto key = [&](std::size_t node) {
    const ChakraNode& what = file_.nodes[node];
    return std::tuple(timed_ ? what.start.value_or(sim::Duration{}) : sim::Duration{}, what.id, node);
  };
  std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
}

std::int32_t ChakraRank::lane(LaneKind kind, std::int64_t number) {
  const auto [entry, is_new] = number_of_lane_.try_emplace({kind, number}, static_cast<std::int32_t>(lanes_.size()));
  if (is_new) lanes_.push_back({kind, number});
  return entry->second;
}

void ChakraRank::add(const ChakraNode& node) {
  TraceOperation operation{.id = node.id};
  if (!node.operation.empty()) {
    add_exact(node, operation);
  } else {
    switch (node.type) {
      case ChakraType::invalid:
      case ChakraType::metadata:
        break;
      case ChakraType::mem_load:
      case ChakraType::mem_store:
      case ChakraType::comp:
        add_computation(node, operation);
        break;
      case ChakraType::comm_send:
      case ChakraType::comm_recv:
        add_message(node, operation);
        break;
      case ChakraType::comm_coll:
        add_collective(node, operation);
        break;
    }
  }
  if (operation.kind != TraceKind::nothing) operation.label = labels_.number_of(label_);
  rank_.operations.push_back(operation);
}

// As measured, on its thread or stream.
void ChakraRank::measure(const ChakraNode& node, TraceOperation& operation) {
  operation.kind = TraceKind::pause;
  operation.duration = node.duration;
  if (node.duration == sim::Duration{}) trace_.tolerated.add("operations of no duration");
  if (node.on_host) {
    label_ = label_of_host;
    operation.lane = lane(LaneKind::host, node.thread.value_or(0));
  } else {
    label_ = label_of_compute;
    operation.lane = lane(LaneKind::device, node.stream ? *node.stream : node.thread.value_or(0));
  }
}

void ChakraRank::add_computation(const ChakraNode& node, TraceOperation& operation) {
  if (node.on_host || node.duration > sim::Duration{} || (!node.operations && !node.tensor_bytes)) return measure(node, operation);
  label_ = label_of_compute;
  operation.lane = lane(LaneKind::device, node.stream ? *node.stream : node.thread.value_or(0));
  const std::int64_t operations = node.operations.value_or(0);
  const std::int64_t bytes = node.tensor_bytes.value_or(0);
  if (operations < 0 || bytes < 0 || bytes > sim::max_kernel_bytes) fail(node, "num_ops or tensor_size out of range", "correct it");
  operation.kind = TraceKind::compute;
  operation.operations = operations;
  operation.bytes = {bytes};
}

std::int32_t ChakraRank::group_of(const ChakraNode& node) const {
  const std::int32_t group = sense_.groups.number_of(node.group);
  if (group < 0) {
    fail(node, "is in process group \"" + sim::printable(std::string(node.group)) + "\", of which the ranks are not known",
         "give --groups FILE, with {\"NAME\": [RANK, ...]}");
  }
  return group;
}

std::int64_t ChakraRank::bytes_of(const ChakraNode& node, CollectiveKind kind, std::size_t members) const {
  const std::int64_t bytes = node.comm_bytes.value_or(0);
  if (bytes < 0 || bytes > sim::max_operation_bytes) fail(node, "comm_size out of range", "give 0 to 1 PiB");
  if (!is_whole(kind, sense_.comm_size)) return bytes;
  const auto parts = static_cast<std::int64_t>(members);
  if (bytes % parts != 0) trace_.tolerated.add("collectives whose bytes do not divide by their ranks (rounded up)");
  return (bytes + parts - 1) / parts;
}

void ChakraRank::add_collective(const ChakraNode& node, TraceOperation& operation) {
  const auto kind = node.comm_type ? collective_from(*node.comm_type) : std::nullopt;
  if (node.comm_type && !kind) fail(node, "comm_type " + std::to_string(*node.comm_type), "collectives are 0 to 9");
  if (node.on_host || !kind) {
    trace_.tolerated.add(node.on_host ? "collectives on the host (their duration)" : "collectives of unknown kind (their duration)");
    return measure(node, operation);
  }
  const std::int32_t group = group_of(node);
  const std::size_t members = sense_.groups.all()[static_cast<std::size_t>(group)].members.size();
  if (members == 1) {
    trace_.tolerated.add("collectives of one rank (their duration)");
    return measure(node, operation);
  }
  if (!node.comm_bytes && *kind != CollectiveKind::barrier) trace_.tolerated.add("collectives without comm_size (1 byte)");
  operation.kind = TraceKind::collective;
  label_ = label_of_collective;
  operation.collective = *kind;
  operation.group = group;
  operation.bytes = {bytes_of(node, *kind, members)};
  operation.lane = node.stream ? lane(LaneKind::device, *node.stream) : lane(LaneKind::collectives, group);
}

void ChakraRank::add_message(const ChakraNode& node, TraceOperation& operation) {
  const bool sends = node.type == ChakraType::comm_send;
  const ChakraNumber& peer = sends ? node.destination : node.source;
  if (!peer) {
    trace_.tolerated.add("messages of which the other end is not known (their duration)");
    return measure(node, operation);
  }
  const std::int64_t bytes = node.comm_bytes.value_or(0);
  const auto ranks = static_cast<std::int64_t>(sense_.groups.all().front().members.size());
  if (*peer < 0 || *peer >= ranks) {
    fail(node,
         "a message " + std::string(sends ? "to" : "from") + " rank " + std::to_string(*peer) + "; there are 0 to " +
             std::to_string(ranks - 1),
         "give a file for every rank");
  }
  if (bytes < 0 || bytes > sim::max_operation_bytes) fail(node, "comm_size out of range", "give 0 to 1 PiB");
  if (node.tag.value_or(0) < 0) fail(node, "tag " + std::to_string(*node.tag), "tags are not negative");
  operation.kind = sends ? TraceKind::send : TraceKind::receive;
  label_ = label_of_message;
  operation.peer = static_cast<std::int32_t>(*peer);
  operation.bytes = {bytes};
  operation.tag = node.tag.value_or(0);
  operation.buffered = sends && bytes <= sense_.eager.count && node.operation.empty();  // in our own Programs each waits for the other
  if (node.stream) operation.lane = lane(LaneKind::device, *node.stream);
}

// The very operation of the Program that was exported; messages and groups are as other traces have them.
void ChakraRank::add_exact(const ChakraNode& node, TraceOperation& operation) {
  const std::size_t colon = node.operation.find(':');
  const std::string label(node.operation.substr(0, std::min(colon, node.operation.size())));
  sim::ProgramNames names;
  names.labels.add(label);
  names.labels_known = true;
  constexpr std::string_view group = "group";
  names.communicators.add(group);
  sim::ProgramLine line(node.operation);
  sim::Operation exact = sim::operation_from(line, names);
  line.end();
  const auto* const compute = std::get_if<sim::Compute>(&exact.action);
  const std::string fault = compute == nullptr ? "" : sim::fault_of(compute->kernel);
  if (line.failed() || !fault.empty()) fail(node, line.failed() ? line.fault()->what : fault, "give an export as it was written");
  if (node.type == ChakraType::comm_send || node.type == ChakraType::comm_recv) {
    add_message(node, operation);
  } else if (node.type == ChakraType::comm_coll) {
    add_collective(node, operation);
    if (operation.kind == TraceKind::collective && !std::holds_alternative<sim::Collect>(exact.action))
      fail(node, "is no collective", "correct it");
  } else {
    add_computation(node, operation);
    const bool waits = std::holds_alternative<sim::Busy>(exact.action) || std::holds_alternative<sim::Pause>(exact.action);
    const bool works = compute != nullptr || std::holds_alternative<sim::Copy>(exact.action);
    if (!waits && !works) fail(node, "is no computation", "correct it");
  }
  label_ = label;
  exact.label = labels_.number_of(label);
  if (operation.kind == TraceKind::pause && node.type == ChakraType::comm_coll) return;
  operation.exact = static_cast<std::int32_t>(trace_.exact.size());
  trace_.exact.push_back(exact);
}

void ChakraRank::link() {
  std::unordered_map<std::uint64_t, std::int32_t> number_of;
  number_of.reserve(order_.size());
  std::int64_t doubled = 0;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    doubled += number_of.try_emplace(file_.nodes[order_[i]].id, static_cast<std::int32_t>(i)).second ? 0 : 1;
  }
  std::int64_t dangling = 0;
  std::int64_t own = 0;
  std::int64_t callers = 0;
  for (std::size_t i = 0; i < order_.size(); ++i) {
    const ChakraNode& node = file_.nodes[order_[i]];
    const std::size_t count = node.data_count + (from_pytorch_ ? 0 : node.control_count);
    callers += from_pytorch_ ? static_cast<std::int64_t>(node.control_count) : 0;
    rank_.operations[i].first_after = static_cast<std::uint32_t>(rank_.after.size());
    for (std::size_t d = 0; d < count; ++d) {
      const auto on = number_of.find(file_.dependencies[node.first_dependency + d]);
      if (on == number_of.end()) {
        ++dangling;
      } else if (static_cast<std::size_t>(on->second) == i) {
        ++own;
      } else {
        rank_.after.push_back({on->second});
      }
    }
    rank_.operations[i].after_count = static_cast<std::uint32_t>(rank_.after.size()) - rank_.operations[i].first_after;
  }
  trace_.tolerated.add("nodes of an id that another node has (dependencies are on the first)", doubled);
  trace_.tolerated.add("dependencies on nodes that are not there (left out)", dangling);
  trace_.tolerated.add("dependencies of nodes on themselves (left out)", own);
  trace_.tolerated.add("control dependencies on PyTorch's callers (left out)", callers);
}

void ChakraRank::sort_lanes() {
  std::vector<std::size_t> order(lanes_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(lanes_[a].kind, a) < std::pair(lanes_[b].kind, b); });
  std::vector<std::int32_t> place(lanes_.size());
  std::int32_t collectives = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Lane& lane = lanes_[order[i]];
    place[order[i]] = static_cast<std::int32_t>(i);
    std::string name = lane.kind == LaneKind::device ? "stream" : "host";
    name += std::to_string(lane.number);
    // By their order, not by the group: ranks that do the same in other groups have the same names.
    if (lane.kind == LaneKind::collectives) name = "collectives" + std::to_string(collectives++);
    rank_.lanes.push_back({.name = std::move(name), .order = timed_ ? TraceLane::Order::as_written : TraceLane::Order::as_ready});
  }
  for (TraceOperation& operation : rank_.operations) {
    if (operation.lane != no_lane) operation.lane = place[static_cast<std::size_t>(operation.lane)];
  }
}

}  // namespace

std::uint8_t ChakraLabels::number_of(std::string_view name) {
  const auto found = std::find(names_.begin(), names_.end(), name);
  constexpr std::size_t most = 255;
  if (found == names_.end() && names_.size() < most) {
    names_.emplace_back(name);
    return static_cast<std::uint8_t>(names_.size() - 1);
  }
  return static_cast<std::uint8_t>(found == names_.end() ? most - 1 : static_cast<std::size_t>(found - names_.begin()));
}

std::vector<std::string> ChakraLabels::names() const { return names_.empty() ? std::vector<std::string>{"compute"} : names_; }

TraceRank chakra_rank_of(const ChakraFile& file, const std::string& name, const ChakraSense& sense, ChakraLabels& labels, Trace& trace) {
  return ChakraRank(file, name, sense, labels, trace).make();
}

}  // namespace orrery::workloads
