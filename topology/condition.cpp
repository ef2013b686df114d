#include "topology/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

namespace orrery::topology {
namespace {

std::int64_t scaled(std::int64_t capacity, double speed) {
  if (speed == 0) return 0;
  return std::max<std::int64_t>(1, std::llround(static_cast<double>(capacity) * speed));
}

std::vector<LinkChange> in_order(std::vector<LinkChange> changes) {
  std::sort(changes.begin(), changes.end(),
            [](const LinkChange& a, const LinkChange& b) { return a.at != b.at ? a.at < b.at : a.link < b.link; });
  return changes;
}

constexpr sim::Time before_all{-1};

bool is_bundled(LinkId link, const Cluster& cluster) { return cluster.fabric().bundle(link).links > 1; }

/// A cable's fraction of what it has as new, once all changes up to and including `at` have happened.
double speed_at(sim::Time at, LinkId link, const Condition& condition) {
  const auto is_it = [&](LinkId other) { return cable_of(other) == cable_of(link); };
  double at_start = 1;
  for (const SlowLink& slow : condition.slow_links) {
    if (is_it(slow.link)) at_start = slow.speed;
  }
  double speed = std::any_of(condition.dead_links.begin(), condition.dead_links.end(), is_it) ? 0 : at_start;
  for (const LinkChange& change : in_order(condition.link_changes)) {
    if (is_it(change.link) && change.at <= at) speed = at_start * change.speed;
  }
  return speed;
}

std::int64_t of_bundle(LinkId first, const Cluster& cluster, const Condition& condition, sim::Time at) {
  double rate = 0;
  const Router::Bundle bundle = cluster.fabric().bundle(first);
  for (int i = 0; i < bundle.links; ++i) rate += cluster.rate(bundle.link(i)) * speed_at(at, bundle.link(i), condition);
  return std::llround(rate);
}

/// What it has at best: what a Model's resource begins with.
std::int64_t most_of_bundle(LinkId first, const Cluster& cluster, const Condition& condition) {
  std::int64_t most = of_bundle(first, cluster, condition, before_all);
  for (const LinkChange& change : condition.link_changes) most = std::max(most, of_bundle(first, cluster, condition, change.at));
  return most;
}

/// The first links of those that the condition names a link of, both directions.
std::vector<LinkId> touched_bundles(const Cluster& cluster, const Condition& condition) {
  std::set<LinkId> touched;
  const auto touch = [&](LinkId link) {
    if (!is_bundled(link, cluster)) return;
    touched.insert(cluster.fabric().bundle(link).first);
    touched.insert(cluster.fabric().bundle(reverse(link)).first);
  };
  for (const LinkId link : condition.dead_links) touch(link);
  for (const SlowLink& slow : condition.slow_links) touch(slow.link);
  for (const LinkChange& change : condition.link_changes) touch(change.link);
  return {touched.begin(), touched.end()};
}

/// Collects faults, with the place of the entry at hand.
class ConditionCheck {
 public:
  explicit ConditionCheck(const Cluster& cluster) : cluster_(&cluster) {}

  void at(const char* key, std::size_t entry) { place_ = fmt::format("/{}/{}", key, entry); }

  void exists(LinkId link) {
    if (index(link) >= cluster_->fabric().links()) {
      add(fmt::format("link {} of a fabric of {} links", index(link), cluster_->fabric().links()), "name a link of the fabric");
    }
  }
  void exists(GpuId gpu) {
    if (index(gpu) >= cluster_->gpus()) {
      add(fmt::format("GPU {} of a cluster of {} GPUs", index(gpu), cluster_->gpus()), "GPUs are numbered from 0");
    }
  }
  void is_above_zero(double speed) {
    if (!(speed > 0 && speed <= 1)) add(fmt::format("a speed of {}", speed), "give a fraction above 0 and up to 1, e.g. 0.5");
  }
  void is_fraction(double speed) {
    if (!(speed >= 0 && speed <= 1)) add(fmt::format("a speed of {}", speed), "give a fraction from 0 (dies) to 1 (recovers)");
  }
  void is_not_before_start(sim::Time at) {
    if (at < sim::Time{}) add("a change before the start", "give a time from the start on");
  }
  void is_first(bool is_first, const char* what) {
    if (!is_first) add(fmt::format("{} is named twice", what), "say once how it is");
  }
  void is_not_negative(sim::Duration reroute) {
    place_ = "/reroute";
    if (reroute < sim::Duration{}) add("a negative time to reroute", "give 0 or more");
  }

