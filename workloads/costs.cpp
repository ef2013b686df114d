#include "workloads/costs.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/error.h"
#include "topology/cluster_parts.h"

namespace orrery::workloads {
namespace {

constexpr double hours_a_year = 365.25 * 24;
constexpr double seconds_an_hour = 3600;

/// Seconds of a rank's kernels, by what holds them up.
struct KernelSeconds {
  double arithmetic = 0;
  double memory = 0;
};

class KernelSums {
 public:
  KernelSums(const sim::Program& program, const KernelTimes& times, const Software& software) : times_(&times), software_(&software) {
    for (const sim::Block& block : program.blocks) blocks_.push_back(of(block.operations));
  }

  KernelSeconds of(const std::vector<sim::Operation>& operations) {
    KernelSeconds sum;
    for (const sim::Operation& operation : operations) {
      if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) {
        add(compute->kernel, sum);
      } else if (const auto* busy = std::get_if<sim::Busy>(&operation.action)) {
        sum.arithmetic += busy->duration.seconds();
      } else if (const auto* copy = std::get_if<sim::Copy>(&operation.action)) {
        if (copy->kind == sim::CopyKind::device)
          add({sim::KernelKind::elementwise, sim::DataType::int8, {copy->bytes.count, 1, 1, 1}}, sum);
      } else if (const auto* call = std::get_if<sim::Call>(&operation.action)) {
        const KernelSeconds& body = blocks_[static_cast<std::size_t>(call->block)];
        sum.arithmetic += body.arithmetic * call->times;
        sum.memory += body.memory * call->times;
      }
    }
    return sum;
  }

 private:
  void add(const sim::Kernel& kernel, KernelSeconds& sum) {
    const auto [known, is_new] = estimates_.try_emplace({static_cast<int>(kernel.kind), static_cast<int>(kernel.type), kernel.shape});
    if (is_new) known->second = times_->estimate(kernel);
    const double slowdown = software_->compute_slowdown * (sim::is_attention(kernel.kind) ? software_->attention_slowdown : 1);
    (known->second.bound_by_memory ? sum.memory : sum.arithmetic) += known->second.duration.seconds() * slowdown;
  }

  const KernelTimes* times_;
  const Software* software_;
  std::map<std::tuple<int, int, std::array<std::int64_t, 4>>, KernelTimes::Estimate> estimates_;
  std::vector<KernelSeconds> blocks_;  // in order of index: calls are of lower ones
};

/// Of all ranks together, from the end of each to the end of the iteration. In integers: whoever is folded with whom, the sum is the same.
double seconds_after_the_end(const sim::Timeline& timeline, std::int32_t ranks) {
  std::vector<std::uint64_t> members(timeline.actor_ends.size(), timeline.classes.of_actor.empty() ? 1 : 0);
  for (const std::uint32_t of_actor : timeline.classes.of_actor) ++members[of_actor];
  constexpr auto ticks_a_second = static_cast<std::uint64_t>(sim::Picosecond::per_second);
  std::uint64_t seconds = 0;
  std::uint64_t ticks = 0;  // besides; 64 bits hold those of max_ranks
  std::uint64_t counted = 0;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto after = static_cast<std::uint64_t>((timeline.end - timeline.actor_ends[i]).ticks);
    seconds += after / ticks_a_second * members[i];
    ticks += after % ticks_a_second * members[i];
    counted += members[i];
  }
  sim::check(counted == static_cast<std::uint64_t>(ranks), "every rank is an actor");
  return static_cast<double>(seconds) + static_cast<double>(ticks) / static_cast<double>(ticks_a_second);
}

/// The prices that a job's costs are made of, found in the list.
struct Found {
  const GpuPower* gpu = nullptr;
  const NodePrice* node = nullptr;
  const FacilityPrices* facility = nullptr;
  std::optional<topology::Bill> bill{};
};

std::string where_to_add(const PriceList& prices, const std::string& what, const char* key) {
  return "the prices" + (prices.name.empty() ? "" : " " + prices.name) + " have no " + what + "; add it to prices." + key;
}

/// What is not there is named in `missing`.
Found found_prices(const PriceList& prices, const topology::Cluster& cluster, const topology::NodeSpec& node,
                   std::vector<std::string>& missing) {
  Found found{.gpu = power_of(prices, node.gpu.name),
              .node = node_price(prices, node.gpu.name, node.gpus),
              .facility = prices.facility ? &*prices.facility : nullptr};
  if (found.gpu == nullptr) missing.push_back(where_to_add(prices, "power of " + node.gpu.name, "gpus"));
  if (found.node == nullptr) missing.push_back(where_to_add(prices, "node of " + std::to_string(node.gpus) + " " + node.gpu.name, "nodes"));
  if (found.facility == nullptr) missing.push_back(where_to_add(prices, "building and grid", "facility"));
  if (!prices.network) {
    missing.push_back(where_to_add(prices, "parts of networks", "network"));
    return found;
  }
  const topology::Inventory inventory = topology::inventory(cluster.fabric(), topology::parts_in_use(cluster));
  const topology::BillSpec bill = topology::bill_spec(cluster);
  try {
    found.bill = topology::bill_of_materials(inventory, bill, *prices.network);
  } catch (const sim::Error& error) {
    for (const sim::Fault& fault : error.faults()) missing.push_back(fault.what + "; add it to prices.network");
  }
  return found;
}

