#include "workloads/lower.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "sim/error.h"
#include "workloads/flatten.h"

namespace orrery::workloads {

using sim::ActivityId;
using topology::GpuId;

namespace {

// Makes activities as ranks ask for them and keeps them for the next who does.
class Activities {
 public:
  Activities(const sim::Program& program, const Placement& placement, const CollectiveModel& collectives, sim::Model& model)
      : program_(program), placement_(placement), collectives_(collectives), model_(model) {}

  ActivityId activity(const Communication& communication, std::int32_t rank);
  /// Throws sim::Error where some rank that takes part in a communication never comes to it.
  void check_met() const;

 private:
  /// The group of each rank, -1 where it is in none.
  const std::vector<std::int32_t>& group_of_rank(std::int32_t communicator);
  ActivityId made(const Communication& communication, std::int32_t rank);
  ActivityId collective(const sim::Collect& collect, std::int32_t rank);
  ActivityId message(std::int32_t from, std::int32_t to, std::int32_t tag, sim::Bytes bytes);
  ActivityId add(const CollectivePlan& plan, const std::vector<sim::Demand>& demands, std::size_t participants);

  const sim::Program& program_;
  const Placement& placement_;
  const CollectiveModel& collectives_;
  sim::Model& model_;
  std::map<std::int32_t, std::vector<std::int32_t>> groups_;  // by communicator
  std::map<std::tuple<int, std::int64_t, int, std::int32_t>, std::unordered_map<std::int32_t, ActivityId>>
      by_group_;  // of each kind of call
  std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int64_t>, ActivityId> messages_;
  struct Origin {
    Communication what;  // as the first rank that came to it sees it
    std::int32_t first_rank;
    std::uint32_t ranks = 0;      // that come to it
    std::int32_t last_rank = -1;  // ranks come one after the other
  };
  std::vector<Origin> origins_;  // by activity
};

const std::vector<std::int32_t>& Activities::group_of_rank(std::int32_t communicator) {
  auto [entry, is_new] = groups_.try_emplace(communicator);
  if (is_new) {
    const sim::Communicator& what = program_.communicators[static_cast<std::size_t>(communicator)];
    std::vector<std::int32_t>& of_rank = entry->second;
    of_rank.assign(static_cast<std::size_t>(program_.ranks), -1);
    sim::Lattice members{.first = 0, .extents = what.members};
    for (std::int64_t g = 0; g < what.groups.size(); ++g) {
      members.first = what.groups.at(g);
      for (std::int64_t m = 0; m < members.size(); ++m) of_rank[static_cast<std::size_t>(members.at(m))] = static_cast<std::int32_t>(g);
    }
  }
  return entry->second;
}

ActivityId Activities::add(const CollectivePlan& plan, const std::vector<sim::Demand>& demands, std::size_t participants) {
  const ActivityId id{static_cast<std::uint32_t>(model_.activities.size())};
  const bool moves = plan.edge_bytes.count > 0 && !demands.empty();
  model_.activities.push_back({.latency = plan.latency,
                               .first_flow = static_cast<std::uint32_t>(model_.flows.size()),
                               .flow_count = moves ? 1U : 0U,
                               .participants = static_cast<std::uint32_t>(participants)});
  if (moves) {
    const double alone = sim::rate_alone(model_.resources, demands, std::numeric_limits<double>::infinity());
    model_.flows.push_back({.amount = plan.edge_bytes.count,
                            .rate_cap = std::min(alone, plan.channel_rate.value),
                            .first_demand = static_cast<std::uint32_t>(model_.demands.size()),
                            .demand_count = static_cast<std::uint32_t>(demands.size())});
    model_.demands.insert(model_.demands.end(), demands.begin(), demands.end());
  }
  return id;
}

// The tuner counts the larger of the send and the receive buffer.
sim::Bytes tuner_bytes(const sim::Collect& collect, std::size_t members) {
  const bool per_rank = collect.kind == sim::CollectiveKind::all_gather || collect.kind == sim::CollectiveKind::reduce_scatter ||
                        collect.kind == sim::CollectiveKind::gather || collect.kind == sim::CollectiveKind::scatter;
  const std::int64_t elements = sim::detail::checked_multiply(collect.count, per_rank ? static_cast<std::int64_t>(members) : 1);
  return {sim::detail::checked_multiply(elements, sim::size_of(collect.type))};
}

ActivityId Activities::collective(const sim::Collect& collect, std::int32_t rank) {
  const std::int32_t group = group_of_rank(collect.communicator)[static_cast<std::size_t>(rank)];
  sim::check(group >= 0, "a validated program calls collectives from their groups only");
  auto& known = by_group_[{static_cast<int>(collect.kind), collect.count, static_cast<int>(collect.type), collect.communicator}];
  if (const auto found = known.find(group); found != known.end()) return found->second;
  const sim::Communicator& communicator = program_.communicators[static_cast<std::size_t>(collect.communicator)];
  const sim::Lattice ranks{.first = communicator.groups.at(group), .extents = communicator.members};
  std::vector<GpuId> members;
  for (std::int64_t m = 0; m < ranks.size(); ++m) members.push_back(placement_[static_cast<std::size_t>(ranks.at(m))]);
  const CollectivePlan plan = collectives_.plan(collect.kind, tuner_bytes(collect, members.size()), collect.type, members);
  const ActivityId id = add(plan, collectives_.demands(plan, members), members.size());
  known.emplace(group, id);
  return id;
}

ActivityId Activities::message(std::int32_t from, std::int32_t to, std::int32_t tag, sim::Bytes bytes) {
  if (std::min(from, to) < 0 || std::max(from, to) >= program_.ranks) {
    throw sim::Error({.place = program_.name,
                      .what = "rank " + std::to_string(from) + " exchanges a message with rank " + std::to_string(to) +
                              ", but there are ranks 0 to " + std::to_string(program_.ranks - 1),
                      .remedy = "correct the offset"});
  }
  if (from == to) {
    throw sim::Error({.place = program_.name,
                      .what = "rank " + std::to_string(from) + " sends a message to itself",
                      .remedy = "make it a copy on the device"});
  }
  const auto [entry, is_new] = messages_.try_emplace({from, to, tag, bytes.count});
  if (is_new) {
    const GpuId source = placement_[static_cast<std::size_t>(from)];
    const GpuId target = placement_[static_cast<std::size_t>(to)];
    entry->second = add(collectives_.plan_send(bytes, source, target), collectives_.send_demands(source, target), 2);
  }
  return entry->second;
}

std::string in_words(const Communication& communication, std::int32_t rank) {
  if (const auto* collect = std::get_if<sim::Collect>(&communication)) {
    return std::string(sim::name_of(collect->kind)) + " of " + std::to_string(collect->count) + " elements";
  }
  const auto* send = std::get_if<sim::Send>(&communication);
  const auto* receive = std::get_if<sim::Receive>(&communication);
  const std::int32_t from = send != nullptr ? rank : rank + *receive->offset;
  const std::int32_t to = send != nullptr ? rank + send->offset : rank;
  return "message of " + std::to_string((send != nullptr ? send->bytes : receive->bytes).count) + " bytes with tag " +
         std::to_string(send != nullptr ? send->tag : *receive->tag) + " from rank " + std::to_string(from) + " to rank " +
         std::to_string(to);
}

void Activities::check_met() const {
  for (std::size_t a = 0; a < origins_.size(); ++a) {
    if (origins_[a].ranks == model_.activities[a].participants) continue;
    throw sim::Error({.place = program_.name,
                      .what = "the " + in_words(origins_[a].what, origins_[a].first_rank) + " that rank " +
                              std::to_string(origins_[a].last_rank) + " comes to needs " +
                              std::to_string(model_.activities[a].participants) + " ranks, but " + std::to_string(origins_[a].ranks) +
                              " ever come to it",
                      .remedy = "let every member call it, and every message have its send and its receive, of equal size and tag"});
  }
}

ActivityId Activities::activity(const Communication& communication, std::int32_t rank) {
  const ActivityId id = made(communication, rank);
  if (index(id) >= origins_.size()) origins_.push_back({communication, rank});
  Origin& origin = origins_[index(id)];
  if (std::exchange(origin.last_rank, rank) != rank) ++origin.ranks;
  return id;
}

ActivityId Activities::made(const Communication& communication, std::int32_t rank) {
  if (const auto* collect = std::get_if<sim::Collect>(&communication)) return collective(*collect, rank);
  if (const auto* send = std::get_if<sim::Send>(&communication)) return message(rank, rank + send->offset, send->tag, send->bytes);
  const auto& receive = std::get<sim::Receive>(communication);
  return message(rank + *receive.offset, rank, *receive.tag, receive.bytes);
}

void check_placement(const sim::Program& program, const topology::Cluster& cluster, const Placement& placement) {
  sim::check(std::ssize(placement) == program.ranks, "a placement has a GPU for every rank");
  if (program.ranks > cluster.gpus()) {
    throw sim::Error(
        {.place = program.name,
         .what = "the program has " + std::to_string(program.ranks) + " ranks, the cluster " + std::to_string(cluster.gpus()) + " GPUs",
         .remedy = "take a cluster of at least as many GPUs as ranks"});
  }
  std::vector<bool> taken(static_cast<std::size_t>(cluster.gpus()), false);
  for (const GpuId gpu : placement) {
    sim::check(index(gpu) < taken.size() && !taken[index(gpu)], "a placement gives each rank a GPU of its own");
    taken[index(gpu)] = true;
  }
}

}  // namespace

Placement packed_placement(std::int32_t ranks) {
  Placement placement;
  placement.reserve(static_cast<std::size_t>(ranks));
  for (std::int32_t rank = 0; rank < ranks; ++rank) placement.push_back(GpuId{static_cast<std::uint32_t>(rank)});
  return placement;
}

sim::Model lower(const sim::Program& program, const topology::Cluster& cluster, const Placement& placement, const KernelTimes& times,
                 const CollectiveModel& collectives, const LoweringOptions& options) {
  check_placement(program, cluster, placement);
  sim::Model model;
  model.resources = cluster.resources();
  model.labels = static_cast<std::uint8_t>(std::max<std::size_t>(program.labels.size(), 1));
  Flattener flattener(program, times, cluster.node().pcie_bandwidth, options);
  Activities activities(program, placement, collectives, model);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> script_and_binding(static_cast<std::size_t>(program.ranks));
  for (const sim::Role& role : program.roles) {
    auto [script, slots] = flattener.flatten(role);
    const auto script_index = static_cast<std::uint32_t>(model.scripts.size());
    model.scripts.push_back(std::move(script));
    for (std::int64_t i = 0; i < role.ranks.size(); ++i) {
      const std::int32_t rank = role.ranks.at(i);
      script_and_binding[static_cast<std::size_t>(rank)] = {script_index, static_cast<std::uint32_t>(model.bindings.size())};
      for (const Communication& slot : slots) model.bindings.push_back(activities.activity(slot, rank));
    }
  }
  activities.check_met();
  for (std::size_t rank = 0; rank < script_and_binding.size(); ++rank) {
    const auto [script, binding] = script_and_binding[rank];
    model.actors.push_back({sim::ScriptId{script}, cluster.resource(placement[rank], topology::GpuPart::processor), binding});
  }
  return model;
}

}  // namespace orrery::workloads
