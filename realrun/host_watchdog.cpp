#include "realrun/host_watchdog.h"

#include <chrono>
#include <new>

#include "sim/units_text.h"

namespace orrery::realrun {
namespace {

constexpr auto pulse_period = std::chrono::milliseconds(100);

}  // namespace

std::int64_t monotonic_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

HostWatchdog::HostWatchdog(sim::Duration patience, std::function<void(const std::string&)> give_up)
    : patience_(patience), give_up_(std::move(give_up)) {
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  rank_ = static_cast<std::size_t>(rank);
  void* own = nullptr;
  MPI_Win_allocate_shared(sizeof(Pulse), 1, MPI_INFO_NULL, MPI_COMM_WORLD, static_cast<void*>(&own), &window_);
  new (own) Pulse{};
  MPI_Barrier(MPI_COMM_WORLD);
  for (int i = 0; i < ranks; ++i) {
    MPI_Aint size = 0;
    int unit = 0;
    void* memory = nullptr;
    MPI_Win_shared_query(window_, i, &size, &unit, static_cast<void*>(&memory));
    pulses_.push_back(static_cast<Pulse*>(memory));
  }
  beats_.resize(pulses_.size());
  thread_ = std::thread([this] { watch(); });
}

HostWatchdog::~HostWatchdog() {
  ends_ = true;
  thread_.join();
  MPI_Win_free(&window_);
}

void HostWatchdog::begin_play(std::function<std::string()> where) {
  const std::scoped_lock lock(mutex_);
  where_ = std::move(where);
  steps_ = {};
}

void HostWatchdog::end_play() {
  const std::scoped_lock lock(mutex_);
  where_ = nullptr;
}

void HostWatchdog::watch() {
  while (!ends_) {
    pulses_[rank_]->beats.fetch_add(1, std::memory_order_relaxed);
    look(monotonic_nanoseconds());
    std::this_thread::sleep_for(pulse_period);
  }
}

void HostWatchdog::look(std::int64_t now) {
  // Picoseconds, compared in nanoseconds. True where the number has stood still for too long.
  const auto stands_still = [&](Sight& sight, std::int64_t value) {
    if (sight.value != value) sight = {value, now};
    return now - sight.since > patience_.ticks / 1000;
  };
  for (std::size_t rank = 0; rank < pulses_.size(); ++rank) {
    if (rank == rank_ || !stands_still(beats_[rank], pulses_[rank]->beats.load(std::memory_order_relaxed))) continue;
    give_up_("rank " + std::to_string(rank) + " has shown no sign of life for " + sim::to_text(patience_) +
             ": it was killed or stopped; all ranks are ended");
  }
  std::int64_t steps = 0;
  for (const Pulse* pulse : pulses_) steps += pulse->steps.load(std::memory_order_relaxed);
  const std::scoped_lock lock(mutex_);
  if (where_ && stands_still(steps_, steps)) {
    give_up_("no rank has done a step for " + sim::to_text(patience_) + "; " + where_() + " is not done; all ranks are ended");
  }
}

}  // namespace orrery::realrun