/// What a job holds, in parts of what the list has: nodes and the cluster's network.
struct Share {
  double nodes = 0;
  double network = 0;
};

Share share_of(const Held& held, const topology::Cluster& cluster) {
  const auto gpus = static_cast<double>(held.gpus);
  return {gpus / cluster.node(held.first).gpus, gpus / static_cast<double>(cluster.gpus())};
}

/// That GPUs, hosts and network can draw, without the building.
double most_watts(const Held& held, const Share& share, const Found& found) {
  const double most_a_gpu = std::max({found.gpu->arithmetic_watts, found.gpu->memory_watts, found.gpu->waiting_watts});
  return static_cast<double>(held.gpus) * most_a_gpu + share.nodes * found.node->busy_watts + share.network * found.bill->watts;
}

Energy energy_of(const Held& held, const Share& share, const Found& found) {
  const double seconds = held.iteration.seconds();
  Energy energy{.gpus = {.arithmetic = held.gpu_seconds.arithmetic * found.gpu->arithmetic_watts,
                         .memory = held.gpu_seconds.memory * found.gpu->memory_watts,
                         .waiting = held.gpu_seconds.waiting * found.gpu->waiting_watts,
                         .idle = held.gpu_seconds.idle * found.gpu->idle_watts},
                .hosts = share.nodes * found.node->busy_watts * seconds,
                .network = share.network * found.bill->watts * seconds};
  energy.most_watts = found.facility->pue * most_watts(held, share, found);
  energy.facility = (found.facility->pue - 1) * energy.machine();
  energy.kg_co2 = energy.kwh() * found.facility->kg_co2_per_kwh;
  return energy;
}

Money money_of_owner(const Held& held, const Share& share, const Found& found, const Energy& energy) {
  const FacilityPrices& facility = *found.facility;
  const double years = held.iteration.seconds() / seconds_an_hour / hours_a_year;
  const double nodes = share.nodes * found.node->usd;
  const double network = share.network * (found.bill->usd - found.bill->nics_usd);
  const double most_kilowatts = most_watts(held, share, found) / 1000;
  constexpr double months_a_year = 12;
  return {.terms = Terms::own,
          .nodes = nodes / facility.depreciation_years * years,
          .network = network / facility.depreciation_years * years,
          .upkeep = (nodes + network) * facility.upkeep_per_year * years,
          .space = most_kilowatts * facility.usd_per_kw_month * months_a_year * years,
          .energy = energy.kwh() * facility.usd_per_kwh};
}

bool is_complete(const Found& found) { return found.gpu && found.node && found.facility && found.bill; }

}  // namespace

Costs unknown(Costs costs, const std::string& why) {
  costs.energy.reset();
  costs.money.reset();
  costs.no_energy = costs.no_money = {why};
  return costs;
}

ByActivity gpu_seconds(const sim::Program& program, const sim::Timeline& timeline, const KernelTimes& times, const Software& software) {
  KernelSums kernels(program, times, software);
  ByActivity seconds;
  for (const sim::Role& role : program.roles) {
    const auto ranks = static_cast<double>(role.ranks.size());
    for (const sim::Stream& stream : role.streams) {
      const KernelSeconds of_stream = kernels.of(stream.operations);
      seconds.arithmetic += ranks * of_stream.arithmetic;
      seconds.memory += ranks * of_stream.memory;
    }
  }
  const double all = (timeline.end - sim::Time{}).seconds() * program.ranks;
  seconds.idle = seconds_after_the_end(timeline, program.ranks);
  // Less than nothing is left where all is kernels and the engine rounds to the picosecond.
  seconds.waiting = std::max(0.0, all - seconds.arithmetic - seconds.memory - seconds.idle);
  return seconds;
}

Costs costs_of(const Held& held, const topology::Cluster& cluster, const std::optional<PriceList>& prices) {
  const double seconds = held.iteration.seconds();
  Costs costs{.gpu_hours = static_cast<double>(held.gpus) * seconds / seconds_an_hour, .gpu_seconds = held.gpu_seconds};
  if (!prices) return unknown(std::move(costs), "the scenario names no prices; add \"prices\" (orrery list prices)");
  if (held.iteration.ticks == 0) return unknown(std::move(costs), "the iteration takes no time");
  const topology::NodeSpec& node = cluster.node(held.first);
  const Found found = found_prices(*prices, cluster, node, costs.no_energy);
  const Share share = share_of(held, cluster);
  if (is_complete(found)) costs.energy = energy_of(held, share, found);
  if (prices->terms == Terms::own) {
    if (costs.energy) costs.money = money_of_owner(held, share, found, *costs.energy);
    costs.no_money = costs.no_energy;
  } else if (const RentalPrice* rental = rental_of(*prices, node.gpu.name)) {
    costs.money = Money{.terms = Terms::rent, .rent = costs.gpu_hours * rental->usd_per_gpu_hour};
  } else {
    costs.no_money.push_back(where_to_add(*prices, "rent of " + node.gpu.name, "rentals"));
  }
  return costs;
}

}  // namespace orrery::workloads
