#include "topology/traffic.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>
#include <utility>

#include "sim/error.h"
#include "sim/random.h"

namespace orrery::topology {
namespace {

using Places = std::vector<std::size_t>;

/// Every list's place i to place to[i], for lists of one length; itself is silence.
Traffic sent(const std::vector<std::vector<Port>>& lists, const Places& to) {
  Traffic traffic;
  for (const std::vector<Port>& ports : lists) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (to[i] != i) traffic.push_back({ports[i], ports[to[i]]});
    }
  }
  return traffic;
}

void shuffle_places(Places& places, sim::Random& random) {
  for (std::size_t left = places.size(); left > 1; --left) std::swap(places[left - 1], places[random.below(left)]);
}

/// Distinct shifts of 1 to places - 1: all in order, or as many as `most_demands` leaves to so many senders.
std::vector<std::int64_t> sampled_shifts(std::int64_t places, std::int64_t senders, const ShiftSample& sample) {
  std::vector<std::int64_t> shifts(static_cast<std::size_t>(places - 1));
  std::iota(shifts.begin(), shifts.end(), std::int64_t{1});
  const std::int64_t wanted = std::max(std::int64_t{1}, sample.most_demands / senders);
  if (wanted >= places - 1) return shifts;
  sim::Random random{sample.seed, 0};
  for (std::size_t i = 0; i < static_cast<std::size_t>(wanted); ++i) std::swap(shifts[i], shifts[i + random.below(shifts.size() - i)]);
  shifts.resize(static_cast<std::size_t>(wanted));
  return shifts;
}

Places shifted(std::size_t count, std::int64_t places) {
  Places to(count);
  for (std::size_t i = 0; i < count; ++i) to[i] = (i + static_cast<std::size_t>(places)) % count;
  return to;
}

void append_traffic(Traffic& traffic, const Traffic& more) { traffic.insert(traffic.end(), more.begin(), more.end()); }

}  // namespace

VertexId leaf_of(const Shape& shape, Port port) {
  const VertexId vertex = shape.vertex(port);
  if (shape.out_degree(vertex) == 0) return vertex;
  const LinkId out = shape.out_link(vertex, 0);
  return shape.end(cable_of(out), index(out) % 2 == 0 ? 1 : 0);
}

std::vector<std::vector<Port>> ports_in_leaf_order(const Shape& shape) {
  const bool joined = shape.joins_rails();
  std::vector<std::vector<std::pair<std::uint32_t, Port>>> lists(joined ? 1U : static_cast<std::size_t>(shape.rails()));
  for (int node = 0; node < shape.nodes(); ++node) {
    for (int rail = 0; rail < shape.rails(); ++rail) {
      const bool stands_in = shape.serving(shape.vertex({node, rail})) != shape.vertex({node, rail});
      if (joined && stands_in) continue;  // a NIC that is not there sends nothing
      lists[joined ? 0 : static_cast<std::size_t>(rail)].push_back({index(leaf_of(shape, {node, rail})), {node, rail}});
    }
  }
  std::vector<std::vector<Port>> ordered;
  for (auto& list : lists) {
    if (list.size() < 2) {
      throw sim::Error(
          sim::Fault{.place = "", .what = "traffic of a single port, which has nobody to send to", .remedy = "give at least 2 nodes"});
    }
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
      return std::tuple(a.first, a.second.node, a.second.rail) < std::tuple(b.first, b.second.node, b.second.rail);
    });
    ordered.emplace_back();
    for (const auto& [leaf, port] : list) ordered.back().push_back(port);
  }
  return ordered;
}

Traffic uniform_traffic(const Shape& shape, const ShiftSample& sample) {
  const auto lists = ports_in_leaf_order(shape);
  const std::size_t count = lists.front().size();
  Traffic traffic;
  for (const std::int64_t places : sampled_shifts(static_cast<std::int64_t>(count), shape.ports(), sample)) {
    append_traffic(traffic, sent(lists, shifted(count, places)));
  }
  return traffic;
}

