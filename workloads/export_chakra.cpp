#include "workloads/export_chakra.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "sim/error.h"
#include "sim/program_text.h"
#include "workloads/chakra_file.h"

namespace orrery::workloads {
namespace {

std::size_t nth(std::int32_t number) { return static_cast<std::size_t>(number); }

// ---- what a message of et_def.proto is made of

void append_bytes(std::string& to, std::uint32_t field, std::string_view bytes) {
  protozero::pbf_writer(to).add_bytes(field, bytes.data(), bytes.size());
}

void append_number(std::string& to, std::uint32_t field, std::uint64_t value) { protozero::pbf_writer(to).add_uint64(field, value); }

void append_varint(std::string& to, std::uint64_t value) { protozero::add_varint_to_buffer(&to, value); }

void append_integer(std::string& node, std::string_view name, std::int64_t value) {
  constexpr std::uint32_t int64_value = 9;
  std::string attribute;
  append_bytes(attribute, 1, name);
  append_number(attribute, int64_value, static_cast<std::uint64_t>(value));
  append_bytes(node, 10, attribute);
}

void append_truth(std::string& node, std::string_view name) {
  constexpr std::uint32_t bool_value = 27;
  std::string attribute;
  append_bytes(attribute, 1, name);
  append_number(attribute, bool_value, 0);  // false
  append_bytes(node, 10, attribute);
}

void append_text(std::string& node, std::string_view name, std::string_view value) {
  constexpr std::uint32_t string_value = 29;
  std::string attribute;
  append_bytes(attribute, 1, name);
  append_bytes(attribute, string_value, value);
  append_bytes(node, 10, attribute);
}

std::int64_t comm_type(sim::CollectiveKind kind) {
  switch (kind) {
    case sim::CollectiveKind::all_reduce:
      return 0;
    case sim::CollectiveKind::reduce:
      return 1;
    case sim::CollectiveKind::all_gather:
      return 2;
    case sim::CollectiveKind::gather:
      return 3;
    case sim::CollectiveKind::scatter:
      return 4;
    case sim::CollectiveKind::broadcast:
      return 5;
    case sim::CollectiveKind::all_to_all:
      return 6;
    case sim::CollectiveKind::reduce_scatter:
      return 7;
    case sim::CollectiveKind::barrier:
      return 9;
  }
  return 0;
}

/// What each rank gives.
std::int64_t comm_size(const sim::Collect& collect, std::size_t members) {
  const std::int64_t bytes = collect.count * sim::size_of(collect.type) * collect.calls;
  const bool scatters = collect.kind == sim::CollectiveKind::reduce_scatter || collect.kind == sim::CollectiveKind::scatter;
  return scatters ? bytes * static_cast<std::int64_t>(members) : bytes;
}

std::uint64_t microseconds(sim::Duration duration) { return static_cast<std::uint64_t>(std::llround(duration.seconds() * 1e6)); }

sim::Error refused(const sim::Program& program, const std::string& what) {
  return sim::Error({.place = program.name, .what = what, .remedy = "Chakra has dependencies of ends on ends alone"},
                    sim::ErrorKind::unavailable);
}

using FlatOperations = std::vector<const sim::Operation*>;

/// With all calls expanded.
void expand(const sim::Program& program, const std::vector<sim::Operation>& list, FlatOperations& to) {
  for (const sim::Operation& operation : list) {
    const auto* call = std::get_if<sim::Call>(&operation.action);
    if (call == nullptr) {
      if (std::ssize(to) >= max_exported_operations) throw refused(program, "has too many operations a rank to write them one by one");
      to.push_back(&operation);
    } else {
      for (std::int32_t i = 0; i < call->times; ++i) expand(program, program.blocks[nth(call->block)].operations, to);
    }
  }
}

/// A role's streams, gone through side by side: what each operation waits for.
class StreamWalk {
 public:
  StreamWalk(const sim::Program& program, const sim::Role& role) : program_(program), events_(nth(role.events)) {
    for (const sim::Stream& stream : role.streams) {
      streams_.emplace_back();
      expand(program, stream.operations, streams_.back().operations);
    }
  }

  /// Calls `node(operation, stream, after)` for each that takes time; it returns that node's number.
  template <class Make>
  void go(const Make& node) {
    bool moved = true;
    while (std::exchange(moved, false)) {
      for (std::int32_t s = 0; s < std::ssize(streams_); ++s) {
        while (step(s, node)) moved = true;
      }
    }
    for (const State& stream : streams_) {
      if (stream.next < stream.operations.size()) throw refused(program_, "waits for an event that is never recorded");
    }
  }

