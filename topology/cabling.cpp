#include "topology/cabling.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "sim/error.h"

namespace orrery::topology {
namespace {

std::uint32_t number_of_rate_in(sim::BytesPerSecond rate, CablingPlan& plan) {
  const auto [known, is_new] = plan.number_of_rate.try_emplace(rate.value, static_cast<std::uint32_t>(plan.rates.size()));
  if (is_new) plan.rates.push_back(rate);
  return known->second;
}

}  // namespace

VertexId CablingPlan::add_switch(std::string name, int level) {
  switches.push_back({std::move(name), level});
  return switch_vertex(std::ssize(switches) - 1);
}

int CablingPlan::add_layer(std::string name, double metres) {
  layers.push_back({std::move(name), metres});
  return static_cast<int>(layers.size()) - 1;
}

void CablingPlan::join_nics(int ports_per_switch, int layer) {
  for (int port = 0; port < nodes * rails; ++port) {
    join(VertexId{static_cast<std::uint32_t>(port)}, switch_vertex(port / ports_per_switch), layer);
  }
}

void CablingPlan::join(VertexId a, VertexId b, int layer, sim::BytesPerSecond bandwidth) {
  cables.push_back({{a, b}, static_cast<std::uint32_t>(layer), number_of_rate_in(bandwidth, *this)});
}

void CablingPlan::limit_nics(const std::vector<NicRun>& nics, sim::BytesPerSecond link) {
  if (nics.empty()) return;
  std::vector<int> cables_of(static_cast<std::size_t>(nodes) * static_cast<std::size_t>(rails), 0);
  for (const Cable& cable : cables) {
    if (cable.layer == 0) ++cables_of[index(cable.ends[0])];
  }
  for (Cable& cable : cables) {
    if (cable.layer != 0) continue;
    const std::uint32_t nic = index(cable.ends[0]);
    const sim::BytesPerSecond most{rate_of_node(nics, static_cast<int>(nic) / rails).value / cables_of[nic]};
    const sim::BytesPerSecond now = cable.rate == 0 ? link : rates[cable.rate];
    if (most.value > 0 && most < now) cable.rate = number_of_rate_in(most, *this);
  }
}

Cabling::Cabling(CablingPlan plan) : Shape(plan.nodes, plan.rails), plan_(std::move(plan)) {
  if (plan_.cables.size() > std::numeric_limits<std::int32_t>::max()) {
    throw sim::Error({.place = "", .what = "the fabric has more than 2^31 cables", .remedy = "take fewer nodes"});
  }
  first_out_.assign(static_cast<std::size_t>(vertices()) + 1, 0);
  cables_of_layer_.assign(plan_.layers.size(), 0);
  for (const CablingPlan::Cable& cable : plan_.cables) {
    for (const VertexId end : cable.ends) ++first_out_[index(end) + 1];
    ++cables_of_layer_[cable.layer];
  }
  for (std::size_t v = 1; v < first_out_.size(); ++v) first_out_[v] += first_out_[v - 1];
  out_.resize(2 * plan_.cables.size());
  std::vector<std::uint32_t> next(first_out_.begin(), first_out_.end() - 1);
  for (std::uint32_t cable = 0; cable < plan_.cables.size(); ++cable) {
    for (std::uint32_t which = 0; which < 2; ++which) out_[next[index(end(cable, static_cast<int>(which)))]++] = LinkId{2 * cable + which};
  }
  switches_of_level_.assign(2, 0);
  for (std::size_t number = 0; number < plan_.switches.size(); ++number) {
    const CablingPlan::Switch& made = plan_.switches[number];
    if (static_cast<std::size_t>(made.level) >= switches_of_level_.size())
      switches_of_level_.resize(static_cast<std::size_t>(made.level) + 1);
    ++switches_of_level_[static_cast<std::size_t>(made.level)];
    if (!switch_of_name_.emplace(made.name, plan_.switch_vertex(static_cast<std::int64_t>(number))).second) {
      throw sim::Error(
          {.place = "", .what = fmt::format("two switches are called \"{}\"", made.name), .remedy = "give each a name of its own"});
    }
  }
  joins_rails_ = find_whether_rails_are_joined();
  for (std::size_t node = 0; node < plan_.node_names.size(); ++node) node_of_name_.emplace(plan_.node_names[node], static_cast<int>(node));
}

/// Whether some part of the network that hangs together holds NICs of every rail.
bool Cabling::find_whether_rails_are_joined() const {
  std::vector<bool> seen(static_cast<std::size_t>(vertices()), false);
  std::vector<bool> empty_rails(static_cast<std::size_t>(rails()), true);  // on which no node has a NIC
  for (std::uint32_t nic = 0; nic < ports(); ++nic) {
    if (out_degree(VertexId{nic}) > 0) empty_rails[static_cast<std::size_t>(port(VertexId{nic}).rail)] = false;
  }
  for (auto start = static_cast<std::uint32_t>(ports()); start < vertices(); ++start) {
    std::vector<VertexId> reached;
    const auto reach = [&](VertexId vertex) {
      if (!seen[index(vertex)]) reached.push_back(vertex);
      seen[index(vertex)] = true;
    };
    reach(VertexId{start});
    std::vector<bool> rails = empty_rails;
    for (std::size_t at = 0; at < reached.size(); ++at) {
      for (int port = 0; port < out_degree(reached[at]); ++port) {
        const LinkId out = out_link(reached[at], port);
        const VertexId there = end(cable_of(out), static_cast<int>(1 - index(out) % 2));
        if (!is_port(there)) {
          reach(there);
        } else {
          rails[static_cast<std::size_t>(this->port(there).rail)] = true;
        }
      }
    }
    if (std::find(rails.begin(), rails.end(), false) == rails.end()) return true;
  }
  return false;
}

VertexId Cabling::serving(VertexId port) const {
  const auto known = plan_.stand_ins.find(index(port));
  return known == plan_.stand_ins.end() ? port : known->second;
}

int Cabling::out_degree(VertexId vertex) const { return static_cast<int>(first_out_[index(vertex) + 1] - first_out_[index(vertex)]); }

LinkId Cabling::out_link(VertexId vertex, int port) const {
  sim::check(port >= 0 && port < out_degree(vertex), "a port in use");
  return out_[first_out_[index(vertex)] + static_cast<std::uint32_t>(port)];
}

int Cabling::level(VertexId vertex) const {
  return is_port(vertex) ? 0 : plan_.switches[index(vertex) - static_cast<std::size_t>(ports())].level;
}

std::string Cabling::name(VertexId vertex) const {
  if (!is_port(vertex)) return plan_.switches[index(vertex) - static_cast<std::size_t>(ports())].name;
  const Port nic = port(vertex);
  if (plan_.node_names.empty()) return fmt::format("node{}/nic{}", nic.node, nic.rail);
  return fmt::format("{}/nic{}", plan_.node_names[static_cast<std::size_t>(nic.node)], nic.rail);
}

std::optional<VertexId> Cabling::find(std::string_view name) const {
  if (const auto found = switch_of_name_.find(std::string(name)); found != switch_of_name_.end()) return found->second;
  const std::size_t slash = name.rfind("/nic");
  if (slash == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view text) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? value : -1;
  };
  Port nic{-1, number(name.substr(slash + 4))};
  if (const auto known = node_of_name_.find(std::string(name.substr(0, slash))); known != node_of_name_.end()) nic.node = known->second;
  if (node_of_name_.empty() && name.starts_with("node")) nic.node = number(name.substr(4, slash - 4));
  if (nic.node < 0 || nic.node >= nodes() || nic.rail < 0 || nic.rail >= rails()) return std::nullopt;
  return this->name(vertex(nic)) == name ? std::optional(vertex(nic)) : std::nullopt;
}

std::vector<std::string> Cabling::names_instead_of(std::string_view name) const {
  std::vector<std::string> there_are;
  const std::string first = this->name(VertexId{0});
  there_are.push_back(fmt::format("{} to {}", first, this->name(VertexId{static_cast<std::uint32_t>(ports() - 1)})));
  if (name.find("/nic") != std::string_view::npos || plan_.switches.empty()) return there_are;
  std::vector<std::string> switches;
  for (const CablingPlan::Switch& made : plan_.switches) switches.push_back(made.name);
  if (const std::string nearest = sim::nearest_name(name, switches); !nearest.empty()) return {nearest};
  there_are.push_back(switches.size() == 1 ? switches.front() : fmt::format("{} to {}", switches.front(), switches.back()));
  return there_are;
}

}  // namespace orrery::topology
