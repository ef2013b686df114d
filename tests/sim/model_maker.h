// Models for tests, grown one part at a time; every actor has a script of its own, and a processor of its own unless it is given one.
//
//     ModelMaker make;
//     const auto link = make.resource(gigabyte_per_second);
//     make.actor({{work(5_us), join(0)}}, {make.activity(1'000, {{link, 1}})});
//     make_fluid_engine()->play(make.model, {});
#pragma once

#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "sim/model.h"

namespace orrery::sim {

inline constexpr std::int64_t gigabyte_per_second = 1'000'000'000;  // 1,000 bytes in 1 us
inline constexpr std::int64_t gb = gigabyte_per_second;

inline Step work(Duration duration, std::uint8_t label = 0) { return {StepKind::work, label, 0, duration.ticks}; }
inline Step pause(Duration duration, std::uint8_t label = 0) { return {StepKind::pause, label, 0, duration.ticks}; }
inline Step join(std::uint32_t slot, std::uint8_t label = 0) { return {StepKind::join, label, slot, 0}; }
inline Step record(std::uint32_t event) { return {StepKind::record, 0, event, 0}; }
inline Step record_begun(std::uint32_t event) { return {StepKind::record_begun, 0, event, 0}; }
inline Step wait(std::uint32_t event, std::int64_t times = 1) { return {StepKind::wait, 0, event, times}; }

inline Time at(Duration since_start) { return Time{} + since_start; }

struct ModelMaker {
  struct FlowOf {
    std::int64_t amount;
    std::vector<Demand> demands;
    double cap = std::numeric_limits<double>::infinity();
  };

  Model model;

  ResourceId resource(std::int64_t capacity) {
    model.resources.push_back({capacity});
    return ResourceId{static_cast<std::uint32_t>(model.resources.size() - 1)};
  }
  ActivityId activity(const std::vector<FlowOf>& flows, std::uint32_t participants = 1, Duration latency = {}) {
    model.activities.push_back({.latency = latency,
                                .first_flow = static_cast<std::uint32_t>(model.flows.size()),
                                .flow_count = static_cast<std::uint32_t>(flows.size()),
                                .participants = participants});
    for (const FlowOf& flow : flows) {
      model.flows.push_back({.amount = flow.amount,
                             .rate_cap = flow.cap,
                             .first_demand = static_cast<std::uint32_t>(model.demands.size()),
                             .demand_count = static_cast<std::uint32_t>(flow.demands.size())});
      model.demands.insert(model.demands.end(), flow.demands.begin(), flow.demands.end());
    }
    return ActivityId{static_cast<std::uint32_t>(model.activities.size() - 1)};
  }
  /// Of one flow, or of none where `amount` is 0.
  ActivityId activity(std::int64_t amount, const std::vector<Demand>& demands, std::uint32_t participants = 1, Duration latency = {},
                      double cap = std::numeric_limits<double>::infinity()) {
    std::vector<FlowOf> flows;
    if (amount > 0) flows.push_back({amount, demands, cap});
    return activity(flows, participants, latency);
  }
  ActorId actor(std::vector<std::vector<Step>> streams, const std::vector<ActivityId>& slots = {}, std::uint32_t events = 0) {
    return actor_on(resource(work_per_second), std::move(streams), slots, events);
  }
  ActorId actor_on(ResourceId processor, std::vector<std::vector<Step>> streams, const std::vector<ActivityId>& slots = {},
                   std::uint32_t events = 0) {
    model.scripts.push_back({.streams = std::move(streams), .slots = static_cast<std::uint32_t>(slots.size()), .events = events});
    model.actors.push_back(
        {ScriptId{static_cast<std::uint32_t>(model.scripts.size() - 1)}, processor, static_cast<std::uint32_t>(model.bindings.size())});
    model.bindings.insert(model.bindings.end(), slots.begin(), slots.end());
    return ActorId{static_cast<std::uint32_t>(model.actors.size() - 1)};
  }
};

}  // namespace orrery::sim