 private:
  using Front = std::vector<std::int32_t>;  // nodes that all that comes later waits for
  struct State {
    FlatOperations operations;
    std::size_t next = 0;
    Front front{};
    std::map<std::int32_t, std::size_t> waits{};  // so far, by event
  };
  struct Event {
    std::int32_t recorder = -1;
    std::vector<Front> records{};
  };

  template <class Make>
  bool step(std::int32_t number, const Make& node) {
    State& stream = streams_[nth(number)];
    if (stream.next == stream.operations.size()) return false;
    const sim::Operation& operation = *stream.operations[stream.next];
    if (const auto* record = std::get_if<sim::Record>(&operation.action)) {
      Event& event = events_[nth(record->event)];
      if (record->when == sim::Record::When::begun) throw refused(program_, "has events that are reached when an operation begins");
      if (event.recorder >= 0 && event.recorder != number) throw refused(program_, "has an event that several streams record");
      event.recorder = number;
      event.records.push_back(stream.front);
    } else if (const auto* wait = std::get_if<sim::Wait>(&operation.action)) {
      std::size_t& waits = stream.waits[wait->event];
      const Event& event = events_[nth(wait->event)];
      if (waits >= event.records.size()) return false;
      for (const std::int32_t on : event.records[waits]) {
        if (std::find(stream.front.begin(), stream.front.end(), on) == stream.front.end()) stream.front.push_back(on);
      }
      ++waits;
    } else {
      const std::int32_t made = node(operation, number, std::move(stream.front));
      stream.front.assign(1, made);
    }
    ++stream.next;
    return true;
  }

