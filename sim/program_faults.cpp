#include "sim/program_faults.h"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

#include "sim/printable.h"
#include "sim/program_names.h"

namespace orrery::sim {
namespace {

/// A value and the first operation of the list that has it.
template <class Value>
struct FoundAt {
  Value value{};
  std::int32_t operation = -1;
};

/// What a list of operations asks of whoever runs it, its callees left apart: taken once a list, not once a call.
struct ListNeeds {
  std::int64_t operations = 0;  // with calls expanded; counts no further than max_role_operations + 1
  std::int32_t depth = 0;       // of calls
  FoundAt<std::int32_t> lowest_offset, highest_offset;
  FoundAt<std::int32_t> highest_event;
  std::vector<FoundAt<std::int32_t>> communicators;  // each once
  std::vector<std::int32_t> callees;                 // each once
};

struct RankSpan {
  std::int64_t lowest = 0;
  std::int64_t highest = 0;
};

struct CommunicatorUse {
  std::int32_t communicator;
  std::int32_t role;
  ProgramPlace place;
};

/// Looks a Program through, in the order of its text.
class FaultFinder {
 public:
  explicit FaultFinder(const Program& program) : program_(program) {}

  std::vector<ProgramFault> find() {
    find_in_header();
    find_in_communicators();
    find_in_blocks();
    find_in_roles();
    if (ranks_known_) {
      find_ranks_without_role();
      find_strangers();
    }
    return std::move(faults_);
  }

 private:
  using Place = ProgramPlace;

  void add(Place place, std::string what, std::string remedy = "") {
    if (faults_.size() < max_program_faults) faults_.push_back({place, std::move(what), std::move(remedy)});
  }
  const std::string& name_of_role(std::int32_t role) const { return program_.roles[static_cast<std::size_t>(role)].name; }

  void find_in_header();
  void find_in_name(Place place, std::string_view name, std::unordered_set<std::string_view>& others);
  void find_in_communicators();
  void find_in_blocks();
  void find_in_roles();
  void find_in_role(std::int32_t index);
  void take_ranks(std::int32_t index);
  std::optional<RankSpan> span_of(Place place, const Lattice& lattice);

  ListNeeds needs_of(const std::vector<Operation>& operations, Place place);
  void look_at(const Compute& compute, Place place, ListNeeds& needs);
  void look_at(const Busy& busy, Place place, ListNeeds&) { look_at(busy.duration, place); }
  void look_at(const Pause& pause, Place place, ListNeeds&) { look_at(pause.duration, place); }
  void look_at(Duration duration, Place place) {
    if (duration < Duration{}) add(place, "takes less than no time");
  }
  void look_at(const Collect& collect, Place place, ListNeeds& needs);
  void look_at(const Send& send, Place place, ListNeeds& needs);
  void look_at(const Receive& receive, Place place, ListNeeds& needs);
  void look_at(const Copy& copy, Place place, ListNeeds& needs);
  void look_at(const Record& record, Place place, ListNeeds& needs);
  void look_at(const Wait& wait, Place place, ListNeeds& needs);
  void look_at(const Call& call, Place place, ListNeeds& needs);
  void look_at_bytes(Bytes bytes, Place place);
  void need_offset(std::int32_t offset, Place place, ListNeeds& needs);
  void need_event(std::int32_t event, Place place, ListNeeds& needs);

  void find_unmet(const ListNeeds& needs, Place list, std::int32_t role, const std::optional<RankSpan>& span);
  void find_ranks_without_role();
  void find_strangers();

