#include "topology/bill_of_materials.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "sim/error.h"

namespace orrery::topology {
namespace {

double gigabits(sim::BytesPerSecond rate) { return rate.value * 8 / 1e9; }

/// The slowest that will do, of these the cheapest, of these the first; null where none will.
template <class Part, class Serves>
const Part* cheapest(const std::vector<Part>& parts, Serves serves) {
  const Part* best = nullptr;
  for (const Part& part : parts) {
    if (!serves(part)) continue;
    if (best == nullptr || std::pair(part.rate, part.usd) < std::pair(best->rate, best->usd)) best = &part;
  }
  return best;
}

template <class Part>
const Part* named(const std::vector<Part>& parts, const std::string& name) {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

template <class Part>
[[noreturn]] void throw_missing(const std::string& what, const std::vector<Part>& parts) {
  std::vector<std::string> there_are;
  for (const Part& part : parts) there_are.push_back(fmt::format("{} ({:g} Gbit/s)", part.name, gigabits(part.rate)));
  throw sim::Error({.place = "",
                    .what = fmt::format("the price list has no {}", what),
                    .remedy = there_are.empty() ? "add one" : fmt::format("add one; it has {}", fmt::join(there_are, ", "))});
}

/// Chooses parts for one bill.
class Buyer {
 public:
  Buyer(const Inventory& inventory, const BillSpec& spec, const NetworkPrices& prices)
      : spec_(&spec), prices_(&prices), ports_(spec.radix) {
    for (const SwitchCount& count : inventory.switches) ports_ = std::max(ports_, count.most_ports);
    const SwitchPrice* wanted = named(prices.switches, spec.switch_name);
    const NicPrice* wanted_nic = named(prices.nics, spec.nic_name);
    if (wanted != nullptr) protocol_ = wanted->protocol;
    if (wanted == nullptr && wanted_nic != nullptr) protocol_ = wanted_nic->protocol;
  }

  const SwitchPrice& fabric_switch() {
    const auto serves = [this](const SwitchPrice& part) { return fits(part, spec_->link) && part.ports >= ports_; };
    const SwitchPrice* chosen = named(prices_->switches, spec_->switch_name);
    if (chosen == nullptr || !serves(*chosen)) chosen = cheapest(prices_->switches, serves);
    if (chosen == nullptr) throw_missing(needed(fmt::format("switch with {} ports", ports_), spec_->link), prices_->switches);
    protocol_ = chosen->protocol;
    return *chosen;
  }

  const NicPrice& nic(const NicsToBuy& wanted) const {
    const auto serves = [&](const NicPrice& part) { return fits(part, wanted.rate); };
    const NicPrice* chosen = named(prices_->nics, wanted.name);
    if (chosen == nullptr || !serves(*chosen)) chosen = cheapest(prices_->nics, serves);
    if (chosen == nullptr) throw_missing(needed("NIC", wanted.rate), prices_->nics);
    return *chosen;
  }

  const CablePrice& cable(CableKind kind, sim::BytesPerSecond rate) const {
    const auto& parts = kind == CableKind::copper ? prices_->copper_cables : prices_->optical_cables;
    const CablePrice* chosen = cheapest(parts, [&](const CablePrice& part) { return fits(part, rate); });
    if (chosen == nullptr) throw_missing(needed(kind == CableKind::copper ? "copper cable" : "optical cable", rate), parts);
    return *chosen;
  }

 private:
  template <class Part>
  bool fits(const Part& part, sim::BytesPerSecond rate) const {
    return part.rate >= rate && (!protocol_ || part.protocol == *protocol_);
  }
  std::string needed(const std::string& what, sim::BytesPerSecond rate) const {
    return fmt::format("{}{} at {:g} Gbit/s", protocol_ ? to_text(*protocol_) + " " : "", what, gigabits(rate));
  }

  const BillSpec* spec_;
  const NetworkPrices* prices_;
  int ports_;
  std::optional<NetworkProtocol> protocol_;  // once something says it
};

}  // namespace

std::string to_text(NetworkProtocol protocol) {
  switch (protocol) {
    case NetworkProtocol::infiniband:
      return "infiniband";
    case NetworkProtocol::ethernet:
      return "ethernet";
    case NetworkProtocol::omni_path:
      break;
  }
  return "omni-path";
}

Bill bill_of_materials(const Inventory& inventory, const BillSpec& spec, const NetworkPrices& prices) {
  Bill bill;
  Buyer buyer(inventory, spec, prices);
  std::vector<BillRow> switches;
  for (const SwitchCount& count : inventory.switches) {
    const SwitchPrice& part = buyer.fabric_switch();
    switches.push_back({fmt::format("switches of level {}", count.level), part.name, count.switches, part.usd, part.watts, part.source});
  }
  std::vector<NicsToBuy> nics = spec.nics;
  if (nics.empty()) nics.push_back({spec.nic_name, spec.link, inventory.nic_ports});
  for (const NicsToBuy& some : nics) {
    const NicPrice& nic = buyer.nic(some);
    bill.rows.push_back({"NICs", nic.name, some.count, nic.usd, nic.watts, nic.source});
    bill.nics_usd += bill.rows.back().usd();
  }
  bill.rows.insert(bill.rows.end(), switches.begin(), switches.end());
  for (const CableCount& count : inventory.cables) {
    const CablePrice& part = buyer.cable(count.kind, count.bandwidth);
    bill.rows.push_back({fmt::format("cables, {}, {:g} m", count.name, count.metres), part.name, count.cables,
                         part.usd + part.usd_per_metre * count.metres, part.watts, part.source});
  }
  for (const BillRow& row : bill.rows) {
    bill.usd += row.usd();
    bill.watts += row.watts();
  }
  if (spec.gpus > 0) {
    bill.usd_per_gpu = bill.usd / static_cast<double>(spec.gpus);
    bill.watts_per_gpu = bill.watts / static_cast<double>(spec.gpus);
  }
  return bill;
}

}  // namespace orrery::topology
