#include "sim/model_index.h"

#include <algorithm>
#include <utility>

namespace orrery::sim {

std::vector<std::vector<std::uint32_t>> joined_slots(const ModelView& model) {
  std::vector<std::vector<std::uint32_t>> slots(model.scripts.size());
  for (std::size_t s = 0; s < slots.size(); ++s) {
    std::vector<bool> joined(model.scripts[s].slots, false);
    for (const auto& stream : model.scripts[s].streams) {
      for (const Step& step : stream) {
        if (step.kind == StepKind::join) joined[step.target] = true;
      }
    }
    for (std::uint32_t slot = 0; slot < joined.size(); ++slot) {
      if (joined[slot]) slots[s].push_back(slot);
    }
  }
  return slots;
}

std::vector<std::uint32_t> activities_of_flows(const ModelView& model) {
  std::vector<std::uint32_t> activity_of(model.flows.size());
  for (std::uint32_t a = 0; a < model.activities.size(); ++a) {
    const Activity& activity = model.activities[a];
    for (std::uint32_t f = activity.first_flow; f < activity.first_flow + activity.flow_count; ++f) activity_of[f] = a;
  }
  return activity_of;
}

ChangeLists::Lists::Lists(const ModelView& model, Of kind) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> order;  // (target, change)
  for (std::uint32_t c = 0; c < model.changes.size(); ++c) {
    const Of of = model.changes[c].kind == Change::Kind::capacity ? Of::resources : Of::flows;
    if (of == kind) order.emplace_back(model.changes[c].target, c);
  }
  if (order.empty()) return;
  std::sort(order.begin(), order.end());
  named.assign(kind == Of::flows ? model.flows.size() : model.resources.size(), false);
  for (const auto& [target, change] : order) {
    if (targets.empty() || targets.back() != target) {
      targets.push_back(target);
      begins.push_back(static_cast<std::uint32_t>(changes.size()));
      named[target] = true;
    }
    changes.push_back(change);
  }
  begins.push_back(static_cast<std::uint32_t>(changes.size()));
}

std::span<const std::uint32_t> ChangeLists::Lists::of(std::uint32_t target) const {
  if (named.empty() || !named[target]) return {};
  const auto at = std::lower_bound(targets.begin(), targets.end(), target) - targets.begin();
  return {changes.data() + begins[at], begins[at + 1] - begins[at]};
}

}  // namespace orrery::sim
