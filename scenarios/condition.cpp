#include "scenarios/condition.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/error.h"

namespace orrery::scenarios {
namespace {

constexpr int most_gpus = 1 << 24;

Value link_name(std::string& link) { return text(link); }
Value slower(double& speed) { return real(speed, 0.001, 1); }
Value speed_from_zero(double& speed) { return real(speed, 0, 1); }

// Looks names up, and notes those that the fabric does not have.
class LinkNames {
 public:
  LinkNames(const topology::Fabric& fabric, std::vector<sim::Fault>& faults) : fabric_(&fabric), faults_(&faults) {}

  topology::LinkId link(const std::string& name, const char* list, std::size_t entry) {
    try {
      return fabric_->link(name);
    } catch (const sim::Error& error) {
      sim::Fault fault = error.faults().front();
      fault.place = fmt::format("/{}/{}/link", list, entry);
      faults_->push_back(std::move(fault));
      return {};
    }
  }

 private:
  const topology::Fabric* fabric_;
  std::vector<sim::Fault>* faults_;
};

topology::GpuId gpu_of(int gpu) { return topology::GpuId{static_cast<std::uint32_t>(gpu)}; }

}  // namespace

void describe(Fields& fields, ConditionSpec& condition) {
  fields.optional("dead_links", "carry nothing, and routes go round them", list(condition.dead_links));
  fields.optional("slow_links", "carry less", list(condition.slow_links));
  fields.optional("slow_gpus", "compute slower", list(condition.slow_gpus));
  fields.optional("link_changes", "links that die, slow down or recover while the iteration runs", list(condition.link_changes));
  fields.optional("gpu_changes", "GPUs that stop, slow down or recover while the iteration runs", list(condition.gpu_changes));
  fields.optional("reroute", "from a link's death or recovery to new routes; default: what the routing takes",
                  quantity(condition.reroute, Zero::allowed));
}

void describe(Fields& fields, DeadLinkSpec& dead) {
  fields.required("link", "as Orrery names it, e.g. \"leaf2.5 -> spine0.5.9\"; both directions of the cable", link_name(dead.link));
}

void describe(Fields& fields, SlowLinkSpec& slow) {
  fields.required("link", "as Orrery names it; both directions of the cable", link_name(slow.link));
  fields.required("speed", "a fraction of what it carries as new", slower(slow.speed));
}

void describe(Fields& fields, SlowGpuSpec& slow) {
  fields.required("gpu", "its number in the cluster, from 0", integer(slow.gpu, 0, most_gpus));
  fields.required("speed", "a fraction of its kernels' speed", slower(slow.speed));
}

void describe(Fields& fields, LinkChangeSpec& change) {
  fields.required("at", "time into the iteration", quantity(change.at, Zero::allowed));
  fields.required("link", "as Orrery names it; both directions of the cable", link_name(change.link));
  fields.required("speed", "from then on, a fraction of what it carried at the start: 0 dies, 1 recovers", speed_from_zero(change.speed));
}

void describe(Fields& fields, GpuChangeSpec& change) {
  fields.required("at", "time into the iteration", quantity(change.at, Zero::allowed));
  fields.required("gpu", "its number in the cluster, from 0", integer(change.gpu, 0, most_gpus));
  fields.required("speed", "from then on, a fraction of its speed at the start: 0 stops, 1 recovers", speed_from_zero(change.speed));
}

topology::Condition condition_on(const topology::Cluster& cluster, const ConditionSpec& spec, std::vector<sim::Fault>& faults) {
  topology::Condition condition;
  LinkNames names(cluster.fabric(), faults);
  for (std::size_t i = 0; i < spec.dead_links.size(); ++i) {
    condition.dead_links.push_back(names.link(spec.dead_links[i].link, "dead_links", i));
  }
  for (std::size_t i = 0; i < spec.slow_links.size(); ++i) {
    condition.slow_links.push_back({names.link(spec.slow_links[i].link, "slow_links", i), spec.slow_links[i].speed});
  }
  for (const SlowGpuSpec& slow : spec.slow_gpus) condition.slow_gpus.push_back({gpu_of(slow.gpu), slow.speed});
  for (std::size_t i = 0; i < spec.link_changes.size(); ++i) {
    const LinkChangeSpec& change = spec.link_changes[i];
    condition.link_changes.push_back({sim::Time{} + sim::refined(change.at), names.link(change.link, "link_changes", i), change.speed});
  }
  for (const GpuChangeSpec& change : spec.gpu_changes) {
    condition.gpu_changes.push_back({sim::Time{} + sim::refined(change.at), gpu_of(change.gpu), change.speed});
  }
  if (spec.reroute) condition.reroute = sim::refined(*spec.reroute);
  const bool all_known = faults.empty();  // else a link that is not known stands as link 0, of which nothing is said
  for (sim::Fault& fault : topology::faults(condition, cluster)) {
    if (all_known || fault.place.find("gpu") != std::string::npos) faults.push_back(std::move(fault));
  }
  return condition;
}

}  // namespace orrery::scenarios
