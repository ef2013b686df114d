#include "topology/forwarding_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "sim/error.h"
#include "topology/fabric.h"

namespace orrery::topology {
namespace {

constexpr std::uint16_t far_away = UINT16_MAX;

/// The live switches of a fabric, as arrays.
class Switches {
 public:
  explicit Switches(const Fabric& fabric)
      : nics_(static_cast<std::uint32_t>(fabric.ports())), port_of_link_(static_cast<std::size_t>(fabric.links())) {
    const Shape& shape = fabric.shape();
    first_.push_back(0);
    for (std::int64_t v = nics_; v < shape.vertices(); ++v) {
      const VertexId here{static_cast<std::uint32_t>(v)};
      for (int port = 0; port < shape.out_degree(here); ++port) {
        const LinkId out = shape.out_link(here, port);
        port_of_link_[index(out)] = port;
        const VertexId there = fabric.target(out);
        neighbours_.push_back(shape.is_port(there) || !fabric.alive(out) ? none : static_cast<int>(index(there) - nics_));
      }
      first_.push_back(neighbours_.size());
    }
  }

  static constexpr int none = -1;
  int count() const { return static_cast<int>(first_.size()) - 1; }
  int ports(int at) const { return static_cast<int>(first_[static_cast<std::size_t>(at) + 1] - first_[static_cast<std::size_t>(at)]); }
  /// The switch behind a port; none for NICs and what is dead.
  int neighbour(int at, int port) const { return neighbours_[first_[static_cast<std::size_t>(at)] + static_cast<std::size_t>(port)]; }
  std::size_t slot(int at, int port) const { return first_[static_cast<std::size_t>(at)] + static_cast<std::size_t>(port); }
  std::size_t slots() const { return neighbours_.size(); }
  /// By which port of its switch a link leaves.
  int port(LinkId link) const { return port_of_link_[index(link)]; }
  VertexId vertex(int at) const { return VertexId{nics_ + static_cast<std::uint32_t>(at)}; }

 private:
  std::uint32_t nics_;
  std::vector<std::size_t> first_;
  std::vector<int> neighbours_;
  std::vector<int> port_of_link_;
};

using Hops = std::vector<std::uint16_t>;

/// Links to `to` from every switch over links that `may` be taken backwards from `there` to `here`.
template <class May>
void spread(const Switches& switches, std::vector<int> reached, Hops& hops, May may) {
  for (std::size_t at = 0; at < reached.size(); ++at) {
    const int here = reached[at];
    for (int port = 0; port < switches.ports(here); ++port) {
      const int there = switches.neighbour(here, port);
      if (there == Switches::none || !may(there, here) || hops[static_cast<std::size_t>(there)] != far_away) continue;
      hops[static_cast<std::size_t>(there)] = static_cast<std::uint16_t>(hops[static_cast<std::size_t>(here)] + 1);
      reached.push_back(there);
    }
  }
}

/// Of the switches that hang together those of the highest level there.
std::vector<int> highest_of_each_part(const Fabric& fabric, const Switches& switches) {
  std::vector<int> roots;
  Hops seen(static_cast<std::size_t>(switches.count()), far_away);
  for (int start = 0; start < switches.count(); ++start) {
    if (seen[static_cast<std::size_t>(start)] != far_away) continue;
    Hops hops(static_cast<std::size_t>(switches.count()), far_away);
    hops[static_cast<std::size_t>(start)] = 0;
    spread(switches, {start}, hops, [](int, int) { return true; });
    int highest = 0;
    for (int s = start; s < switches.count(); ++s) {
      if (hops[static_cast<std::size_t>(s)] != far_away) highest = std::max(highest, fabric.level_of(switches.vertex(s)));
    }
    for (int s = start; s < switches.count(); ++s) {
      if (hops[static_cast<std::size_t>(s)] == far_away) continue;
      seen[static_cast<std::size_t>(s)] = 0;
      if (fabric.level_of(switches.vertex(s)) == highest) roots.push_back(s);
    }
  }
  return roots;
}

/// How many links each switch is from the roots.
Hops ranks(const Fabric& fabric, const Switches& switches) {
  const auto from = [&](const std::vector<int>& roots) {
    Hops hops(static_cast<std::size_t>(switches.count()), far_away);
    for (const int root : roots) hops[static_cast<std::size_t>(root)] = 0;
    spread(switches, roots, hops, [](int, int) { return true; });
    return hops;
  };
  if (fabric.levels() > 1) return from(highest_of_each_part(fabric, switches));
  Hops best;
  for (int s = 0; s < switches.count(); ++s) {
    Hops hops = from({s});
    if (best.empty() || *std::max_element(hops.begin(), hops.end()) < *std::max_element(best.begin(), best.end())) best = std::move(hops);
  }
  return best;
}

/// Which ports lead on towards one switch.
class Towards {
 public:
  Towards(const Switches& switches, const Hops* ranks, int to) : switches_(&switches), ranks_(ranks) {
    const auto start = [&](Hops& hops) {
      hops.assign(static_cast<std::size_t>(switches.count()), far_away);
      hops[static_cast<std::size_t>(to)] = 0;
    };
    if (ranks == nullptr) {
      start(hops_);
      spread(switches, {to}, hops_, [](int, int) { return true; });
      return;
    }
    start(down_);
    spread(switches, {to}, down_, [this](int from, int there) { return !up(from, there); });
    // Whoever has a way straight down takes it; the others go up to one that has, or that has an up-neighbour that has.
    hops_ = down_;
    std::vector<int> by_hops;
    for (int s = 0; s < switches.count(); ++s) {
      if (down_[static_cast<std::size_t>(s)] != far_away) by_hops.push_back(s);
    }
    for (std::uint32_t hops = 0; !by_hops.empty(); ++hops) by_hops = climb(by_hops, hops);
  }

