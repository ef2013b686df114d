#include "workloads/one_rank.h"

#include <map>
#include <utility>

#include "sim/fluid_engine.h"
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
                 const LoweringOptions& options)
    : program_(program),
      times_(times),
      prices_(prices),
      options_(options),
      flattener_(program, times, cluster.node().pcie_bandwidth, options),
      engine_(sim::make_fluid_engine()) {}

// The rate is a cap, and nothing else flows over what it crosses.
void OneRank::add_activity(const CollectivePlan& plan, int participants, sim::Model& model) const {
  sim::Activity activity{.latency = plan.latency,
                         .first_flow = static_cast<std::uint32_t>(model.flows.size()),
                         .flow_count = 0,
                         .participants = static_cast<std::uint32_t>(participants)};
  if (plan.edge_bytes.count > 0) {
    model.flows.push_back({.amount = plan.edge_bytes.count, .rate_cap = plan.edge_rate.value});
    activity.flow_count = 1;
  }
  if (options_.interference && plan.algorithm != Algorithm::none) activity.takes = taken_by(plan, time_of(plan), times_);
  model.activities.push_back(activity);
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
  bind(flat.slots, ring, model);
  const sim::Timeline timeline = engine_->play(model, {});
  RankTimes result{.end = timeline.end - sim::Time{}};
  for (std::uint8_t label = 0; label < label_count; ++label) result.accounts[label] = timeline.account(sim::ActorId{0}, label);
  return result;
}

}  // namespace orrery::workloads
