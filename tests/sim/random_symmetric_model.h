// Random Models that are full of symmetry, and some of it broken: replicas of a group of ranks, whose ranks may be alike as well, work,
// meet within their group and across groups over ports of their own and uplinks that several share. Then a few things are made to differ:
// slow processors and links, links that change or fail while the Model plays, flows that get another path, ranks that share a processor.
// Some have noise, in some meetings take from the processors of those that meet.
//
//     const Model model = random_symmetric_model(seed);
#pragma once

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "tests/sim/alike_models.h"

namespace orrery::sim {

class RandomSymmetricModel {
 public:
  explicit RandomSymmetricModel(std::uint64_t seed) : random_(seed) {}

  Model make() {
    make_.model.labels = 3;
    if (below(4) == 0) make_.model.noise = {.actor_speed = 0.001, .steps = true};
    replicas_ = 2 + below(7);
    members_ = 2 + below(3);
    roles_ = below(2) == 0 ? 1 : members_;
    make_machine();
    plans_.resize(roles_);
    slots_.resize(replicas_ * members_);
    for (std::size_t round = 0, rounds = 2 + below(4); round < rounds; ++round) make_round();
    make_actors();
    for (std::uint64_t i = 0, n = below(3); i < n; ++i) make_differ();
    std::sort(make_.model.changes.begin(), make_.model.changes.end(), [](const Change& a, const Change& b) {
      return std::pair(a.at, a.target) < std::pair(b.at, b.target);  // no target changes twice at one time
    });
    for (Change& change : make_.model.changes) {  // no more than what is left at the start
      if (change.kind == Change::Kind::capacity) change.capacity = std::min(change.capacity, make_.model.resources[change.target].capacity);
    }
    return make_.model;
  }

 private:
  struct Plan {
    std::vector<Step> first;
    std::vector<Step> second;
    std::int64_t handed_over = 0;
  };
  /// A rank's resources.
  struct Place {
    ResourceId processor;
    ResourceId out;
    ResourceId in;
    ResourceId uplink;
  };

  std::size_t below(std::uint64_t bound) { return static_cast<std::size_t>(random_() % bound); }
  std::int64_t up_to(std::uint64_t bound) { return static_cast<std::int64_t>(1 + below(bound)); }
  std::size_t rank(std::size_t replica, std::size_t member) const { return replica * members_ + member; }
  std::size_t role(std::size_t member) const { return roles_ == 1 ? 0 : member; }

  void make_machine() {
    const std::size_t ranks = replicas_ * members_;
    const std::size_t on_uplink = below(2) == 0 ? members_ : 2;
    const bool share_processors = below(4) == 0;
    const std::int64_t port = up_to(9) * gigabyte_per_second;
    const std::int64_t up = up_to(9) * gigabyte_per_second;
    std::vector<ResourceId> uplinks;
    for (std::size_t u = 0; u * on_uplink < ranks; ++u) uplinks.push_back(make_.resource(up));
    for (std::size_t r = 0; r < ranks; ++r) {
      const bool shares = share_processors && r % 2 == 1;
      const ResourceId processor = shares ? places_.back().processor : make_.resource(work_per_second);
      places_.push_back({processor, make_.resource(port), make_.resource(port), uplinks[r / on_uplink]});
    }
  }

  // What a transfer from each to the next takes, all over one flow or each over its own.
  std::vector<ModelMaker::FlowOf> edges(const std::vector<std::size_t>& ranks, bool whole) {
    std::vector<ModelMaker::FlowOf> flows;
    const auto cross = [](std::vector<Demand>& demands, ResourceId resource) {
      const auto known = std::find_if(demands.begin(), demands.end(), [&](const Demand& d) { return d.resource == resource; });
      known == demands.end() ? demands.push_back({resource, 1}) : void(++known->multiplicity);
    };
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      if (flows.empty() || !whole) flows.push_back({amount_, {}, cap_});
      const Place& from = places_[ranks[i]];
      const Place& to = places_[ranks[(i + 1) % ranks.size()]];
      cross(flows.back().demands, from.out);
      if (from.uplink != to.uplink) {
        cross(flows.back().demands, from.uplink);
        cross(flows.back().demands, to.uplink);
      }
      cross(flows.back().demands, to.in);
    }
    return flows;
  }

  // All ranks of a list meet.
  void meet(const std::vector<std::size_t>& ranks, bool whole) {
    const ActivityId activity = make_.activity(edges(ranks, whole), static_cast<std::uint32_t>(ranks.size()), latency_);
    make_.model.activities[index(activity)].pipelined = whole;
    make_.model.activities[index(activity)].takes = takes_;
    for (const std::size_t r : ranks) slots_[r].push_back(activity);
  }

