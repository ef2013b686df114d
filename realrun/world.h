// The ranks of a run as processes: which one this is, and the little that they have to say to each other beside what they play.
//
// The host device's is made of MPI (realrun/mpi_world.h); that of GPUs will be made of what their launcher leaves in the environment.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace orrery::realrun {

class World {
 public:
  virtual ~World() = default;
  virtual std::int32_t rank() const = 0;
  virtual std::int32_t ranks() const = 0;
  /// Every rank's text, by rank, on all of them. All ranks call it.
  virtual std::vector<std::string> gather(const std::string& text) = 0;
  /// Ends all ranks at once, this one with the exit code of what is not available here, after `message` on stderr: for when some of them
  /// cannot be reached any more.
  [[noreturn]] virtual void abort(const std::string& message) = 0;
};

/// Does `action` on every rank, and throws sim::Error on all of them where it throws on any: what one rank cannot do ends all before they
/// wait for each other. A fault that all have alike is thrown as it is; else each is placed at its rank, and the first gives the kind.
/// `action` must not itself wait for other ranks. All ranks call it.
void together(World& world, const std::function<void()>& action);

}  // namespace orrery::realrun
