#include "topology/throughput.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "sim/error.h"
#include "sim/max_min_fair.h"
#include "topology/quantile.h"

namespace orrery::topology {
namespace {

using sim::MaxMinFair;

// 2^5 3^3 5^2 7 11 13 17 19 23 29: halves, thirds, sevenths and most other parts of a NIC's rate are whole numbers of units.
constexpr std::int64_t nic_units = 4'658'179'125'600;

[[noreturn]] void refuse_study(std::string what, std::string remedy) {
  throw sim::Error(sim::Fault{.place = "", .what = std::move(what), .remedy = std::move(remedy)});
}

/// A link or bundle that flows cross. Loads are in the units of its capacity, sums of whole numbers in a fixed order.
struct Carrier {
  LinkId first{};
  std::int64_t capacity = 0;
  double offered = 0;
  double carried = 0;
};

/// What a flow puts on a carrier.
struct Load {
  std::uint32_t carrier = 0;  // a link's number, then the carrier's
  std::uint32_t multiplicity = 0;
};

struct PlannedFlow {
  Demand demand;
  std::uint64_t weight_of_port = 0;  // of all that its port sends
  std::size_t end = 0;               // one past its last load
  std::optional<MaxMinFair::Index> flow{};
  MaxMinFair::Rate level = 0;

  /// A unit of weight gets at most this.
  MaxMinFair::Rate most() const { return nic_units / static_cast<std::int64_t>(weight_of_port); }
};

/// One a pair of ports, in order, with what each port sends in all.
std::vector<PlannedFlow> planned(const Fabric& fabric, const Traffic& traffic) {
  std::map<std::pair<VertexId, VertexId>, std::uint64_t> weights;
  std::map<VertexId, std::uint64_t> weights_of_ports;
  for (const Demand& demand : traffic) {
    for (const Port& port : {demand.from, demand.to}) {
      const bool known = port.node >= 0 && port.node < fabric.nodes() && port.rail >= 0 && port.rail < fabric.rails();
      if (!known)
        refuse_study(fmt::format("a demand of NIC {} of node {}, which is none of the fabric", port.rail, port.node), "leave it out");
    }
    const VertexId from = fabric.vertex(demand.from);
    if (demand.from == demand.to) refuse_study(fmt::format("{} sends to itself", fabric.name(from)), "leave the demand out");
    if (demand.weight == 0)
      refuse_study(fmt::format("a demand of {} weighs nothing", fabric.name(from)), "leave it out, or give 1 or more");
    weights[{from, fabric.vertex(demand.to)}] += demand.weight;
    weights_of_ports[from] += demand.weight;
  }
  std::vector<PlannedFlow> flows;
  const auto shares = static_cast<std::uint64_t>(fabric.shares());
  for (const auto& [ports, weight] : weights) {
    const auto [from, to] = ports;
    constexpr std::uint64_t heaviest = nic_units / 1'000'000;  // what a port may send in all: its rates are then exact to 1e-6
    if (weight > std::numeric_limits<std::uint32_t>::max() / shares || weights_of_ports[from] > heaviest) {
      refuse_study(fmt::format("{} sends with weights of {} in all", fabric.name(from), weights_of_ports[from]),
                   "divide all weights by a common factor");
    }
    flows.push_back({.demand = {fabric.shape().port(from), fabric.shape().port(to), static_cast<std::uint32_t>(weight)},
                     .weight_of_port = weights_of_ports[from]});
  }
  return flows;
}

class ThroughputStudy {
 public:
  ThroughputStudy(const Fabric& fabric, const Traffic& traffic, const ThroughputSpec& spec)
      : fabric_(fabric), spec_(spec), flows_(planned(fabric_, traffic)) {
    // Ugal weighs its ways against all flows that it was ever asked for; any news of a link makes it forget them.
    if (fabric_.routing() == Routing::ugal) fabric_.set_alive(LinkId{0}, fabric_.alive(LinkId{0}));
    carrier_of_.assign(static_cast<std::size_t>(fabric_.links()), MaxMinFair::none);
  }

