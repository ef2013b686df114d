#include "workloads/activities.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>

#include "sim/error.h"
#include "workloads/activity_flows.h"
#include "workloads/collective_edges.h"

namespace orrery::workloads {

using sim::ActivityId;
using topology::GpuId;

namespace {

constexpr ActivityId unbound{UINT32_MAX};

// A collective, and the slots under which the ranks of roles come to it.
struct Call {
  struct Caller {
    std::uint32_t role = 0;
    std::uint32_t slot = 0;
  };
  sim::Collect what;
  std::vector<Caller> callers;
};

// What is known of a communicator's group once one of its collectives was made.
struct KnownGroup {
  struct Made {
    Algorithm algorithm{};
    sim::CollectiveKind edges{};  // the first kind that has the same
    ActivityId activity{};
  };
  std::optional<std::uint32_t> shape{};  // its number
  std::vector<Made> made{};              // one along each set of edges
};

struct ReceiveSlot {
  std::array<std::int64_t, 3> key;  // bytes, offset, tag
  std::uint32_t slot = 0;
};

std::vector<std::vector<ReceiveSlot>> receives_by_role(const std::vector<Communications::Role>& roles) {
  std::vector<std::vector<ReceiveSlot>> receives(roles.size());
  for (std::size_t role = 0; role < roles.size(); ++role) {
    for (std::uint32_t slot = 0; slot < roles[role].slots.size(); ++slot) {
      const auto* receive = std::get_if<sim::Receive>(&roles[role].slots[slot]);
      if (receive != nullptr) receives[role].push_back({{receive->bytes.count, *receive->offset, *receive->tag}, slot});
    }
    std::sort(receives[role].begin(), receives[role].end(), [](const ReceiveSlot& a, const ReceiveSlot& b) { return a.key < b.key; });
  }
  return receives;
}

class Activities {
 public:
  Activities(const sim::Program& program, Communications& communications, const topology::Cluster& cluster,
             const CollectiveModel& collectives, const KernelTimes& times, const LoweringOptions& options, sim::Model& model)
      : program_(program),
        communications_(communications),
        cluster_(cluster),
        collectives_(collectives),
        model_(model),
        in_kernel_(options.in_kernel),
        flows_(cluster, times, options, model),
        receives_(receives_by_role(communications.roles())) {}

  void make();

 private:
  using Plans = std::vector<std::optional<CollectivePlan>>;  // by number of the shape

  std::vector<std::vector<Call>> calls_by_communicator() const;
  void reserve(const std::vector<std::vector<Call>>& calls);
  void make_collective(const Call& call, std::vector<KnownGroup>& groups);
  ActivityId collective(const sim::Collect& what, std::int32_t number, KnownGroup& group, Plans& plans);
  std::uint32_t number_of(const GroupShape& shape);
  void make_messages(const Communications::Role& role, std::uint32_t slot);
  std::optional<std::uint32_t> receive_slot(sim::ScriptId role, const sim::Send& send) const;
  void check_ends(Ends ends) const;
  void check_met(const Call& call, std::int32_t group, ActivityId activity, std::uint32_t present);
  void check_received() const;
  [[noreturn]] void throw_unmet(Communications::View view, std::size_t participants, std::uint32_t present) const;

