#include "topology/survey.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace orrery::topology {
namespace {

constexpr std::string_view blanks = " \t";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// "mlx5_0", "HCA-1", "ibp12s0": letters first, a digit last, no blanks between.
bool names_an_adapter(std::string_view word) { return !word.empty() && is_letter(word.front()) && is_digit(word.back()); }

/// What adapters are called before a host names them starts with the maker's part number ("MT4129") or product.
bool is_factory_name(std::string_view name) {
  constexpr std::array<std::string_view, 3> products{"ConnectX", "Connect-IB", "BlueField"};
  if (name.size() > 2 && name.starts_with("MT") && is_digit(name[2])) return true;
  return std::any_of(products.begin(), products.end(), [&](std::string_view product) { return name.starts_with(product); });
}

/// Numbers within names are compared by value.
bool comes_before(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const auto digits = [](std::string_view text) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
        return text.substr(0, static_cast<std::size_t>(end - text.begin()));
      };
      const auto value = [](std::string_view text) { return text.substr(std::min(text.size(), text.find_first_not_of('0'))); };
      const std::string_view in_a = digits(a);
      const std::string_view in_b = digits(b);
      const auto key = [&](std::string_view text) { return std::tuple(value(text).size(), value(text), text.size()); };
      if (key(in_a) != key(in_b)) return key(in_a) < key(in_b);
      a.remove_prefix(in_a.size());
      b.remove_prefix(in_b.size());
      continue;
    }
    if (a.front() != b.front()) return a.front() < b.front();
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  return a.size() < b.size();
}

bool has_several_machines(const Survey& survey, const std::vector<std::uint32_t>& adapters) {
  std::map<std::string_view, std::uint64_t> systems;
  for (const std::uint32_t adapter : adapters) {
    const Device& device = survey.devices[adapter];
    if (device.adapter.empty() || device.system_guid == 0) continue;
    const auto [known, is_new] = systems.emplace(device.adapter, device.system_guid);
    if (!is_new && known->second != device.system_guid) return true;
  }
  return false;
}

void add_unnamed(const Survey& survey, const std::vector<std::uint32_t>& adapters, std::vector<Host>& hosts) {
  std::map<std::uint64_t, std::size_t> host_of_system;
  for (const std::uint32_t adapter : adapters) {
    const std::uint64_t system = survey.devices[adapter].system_guid;
    const auto [known, is_new] = host_of_system.emplace(system, hosts.size());
    if (is_new || system == 0) {
      known->second = hosts.size();
      hosts.emplace_back();
    }
    hosts[known->second].adapters.push_back(adapter);
  }
}

bool is_switch(const Survey& survey, DevicePort port) { return survey.devices[port.device].kind == DeviceKind::switch_; }
bool is_adapter(const Survey& survey, DevicePort port) { return survey.devices[port.device].kind == DeviceKind::adapter; }

/// What hangs on a switch with an adapter.
struct Leaf {
  std::set<std::size_t> hosts;
  std::map<std::size_t, int> places;  // adapters of hosts with several, by their place in the host
  int uplinks = 0;
};

std::map<std::uint32_t, Leaf> leaves(const Survey& survey, const std::vector<Host>& hosts) {
  std::map<std::uint32_t, std::pair<std::size_t, std::size_t>> seats;  // of an adapter: its host, its place in it
  for (std::size_t host = 0; host < hosts.size(); ++host) {
    for (std::size_t place = 0; place < hosts[host].adapters.size(); ++place) seats[hosts[host].adapters[place]] = {host, place};
  }
  std::map<std::uint32_t, Leaf> found;
  const auto seat = [&](DevicePort at, DevicePort of) {
    if (!is_switch(survey, at) || !is_adapter(survey, of)) return;
    const auto [host, place] = seats.at(of.device);
    Leaf& leaf = found[at.device];
    leaf.hosts.insert(host);
    if (!hosts[host].name.empty() && hosts[host].adapters.size() > 1) ++leaf.places[place];
  };
  for (const SurveyCable& cable : survey.cables) {
    seat(cable.a, cable.b);
    seat(cable.b, cable.a);
  }
  for (const SurveyCable& cable : survey.cables) {
    if (!is_switch(survey, cable.a) || !is_switch(survey, cable.b) || cable.a.device == cable.b.device) continue;
    for (const DevicePort end : {cable.a, cable.b}) {
      if (const auto leaf = found.find(end.device); leaf != found.end()) ++leaf->second.uplinks;
    }
  }
  return found;
}