  int hops(int at) const { return hops_[static_cast<std::size_t>(at)]; }

  bool begins_a_way(int at, int port) const {
    const int next = switches_->neighbour(at, port);
    if (next == Switches::none || hops(at) == far_away) return false;
    if (ranks_ == nullptr) return hops(next) + 1 == hops(at);
    const int down = down_[static_cast<std::size_t>(at)];
    if (down != far_away) return !up(at, next) && down_[static_cast<std::size_t>(next)] + 1 == down;
    return up(at, next) && hops(next) + 1 == hops(at);
  }

 private:
  /// Of equal rank the lower number is up.
  bool up(int from, int to) const {
    const auto rank = [&](int s) { return std::pair((*ranks_)[static_cast<std::size_t>(s)], s); };
    return rank(to) < rank(from);
  }

  /// Gives those one link below switches at `hops` their distance; those farther away wait for their turn.
  std::vector<int> climb(const std::vector<int>& pending, std::uint32_t hops) {
    std::vector<int> later;
    for (const int s : pending) {
      if (hops_[static_cast<std::size_t>(s)] != hops) {
        later.push_back(s);
        continue;
      }
      for (int port = 0; port < switches_->ports(s); ++port) {
        const int below = switches_->neighbour(s, port);
        if (below == Switches::none || !up(below, s) || hops_[static_cast<std::size_t>(below)] != far_away) continue;
        hops_[static_cast<std::size_t>(below)] = static_cast<std::uint16_t>(hops + 1);
        later.push_back(below);
      }
    }
    return later;
  }

  const Switches* switches_;
  const Hops* ranks_;
  Hops hops_;
  Hops down_;
};

/// NICs in OpenSM's order: switch by switch, those with the most NICs first, and port by port. Left out are those that are cut off.
std::vector<std::uint32_t> destinations(const Fabric& fabric, const Switches& switches) {
  std::vector<std::pair<int, std::vector<std::uint32_t>>> by_switch;  // minus how many they are, and in order of ports
  for (int s = 0; s < switches.count(); ++s) {
    std::vector<std::uint32_t> nics;
    for (int port = 0; port < switches.ports(s); ++port) {
      const LinkId out = fabric.out_link(switches.vertex(s), port);
      if (fabric.shape().is_port(fabric.target(out)) && fabric.alive(out)) nics.push_back(index(fabric.target(out)));
    }
    by_switch.emplace_back(-static_cast<int>(nics.size()), std::move(nics));
  }
  std::vector<std::size_t> order(by_switch.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::pair(by_switch[a].first, a) < std::pair(by_switch[b].first, b); });
  std::vector<std::uint32_t> in_order;
  std::vector<bool> listed(static_cast<std::size_t>(fabric.ports()), false);
  for (const std::size_t s : order) {
    for (const std::uint32_t nic : by_switch[s].second) {
      if (!listed[nic]) in_order.push_back(nic);
      listed[nic] = true;
    }
  }
  return in_order;
}

/// The live ports by which switches reach a NIC that is cabled to them.
struct Attachment {
  int at = 0;
  int port = 0;
};

std::vector<Attachment> attachments(const Fabric& fabric, const Switches& switches, VertexId nic) {
  std::vector<Attachment> found;
  for (int cable = 0; cable < fabric.out_degree(nic); ++cable) {
    const LinkId out = fabric.out_link(nic, cable);
    if (!fabric.alive(out)) continue;
    const VertexId there = fabric.target(out);
    found.push_back({static_cast<int>(index(there) - static_cast<std::uint32_t>(fabric.ports())), switches.port(reverse(out))});
  }
  return found;
}

}  // namespace

ForwardingTables::ForwardingTables(const Shape& shape) : nics_(static_cast<std::uint32_t>(shape.ports())) {
  constexpr std::int64_t most_entries = std::int64_t{1} << 28;
  const std::int64_t switches = shape.vertices() - shape.ports();
  for (std::int64_t v = shape.ports(); v < shape.vertices(); ++v) {
    if (shape.out_degree(VertexId{static_cast<std::uint32_t>(v)}) < nowhere) continue;
    throw sim::Error({.place = "", .what = "forwarding tables of a switch of 65,535 ports or more", .remedy = "take routing ecmp"});
  }
  if (switches * shape.ports() > most_entries) {
    throw sim::Error({.place = "",
                      .what = fmt::format("forwarding tables of {} switches for {} NICs would have more than {} entries", switches,
                                          shape.ports(), most_entries),
                      .remedy = "take a routing without tables (d-mod-k, ecmp, adaptive), or a smaller fabric"});
  }
  ports_.assign(static_cast<std::size_t>(switches * shape.ports()), nowhere);
}

