#include "sim/noise.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

namespace orrery::sim {
namespace {

// Weights are counted in 64ths, so that sums do not depend on their order.
constexpr std::int64_t full_weight = 64;

// How much one that came `earlier` by so many standard deviations counts against those that came last: the chance that it exceeds what the
// maximum is expected to be, over theirs.
std::int64_t weight_of_earlier(double earlier, double mean_of_maximum) {
  return std::llround(static_cast<double>(full_weight) * std::exp(-earlier * (mean_of_maximum + earlier / 2)));
}

// Moments of the maximum's distribution Phi(x)^n, by Simpson's rule where it has any weight. With F the distribution of the maximum,
// E[M] = high - integral of F from low to high, E[(M - low)^2] = integral of 2 (x - low) (1 - F).
Maximum maximum_of(double n) {
  constexpr double low = -9;
  constexpr double high = 9;
  constexpr int intervals = 3'600;
  constexpr double width = (high - low) / intervals;
  double mean = 0;
  double square = 0;
  for (int i = 0; i <= intervals; ++i) {
    const double x = low + i * width;
    const double weight = width / 3 * (i == 0 || i == intervals ? 1 : i % 2 == 1 ? 4 : 2);
    const double above = 1 - std::pow(std::erfc(-x / std::numbers::sqrt2) / 2, n);
    mean += weight * above;
    square += weight * 2 * (x - low) * above;
  }
  return {low + mean, square - mean * mean};
}

}  // namespace

const Maximum& OrderStatistics::of(double n) {
  const auto key = static_cast<std::int64_t>(std::llround(n * static_cast<double>(full_weight)));
  const auto [entry, is_new] = known_.try_emplace(key);
  if (is_new && key > full_weight) entry->second = maximum_of(static_cast<double>(key) / static_cast<double>(full_weight));
  return entry->second;
}

Lateness::Lateness(const Noise& noise, std::size_t streams, OrderStatistics& statistics) : noise_(noise), statistics_(statistics) {
  if (noise.steps || noise.actor_speed > 0) spreads_.resize(streams);
}

Lateness::Spread Lateness::Spread::among_others_by(std::uint32_t slot) const {
  Spread counted{.chance = chance, .lasting = lasting};
  if (slot == met_by) return counted;
  counted.chance += carried_chance;
  counted.lasting += carried_lasting;
  return counted;
}

Lateness::Spread Lateness::Spread::in_common_by(std::uint32_t slot) const {
  if (slot != met_by) return {};
  return {.carried_chance = carried_chance, .carried_lasting = carried_lasting};
}

double Lateness::Spread::deviation() const { return std::sqrt(chance + lasting * lasting); }

void Lateness::worked(std::uint32_t stream, const Step& step) {
  Spread& spread = spreads_[stream];
  if (noise_.steps) spread.chance += step.deviation * step.deviation;
  spread.lasting += static_cast<double>(step.amount) * noise_.actor_speed;
}

Duration Lateness::meet(std::span<const Participant> participants) {
  Time latest{};
  std::int64_t actors = 0;
  for (const Participant& participant : participants) {
    latest = std::max(latest, participant.came);
    actors += participant.actors;
  }
  if (actors < 2) return {};
  const Participant* last = nullptr;  // of those that came last, the one with the widest spread; of equals, whichever order they came in
  Spread widest;
  const auto width = [&](const Participant& participant) {
    const Spread spread = spreads_[participant.stream].among_others_by(participant.slot);
    const Spread common = spreads_[participant.stream].in_common_by(participant.slot);
    return std::tuple(spread.deviation(), spread.chance, common.carried_chance, common.carried_lasting);
  };
  for (const Participant& participant : participants) {
    if (participant.came != latest || (last != nullptr && width(participant) <= width(*last))) continue;
    last = &participant;
    widest = spreads_[participant.stream].among_others_by(participant.slot);
  }
  const double deviation = widest.deviation();
  double counted = 1;
  if (deviation > 0) {
    const double reach = statistics_.of(static_cast<double>(actors)).mean;
    std::int64_t weights = 0;
    for (const Participant& participant : participants) {
      const double earlier = static_cast<double>((latest - participant.came).ticks) / deviation;
      weights += participant.actors * weight_of_earlier(earlier, reach);
    }
    counted = static_cast<double>(weights) / static_cast<double>(full_weight);
  }
  const Maximum& maximum = statistics_.of(counted);
  Spread rest = spreads_[last->stream].in_common_by(last->slot);
  rest.carried_chance += maximum.variance * widest.chance;
  rest.carried_lasting += std::sqrt(maximum.variance) * widest.lasting;
  for (const Participant& participant : participants) {
    rest.met_by = participant.slot;
    spreads_[participant.stream] = rest;
  }
  return {std::llround(maximum.mean * deviation)};
}

}  // namespace orrery::sim
