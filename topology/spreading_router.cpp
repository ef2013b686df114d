#include "topology/spreading_router.h"

#include <algorithm>

#include "sim/error.h"
#include "topology/fabric.h"

namespace orrery::topology {
namespace {

constexpr int fewest_shares = 16;
constexpr int most_shares = 32;

/// Cables to other switches of the best joined switch with NICs.
int most_uplinks(const Shape& shape) {
  int most = 1;
  for (std::int64_t v = shape.ports(); v < shape.vertices(); ++v) {
    const VertexId here{static_cast<std::uint32_t>(v)};
    int nics = 0;
    for (int port = 0; port < shape.out_degree(here); ++port) {
      const LinkId out = shape.out_link(here, port);
      if (shape.layer(cable_of(out)) == 0) ++nics;
    }
    if (nics > 0) most = std::max(most, shape.out_degree(here) - nics);
  }
  return most;
}

int shares_of(const Shape& shape, Routing routing, int queue_pairs) {
  if (routing == Routing::ecmp) return queue_pairs;
  if (routing != Routing::adaptive) return fewest_shares;
  const int uplinks = most_uplinks(shape);
  return std::min(most_shares, uplinks * ((fewest_shares + uplinks - 1) / uplinks));
}

std::uint64_t hash_of(VertexId from, VertexId to, std::uint64_t flow) { return mixed(mixed(mixed(index(from)) + index(to)) + flow); }

}  // namespace

SpreadingRouter::SpreadingRouter(const Shape& shape, Routing routing, int queue_pairs)
    : shape_(&shape), routing_(routing), shares_(shares_of(shape, routing, queue_pairs)), ways_(shape) {
  sim::check(routing == Routing::ecmp || routing == Routing::adaptive || routing == Routing::valiant || routing == Routing::ugal,
             "a routing that spreads flows");
  if (routing == Routing::ugal) load_.assign(static_cast<std::size_t>(2 * shape.cables()), 0);
}

void SpreadingRouter::links_changed() {
  ways_.forget();
  chosen_.clear();
  std::fill(load_.begin(), load_.end(), 0U);
}

int SpreadingRouter::hops(const Fabric& fabric, VertexId from, VertexId to) {
  const int hops = ways_.distance(fabric, from, to);
  if (hops == ShortestWays::unreachable) throw_cut_off(fabric, from, to);
  return hops;
}

Route SpreadingRouter::route(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t flow, int share) {
  sim::check(share >= 0 && share < shares_, "a share of the flow");
  Route route;
  if (from == to) return route;
  const std::uint64_t hash = hash_of(from, to, flow);
  switch (routing_) {
    case Routing::adaptive:
      append_dealt(fabric, from, to, hash, share, route);
      return route;
    case Routing::valiant:
      return by_way_of_another(fabric, from, to, hash, share);
    case Routing::ugal: {
      auto known = chosen_.find({from, to, flow});
      if (known == chosen_.end()) known = chosen_.emplace(std::tuple(from, to, flow), weighed(fabric, from, to, hash)).first;
      return known->second[static_cast<std::size_t>(share)];
    }
    default: {
      const auto number = static_cast<std::uint64_t>(share);
      ways_.next(fabric, from, to, next_);
      if (next_.empty()) throw_cut_off(fabric, from, to);
      route.add(next_[(hash + number) % next_.size()]);
      append_by_hash(fabric, fabric.target(route[0]), to, mixed(hash + number), route);
      return route;
    }
  }
}

void SpreadingRouter::append_by_hash(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash, Route& route) {
  for (VertexId here = from; here != to;) {
    ways_.next(fabric, here, to, next_);
    if (next_.empty()) throw_cut_off(fabric, from, to);
    hash = mixed(hash);
    route.add(next_[hash % next_.size()]);
    here = fabric.target(route[static_cast<std::size_t>(route.hops()) - 1]);
  }
}

// The share's number is read digit by digit, in the base of the ports that there are: what arrives together goes on apart.
void SpreadingRouter::append_dealt(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash, int share, Route& route) {
  auto rest = static_cast<std::uint64_t>(share);
  for (VertexId here = from; here != to;) {
    ways_.next(fabric, here, to, next_);
    if (next_.empty()) throw_cut_off(fabric, from, to);
    hash = mixed(hash);
    route.add(next_[(hash + rest) % next_.size()]);
    rest /= next_.size();
    here = fabric.target(route[static_cast<std::size_t>(route.hops()) - 1]);
  }
}

Route SpreadingRouter::by_way_of_another(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash, int share) {
  Route route;
  const std::uint64_t hash_of_share = mixed(hash + static_cast<std::uint64_t>(share) + 1);
  const auto switches = static_cast<std::uint64_t>(shape_->vertices() - shape_->ports());
  const std::uint64_t first = mixed(hash) % switches + static_cast<std::uint64_t>(share) * switches / static_cast<std::uint64_t>(shares_);
  constexpr std::uint64_t most_tries = 64;  // the drawn one may be dead
  for (std::uint64_t more = 0; more < std::min(switches, most_tries) && hops(fabric, from, to) > 2; ++more) {
    const VertexId middle{static_cast<std::uint32_t>(shape_->ports() + static_cast<std::int64_t>((first + more) % switches))};
    if (ways_.distance(fabric, from, middle) == ShortestWays::unreachable) continue;
    if (ways_.distance(fabric, middle, to) == ShortestWays::unreachable) continue;
    append_by_hash(fabric, from, middle, hash_of_share, route);
    append_by_hash(fabric, middle, to, mixed(hash_of_share), route);
    return route;
  }
  append_by_hash(fabric, from, to, hash_of_share, route);
  return route;
}

double SpreadingRouter::cost(const Route& route) const {
  std::uint32_t most = 0;
  for (const LinkId link : route) {
    if (shape_->layer(cable_of(link)) != 0) most = std::max(most, load_[index(link)]);  // those of NICs are on every way
  }
  return static_cast<double>(route.hops()) * (most + 1);
}

std::vector<Route> SpreadingRouter::weighed(const Fabric& fabric, VertexId from, VertexId to, std::uint64_t hash) {
  std::vector<Route> ways;
  for (int share = 0; share < shares_; ++share) {
    Route direct;
    append_by_hash(fabric, from, to, mixed(hash + static_cast<std::uint64_t>(share)), direct);
    const Route detour = by_way_of_another(fabric, from, to, hash, share);
    ways.push_back(cost(direct) <= cost(detour) ? direct : detour);
    for (const LinkId link : ways.back()) ++load_[index(link)];
  }
  return ways;
}

}  // namespace orrery::topology