ForwardingTables forwarding_tables(const Fabric& fabric, Routing routing, const ForwardingTables* before) {
  ForwardingTables tables(fabric.shape());
  const Switches switches(fabric);
  const Hops rank = routing == Routing::updown ? ranks(fabric, switches) : Hops{};
  std::unordered_map<int, Towards> known;
  const auto towards = [&](int to) -> const Towards& {
    return known.try_emplace(to, switches, routing == Routing::updown ? &rank : nullptr, to).first->second;
  };
  const std::vector<std::uint32_t> in_order = destinations(fabric, switches);
  std::vector<std::uint32_t> load(switches.slots(), 0);
  const auto least_loaded = [&](const Towards& nearest, int s) {
    std::uint16_t chosen = ForwardingTables::nowhere;
    for (int port = 0; port < switches.ports(s); ++port) {
      if (!nearest.begins_a_way(s, port)) continue;
      if (chosen == ForwardingTables::nowhere || load[switches.slot(s, port)] < load[switches.slot(s, chosen)])
        chosen = static_cast<std::uint16_t>(port);
    }
    return chosen;
  };
  for (const std::uint32_t nic : in_order) {
    const std::vector<Attachment> ends = attachments(fabric, switches, VertexId{nic});
    for (int s = 0; s < switches.count(); ++s) {
      const VertexId here = switches.vertex(s);
      const Towards* nearest = nullptr;
      for (const Attachment& end : ends) {
        if (end.at == s) tables.set(here, VertexId{nic}, static_cast<std::uint16_t>(end.port));
        if (nearest == nullptr || towards(end.at).hops(s) < nearest->hops(s)) nearest = &towards(end.at);
      }
      if (nearest == nullptr || nearest->hops(s) == 0 || nearest->hops(s) == far_away) continue;
      const std::uint16_t old = before == nullptr ? ForwardingTables::nowhere : before->port(here, VertexId{nic});
      const bool stays = old != ForwardingTables::nowhere && nearest->begins_a_way(s, old);
      const std::uint16_t chosen = stays ? old : least_loaded(*nearest, s);
      if (chosen == ForwardingTables::nowhere) continue;
      tables.set(here, VertexId{nic}, chosen);
      ++load[switches.slot(s, chosen)];
    }
  }
  return tables;
}

TableRouter::TableRouter(const Shape& shape, Routing routing, std::shared_ptr<const ForwardingTables> tables)
    : shape_(&shape), routing_(routing), ways_(shape), tables_(std::move(tables)), stale_(tables_ == nullptr) {
  sim::check(routing == Routing::minhop || routing == Routing::updown || (routing == Routing::lft && tables_ != nullptr),
             "a routing by tables, and for lft the tables");
}

void TableRouter::links_changed() {
  ways_.forget();
  stale_ = true;
}

const ForwardingTables& TableRouter::tables(const Fabric& fabric) {
  if (stale_) tables_ = std::make_shared<const ForwardingTables>(forwarding_tables(fabric, routing_, tables_.get()));
  stale_ = false;
  return *tables_;
}

int TableRouter::hops(const Fabric& fabric, VertexId from, VertexId to) {
  const int hops = ways_.distance(fabric, from, to);
  if (hops == ShortestWays::unreachable) throw_cut_off(fabric, from, to);
  return hops;
}

Route TableRouter::route(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t flow, int) {
  Route route;
  if (from == to) return route;
  const ForwardingTables& tables = this->tables(fabric);
  std::vector<LinkId> first;
  ways_.next(fabric, from, to, first);
  if (first.empty()) throw_cut_off(fabric, from, to);
  route.add(first[first.size() == 1 ? 0 : mixed(mixed(mixed(index(from)) + index(to)) + flow) % first.size()]);
  const std::int64_t longest = shape_->vertices() - shape_->ports() + 2;
  for (VertexId here = fabric.target(route[0]); here != to;) {
    const std::uint16_t port = shape_->is_port(here) ? ForwardingTables::nowhere : tables.port(here, to);
    if (port == ForwardingTables::nowhere) throw_cut_off(fabric, from, to);
    const LinkId out = shape_->out_link(here, port);
    if (!fabric.alive(out)) throw_cut_off(fabric, from, to);
    route.add(out);
    here = fabric.target(out);
    if (route.hops() > longest) {
      throw sim::Error({.place = "",
                        .what = fmt::format("the forwarding tables lead from {} to {} in a circle, through {}", fabric.name(from),
                                            fabric.name(to), fabric.name(here)),
                        .remedy = "take tables that belong to this fabric, or routing minhop"});
    }
  }
  return route;
}

}  // namespace orrery::topology
