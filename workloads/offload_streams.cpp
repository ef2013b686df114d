#include "workloads/offload_streams.h"

#include <utility>

#include "workloads/labels.h"

namespace orrery::workloads {
namespace {

constexpr std::int32_t weights_fetched = first_offload_event;
constexpr std::int32_t fetch_allowed = first_offload_event + 1;
constexpr std::int32_t gradients_at_hand = first_offload_event + 2;
constexpr std::int32_t gradients_left = first_offload_event + 3;

void append_copy(sim::CopyKind kind, std::int64_t bytes, std::vector<sim::Operation>& to) {
  to.push_back({number(Label::offload), sim::Copy{kind, {bytes}}});
}

}  // namespace

OffloadStreams::OffloadStreams(const TrainingJob& job, const Software& software) : job_(job), software_(software) {}

// A rank that shares with nobody has no gathers: then the copies are what runs one layer ahead.
void OffloadStreams::fetch(const LocalWeights& weights, std::vector<sim::Operation>& gathering) {
  const Parallelism& parallelism = job_.parallelism;
  if (parallelism.offload_parameters == Offload::none) return;
  const bool gathers = parallelism.sharers() > 1;
  std::vector<sim::Operation>& stream = gathers ? up_ : gathering;
  if (gathers && !up_.empty()) up_.push_back({0, sim::Wait{fetch_allowed}});
  const std::int64_t bytes = share(weights) * sim::size_of(job_.precision);
  if (parallelism.offload_parameters == Offload::nvme) append_copy(sim::CopyKind::from_storage, bytes, stream);
  append_copy(sim::CopyKind::from_host, bytes, stream);
  if (!gathers) return;
  up_.push_back({0, sim::Record{weights_fetched}});
  gathering.push_back({0, sim::Wait{weights_fetched}});
  gathering.push_back({0, sim::Record{fetch_allowed}});
}

void OffloadStreams::leave(const LocalWeights& weights, std::int32_t micro_batch, std::vector<sim::Operation>& reducing) {
  if (!job_.parallelism.gradients_leave() || weights.total() <= 0) return;
  reducing.push_back({0, sim::Record{gradients_at_hand}});
  down_.push_back({0, sim::Wait{gradients_at_hand}});
  const std::int64_t bytes = share(weights) * sim::size_of(software_.gradient_type);
  if (micro_batch > 0) append_copy(sim::CopyKind::from_host, bytes, down_);
  append_copy(sim::CopyKind::to_host, bytes, down_);
}

void OffloadStreams::await(std::vector<sim::Operation>& main) {
  if (down_.empty()) return;
  down_.push_back({0, sim::Record{gradients_left}});
  main.push_back({0, sim::Wait{gradients_left}});
}

std::vector<sim::Stream> OffloadStreams::take_streams() {
  std::vector<sim::Stream> streams;
  if (!up_.empty()) streams.push_back({.name = "weights_up", .operations = std::move(up_)});
  if (!down_.empty()) streams.push_back({.name = "gradients_down", .operations = std::move(down_)});
  return streams;
}

}  // namespace orrery::workloads