  Throughput result() {
    find_loads();
    number_carriers();
    solve();
    Throughput found;
    rate_flows(found);
    load_layers(found);
    return found;
  }

 private:
  /// Of the links that carry its load together.
  Carrier carrier(LinkId first) const {
    double rate = 1;
    if (const double nominal = fabric_.shape().bandwidth(cable_of(first)).value; nominal != 0) rate = nominal / spec_.nic.value;
    if (chooses_by_queues(fabric_.routing()) && fabric_.layer_of(first) > 0) rate *= spec_.efficiency;
    const auto each = static_cast<std::int64_t>(std::floor(static_cast<double>(nic_units) * rate));
    const std::int64_t links_and_shares = std::int64_t{fabric_.live_links(fabric_.bundle(first))} * fabric_.shares();
    sim::check(links_and_shares == 0 || each < MaxMinFair::uncapped / links_and_shares, "a bundle's capacity fits 64 bits");
    return {.first = first, .capacity = each * links_and_shares};
  }

  void find_loads() {
    std::vector<std::uint32_t> links;
    for (PlannedFlow& flow : flows_) {
      links.clear();
      const bool flows = append_route(flow.demand, links);
      std::sort(links.begin(), links.end());
      for (std::size_t i = 0; flows && i < links.size(); ++i) {
        if (i == 0 || links[i] != links[i - 1]) loads_.push_back({links[i], 0});
        ++loads_.back().multiplicity;
      }
      flow.end = loads_.size();
    }
  }

  /// The carriers of all shares. Says whether there is a way: that there is none (no live links, planes apart, tables that lead in a
  /// circle) is a result here, so the router's refusal ends here.
  bool append_route(const Demand& demand, std::vector<std::uint32_t>& links) const {
    try {
      for (int share = 0; share < fabric_.shares(); ++share) {
        const Route route = fabric_.route(demand.from, demand.to, spec_.flow, share);
        for (const LinkId link : route) links.push_back(index(fabric_.bundle(link).first));
      }
    } catch (const sim::Error&) {
      return false;
    }
    return true;
  }

  void number_carriers() {
    for (const Load& load : loads_) carrier_of_[load.carrier] = 0;
    for (std::uint32_t link = 0; link < carrier_of_.size(); ++link) {
      if (carrier_of_[link] == MaxMinFair::none) continue;
      carriers_.push_back(carrier(LinkId{link}));
      carrier_of_[link] = system_.add_resource(carriers_.back().capacity);
    }
    for (Load& load : loads_) load.carrier = carrier_of_[load.carrier];
  }

  void solve() {
    std::size_t at = 0;
    for (PlannedFlow& flow : flows_) {
      if (at == flow.end) continue;  // cut off
      flow.flow = system_.add_flow(flow.most());
      for (; at < flow.end; ++at) system_.cross(loads_[at].carrier, flow.demand.weight * loads_[at].multiplicity);
    }
    system_.solve();
    at = 0;
    for (PlannedFlow& flow : flows_) {
      if (flow.flow) flow.level = system_.rate(*flow.flow);
      for (; at < flow.end; ++at) {
        const std::int64_t crossings = std::int64_t{flow.demand.weight} * loads_[at].multiplicity;
        carriers_[loads_[at].carrier].offered += static_cast<double>(flow.most() * crossings);
        carriers_[loads_[at].carrier].carried += static_cast<double>(flow.level * crossings);
      }
    }
  }

