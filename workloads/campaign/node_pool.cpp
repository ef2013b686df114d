#include "workloads/campaign/node_pool.h"

#include <algorithm>
#include <bit>
#include <boost/random/gamma_distribution.hpp>
#include <cmath>

#include "sim/error.h"

namespace orrery::workloads::campaign {

namespace {

constexpr double seconds_a_day = 86400;

/// A moment that far away, or never().
sim::LongTime moment_after(sim::LongTime from, double wait) {
  constexpr double beyond = 9e9;  // seconds: 285 years
  return wait < beyond - from.seconds() ? from + seconds(wait) : sim::LongTime::never();
}

/// Random as Boost's distributions want it; theirs give the same draws wherever they are compiled.
struct Bits {
  using result_type = std::uint64_t;
  static constexpr std::uint64_t min() { return 0; }
  static constexpr std::uint64_t max() { return UINT64_MAX; }
  std::uint64_t operator()() { return random.bits(); }
  sim::Random& random;
};

bool has_clock(const FailureCause& cause) { return cause.shape != 1 && cause.scope != Scope::job && cause.per_unit_day > 0; }

}  // namespace

NodePool::NodePool(int nodes, int spares, int nodes_per_group, const FailureModel& model, sim::Random& random)
    : model_(model), random_(random), nodes_per_group_(nodes_per_group), groups_((nodes + nodes_per_group - 1) / nodes_per_group) {
  for (const FailureCause& cause : model.causes) {
    if (has_clock(cause)) {
      has_clocks_ = true;
    } else {
      per_second_[static_cast<int>(cause.scope)] += cause.per_unit_day / seconds_a_day;
    }
  }
  const auto all = static_cast<std::size_t>(nodes + spares);
  multiples_.resize(all);
  for (double& each : multiples_) each = multiple();
  failures_.resize(model.operations.lemon_failures > 0 ? all : 0);
  place_at_.assign(all, -1);
  node_at_.assign(static_cast<std::size_t>(nodes), -1);
  tree_.assign(static_cast<std::size_t>(nodes) + 1, 0);
  node_windings_.assign(all, 0);
  group_windings_.assign(static_cast<std::size_t>(groups_), 0);
  for (int node = 0; node < nodes + spares; ++node) standby_.push({sim::LongTime{}, node});
  for (int place = 0; place < nodes; ++place) empty_.push_back(place);
  if (has_clocks_) {
    for (std::size_t cause = 0; cause < model.causes.size(); ++cause) {
      if (!has_clock(model.causes[cause]) || model.causes[cause].scope != Scope::group) continue;
      for (int group = 0; group < groups_; ++group) wind(cause, group, {});
    }
  }
  fill({});
}

double NodePool::multiple() {
  const Heterogeneity& unlike = model_.heterogeneity;
  if (unlike.gamma_shape > 0) {
    Bits bits{random_};
    return boost::random::gamma_distribution<double>(unlike.gamma_shape, 1 / unlike.gamma_shape)(bits);
  }
  if (unlike.lemon_share <= 0) return 1;
  const double mean = 1 + unlike.lemon_share * (unlike.lemon_factor - 1);
  return (random_.uniform() < unlike.lemon_share ? unlike.lemon_factor : 1) / mean;
}

void NodePool::set_weight(int place, double weight) {
  const int node = node_at_[static_cast<std::size_t>(place)];
  const double change = weight - (node < 0 ? 0 : multiples_[static_cast<std::size_t>(node)]);
  for (std::size_t i = static_cast<std::size_t>(place) + 1; i < tree_.size(); i += i & (~i + 1)) tree_[i] += change;
  sum_ += change;
}

/// The place in whose share of the sum `weight` falls; an occupied one.
int NodePool::place_of(double weight) const {
  std::size_t at = 0;
  for (std::size_t step = std::bit_floor(tree_.size() - 1); step > 0; step /= 2) {
    if (at + step < tree_.size() && tree_[at + step] <= weight) {
      at += step;
      weight -= tree_[at];
    }
  }
  at = std::min(at, node_at_.size() - 1);
  while (node_at_[at] < 0) at = (at + 1) % node_at_.size();  // sums of doubles leave a little at empty places
  return static_cast<int>(at);
}

void NodePool::wind(std::size_t cause, int unit, sim::LongTime from) {
  const FailureCause& of = model_.causes[cause];
  const bool is_node = of.scope == Scope::node;
  const double multiple = is_node ? multiples_[static_cast<std::size_t>(unit)] : 1;
  const double scale = seconds_a_day / of.per_unit_day / multiple / std::tgamma(1 + 1 / of.shape);
  const double life = scale * std::pow(random_.exponential(1), 1 / of.shape);
  const auto& windings = is_node ? node_windings_ : group_windings_;
  clocks_.push({moment_after(from, life), cause, unit, windings[static_cast<std::size_t>(unit)]});
}

void NodePool::wind_node(int node, sim::LongTime from) {
  ++node_windings_[static_cast<std::size_t>(node)];
  for (std::size_t cause = 0; cause < model_.causes.size(); ++cause) {
    if (has_clock(model_.causes[cause]) && model_.causes[cause].scope == Scope::node) wind(cause, node, from);
  }
}

Failure NodePool::draw_exponential(sim::LongTime now, Job job) {
  const double of_nodes = per_second_[0] * std::max(0.0, sum_), of_groups = per_second_[1] * groups_;
  const double of_job = job == Job::runs ? per_second_[2] : 0;
  const double total = of_nodes + of_groups + of_job;
  if (!(total > 0) || missing() == static_cast<int>(node_at_.size())) return {};
  Failure failure{.at = moment_after(now, random_.exponential(1 / total))};
  double pick = random_.uniform() * total;
  const Scope scope = pick < of_nodes ? Scope::node : pick < of_nodes + of_groups ? Scope::group : Scope::job;
  pick = random_.uniform() * per_second_[static_cast<int>(scope)] * seconds_a_day;
  for (std::size_t cause = 0; cause < model_.causes.size(); ++cause) {
    if (model_.causes[cause].scope != scope || has_clock(model_.causes[cause])) continue;
    if (model_.causes[cause].per_unit_day <= 0) continue;
    failure.cause = cause;
    pick -= model_.causes[cause].per_unit_day;
    if (pick < 0) break;
  }
  if (scope == Scope::node) failure.unit = place_of(random_.uniform() * sum_);
  if (scope == Scope::group) failure.unit = static_cast<int>(random_.below(static_cast<std::uint64_t>(groups_)));
  return failure;
}

Failure NodePool::next_clock() {
  while (!clocks_.empty()) {
    const Clock& clock = clocks_.top();
    const bool is_node = model_.causes[clock.cause].scope == Scope::node;
    const auto unit = static_cast<std::size_t>(clock.unit);
    if ((is_node ? node_windings_ : group_windings_)[unit] == clock.winding) {
      return {.at = clock.at, .cause = clock.cause, .unit = is_node ? place_at_[unit] : clock.unit};
    }
    clocks_.pop();
  }
  return {};
}

const Failure& NodePool::next(sim::LongTime now, Job job) {
  if (!drawn_ || drawn_for_ != job) {
    drawn_ = draw_exponential(now, job);
    drawn_for_ = job;
  }
  const Failure clock = next_clock();
  next_ = clock.at < drawn_->at ? clock : *drawn_;
  if (next_.at < now) next_.at = now;
  return next_;
}

void NodePool::take() {
  if (!has_clock(model_.causes[next_.cause])) {
    drawn_.reset();
    return;
  }
  clocks_.pop();
  const bool is_node = model_.causes[next_.cause].scope == Scope::node;
  wind(next_.cause, is_node ? node_at_[static_cast<std::size_t>(next_.unit)] : next_.unit, next_.at);
}

void NodePool::drain(int place, sim::LongTime now, sim::LongDuration repair) {
  const auto at = static_cast<std::size_t>(place);
  const int node = node_at_[at];
  if (node < 0) return;
  set_weight(place, 0);
  node_at_[at] = -1;
  ++node_windings_[static_cast<std::size_t>(node)];
  empty_.push_back(place);
  drawn_.reset();

  sim::LongTime ready = now + repair;
  if (is_lemon(node, now)) {
    ready = now + draw(model_.operations.replacement, random_);
    multiples_[static_cast<std::size_t>(node)] = multiple();
    failures_[static_cast<std::size_t>(node)].clear();
  }
  while (model_.operations.burn_in_failure > 0 && random_.uniform() < model_.operations.burn_in_failure) ready = ready + repair;
  standby_.push({ready, node});
}

bool NodePool::is_lemon(int node, sim::LongTime now) {
  const Operations& operations = model_.operations;
  if (operations.lemon_failures <= 0) return false;
  std::vector<sim::LongTime>& last = failures_[static_cast<std::size_t>(node)];
  last.push_back(now);
  if (last.size() > static_cast<std::size_t>(operations.lemon_failures)) last.erase(last.begin());
  return last.size() == static_cast<std::size_t>(operations.lemon_failures) && now - last.front() <= operations.lemon_window;
}

void NodePool::drain_group(int group, sim::LongTime now, sim::LongDuration repair) {
  const int first = group * nodes_per_group_, last = std::min(first + nodes_per_group_, static_cast<int>(node_at_.size()));
  for (int place = first; place < last; ++place) drain(place, now, repair);
}

sim::LongTime NodePool::ready(sim::LongTime now) const {
  if (standby_.size() < empty_.size()) return sim::LongTime::never();
  auto queue = standby_;
  for (std::size_t i = 1; i < empty_.size(); ++i) queue.pop();
  return empty_.empty() ? now : std::max(now, queue.top().ready);
}

void NodePool::fill(sim::LongTime now) {
  while (!empty_.empty()) {
    const int node = standby_.top().node, place = empty_.back();
    standby_.pop();
    empty_.pop_back();
    node_at_[static_cast<std::size_t>(place)] = -1;
    set_weight(place, multiples_[static_cast<std::size_t>(node)]);
    node_at_[static_cast<std::size_t>(place)] = node;
    place_at_[static_cast<std::size_t>(node)] = place;
    if (has_clocks_) wind_node(node, now);
  }
  drawn_.reset();
}

}  // namespace orrery::workloads::campaign