Traffic permutation_traffic(const Shape& shape, std::uint64_t seed) {
  Traffic traffic;
  std::uint64_t stream = 0;
  const auto lists = ports_in_leaf_order(shape);
  for (const std::vector<Port>& ports : lists) {
    sim::Random random{seed, stream++};
    Places to(ports.size());
    std::iota(to.begin(), to.end(), std::size_t{0});
    const auto someone_sends_to_himself = [&] {
      for (std::size_t i = 0; i < to.size(); ++i) {
        if (to[i] == i) return true;
      }
      return false;
    };
    while (someone_sends_to_himself()) shuffle_places(to, random);  // of shuffles one in e has no fixed point
    append_traffic(traffic, sent({ports}, to));
  }
  return traffic;
}

Traffic shift_traffic(const Shape& shape, std::int64_t places) {
  const auto lists = ports_in_leaf_order(shape);
  const auto count = static_cast<std::int64_t>(lists.front().size());
  const std::int64_t within = (places % count + count) % count;
  if (within == 0) {
    throw sim::Error(sim::Fault{.place = "",
                                .what = fmt::format("a shift by {} of {} ports, by which each sends to itself", places, count),
                                .remedy = fmt::format("give 1 to {}", count - 1)});
  }
  return sent(lists, shifted(static_cast<std::size_t>(count), within));
}

Traffic complement_traffic(const Shape& shape) {
  const auto lists = ports_in_leaf_order(shape);
  Places to(lists.front().size());
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = to.size() - 1 - i;
  return sent(lists, to);
}

Traffic reversal_traffic(const Shape& shape) {
  const auto lists = ports_in_leaf_order(shape);
  Places to(std::bit_floor(lists.front().size()));
  const int bits = std::countr_zero(to.size());
  for (std::size_t i = 0; i < to.size(); ++i) {
    for (int bit = 0; bit < bits; ++bit) to[i] |= (i >> bit & 1U) << (bits - 1 - bit);
  }
  return sent(lists, to);
}

Traffic transpose_traffic(const Shape& shape) {
  const auto lists = ports_in_leaf_order(shape);
  std::size_t side = 1;
  while ((side + 1) * (side + 1) <= lists.front().size()) ++side;
  Places to(side * side);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = i % side * side + i / side;
  return sent(lists, to);
}

Traffic hotspot_traffic(const Shape& shape, const Hotspot& hotspot, const ShiftSample& sample) {
  if (hotspot.node < 0 || hotspot.node >= shape.nodes()) {
    throw sim::Error(sim::Fault{
        .place = "", .what = fmt::format("node {} as hot spot", hotspot.node), .remedy = fmt::format("give 0 to {}", shape.nodes() - 1)});
  }
  if (hotspot.percent < 1 || hotspot.percent > 100) {
    throw sim::Error(
        sim::Fault{.place = "", .what = fmt::format("{} percent to the hot spot", hotspot.percent), .remedy = "give 1 to 100"});
  }
  Traffic traffic;
  const auto percent = static_cast<std::uint32_t>(hotspot.percent);
  if (percent < 100) traffic = uniform_traffic(shape, sample);
  const auto senders = static_cast<std::size_t>(shape.ports());
  const auto each = std::max(std::uint32_t{1}, static_cast<std::uint32_t>(traffic.size() / senders));  // demands of a port
  for (Demand& demand : traffic) demand.weight = 100 - percent;
  for (int node = 0; node < shape.nodes(); ++node) {
    if (node == hotspot.node) continue;
    for (int rail = 0; rail < shape.rails(); ++rail) traffic.push_back({{node, rail}, {hotspot.node, rail}, percent * each});
  }
  return traffic;
}

Traffic all_to_all_traffic(const Shape& shape, const ShiftSample& sample) {
  if (shape.nodes() < 2) {
    throw sim::Error(
        sim::Fault{.place = "", .what = "an all-to-all of a single node, which has nobody to send to", .remedy = "give at least 2 nodes"});
  }
  Traffic traffic;
  for (const std::int64_t places : sampled_shifts(shape.nodes(), shape.ports(), sample)) {
    for (int node = 0; node < shape.nodes(); ++node) {
      const auto to = static_cast<int>((node + places) % shape.nodes());
      for (int rail = 0; rail < shape.rails(); ++rail) traffic.push_back({{node, rail}, {to, rail}});
    }
  }
  return traffic;
}

}  // namespace orrery::topology
