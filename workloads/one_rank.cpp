#include "workloads/one_rank.h"

#include <algorithm>
#include <map>
#include <utility>

#include "workloads/interference.h"

namespace orrery::workloads {

using sim::Duration;

namespace {

int ranks_of(const sim::Communicator& communicator) {
  return static_cast<int>(sim::Lattice{.first = 0, .extents = communicator.members}.size());
}

}  // namespace

Duration RankTimes::main() const {
  Duration sum{};
  for (const sim::Account& account : accounts) sum += account.running + account.waiting;
  return sum;
}

OneRank::OneRank(const sim::Program& program, const topology::Cluster& cluster, const KernelTimes& times, CommunicationPrices& prices,
                 const LoweringOptions& options, sim::Engine& engine)
    : program_(program),
      times_(times),
      prices_(prices),
      options_(options),
      flattener_(program, times, {.link = cluster.node().pcie_bandwidth}, options),
      engine_(engine) {}

// One flow stands for those of all groups, which move at one rate.
void OneRank::add_activity(CommunicationPrice price, int participants, sim::Model& model) {
  const CollectivePlan& plan = price.plan;
  sim::Activity activity{.latency = plan.latency,
                         .first_flow = static_cast<std::uint32_t>(model.flows.size()),
                         .flow_count = 0,
                         .participants = static_cast<std::uint32_t>(participants)};
  if (plan.edge_bytes.count > 0) {
    model.flows.push_back({.amount = plan.edge_bytes.count, .rate_cap = plan.edge_rate.value});
    on_node_.push_back(std::move(price.on_node));
    activity.flow_count = 1;
  }
  if (options_.interference && plan.algorithm != Algorithm::none) activity.takes = taken_by(plan, time_of(plan), times_);
  model.activities.push_back(activity);
}

// Of resources that all flows cross as often, one will do; of those that have room for all flows at once, none.
void OneRank::share_links(sim::Model& model) const {
  std::map<sim::ResourceId, std::vector<std::uint32_t>> crossings;  // by flow
  for (std::size_t flow = 0; flow < on_node_.size(); ++flow) {
    for (const sim::Demand& demand : on_node_[flow]) {
      auto& of_resource = crossings[demand.resource];
      of_resource.resize(on_node_.size(), 0);
      of_resource[flow] = demand.multiplicity;
    }
  }
  std::map<std::vector<std::uint32_t>, std::int64_t> contended;  // capacity, by crossings
  for (const auto& [resource, times] : crossings) {
    const std::int64_t capacity = prices_.capacity(resource);
    double asked = 0;
    for (std::size_t flow = 0; flow < times.size(); ++flow) asked += model.flows[flow].rate_cap * times[flow];
    if (asked <= static_cast<double>(capacity)) continue;
    const auto [entry, is_new] = contended.try_emplace(times, capacity);
    entry->second = std::min(entry->second, capacity);
  }
  for (const auto& [times, capacity] : contended) model.resources.push_back({capacity});
  for (std::size_t flow = 0; flow < on_node_.size(); ++flow) {
    model.flows[flow].first_demand = static_cast<std::uint32_t>(model.demands.size());
    std::uint32_t resource = 1;
    for (const auto& [times, capacity] : contended) {
      if (times[flow] > 0) model.demands.push_back({sim::ResourceId{resource}, times[flow]});
      ++resource;
    }
    model.flows[flow].demand_count = static_cast<std::uint32_t>(model.demands.size()) - model.flows[flow].first_demand;
  }
}

// A rank's send meets the receive of a neighbour that is there as early as the rank's own, so that the two are one activity.
void OneRank::bind(const std::vector<Communication>& slots, const std::vector<CommunicationPrices::Message>& ring, sim::Model& model) {
  std::map<std::pair<std::int64_t, std::int64_t>, sim::ActivityId> messages;  // by bytes and tag
  for (const Communication& slot : slots) {
    const sim::ActivityId next{static_cast<std::uint32_t>(model.activities.size())};
    if (const auto* collect = std::get_if<sim::Collect>(&slot)) {
      const sim::Communicator& communicator = program_.communicators[static_cast<std::size_t>(collect->communicator)];
      const int ranks = ranks_of(communicator);
      add_activity(prices_.collective(*collect, communicator), 1, model);
      model.bindings.push_back(next);
      model.joiners.push_back(static_cast<std::uint32_t>(ranks));
      continue;
    }
    const auto* send = std::get_if<sim::Send>(&slot);
    const auto* receive = std::get_if<sim::Receive>(&slot);
    const sim::Bytes bytes = send != nullptr ? send->bytes : receive->bytes;
    const std::int64_t tag = send != nullptr ? send->tag : *receive->tag;
    const auto [known, is_new] = messages.try_emplace({bytes.count, tag}, next);
    if (is_new) add_activity(prices_.messages(bytes, ring), 2, model);
    model.bindings.push_back(known->second);
    model.joiners.push_back(1);
  }
}

RankTimes OneRank::play(const sim::Role& role, const std::vector<CommunicationPrices::Message>& ring) {
  Flattener::Result flat = flattener_.flatten(role);
  sim::Model model;
  model.resources = {{sim::work_per_second}};
  model.labels = label_count;
  model.noise = {.actor_speed = options_.noise.devices, .steps = options_.noise.kernels > 0};
  model.scripts.push_back(std::move(flat.script));
  model.actors = {{.script = sim::ScriptId{0}, .processor = sim::ResourceId{0}, .first_binding = 0}};
  on_node_.clear();
  bind(flat.slots, ring, model);
  if (role.streams.size() > 1) share_links(model);
  const sim::Timeline timeline = engine_.play(model, {});
  RankTimes result{.end = timeline.end - sim::Time{}};
  for (std::uint8_t label = 0; label < label_count; ++label) result.accounts[label] = timeline.account(sim::ActorId{0}, label);
  return result;
}

}  // namespace orrery::workloads