  // Each of a list sends to the next: by one slot, and receives by the following one.
  void shift(const std::vector<std::size_t>& ranks) {
    std::vector<ActivityId> sends;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      auto edge = edges({ranks[i], ranks[(i + 1) % ranks.size()]}, false);
      edge.pop_back();
      sends.push_back(make_.activity(edge, 2, latency_));
      make_.model.activities.back().takes = takes_;
    }
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      slots_[ranks[i]].push_back(sends[i]);
      slots_[ranks[i]].push_back(sends[(i + ranks.size() - 1) % ranks.size()]);
    }
  }

  void make_round() {
    amount_ = up_to(100'000);
    cap_ = below(4) == 0 ? static_cast<double>(up_to(4'000)) * 1e6 : std::numeric_limits<double>::infinity();
    latency_ = Duration{static_cast<std::int64_t>(below(3)) * 500'000};
    takes_ = below(2) == 0 ? Takes{static_cast<std::int32_t>(up_to(whole_processor)), static_cast<std::int32_t>(up_to(whole_processor))}
                           : Takes{};
    const bool within = below(2) == 0;
    const bool shifts = below(3) == 0;
    const bool whole = below(2) == 0;
    const auto slot = static_cast<std::uint32_t>(slots_.front().size());
    for (std::size_t group = 0; group < (within ? replicas_ : members_); ++group) {
      std::vector<std::size_t> ranks;
      for (std::size_t i = 0; i < (within ? members_ : replicas_); ++i) ranks.push_back(within ? rank(group, i) : rank(i, group));
      shifts ? shift(ranks) : meet(ranks, whole);
    }
    const bool beside = shifts || below(2) == 0;
    const std::size_t runs = 1 + below(2);
    for (Plan& plan : plans_) {
      for (std::size_t run = 0; run < runs; ++run) plan_run(plan, slot, shifts, beside);
    }
  }

  // The second stream receives, or does all of it beside work of the first.
  void plan_run(Plan& plan, std::uint32_t slot, bool shifts, bool beside) {
    plan.first.push_back({StepKind::work, 0, 0, up_to(5'000'000), static_cast<double>(up_to(50'000))});
    if (beside) {
      plan.first.push_back(record(0));
      plan.second.push_back(wait(0, ++plan.handed_over));
      plan.second.push_back(join(shifts ? slot + 1 : slot, 1));
      plan.second.push_back(record(1));
    }
    if (shifts || !beside) plan.first.push_back(join(slot, 1));
    if (!beside) return;
    plan.first.push_back({StepKind::work, 2, 0, up_to(5'000'000)});
    plan.first.back().target = static_cast<std::uint32_t>(below(5));  // its mix
    plan.first.push_back(wait(1, plan.handed_over));
  }

  void make_actors() {
    std::vector<ScriptId> scripts;
    for (const Plan& plan : plans_) {
      scripts.push_back(make_script(make_, {plan.first, plan.second}, static_cast<std::uint32_t>(slots_.front().size()), 2));
      make_.model.scripts.back().mixes = {{0, 0}, {1, 0}, {0.5, 0}, {0.25, 0.25}};
    }
    for (std::size_t r = 0; r < slots_.size(); ++r) make_actor(make_, scripts[role(r % members_)], places_[r].processor, slots_[r]);
  }

  void make_differ() {
    Model& model = make_.model;
    const auto resource = static_cast<std::uint32_t>(below(model.resources.size()));
    const auto flow = static_cast<std::uint32_t>(below(model.flows.size()));
    const Time when{up_to(40'000'000)};
    const auto half = [&] { return model.resources[resource].capacity / 2; };
    switch (below(6)) {
      case 0:
      case 1:
        model.resources[resource].capacity = half();
        return;
      case 2:
        model.changes.push_back({.at = when, .target = resource, .capacity = half() / 2});
        return;
      case 3:  // down, and up again
        model.changes.push_back({.at = when, .target = resource, .capacity = below(2) == 0 ? 0 : half()});
        model.changes.push_back({.at = when + Duration{up_to(20'000'000)}, .target = resource, .capacity = half() * 2});
        return;
      case 4: {  // over the path of another
        const Flow& other = model.flows[below(model.flows.size())];
        model.changes.push_back({.at = when,
                                 .kind = Change::Kind::path,
                                 .target = flow,
                                 .first_demand = other.first_demand,
                                 .demand_count = other.demand_count});
        return;
      }
      default:
        if (below(4) == 0) model.changes.push_back({.at = when, .kind = Change::Kind::cut_off, .target = flow});
    }
  }

  std::mt19937_64 random_;
  ModelMaker make_;
  std::size_t replicas_ = 0;
  std::size_t members_ = 0;
  std::size_t roles_ = 0;
  std::vector<Place> places_;                   // by rank
  std::vector<std::vector<ActivityId>> slots_;  // by rank
  std::vector<Plan> plans_;                     // by role
  // Of the round at hand.
  std::int64_t amount_ = 0;
  double cap_ = 0;
  Duration latency_{};
  Takes takes_{};
};

inline Model random_symmetric_model(std::uint64_t seed) { return RandomSymmetricModel(seed).make(); }

}  // namespace orrery::sim