  const Program& program_;
  std::vector<ProgramFault> faults_;
  bool ranks_known_ = true;  // `ranks` and all roles' and communicators' lattices are in range, so that ranks can be walked
  std::vector<std::int32_t> role_of_rank_;
  std::vector<Lattice> members_;        // by communicator: all ranks in it
  std::vector<ListNeeds> block_needs_;  // of the blocks looked at so far
  std::vector<CommunicatorUse> uses_;
  // The list (a block or stream, numbered as they come) or role that last used a communicator or block: "seen already" without clearing.
  std::vector<std::int32_t> list_using_, list_calling_, role_using_, role_calling_;
  std::int32_t list_ = 0;
};

void FaultFinder::find_in_header() {
  if (!is_printable(program_.name)) add({ProgramPart::name}, "the name is not one line of UTF-8");
  if (program_.ranks < 1 || program_.ranks > max_ranks) {
    add({ProgramPart::ranks}, std::to_string(program_.ranks) + " ranks; there are 1 to " + std::to_string(max_ranks));
    ranks_known_ = false;
  }
  if (program_.labels.empty()) add({ProgramPart::labels}, "no labels", "name at least one, e.g. compute");
  if (program_.labels.size() > 255) add({ProgramPart::labels}, std::to_string(std::ssize(program_.labels)) + " labels; 255 are the most");
  std::unordered_set<std::string_view> names;
  for (const std::string& label : program_.labels) find_in_name({ProgramPart::labels}, label, names);
  list_using_.assign(program_.communicators.size(), -1);
  list_calling_.assign(program_.blocks.size(), -1);
  role_using_ = list_using_;
  role_calling_ = list_calling_;
}

void FaultFinder::find_in_name(Place place, std::string_view name, std::unordered_set<std::string_view>& others) {
  if (!is_plain_name(name)) add(place, quoted(name) + " is no name", "use printable ASCII without blanks, '#', ':' and '\"'");
  if (!others.insert(name).second) add(place, "a second " + quoted(name));
}

/// The span of a lattice that lies in 0..ranks-1 and has at most that many values; a fault and nothing else.
std::optional<RankSpan> FaultFinder::span_of(Place place, const Lattice& lattice) {
  RankSpan span{lattice.first, lattice.first};
  std::int64_t size = 1;
  const auto fits = [&] { return span.lowest >= 0 && span.highest < program_.ranks; };
  for (const Extent& extent : lattice.extents) {
    if (extent.count < 1) {
      add(place, "an extent of " + std::to_string(extent.count) + " values", "counts are positive");
      return std::nullopt;
    }
    // Tested after every extent, so span and size stay below 2^24 before it and below 2^63 after it.
    const std::int64_t reach = std::int64_t{extent.count - 1} * extent.stride;
    (reach < 0 ? span.lowest : span.highest) += reach;
    size *= extent.count;
    if (!fits()) break;
    if (size > program_.ranks) {
      add(place, "names more than the " + std::to_string(program_.ranks) + " ranks there are, so some twice");
      return std::nullopt;
    }
  }
  if (fits()) return span;
  add(place, "names rank " + std::to_string(span.lowest < 0 ? span.lowest : span.highest) + "; ranks are 0 to " +
                 std::to_string(program_.ranks - 1));
  return std::nullopt;
}

void FaultFinder::find_in_communicators() {
  std::unordered_set<std::string_view> names;
  for (const Communicator& communicator : program_.communicators) {
    const Place place{ProgramPart::communicator, static_cast<std::int32_t>(members_.size())};
    find_in_name(place, communicator.name, names);
    Lattice all = communicator.groups;
    all.extents.insert(all.extents.end(), communicator.members.begin(), communicator.members.end());
    if (ranks_known_ && !span_of(place, all)) all = {.first = 0, .extents = {{0, 1}}};  // nobody, so that nothing is said of it twice
    members_.push_back(std::move(all));
  }
}

void FaultFinder::find_in_blocks() {
  std::unordered_set<std::string_view> names;
  for (const Block& block : program_.blocks) {
    const Place place{ProgramPart::block, static_cast<std::int32_t>(block_needs_.size())};
    find_in_name(place, block.name, names);
    ListNeeds needs = needs_of(block.operations, place);
    if (needs.depth == max_call_depth + 1)
      add(place, "calls " + std::to_string(needs.depth) + " deep; " + std::to_string(max_call_depth) + " is the most");
    block_needs_.push_back(std::move(needs));
  }
}

// ---- one list of operations

ListNeeds FaultFinder::needs_of(const std::vector<Operation>& operations, Place place) {
  ListNeeds needs;
  for (const Operation& operation : operations) {
    ++place.operation;
    if (!takes_time(operation)) {
      if (operation.label != 0) add(place, "a label on what takes no time", "leave it 0");
    } else if (operation.label >= program_.labels.size()) {
      add(place, "label " + std::to_string(operation.label) + " of " + std::to_string(std::ssize(program_.labels)));
    }
    std::visit([&](const auto& action) { look_at(action, place, needs); }, operation.action);
    needs.operations = std::min(needs.operations + 1, max_role_operations + 1);
  }
  ++list_;
  return needs;
}

void FaultFinder::look_at(const Compute& compute, Place place, ListNeeds&) {
  if (std::string fault = fault_of(compute.kernel); !fault.empty()) add(place, std::move(fault));
}

void FaultFinder::look_at_bytes(Bytes bytes, Place place) {
  const bool fits = bytes.count >= 0 && bytes.count <= max_operation_bytes;
  if (!fits) add(place, std::to_string(bytes.count) + " bytes; 0 to 1 PiB can be moved at once");
}

void FaultFinder::look_at(const Collect& collect, Place place, ListNeeds& needs) {
  if (static_cast<int>(collect.kind) >= collective_kind_count || static_cast<int>(collect.type) >= data_type_count) {
    return add(place, "a collective of unknown kind or data type");
  }
  if (collect.kind == CollectiveKind::barrier) {
    if (collect.count != 0) add(place, "a barrier of " + std::to_string(collect.count) + " elements", "it moves none: write 0");
  } else if (collect.count < 1 || collect.count > max_operation_bytes / size_of(collect.type) / std::max(collect.calls, 1)) {
    add(place, std::to_string(collect.count) + " elements; a collective has 1 element to 1 PiB");
  }
  if (collect.calls < 1) add(place, "a group of " + std::to_string(collect.calls) + " calls", "it has at least one");
  const auto communicator = static_cast<std::size_t>(collect.communicator);
  if (collect.communicator < 0 || communicator >= members_.size()) {
    return add(place, "communicator " + std::to_string(collect.communicator) + " of " + std::to_string(std::ssize(members_)));
  }
  if (std::exchange(list_using_[communicator], list_) != list_) needs.communicators.push_back({collect.communicator, place.operation});
}

void FaultFinder::need_offset(std::int32_t offset, Place place, ListNeeds& needs) {
  if (offset < needs.lowest_offset.value) needs.lowest_offset = {offset, place.operation};
  if (offset > needs.highest_offset.value) needs.highest_offset = {offset, place.operation};
}

void FaultFinder::need_event(std::int32_t event, Place place, ListNeeds& needs) {
  if (event < 0) return add(place, "event " + std::to_string(event) + "; events are numbered from 0");
  if (needs.highest_event.operation < 0 || event > needs.highest_event.value) needs.highest_event = {event, place.operation};
}

void FaultFinder::look_at(const Send& send, Place place, ListNeeds& needs) {
  look_at_bytes(send.bytes, place);
  need_offset(send.offset, place, needs);
}

void FaultFinder::look_at(const Receive& receive, Place place, ListNeeds& needs) {
  look_at_bytes(receive.bytes, place);
  if (receive.offset) need_offset(*receive.offset, place, needs);
}

void FaultFinder::look_at(const Copy& copy, Place place, ListNeeds&) {
  if (static_cast<int>(copy.kind) >= copy_kind_count) add(place, "a copy of unknown kind");
  look_at_bytes(copy.bytes, place);
}

void FaultFinder::look_at(const Record& record, Place place, ListNeeds& needs) {
  if (record.when > Record::When::begun) add(place, "a record of unknown kind");
  need_event(record.event, place, needs);
}

void FaultFinder::look_at(const Wait& wait, Place place, ListNeeds& needs) { need_event(wait.event, place, needs); }

void FaultFinder::look_at(const Call& call, Place place, ListNeeds& needs) {
  if (call.times < 1) return add(place, "a call " + std::to_string(call.times) + " times", "counts are positive");
  const auto block = static_cast<std::size_t>(call.block);
  if (call.block < 0 || block >= program_.blocks.size()) {
    return add(place, "block " + std::to_string(call.block) + " of " + std::to_string(std::ssize(program_.blocks)));
  }
  if (block >= block_needs_.size()) return add(place, "calls its own or a later block", "a block calls those above it only");
  // At most 1e9 + 1 times 2^31: below 2^62.
  needs.operations = std::min(needs.operations + block_needs_[block].operations * call.times, max_role_operations);
  needs.depth = std::max(needs.depth, std::min(block_needs_[block].depth + 1, max_call_depth + 2));
  if (std::exchange(list_calling_[block], list_) != list_) needs.callees.push_back(call.block);
}

// ---- roles

void FaultFinder::find_in_roles() {
  if (ranks_known_) role_of_rank_.assign(static_cast<std::size_t>(program_.ranks), -1);
  std::unordered_set<std::string_view> names;
  for (std::int32_t i = 0; i < std::ssize(program_.roles); ++i) {
    find_in_name({ProgramPart::role, i}, name_of_role(i), names);
    find_in_role(i);
  }
}

void FaultFinder::find_in_role(std::int32_t index) {
  const Role& role = program_.roles[static_cast<std::size_t>(index)];
  const Place place{ProgramPart::role, index};
  std::optional<RankSpan> span;
  if (program_.ranks >= 1 && program_.ranks <= max_ranks) {
    span = span_of(place, role.ranks);
    if (!span) ranks_known_ = false;
    if (ranks_known_) take_ranks(index);
  }
  if (role.events < 0 || role.events > max_role_events)
    add(place, std::to_string(role.events) + " events; there are 0 to " + std::to_string(max_role_events));
  if (role.streams.empty()) add(place, "no streams", "give it one, even an empty one");

  std::unordered_set<std::string_view> names;
  std::vector<std::int32_t> to_visit;
  std::int64_t operations = 0;
  const auto call = [&](const ListNeeds& needs) {
    for (const std::int32_t block : needs.callees) {
      if (std::exchange(role_calling_[static_cast<std::size_t>(block)], index) != index) to_visit.push_back(block);
    }
  };
  for (std::int32_t s = 0; s < std::ssize(role.streams); ++s) {
    const Stream& stream = role.streams[static_cast<std::size_t>(s)];
    const Place list{ProgramPart::role, index, s};
    find_in_name(list, stream.name, names);
    const ListNeeds needs = needs_of(stream.operations, list);
    operations = std::min(operations + needs.operations, max_role_operations + 1);
    find_unmet(needs, list, index, span);
    call(needs);
  }
  if (operations > max_role_operations) add(place, "more than " + std::to_string(max_role_operations) + " operations, with calls expanded");
  while (!to_visit.empty()) {
    const std::int32_t block = to_visit.back();
    to_visit.pop_back();
    const ListNeeds& needs = block_needs_[static_cast<std::size_t>(block)];
    find_unmet(needs, {ProgramPart::block, block}, index, span);
    call(needs);
  }
}

void FaultFinder::take_ranks(std::int32_t index) {
  const Lattice& ranks = program_.roles[static_cast<std::size_t>(index)].ranks;
  const std::int64_t size = ranks.size();
  bool blamed = false;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int32_t rank = ranks.at(i);
    const std::int32_t before = std::exchange(role_of_rank_[static_cast<std::size_t>(rank)], index);
    if (before < 0 || std::exchange(blamed, true)) continue;
    const std::string where = before == index ? " twice" : " is of role " + quoted(name_of_role(before)) + " already";
    add({ProgramPart::role, index}, "rank " + std::to_string(rank) + where);
  }
}

/// What `role`, running `list`, cannot do.
void FaultFinder::find_unmet(const ListNeeds& needs, Place list, std::int32_t role, const std::optional<RankSpan>& span) {
  const auto at = [&](std::int32_t operation) { return Place{list.part, list.index, list.stream, operation}; };
  const std::string whose = " of role " + quoted(name_of_role(role));
  const std::int32_t events = program_.roles[static_cast<std::size_t>(role)].events;
  if (needs.highest_event.operation >= 0 && needs.highest_event.value >= events) {
    add(at(needs.highest_event.operation),
        "event " + std::to_string(needs.highest_event.value) + whose + ", which has " + std::to_string(events));
  }
  if (span && span->lowest + needs.lowest_offset.value < 0) {
    add(at(needs.lowest_offset.operation),
        "the peer of rank " + std::to_string(span->lowest) + whose + " is " + std::to_string(span->lowest + needs.lowest_offset.value));
  }
  if (span && span->highest + needs.highest_offset.value >= program_.ranks) {
    add(at(needs.highest_offset.operation), "the peer of rank " + std::to_string(span->highest) + whose + " is " +
                                                std::to_string(span->highest + needs.highest_offset.value) + ", of " +
                                                std::to_string(program_.ranks) + " ranks");
  }
  for (const auto& [communicator, operation] : needs.communicators) {
    if (std::exchange(role_using_[static_cast<std::size_t>(communicator)], role) != role)
      uses_.push_back({communicator, role, at(operation)});
  }
}

void FaultFinder::find_ranks_without_role() {
  const auto left = std::count(role_of_rank_.begin(), role_of_rank_.end(), -1);
  if (left == 0) return;
  const auto first = std::find(role_of_rank_.begin(), role_of_rank_.end(), -1) - role_of_rank_.begin();
  const std::string others = left == 1 ? "" : " and " + std::to_string(left - 1) + " more";
  add({ProgramPart::ranks}, "no role has rank " + std::to_string(first) + others);
}

/// Ranks that stand twice in a communicator, and callers of a collective that are not in it. Communicator by communicator, so that one mark
/// a rank is enough memory.
void FaultFinder::find_strangers() {
  std::sort(uses_.begin(), uses_.end(),
            [](const auto& a, const auto& b) { return std::pair(a.communicator, a.role) < std::pair(b.communicator, b.role); });
  auto use = uses_.cbegin();
  std::vector<std::int32_t> communicator_of(static_cast<std::size_t>(program_.ranks), -1);
  for (std::int32_t c = 0; c < std::ssize(members_); ++c) {
    const Lattice& members = members_[static_cast<std::size_t>(c)];
    const std::int64_t size = members.size();
    for (std::int64_t i = 0; i < size; ++i) {
      const std::int32_t rank = members.at(i);
      if (std::exchange(communicator_of[static_cast<std::size_t>(rank)], c) != c) continue;
      add({ProgramPart::communicator, c}, "rank " + std::to_string(rank) + " twice");
      break;
    }
    for (; use != uses_.cend() && use->communicator == c; ++use) {
      const Lattice& callers = program_.roles[static_cast<std::size_t>(use->role)].ranks;
      const std::int64_t count = size == 0 ? 0 : callers.size();
      for (std::int64_t i = 0; i < count; ++i) {
        const std::int32_t rank = callers.at(i);
        if (communicator_of[static_cast<std::size_t>(rank)] == c) continue;
        add(use->place, "rank " + std::to_string(rank) + " of role " + quoted(name_of_role(use->role)) + " is not in communicator " +
                            quoted(program_.communicators[static_cast<std::size_t>(c)].name));
        break;
      }
    }
  }
}

}  // namespace

std::vector<ProgramFault> faults_of(const Program& program) { return FaultFinder(program).find(); }

}  // namespace orrery::sim
