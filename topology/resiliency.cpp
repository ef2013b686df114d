#include "topology/resiliency.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.h"
#include "sim/random.h"
#include "topology/quantile.h"

namespace orrery::topology {
namespace {

std::vector<LinkId> live_cables_between_switches(const Fabric& fabric) {
  std::vector<LinkId> cables;
  for (std::uint32_t link = 0; link < fabric.links(); link += 2) {
    if (fabric.layer_of(LinkId{link}) > 0 && fabric.alive(LinkId{link})) cables.push_back(LinkId{link});
  }
  return cables;
}

std::size_t part_of(std::size_t cables, double part) {
  if (!(part >= 0 && part <= 1)) {
    throw sim::Error(
        sim::Fault{.place = "", .what = fmt::format("{} of all cables dead", part), .remedy = "give a fraction of 0 to 1, e.g. 0.01"});
  }
  return static_cast<std::size_t>(std::llround(part * static_cast<double>(cables)));
}

DrawSpread spread_of_draws(const std::vector<double>& draws) {
  double sum = 0;
  for (const double draw : draws) sum += draw;
  return {.mean = sum / static_cast<double>(draws.size()),
          .least = *std::min_element(draws.begin(), draws.end()),
          .p10 = quantile(draws, 1),
          .p90 = quantile(draws, 9),
          .most = *std::max_element(draws.begin(), draws.end())};
}

}  // namespace

void kill_cables(Fabric& fabric, double part, std::uint64_t seed) {
  std::vector<LinkId> cables = live_cables_between_switches(fabric);
  const std::size_t dead = part_of(cables.size(), part);
  sim::Random random{seed, 0};
  for (std::size_t i = 0; i < dead; ++i) {
    std::swap(cables[i], cables[i + random.below(cables.size() - i)]);
    fabric.set_alive(cables[i], false);
  }
}

Resiliency resiliency(const Fabric& fabric, const Traffic& traffic, const ResiliencySpec& spec) {
  if (spec.seeds < 1) throw sim::Error(sim::Fault{.place = "", .what = fmt::format("{} seeds", spec.seeds), .remedy = "give at least 1"});
  std::vector<double> means;
  std::vector<double> minima;
  std::vector<double> cut_off;
  for (int draw = 0; draw < spec.seeds; ++draw) {
    Fabric damaged = fabric;
    kill_cables(damaged, spec.dead, spec.first_seed + static_cast<std::uint64_t>(draw));
    const Throughput result = throughput(damaged, traffic, spec.throughput);
    means.push_back(result.mean);
    minima.push_back(result.minimum);
    cut_off.push_back(static_cast<double>(result.cut_off) / static_cast<double>(result.flows.size()));
  }
  return {.dead_cables = static_cast<std::int64_t>(part_of(live_cables_between_switches(fabric).size(), spec.dead)),
          .mean = spread_of_draws(means),
          .minimum = spread_of_draws(minima),
          .cut_off = spread_of_draws(cut_off)};
}

}  // namespace orrery::topology