  const sim::Program& program_;
  std::vector<State> streams_;
  std::vector<Event> events_;
};

}  // namespace

ChakraExport::ChakraExport(const sim::Program& program) : program_(program), role_of_(nth(program.ranks), -1) {
  for (std::int32_t r = 0; r < std::ssize(program.roles); ++r) {
    const sim::Role& role = program.roles[nth(r)];
    nodes_.push_back(nodes_of(role));
    for (std::int64_t i = 0; i < role.ranks.size(); ++i) role_of_[nth(role.ranks.at(i))] = r;
  }
  for (std::int32_t c = 0; c < std::ssize(program.communicators); ++c) {
    std::vector<std::int32_t>& group_of = group_of_rank_.emplace_back(nth(program.ranks), -1);
    for (std::int32_t group = 0; group < program.communicators[nth(c)].groups.size(); ++group) {
      for (const std::int32_t rank : members_of(c, group)) group_of[nth(rank)] = group;
    }
  }
}

std::vector<ChakraExport::Node> ChakraExport::nodes_of(const sim::Role& role) const {
  std::vector<Node> nodes;
  StreamWalk(program_, role).go([&](const sim::Operation& operation, std::int32_t stream, std::vector<std::int32_t> after) {
    nodes.push_back({&operation, stream, std::move(after)});
    return static_cast<std::int32_t>(nodes.size()) - 1;
  });
  return nodes;
}

std::vector<std::int32_t> ChakraExport::members_of(std::int32_t communicator, std::int32_t group) const {
  const sim::Communicator& of = program_.communicators[nth(communicator)];
  const sim::Lattice members{.first = of.groups.at(group), .extents = of.members};
  std::vector<std::int32_t> ranks;
  for (std::int64_t i = 0; i < members.size(); ++i) ranks.push_back(members.at(i));
  return ranks;
}

std::string ChakraExport::group_name(std::int32_t communicator, std::int32_t group) const {
  return program_.communicators[nth(communicator)].name + "." + std::to_string(group);
}

std::string ChakraExport::groups() const {
  std::string text = "{";
  for (std::int32_t c = 0; c < std::ssize(program_.communicators); ++c) {
    for (std::int32_t group = 0; group < program_.communicators[nth(c)].groups.size(); ++group) {
      text += (text.size() == 1 ? "\n  \"" : ",\n  \"") + group_name(c, group) + "\": [";
      const char* between = "";
      for (const std::int32_t rank : members_of(c, group)) {
        text += between + std::to_string(rank);
        between = ", ";
      }
      text += "]";
    }
  }
  return text + "\n}\n";
}

// As PyTorch tells of its process groups: those of this rank.
std::string ChakraExport::group_node(std::int32_t rank) const {
  std::string list;
  for (std::int32_t c = 0; c < std::ssize(program_.communicators); ++c) {
    const std::int32_t group = group_of_rank_[nth(c)][nth(rank)];
    if (group < 0) continue;
    std::string ranks;
    const std::vector<std::int32_t> members = members_of(c, group);
    for (const std::int32_t member : members) ranks += (ranks.empty() ? "" : ", ") + std::to_string(member);
    list += (list.empty() ? "" : ", ") + std::string("{\"pg_name\": \"") + group_name(c, group) + "\", \"ranks\": [" + ranks +
            "], \"group_size\": " + std::to_string(members.size()) + "}";
  }
  std::string inputs;
  append_bytes(inputs, 1, "['[" + list + "]']");
  append_bytes(inputs, 2, "[[]]");
  append_bytes(inputs, 3, "['String']");
  std::string node;
  append_number(node, 1, 0);
  append_bytes(node, 2, "## process_group:init ##");
  append_number(node, 3, static_cast<std::uint64_t>(ChakraType::metadata));
  append_bytes(node, 8, inputs);
  return node;
}

std::string ChakraExport::encoded(const Node& what, std::int32_t number, std::int32_t rank) const {
  const sim::Operation& operation = *what.operation;
  std::string node;
  std::string after;
  for (const std::int32_t on : what.after) append_varint(after, static_cast<std::uint64_t>(on) + 1);
  const auto head = [&](ChakraType type, sim::Duration duration = {}) {
    append_number(node, 1, static_cast<std::uint64_t>(number) + 1);
    append_bytes(node, 2, program_.labels[operation.label]);
    append_number(node, 3, static_cast<std::uint64_t>(type));
    if (!after.empty()) append_bytes(node, 5, after);
    if (duration > sim::Duration{}) append_number(node, 7, microseconds(duration));
    append_truth(node, "is_cpu_op");
  };
  if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) {
    head(ChakraType::comp);
    append_integer(node, "num_ops", static_cast<std::int64_t>(std::min(sim::flops(compute->kernel).count, 9e18)));
    append_integer(node, "tensor_size", sim::memory_bytes(compute->kernel).count);
  } else if (const auto* busy = std::get_if<sim::Busy>(&operation.action)) {
    head(ChakraType::comp, busy->duration);
  } else if (const auto* pause = std::get_if<sim::Pause>(&operation.action)) {
    head(ChakraType::comp, pause->duration);
  } else if (const auto* copy = std::get_if<sim::Copy>(&operation.action)) {
    const bool loads = copy->kind == sim::CopyKind::from_host || copy->kind == sim::CopyKind::from_storage;
    head(loads ? ChakraType::mem_load : ChakraType::mem_store);
    append_integer(node, "tensor_size", copy->bytes.count);
  } else if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
    const std::int32_t group = group_of_rank_[nth(collect->communicator)][nth(rank)];
    head(ChakraType::comm_coll);
    append_integer(node, "comm_type", comm_type(collect->kind));
    append_integer(node, "comm_size", comm_size(*collect, members_of(collect->communicator, group).size()));
    append_text(node, "pg_name", group_name(collect->communicator, group));
  } else if (const auto* send = std::get_if<sim::Send>(&operation.action)) {
    head(ChakraType::comm_send);
    append_integer(node, "comm_src", rank);
    append_integer(node, "comm_dst", rank + send->offset);
    append_integer(node, "comm_tag", static_cast<std::uint32_t>(send->tag));
    append_integer(node, "comm_size", send->bytes.count);
  } else if (const auto* receive = std::get_if<sim::Receive>(&operation.action)) {
    if (!receive->offset || !receive->tag) throw refused(program_, "has receives from any rank or of any tag");
    head(ChakraType::comm_recv);
    append_integer(node, "comm_src", rank + *receive->offset);
    append_integer(node, "comm_dst", rank);
    append_integer(node, "comm_tag", static_cast<std::uint32_t>(*receive->tag));
    append_integer(node, "comm_size", receive->bytes.count);
  }
  append_integer(node, "stream", what.stream);
  return node;
}

// The group stands in an attribute of its own.
std::string ChakraExport::exact_text(sim::Operation operation) const {
  const sim::Program names{.name = "", .labels = program_.labels, .communicators = {{.name = "group"}}};
  if (auto* const collect = std::get_if<sim::Collect>(&operation.action)) collect->communicator = 0;
  return sim::text_of(operation, names);
}

std::string ChakraExport::file_of(std::int32_t rank) const {
  std::string metadata;
  append_bytes(metadata, 1, "0.0.4");
  std::string file;
  append_varint(file, metadata.size());
  file += metadata;
  const auto append = [&](const std::string& node) {
    append_varint(file, node.size());
    file += node;
  };
  append(group_node(rank));
  const std::vector<Node>& nodes = nodes_[nth(role_of_[nth(rank)])];
  for (std::int32_t i = 0; i < std::ssize(nodes); ++i) {
    std::string node = encoded(nodes[nth(i)], i, rank);
    const sim::Operation& operation = *nodes[nth(i)].operation;
    append_text(node, "orrery", exact_text(operation));
    append(node);
  }
  return file;
}

}  // namespace orrery::workloads
