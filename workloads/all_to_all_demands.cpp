#include "workloads/all_to_all_demands.h"

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "sim/error.h"

namespace orrery::workloads {
namespace {

using topology::GpuId;
using topology::GpuPart;

/// The GPUs of a node that take part, and how many of them have their NIC on each rail.
struct Seats {
  int node = 0;
  std::vector<GpuId> gpus{};
  std::map<int, std::size_t> on_rail{};
};

std::vector<Seats> seats_of(const topology::Cluster& cluster, std::span<const GpuId> members) {
  std::vector<Seats> seats;
  std::map<int, std::size_t> places;
  for (const GpuId gpu : members) {
    const int node = cluster.node_of(gpu);
    const auto [place, is_new] = places.try_emplace(node, seats.size());
    if (is_new) seats.push_back({.node = node});
    seats[place->second].gpus.push_back(gpu);
    ++seats[place->second].on_rail[cluster.rail_of(gpu)];
  }
  return seats;
}

class Sum {
 public:
  Sum(const topology::Cluster& cluster, Tally& tally)
      : cluster_(cluster), tally_(tally), shares_(static_cast<std::size_t>(cluster.units_a_byte())) {}

  /// Messages from one GPU of a node to all others of it, and to it.
  void add_within(const Seats& seats) {
    for (const GpuId gpu : seats.gpus) {
      add(cluster_.resource(gpu, GpuPart::nvlink_out), shares_ * (seats.gpus.size() - 1));
      add(cluster_.resource(gpu, GpuPart::nvlink_in), shares_ * (seats.gpus.size() - 1));
    }
  }

  /// From all GPUs of a node to those of all others: by the receiver's rail, or without PXN each by its own.
  void add_out_of(const Seats& from, const std::vector<Seats>& all, Pxn pxn) {
    if (pxn == Pxn::on) return add_out_of(from.node, from.gpus, all, std::nullopt);
    for (const auto& [rail, senders] : from.on_rail) {
      std::vector<GpuId> gpus;
      for (const GpuId gpu : from.gpus) {
        if (cluster_.rail_of(gpu) == rail) gpus.push_back(gpu);
      }
      add_out_of(from.node, gpus, all, rail);
    }
  }

  void add_into(const Seats& to, std::size_t ranks) {
    for (const GpuId gpu : to.gpus) add(cluster_.resource(gpu, GpuPart::pcie_in), shares_ * (ranks - to.gpus.size()));
  }

 private:
  void add_out_of(int node, const std::vector<GpuId>& gpus, const std::vector<Seats>& all, std::optional<int> own_rail) {
    std::map<int, std::size_t> leaving;  // messages of one GPU by rail
    for (const Seats& to : all) {
      if (to.node == node) continue;
      for (const auto& [rail, receivers] : to.on_rail) {
        const int out = cluster_.leaving_rail({node, own_rail.value_or(rail)}, {to.node, rail});
        leaving[out] += receivers;
        add_fabric({node, out}, {to.node, rail}, receivers * gpus.size());
      }
    }
    for (const auto& [rail, messages] : leaving) {
      way_.clear();
      for (const GpuId gpu : gpus) cluster_.append_way_out(gpu, rail, way_);
      for (const sim::ResourceId resource : way_) add(resource, shares_ * messages);
    }
  }

  void add(sim::ResourceId resource, std::size_t times) {
    if (times > 0) tally_.add(resource, static_cast<std::uint32_t>(times));
  }

  void add_fabric(topology::Port out, topology::Port in, std::size_t times) {
    constexpr std::uint64_t flow = 0;  // as message_edge has it
    for (int share = 0; share < cluster_.units_a_byte(); ++share) {
      for (const topology::LinkId link : cluster_.fabric().route(out, in, flow, share)) add(cluster_.resource(link), times);
    }
  }

  const topology::Cluster& cluster_;
  Tally& tally_;
  std::size_t shares_;
  std::vector<sim::ResourceId> way_;
};

}  // namespace

void append_all_to_all_demands(const Group& group, Tally& tally, std::vector<sim::Demand>& demands) {
  const topology::Cluster& cluster = group.cluster();
  const auto ranks = static_cast<std::size_t>(group.ranks());
  if (ranks * ranks * static_cast<std::size_t>(cluster.units_a_byte()) > std::numeric_limits<std::uint32_t>::max()) {
    throw sim::Error({.place = "all_to_all",
                      .what = "its messages among " + std::to_string(ranks) + " ranks are more than can be counted on a link",
                      .remedy = "take fewer than 65,536 ranks, on a fabric that cuts flows into shares fewer still"},
                     sim::ErrorKind::infeasible);
  }
  const std::vector<Seats> seats = seats_of(cluster, group.members());
  Sum sum(cluster, tally);
  for (const Seats& node : seats) {
    sum.add_within(node);
    sum.add_out_of(node, seats, group.pxn());
    sum.add_into(node, ranks);
  }
  tally.take(demands);
}

}  // namespace orrery::workloads