void add_leaves(const Survey& survey, SurveyFacts& found) {
  const std::vector<Host> owners = hosts(survey);
  found.hosts = static_cast<int>(owners.size());
  for (const Host& host : owners) found.unnamed_adapters += host.name.empty() ? static_cast<int>(host.adapters.size()) : 0;
  const auto by_switch = leaves(survey, owners);
  found.leaves = static_cast<int>(by_switch.size());
  int placed = 0;
  int in_rail = 0;
  for (const auto& [device, leaf] : by_switch) {
    const bool is_first = device == by_switch.begin()->first;
    const int seats = static_cast<int>(leaf.hosts.size());
    found.fewest_hosts_on_a_leaf = is_first ? seats : std::min(found.fewest_hosts_on_a_leaf, seats);
    found.most_hosts_on_a_leaf = std::max(found.most_hosts_on_a_leaf, seats);
    found.fewest_uplinks_of_a_leaf = is_first ? leaf.uplinks : std::min(found.fewest_uplinks_of_a_leaf, leaf.uplinks);
    found.most_uplinks_of_a_leaf = std::max(found.most_uplinks_of_a_leaf, leaf.uplinks);
    int most = 0;
    for (const auto& [place, adapters] : leaf.places) {
      placed += adapters;
      most = std::max(most, adapters);
    }
    in_rail += most;
  }
  if (placed > 0) found.rail_purity = static_cast<double>(in_rail) / placed;
}

}  // namespace

void name_host(Device& adapter) {
  const std::string_view name = adapter.name;
  adapter.host.clear();
  adapter.adapter.clear();
  if (name.empty() || is_factory_name(name)) return;
  const std::size_t last = name.find_last_of(blanks);
  if (last == name.npos) {
    adapter.host = name;
    return;
  }
  const std::string_view word = name.substr(last + 1);
  const std::string_view host = name.substr(0, name.find_last_not_of(blanks, last) + 1);
  if (!names_an_adapter(word) || host.empty() || host.find_first_of(blanks) != host.npos) return;
  adapter.adapter = word;
  adapter.host = host;
}

std::vector<Host> hosts(const Survey& survey) {
  const auto precedes = [](const std::string& a, const std::string& b) { return comes_before(a, b); };
  std::map<std::string, std::vector<std::uint32_t>, decltype(precedes)> named(precedes);
  std::vector<std::uint32_t> unnamed;
  for (std::uint32_t device = 0; device < survey.devices.size(); ++device) {
    const Device& adapter = survey.devices[device];
    if (adapter.kind != DeviceKind::adapter) continue;
    (adapter.host.empty() ? unnamed : named[adapter.host]).push_back(device);
  }
  std::vector<Host> found;
  for (auto& [name, adapters] : named) {
    if (has_several_machines(survey, adapters)) {
      unnamed.insert(unnamed.end(), adapters.begin(), adapters.end());
      continue;
    }
    std::sort(adapters.begin(), adapters.end(), [&](std::uint32_t a, std::uint32_t b) {
      const Device& left = survey.devices[a];
      const Device& right = survey.devices[b];
      if (left.adapter != right.adapter) return comes_before(left.adapter, right.adapter);
      return std::tie(left.guid, a) < std::tie(right.guid, b);
    });
    found.push_back({name, adapters});
  }
  add_unnamed(survey, unnamed, found);
  return found;
}

std::vector<int> levels(const Survey& survey) {
  std::vector<std::vector<std::uint32_t>> neighbours(survey.devices.size());
  for (const SurveyCable& cable : survey.cables) {
    neighbours[cable.a.device].push_back(cable.b.device);
    neighbours[cable.b.device].push_back(cable.a.device);
  }
  std::vector<int> level(survey.devices.size(), -1);
  std::deque<std::uint32_t> next;
  for (std::uint32_t device = 0; device < level.size(); ++device) {
    if (survey.devices[device].kind == DeviceKind::switch_) continue;
    level[device] = 0;
    if (survey.devices[device].kind == DeviceKind::adapter) next.push_back(device);
  }
  for (; !next.empty(); next.pop_front()) {
    for (const std::uint32_t neighbour : neighbours[next.front()]) {
      if (level[neighbour] >= 0) continue;
      level[neighbour] = level[next.front()] + 1;
      next.push_back(neighbour);
    }
  }
  return level;
}

SurveyFacts facts(const Survey& survey) {
  SurveyFacts found;
  for (const Device& device : survey.devices) {
    found.switches += device.kind == DeviceKind::switch_ ? 1 : 0;
    found.aggregators += device.kind == DeviceKind::aggregator ? 1 : 0;
    found.routers += device.kind == DeviceKind::router ? 1 : 0;
  }
  for (const SurveyCable& cable : survey.cables) {
    found.adapters += (is_adapter(survey, cable.a) ? 1 : 0) + (is_adapter(survey, cable.b) ? 1 : 0);
    found.degraded_cables += cable.capability ? 1 : 0;
    if (!is_switch(survey, cable.a) || !is_switch(survey, cable.b) || cable.a.device == cable.b.device) continue;
    ++found.cables_between_switches;
    found.reciprocal_cables += cable.reciprocal ? 1 : 0;
  }
  add_leaves(survey, found);
  return found;
}

}  // namespace orrery::topology