  const sim::Program& program_;
  Communications& communications_;
  const topology::Cluster& cluster_;
  const CollectiveModel& collectives_;
  sim::Model& model_;
  const std::optional<KernelMessages>& in_kernel_;
  ActivityFlows flows_;
  std::vector<std::vector<ReceiveSlot>> receives_;  // by role, in order of key
  std::vector<GroupShape> shapes_;                  // each once
};

std::vector<std::vector<Call>> Activities::calls_by_communicator() const {
  std::vector<std::vector<Call>> calls(program_.communicators.size());
  std::map<std::tuple<std::int32_t, sim::CollectiveKind, std::int64_t, sim::DataType, std::int32_t>, std::size_t> numbers;
  const auto& roles = communications_.roles();
  for (std::uint32_t role = 0; role < roles.size(); ++role) {
    for (std::uint32_t slot = 0; slot < roles[role].slots.size(); ++slot) {
      const auto* collect = std::get_if<sim::Collect>(&roles[role].slots[slot]);
      if (collect == nullptr) continue;
      auto& of_communicator = calls[static_cast<std::size_t>(collect->communicator)];
      const auto [number, is_new] = numbers.try_emplace(
          {collect->communicator, collect->kind, collect->count, collect->type, collect->calls}, of_communicator.size());
      if (is_new) of_communicator.push_back({*collect, {}});
      of_communicator[number->second].callers.push_back({role, slot});
    }
  }
  return calls;
}

// Grown by doubling, the Model would for a moment take half as much memory again. Groups are taken to be like the first that calls.
void Activities::reserve(const std::vector<std::vector<Call>>& calls) {
  const auto& roles = communications_.roles();
  std::size_t activities = 0;
  std::size_t flows = 0;
  std::size_t demands = 0;
  for (const auto& of_communicator : calls) {
    if (of_communicator.empty()) continue;
    const sim::Communicator& communicator = program_.communicators[static_cast<std::size_t>(of_communicator.front().what.communicator)];
    const auto members = static_cast<std::size_t>(sim::Lattice{.first = 0, .extents = communicator.members}.size());
    const sim::Collect& what = of_communicator.front().what;
    const std::vector<GpuId> first = communications_.members(what.communicator, 0);
    const Group nodes = collectives_.group(first);
    flows_.cross(nodes, collectives_.plan(what.kind, tuner_bytes(what, nodes.ranks()), what.type, collectives_.shape(nodes), what.calls));
    const ActivityFlows::Size size = flows_.size();
    demands += size.demands * static_cast<std::size_t>(communicator.groups.size());
    for (const Call& call : of_communicator) {
      std::size_t callers = 0;
      for (const Call::Caller& caller : call.callers) callers += roles[caller.role].ranks.size();
      activities += callers / members;
      flows += callers / members * size.flows;
      if (call.what.kind != of_communicator.front().what.kind) demands += callers / members * size.demands;
    }
  }
  const std::size_t longest_path = 2 + 2 * static_cast<std::size_t>(cluster_.fabric().levels() * cluster_.fabric().shares());
  for (const Communications::Role& role : roles) {
    const auto sends = static_cast<std::size_t>(std::count_if(
        role.slots.begin(), role.slots.end(), [](const Communication& slot) { return std::holds_alternative<sim::Send>(slot); }));
    activities += sends * role.ranks.size();
    flows += sends * role.ranks.size();
    demands += sends * role.ranks.size() * longest_path;
  }
  model_.activities.reserve(activities);
  model_.flows.reserve(flows);
  model_.demands.reserve(demands);
}

std::uint32_t Activities::number_of(const GroupShape& shape) {
  const auto known = std::find(shapes_.begin(), shapes_.end(), shape);
  if (known != shapes_.end()) return static_cast<std::uint32_t>(known - shapes_.begin());
  shapes_.push_back(shape);
  return static_cast<std::uint32_t>(shapes_.size() - 1);
}

ActivityId Activities::collective(const sim::Collect& what, std::int32_t number, KnownGroup& group, Plans& plans) {
  std::vector<GpuId> members;
  std::optional<Group> nodes;  // of the members; laid out where they have to be looked at
  const auto lay_out = [&] {
    if (nodes) return;
    members = communications_.members(what.communicator, number);
    nodes.emplace(collectives_.group(members));
  };
  if (!group.shape) {
    lay_out();
    group.shape = number_of(collectives_.shape(*nodes));
  }
  const int ranks = shapes_[*group.shape].counts.ranks;
  plans.resize(std::max(plans.size(), shapes_.size()));
  std::optional<CollectivePlan>& plan = plans[*group.shape];
  if (!plan) plan = collectives_.plan(what.kind, tuner_bytes(what, ranks), what.type, shapes_[*group.shape], what.calls);
  if (plan->algorithm == Algorithm::none) return flows_.add(*plan, ranks);
  const sim::CollectiveKind kind = kind_of_edges(plan->algorithm, what.kind);
  const auto made = std::find_if(group.made.begin(), group.made.end(),
                                 [&](const KnownGroup::Made& other) { return other.algorithm == plan->algorithm && other.edges == kind; });
  if (made != group.made.end()) return flows_.add_like(made->activity, *plan, ranks);
  lay_out();
  flows_.cross(*nodes, *plan);
  const ActivityId id = flows_.add(*plan, ranks);
  group.made.push_back({plan->algorithm, kind, id});
  return id;
}

void Activities::make_collective(const Call& call, std::vector<KnownGroup>& groups) {
  const std::vector<std::int32_t>& group_of_rank = communications_.group_of_rank(call.what.communicator);
  struct Meeting {
    ActivityId activity = unbound;
    std::uint32_t present = 0;
  };
  std::vector<Meeting> meetings(groups.size());
  Plans plans;
  for (const Call::Caller& caller : call.callers) {
    const Communications::Role& role = communications_.roles()[caller.role];
    for (std::size_t i = 0; i < role.ranks.size(); ++i) {
      const std::int32_t group = group_of_rank[static_cast<std::size_t>(role.ranks[i])];
      sim::check(group >= 0, "a validated program calls collectives from their groups only");
      Meeting& meeting = meetings[static_cast<std::size_t>(group)];
      if (meeting.present++ == 0) meeting.activity = collective(call.what, group, groups[static_cast<std::size_t>(group)], plans);
      model_.bindings[role.binding(i, caller.slot)] = meeting.activity;
    }
  }
  for (std::size_t group = 0; group < meetings.size(); ++group) {
    const Meeting& meeting = meetings[group];
    if (meeting.present > 0) check_met(call, static_cast<std::int32_t>(group), meeting.activity, meeting.present);
  }
}

std::optional<std::uint32_t> Activities::receive_slot(sim::ScriptId role, const sim::Send& send) const {
  const std::vector<ReceiveSlot>& receives = receives_[index(role)];
  const std::array<std::int64_t, 3> key{send.bytes.count, -std::int64_t{send.offset}, send.tag};
  const auto found =
      std::lower_bound(receives.begin(), receives.end(), key, [](const ReceiveSlot& receive, const auto& k) { return receive.key < k; });
  if (found == receives.end() || found->key != key) return std::nullopt;
  return found->slot;
}

void Activities::make_messages(const Communications::Role& role, std::uint32_t slot) {
  const auto* send = std::get_if<sim::Send>(&role.slots[slot]);
  if (send == nullptr) return;
  std::optional<sim::ScriptId> peers;  // whose slot is known
  std::optional<std::uint32_t> peers_slot;
  std::vector<std::optional<CollectivePlan>> plans;  // by links of the fabric that are crossed, and groups of nodes at the ends
  const auto groups = static_cast<std::size_t>(topology::groups(cluster_.spec()));
  for (std::size_t i = 0; i < role.ranks.size(); ++i) {
    const Communications::View view{&role.slots[slot], role.ranks[i]};
    const Ends ends = ends_of(view);
    check_ends(ends);
    const sim::Actor& peer = model_.actors[static_cast<std::size_t>(ends.to)];
    if (peers != peer.script) {
      peers = peer.script;
      peers_slot = receive_slot(peer.script, *send);
    }
    if (!peers_slot) throw_unmet(view, 2, 1);
    const Edge edge = collectives_.message_edge(communications_.gpu(ends.from), communications_.gpu(ends.to));
    const auto hops = static_cast<std::size_t>(flows_.cross(edge));
    const auto group_of = [&](GpuId gpu) { return static_cast<std::size_t>(cluster_.group_of(gpu)); };
    const std::size_t known = (hops * groups + group_of(edge.from)) * groups + group_of(edge.to);
    if (known >= plans.size()) plans.resize(known + 1);
    if (!plans[known]) plans[known] = collectives_.plan_send(send->bytes, edge.from, edge.to, static_cast<int>(hops), in_kernel_);
    const ActivityId id = flows_.add(*plans[known], 2);
    model_.bindings[role.binding(i, slot)] = id;
    model_.bindings[peer.first_binding + *peers_slot] = id;
  }
}

void Activities::check_ends(Ends ends) const {
  if (std::min(ends.from, ends.to) < 0 || std::max(ends.from, ends.to) >= program_.ranks) {
    throw sim::Error({.place = program_.name,
                      .what = "rank " + std::to_string(ends.from) + " exchanges a message with rank " + std::to_string(ends.to) +
                              ", but there are ranks 0 to " + std::to_string(program_.ranks - 1),
                      .remedy = "correct the offset"});
  }
  if (ends.from == ends.to) {
    throw sim::Error({.place = program_.name,
                      .what = "rank " + std::to_string(ends.from) + " sends a message to itself",
                      .remedy = "make it a copy on the device"});
  }
}

void Activities::throw_unmet(Communications::View view, std::size_t participants, std::uint32_t present) const {
  throw sim::Error({.place = program_.name,
                    .what = "the " + in_words(view) + " that rank " + std::to_string(view.rank) + " comes to needs " +
                            std::to_string(participants) + " ranks, but " + std::to_string(present) + " ever come to it",
                    .remedy = "let every member call it, and every message have its send and its receive, of equal size and tag"});
}

// A collective whose activity some ranks came to.
void Activities::check_met(const Call& call, std::int32_t group, ActivityId activity, std::uint32_t present) {
  const std::uint32_t participants = model_.activities[index(activity)].participants;
  if (present == participants) return;
  const std::vector<std::int32_t>& group_of_rank = communications_.group_of_rank(call.what.communicator);
  Communications::View last;
  for (const Call::Caller& caller : call.callers) {
    const Communications::Role& role = communications_.roles()[caller.role];
    for (const std::int32_t rank : role.ranks) {
      if (group_of_rank[static_cast<std::size_t>(rank)] == group) last = {&role.slots[caller.slot], rank};
    }
  }
  throw_unmet(last, participants, present);
}

// Sends have looked for their receives; what they did not find is a receive without a send.
void Activities::check_received() const {
  for (const Communications::Role& role : communications_.roles()) {
    for (std::size_t slot = 0; slot < role.slots.size(); ++slot) {
      if (!std::holds_alternative<sim::Receive>(role.slots[slot])) continue;
      for (std::size_t i = 0; i < role.ranks.size(); ++i) {
        if (model_.bindings[role.binding(i, slot)] != unbound) continue;
        const Communications::View view{&role.slots[slot], role.ranks[i]};
        check_ends(ends_of(view));
        throw_unmet(view, 2, 1);
      }
    }
  }
}

void Activities::make() {
  const auto calls = calls_by_communicator();
  reserve(calls);
  model_.bindings.assign(communications_.bindings(), unbound);
  for (std::size_t communicator = 0; communicator < calls.size(); ++communicator) {
    std::vector<KnownGroup> groups(static_cast<std::size_t>(program_.communicators[communicator].groups.size()));
    for (const Call& call : calls[communicator]) make_collective(call, groups);
  }
  for (const Communications::Role& role : communications_.roles()) {
    for (std::uint32_t slot = 0; slot < role.slots.size(); ++slot) make_messages(role, slot);
  }
  check_received();
  sim::check(model_.activities.size() < UINT32_MAX && model_.flows.size() < UINT32_MAX && model_.demands.size() < UINT32_MAX,
             "a Model's numbers fit 32 bits");
}

}  // namespace

void make_activities(const sim::Program& program, Communications& communications, const topology::Cluster& cluster,
                     const CollectiveModel& collectives, const KernelTimes& times, const LoweringOptions& options, sim::Model& model) {
  Activities(program, communications, cluster, collectives, times, options, model).make();
}

}  // namespace orrery::workloads