  void rate_flows(Throughput& found) const {
    found.minimum = 1;
    double slowest = 2;
    double of_ports = 0;
    std::int64_t ports = 0;
    for (std::size_t i = 0; i < flows_.size();) {
      const Port from = flows_[i].demand.from;
      const auto offered = static_cast<double>(flows_[i].most() * static_cast<std::int64_t>(flows_[i].weight_of_port));
      std::int64_t sent = 0;
      for (; i < flows_.size() && flows_[i].demand.from == from; ++i) {
        const PlannedFlow& flow = flows_[i];
        const double delivered = static_cast<double>(flow.level) / static_cast<double>(flow.most());
        const double part = static_cast<double>(flow.demand.weight) / static_cast<double>(flow.weight_of_port);
        found.flows.push_back({.from = from, .to = flow.demand.to, .rate = part * delivered, .delivered = delivered});
        found.minimum = std::min(found.minimum, delivered);
        found.cut_off += flow.flow ? 0 : 1;
        sent += flow.level * flow.demand.weight;
        if (!flow.flow || delivered >= slowest) continue;
        slowest = delivered;
        const MaxMinFair::Index by = system_.bottleneck(*flow.flow);
        if (by != MaxMinFair::none) found.bottleneck = carriers_[by].first;
      }
      ++ports;
      of_ports += static_cast<double>(sent) / offered;
    }
    found.mean = of_ports / static_cast<double>(ports);
  }

  void load_layers(Throughput& found) const {
    const std::size_t layers = fabric_.shape().layers().size();
    for (std::size_t i = 0; i < 2 * layers; ++i)
      found.layers.push_back({.layer = static_cast<int>(i / 2), .from_end = static_cast<int>(i % 2)});
    const auto layer_of = [&](LinkId link) -> LayerLoad& {
      return found.layers[2 * static_cast<std::size_t>(fabric_.layer_of(link)) + index(link) % 2];
    };
    std::vector<double> between_switches;
    const double unit = static_cast<double>(nic_units) * fabric_.shares();
    for (const Carrier& carrier : carriers_) layer_of(carrier.first).carried_total += carrier.carried / unit;
    for (std::uint32_t number = 0; number < fabric_.links(); ++number) {
      const LinkId link{number};
      if (!fabric_.alive(link)) continue;
      LayerLoad& layer = layer_of(link);
      ++layer.links;
      if (layer.layer > 0) between_switches.push_back(0);
      const MaxMinFair::Index by = carrier_of_[index(fabric_.bundle(link).first)];
      if (by == MaxMinFair::none) {
        ++layer.unused;
        continue;
      }
      const auto capacity = static_cast<double>(carriers_[by].capacity);
      const double offered = carriers_[by].offered / capacity;
      const double carried = carriers_[by].carried / capacity;
      if (layer.layer > 0) between_switches.back() = offered;
      layer.most_offered = std::max(layer.most_offered, offered);
      layer.most_carried = std::max(layer.most_carried, carried);
      layer.mean_offered += offered;
      layer.mean_carried += carried;
    }
    for (LayerLoad& layer : found.layers) {
      if (layer.links == 0) continue;
      layer.mean_offered /= static_cast<double>(layer.links);
      layer.mean_carried /= static_cast<double>(layer.links);
    }
    found.between_switches = {quantile(between_switches, 5), quantile(between_switches, 9), quantile(between_switches, 10)};
  }

  Fabric fabric_;
  ThroughputSpec spec_;
  std::vector<PlannedFlow> flows_;
  std::vector<Load> loads_;
  std::vector<MaxMinFair::Index> carrier_of_;  // by link
  std::vector<Carrier> carriers_;
  MaxMinFair system_;
};

}  // namespace

Throughput throughput(const Fabric& fabric, const Traffic& traffic, const ThroughputSpec& spec) {
  if (traffic.empty()) refuse_study("traffic without a demand", "give at least one");
  if (!(spec.efficiency > 0 && spec.efficiency <= 1)) {
    refuse_study(fmt::format("an efficiency of {}", spec.efficiency), "give a fraction above 0 and up to 1, e.g. 0.96");
  }
  if (!fabric.shape().is_uniform() && !(spec.nic.value > 0)) {
    refuse_study("the fabric's cables have rates of their own and the NIC's is not given", "give nic, e.g. that of the node");
  }
  return ThroughputStudy(fabric, traffic, spec).result();
}

}  // namespace orrery::topology
