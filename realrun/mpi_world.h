// The ranks that mpirun has started; without mpirun, one.
#pragma once

#include <mpi.h>

#include <memory>
#include <string>
#include <vector>

#include "realrun/host_watchdog.h"
#include "realrun/world.h"
#include "sim/units.h"

namespace orrery::realrun {

class MpiWorld : public World {
 public:
  /// Starts MPI. Throws sim::Error (unavailable) where it has no threads, or the ranks are on more than one machine.
  explicit MpiWorld(sim::Duration patience);
  /// Ends it: waits for the others.
  ~MpiWorld() override;
  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  std::int32_t rank() const override { return rank_; }
  std::int32_t ranks() const override { return ranks_; }
  std::vector<std::string> gather(const std::string& text) override;
  [[noreturn]] void abort(const std::string& message) override;

  HostWatchdog& watchdog() { return *watchdog_; }

 private:
  int rank_ = 0;
  int ranks_ = 1;
  std::unique_ptr<HostWatchdog> watchdog_;
};

/// "Open MPI 4.1.4".
std::string mpi_version();

}  // namespace orrery::realrun