  std::vector<sim::Fault> found() { return std::move(found_); }

 private:
  void add(std::string what, std::string remedy) { found_.push_back({place_, std::move(what), std::move(remedy)}); }

  const Cluster* cluster_;
  std::string place_;
  std::vector<sim::Fault> found_;
};

}  // namespace

sim::Duration default_reroute(Routing routing) {
  switch (routing) {
    case Routing::d_mod_k:
    case Routing::s_mod_k:
    case Routing::minhop:
    case Routing::updown:
    case Routing::lft:
      break;
    case Routing::ecmp:
    case Routing::adaptive:
    case Routing::valiant:
    case Routing::ugal:
      return sim::Duration::from_seconds(1e-3);
  }
  return sim::Duration::from_seconds(1);
}

bool is_as_new(const Condition& condition) {
  return condition.dead_links.empty() && condition.slow_links.empty() && condition.slow_gpus.empty() && condition.link_changes.empty() &&
         condition.gpu_changes.empty();
}

std::vector<sim::Fault> faults(const Condition& condition, const Cluster& cluster) {
  ConditionCheck check(cluster);
  std::set<std::uint32_t> dead;
  std::set<std::uint32_t> slow_cables;
  std::set<GpuId> slow_gpus;
  std::set<std::pair<sim::Time, std::uint32_t>> link_changes;
  std::set<std::pair<sim::Time, GpuId>> gpu_changes;
  for (std::size_t i = 0; i < condition.dead_links.size(); ++i) {
    check.at("dead_links", i);
    check.exists(condition.dead_links[i]);
    check.is_first(dead.insert(cable_of(condition.dead_links[i])).second, "the cable");
  }
  for (std::size_t i = 0; i < condition.slow_links.size(); ++i) {
    check.at("slow_links", i);
    check.exists(condition.slow_links[i].link);
    check.is_above_zero(condition.slow_links[i].speed);
    check.is_first(slow_cables.insert(cable_of(condition.slow_links[i].link)).second, "the cable");
  }
  for (std::size_t i = 0; i < condition.slow_gpus.size(); ++i) {
    check.at("slow_gpus", i);
    check.exists(condition.slow_gpus[i].gpu);
    check.is_above_zero(condition.slow_gpus[i].speed);
    check.is_first(slow_gpus.insert(condition.slow_gpus[i].gpu).second, "the GPU");
  }
  for (std::size_t i = 0; i < condition.link_changes.size(); ++i) {
    const LinkChange& change = condition.link_changes[i];
    check.at("link_changes", i);
    check.exists(change.link);
    check.is_fraction(change.speed);
    check.is_not_before_start(change.at);
    check.is_first(link_changes.insert({change.at, cable_of(change.link)}).second, "at one moment the cable");
  }
  for (std::size_t i = 0; i < condition.gpu_changes.size(); ++i) {
    const GpuChange& change = condition.gpu_changes[i];
    check.at("gpu_changes", i);
    check.exists(change.gpu);
    check.is_fraction(change.speed);
    check.is_not_before_start(change.at);
    check.is_first(gpu_changes.insert({change.at, change.gpu}).second, "at one moment the GPU");
  }
  if (condition.reroute) check.is_not_negative(*condition.reroute);
  return check.found();
}

std::vector<sim::Resource> resources(const Cluster& cluster, const Condition& condition) {
  std::vector<sim::Resource> all = cluster.resources();
  const auto slow_down = [&](sim::ResourceId resource, double speed) {
    std::int64_t& capacity = all[index(resource)].capacity;
    capacity = scaled(capacity, speed);
  };
  for (const SlowLink& slow : condition.slow_links) {
    if (is_bundled(slow.link, cluster)) continue;
    slow_down(cluster.resource(slow.link), slow.speed);
    slow_down(cluster.resource(reverse(slow.link)), slow.speed);
  }
  for (const SlowGpu& slow : condition.slow_gpus) slow_down(cluster.resource(slow.gpu, GpuPart::processor), slow.speed);
  for (const LinkId first : touched_bundles(cluster, condition)) {
    all[index(cluster.resource(first))].capacity = most_of_bundle(first, cluster, condition);
  }
  return all;
}

std::int64_t capacity_at_start(sim::ResourceId resource, const Cluster& cluster, const Condition& condition) {
  for (const LinkId first : touched_bundles(cluster, condition)) {
    if (cluster.resource(first) == resource) return of_bundle(first, cluster, condition, before_all);
  }
  double speed = 1;
  for (const SlowLink& slow : condition.slow_links) {
    if (cluster.resource(slow.link) == resource || cluster.resource(reverse(slow.link)) == resource) speed = slow.speed;
  }
  for (const SlowGpu& slow : condition.slow_gpus) {
    if (cluster.resource(slow.gpu, GpuPart::processor) == resource) speed = slow.speed;
  }
  return scaled(cluster.capacity(resource), speed);
}

std::vector<sim::Change> capacity_changes(const Cluster& cluster, const Condition& condition) {
  std::vector<sim::Change> changes;
  const auto add = [&](sim::Time at, sim::ResourceId resource, std::int64_t capacity) {
    changes.push_back({.at = at, .kind = sim::Change::Kind::capacity, .target = index(resource), .capacity = capacity});
  };
  const auto add_scaled = [&](sim::Time at, sim::ResourceId resource, double speed) {
    add(at, resource, scaled(capacity_at_start(resource, cluster, condition), speed));
  };
  for (const LinkId first : touched_bundles(cluster, condition)) {
    const std::int64_t most = most_of_bundle(first, cluster, condition);
    std::int64_t now = of_bundle(first, cluster, condition, sim::Time{});
    if (now < most) add({}, cluster.resource(first), now);
    for (const LinkChange& change : in_order(condition.link_changes)) {
      if (change.at <= sim::Time{}) continue;
      const std::int64_t then = of_bundle(first, cluster, condition, change.at);
      if (then != std::exchange(now, then)) add(change.at, cluster.resource(first), then);
    }
  }
  for (const LinkChange& change : condition.link_changes) {
    if (is_bundled(change.link, cluster)) continue;
    add_scaled(change.at, cluster.resource(change.link), change.speed);
    add_scaled(change.at, cluster.resource(reverse(change.link)), change.speed);
  }
  for (const GpuChange& change : condition.gpu_changes) {
    add_scaled(change.at, cluster.resource(change.gpu, GpuPart::processor), change.speed);
  }
  std::sort(changes.begin(), changes.end(),
            [](const sim::Change& a, const sim::Change& b) { return a.at != b.at ? a.at < b.at : a.target < b.target; });
  return changes;
}

Cluster as_at_start(Cluster cluster, const Condition& condition) {
  for (const LinkId link : condition.dead_links) cluster.fabric().set_alive(link, false);
  return cluster;
}

Cluster as_at(sim::Time at, Cluster cluster, const Condition& condition) {
  cluster = as_at_start(std::move(cluster), condition);
  for (const LinkChange& change : in_order(condition.link_changes)) {
    if (change.at <= at) cluster.fabric().set_alive(change.link, change.speed > 0);
  }
  return cluster;
}

std::vector<sim::Time> reroute_times(const Cluster& cluster, const Condition& condition) {
  const sim::Duration delay = condition.reroute.value_or(default_reroute(cluster.fabric().routing()));
  Cluster machine = as_at_start(cluster, condition);
  std::vector<sim::Time> times;
  for (const LinkChange& change : in_order(condition.link_changes)) {
    const bool alive = change.speed > 0;
    if (machine.fabric().alive(change.link) == alive) continue;
    machine.fabric().set_alive(change.link, alive);
    if (times.empty() || times.back() != change.at + delay) times.push_back(change.at + delay);
  }
  return times;
}

}  // namespace orrery::topology
