#include <algorithm>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/fold.h"

namespace orrery::sim {
namespace {

class FoldingEngine final : public Engine {
 public:
  explicit FoldingEngine(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  Timeline play(const Model& model, const PlayOptions& options) override;
  std::unique_ptr<Session> open(std::vector<Resource> resources) override { return engine_->open(std::move(resources)); }

 private:
  Timeline play_quotient(const Folding& folding, const PlayOptions& options);

  std::unique_ptr<Engine> engine_;
};

// Each actor once, by class.
std::vector<std::pair<std::uint32_t, ActorId>> with_classes(const std::vector<ActorId>& actors, const Partition& partition) {
  std::vector<std::pair<std::uint32_t, ActorId>> result;
  for (const ActorId actor : actors) {
    check(index(actor) < partition.actors.size(), "a recorded actor exists");
    result.emplace_back(partition.actors[index(actor)], actor);
  }
  std::sort(result.begin(), result.end());
  result.erase(std::unique(result.begin(), result.end()), result.end());
  return result;
}

// The spans of a class, once for each of its actors that were asked for.
std::vector<Span> spans_of_actors(const std::vector<Span>& of_classes, const std::vector<std::pair<std::uint32_t, ActorId>>& recorded) {
  std::vector<Span> spans;
  for (const Span& span : of_classes) {
    const auto first = std::lower_bound(recorded.begin(), recorded.end(), std::pair(index(span.actor), ActorId{0}));
    for (auto it = first; it != recorded.end() && it->first == index(span.actor); ++it) {
      spans.push_back(span);
      spans.back().actor = it->second;
    }
  }
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) {
    return std::tuple(a.ended, index(a.actor), a.stream, a.step) < std::tuple(b.ended, index(b.actor), b.stream, b.step);
  });
  return spans;
}

Timeline FoldingEngine::play_quotient(const Folding& folding, const PlayOptions& options) {
  const Partition& partition = folding.partition;
  const auto recorded = with_classes(options.recorded, partition);
  PlayOptions of_classes = options;
  of_classes.lean = folding.lean;
  of_classes.recorded.clear();
  for (const auto& [number, actor] : recorded) of_classes.recorded.push_back(ActorId{number});
  try {
    Timeline timeline = engine_->play(folding.quotient, of_classes);
    timeline.spans = spans_of_actors(timeline.spans, recorded);
    return timeline;
  } catch (Stuck& stuck) {
    if (stuck.cut_off) stuck.cut_off = FlowId{Classes(partition.flows).firsts[index(*stuck.cut_off)]};
    if (stuck.without_capacity) stuck.without_capacity = ResourceId{Classes(partition.resources).firsts[index(*stuck.without_capacity)]};
    throw;
  }
}

Timeline FoldingEngine::play(const Model& model, const PlayOptions& options) {
  std::optional<Folding> folding = fold_if_alike(model);
  if (!folding) return engine_->play(model, options);
  try {
    Timeline timeline = play_quotient(*folding, options);
    tell_by_classes(model, std::move(*folding), timeline);
    return timeline;
  } catch (const Error&) {
    engine_->play(model, options);  // fails as well, and names actors of the Model
    throw;
  }
}

}  // namespace

std::unique_ptr<Engine> make_folding_engine(std::unique_ptr<Engine> engine) { return std::make_unique<FoldingEngine>(std::move(engine)); }

}  // namespace orrery::sim
