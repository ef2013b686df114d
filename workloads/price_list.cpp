#include "workloads/price_list.h"

#include <algorithm>
#include <string_view>

namespace orrery::workloads {
namespace {

template <class Entry, class Matches>
const Entry* first_entry(const std::vector<Entry>& entries, const Matches& matches) {
  const auto found = std::find_if(entries.begin(), entries.end(), matches);
  return found == entries.end() ? nullptr : &*found;
}

std::string entry_at(std::string_view list, std::size_t index) { return "/" + std::string(list) + "/" + std::to_string(index); }

/// `found` is the entry that a search gives for this one: another, where that comes before it.
template <class Entry>
void refuse_second(const Entry* found, const Entry& entry, std::string place, std::vector<sim::Fault>& faults) {
  if (found != &entry) faults.push_back({std::move(place), "the list has this one already, further up", "leave one of the two out"});
}

}  // namespace

const GpuPower* power_of(const PriceList& prices, const std::string& gpu) {
  return first_entry(prices.gpus, [&](const GpuPower& power) { return power.name == gpu; });
}

const NodePrice* node_price(const PriceList& prices, const std::string& gpu, int gpus) {
  return first_entry(prices.nodes, [&](const NodePrice& node) { return node.gpu == gpu && node.gpus == gpus; });
}

const RentalPrice* rental_of(const PriceList& prices, const std::string& gpu) {
  return first_entry(prices.rentals, [&](const RentalPrice& rental) { return rental.gpu == gpu; });
}

std::vector<sim::Fault> faults(const PriceList& prices) {
  std::vector<sim::Fault> found;
  for (std::size_t i = 0; i < prices.gpus.size(); ++i) {
    const GpuPower& gpu = prices.gpus[i];
    refuse_second(power_of(prices, gpu.name), gpu, entry_at("gpus", i) + "/name", found);
    if (gpu.idle_watts > std::min({gpu.waiting_watts, gpu.memory_watts, gpu.arithmetic_watts}))
      found.push_back(
          {entry_at("gpus", i) + "/idle_watts", "the GPU draws more when idle than when it is not", "give the least of the four"});
  }
  for (std::size_t i = 0; i < prices.nodes.size(); ++i) {
    const NodePrice& node = prices.nodes[i];
    refuse_second(node_price(prices, node.gpu, node.gpus), node, entry_at("nodes", i) + "/gpu", found);
  }
  for (std::size_t i = 0; i < prices.rentals.size(); ++i) {
    const RentalPrice& rental = prices.rentals[i];
    refuse_second(rental_of(prices, rental.gpu), rental, entry_at("rentals", i) + "/gpu", found);
  }
  return found;
}

}  // namespace orrery::workloads
