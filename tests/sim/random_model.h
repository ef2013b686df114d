// Random bulk-synchronous Models for property tests: groups of actors work and meet in activities over random links, all in one global
// order, so they end. Some activities have several flows, some flows a cap, some actors share a processor, and some actors have a second
// stream that works beside the first and that the first waits for.
//
//     const Model model = random_model(seed);
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/sim/model_maker.h"

namespace orrery::sim {

class RandomModel {
 public:
  explicit RandomModel(std::uint64_t seed) : random_(seed) {}

  Model make() {
    make_.model.labels = 3;
    for (std::uint64_t i = 0, n = 3 + below(6); i < n; ++i) {
      links_.push_back(make_.resource(static_cast<std::int64_t>(1 + below(9)) * gigabyte_per_second));
    }
    actors_.resize(2 + below(6));
    for (int round = 0; round < 12; ++round) make_round();
    for (Plan& plan : actors_) {
      const bool shares = !make_.model.actors.empty() && below(4) == 0;
      const ResourceId processor = shares ? make_.model.actors.back().processor : make_.resource(work_per_second);
      make_.actor_on(processor, {std::move(plan.first), std::move(plan.second)}, plan.slots, 2);
    }
    return make_.model;
  }

 private:
  struct Plan {
    std::vector<Step> first;
    std::vector<Step> second;
    std::vector<ActivityId> slots;
    std::int64_t handed_over = 0;  // how often the first stream has started the second
  };

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  Duration up_to(Duration bound) { return {static_cast<std::int64_t>(below(static_cast<std::uint64_t>(bound.ticks)))}; }

  std::vector<ModelMaker::FlowOf> flows() {
    std::vector<ModelMaker::FlowOf> flows;
    const std::uint64_t most = below(2) == 0 ? 1 : 4;
    for (std::uint64_t f = 0; f < most; ++f) {
      std::vector<Demand> demands;
      for (const ResourceId link : links_) {
        if (below(2) == 0) demands.push_back({link, static_cast<std::uint32_t>(1 + below(3))});
      }
      if (demands.empty()) continue;
      flows.push_back({static_cast<std::int64_t>(1 + below(100'000)), demands});
      if (below(4) == 0) flows.back().cap = static_cast<double>(1 + below(4'000)) * 1e6;
    }
    return flows;
  }

  void make_round() {
    std::vector<std::size_t> members;
    for (std::size_t a = 0; a < actors_.size(); ++a) {
      if (below(2) == 0) members.push_back(a);
    }
    if (members.empty()) return;
    const ActivityId activity = make_.activity(flows(), static_cast<std::uint32_t>(members.size()), up_to(Duration{2'000'000}));
    const std::size_t runs = 1 + below(2);
    for (const std::size_t a : members) {
      Plan& plan = actors_[a];
      const auto slot = static_cast<std::uint32_t>(plan.slots.size());
      plan.slots.push_back(activity);
      for (std::size_t run = 0; run < runs; ++run) {
        plan.first.push_back(work(up_to(Duration{5'000'000})));
        plan.first.push_back(join(slot, 1));
        if (below(4) == 0) plan.first.push_back(pause(up_to(Duration{1'000'000}), 2));
      }
      if (below(3) == 0) hand_over(plan);
    }
  }

  // The second stream works beside the first, which waits until it has begun or ended.
  void hand_over(Plan& plan) {
    constexpr std::uint32_t started = 0;
    constexpr std::uint32_t done = 1;
    ++plan.handed_over;
    plan.first.push_back(record(started));
    plan.second.push_back(wait(started, plan.handed_over));
    const bool begun = below(2) == 0;
    if (begun) plan.second.push_back(record_begun(done));
    plan.second.push_back(work(up_to(Duration{5'000'000}), 2));
    if (!begun) plan.second.push_back(record(done));
    plan.first.push_back(work(up_to(Duration{5'000'000})));
    plan.first.push_back(wait(done, plan.handed_over));
  }

  std::mt19937_64 random_;
  ModelMaker make_;
  std::vector<ResourceId> links_;
  std::vector<Plan> actors_;
};

inline Model random_model(std::uint64_t seed) { return RandomModel(seed).make(); }

}  // namespace orrery::sim
