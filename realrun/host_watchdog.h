// Watches whether the ranks on this machine are alive and get on. Every rank shows a pulse in shared memory and looks at the others'.
//
//     HostWatchdog watchdog(patience, [&](const std::string& message) { world.abort(message); });
//     watchdog.begin_play([&] { return std::string("rank 0, stream main, step 3"); });
//     watchdog.step_done();
//     watchdog.end_play();
//
// Gives up when a rank shows no pulse for `patience` (it was killed or stopped), which it names; or when, while this rank plays, no rank
// does a step for as long: then it says where this one stands. Costs a thread that wakes ten times a second.
#pragma once

#include <mpi.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sim/units.h"

namespace orrery::realrun {

class HostWatchdog {
 public:
  /// All ranks of MPI_COMM_WORLD make one, on one machine. `give_up` does not return.
  HostWatchdog(sim::Duration patience, std::function<void(const std::string&)> give_up);
  /// All ranks together.
  ~HostWatchdog();
  HostWatchdog(const HostWatchdog&) = delete;
  HostWatchdog& operator=(const HostWatchdog&) = delete;

  /// `where` says where this rank stands, whenever it is asked until end_play.
  void begin_play(std::function<std::string()> where);
  void end_play();
  /// By any thread.
  void step_done() { pulses_[rank_]->steps.fetch_add(1, std::memory_order_relaxed); }

 private:
  struct Pulse {
    std::atomic<std::int64_t> beats;
    std::atomic<std::int64_t> steps;
  };
  /// What was last seen of a number that should change, and when it did.
  struct Sight {
    std::int64_t value = -1;
    std::int64_t since = 0;  // nanoseconds
  };

  void watch();
  void look(std::int64_t now);

  sim::Duration patience_;
  std::function<void(const std::string&)> give_up_;
  MPI_Win window_ = MPI_WIN_NULL;
  std::size_t rank_ = 0;
  std::vector<Pulse*> pulses_;  // by rank
  std::vector<Sight> beats_;
  Sight steps_;  // of all ranks together
  std::mutex mutex_;
  std::function<std::string()> where_;  // empty: not playing
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

/// Of the machine's clock that never goes back; all processes see the same.
std::int64_t monotonic_nanoseconds();

}  // namespace orrery::realrun
