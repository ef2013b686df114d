// The ranks of a run as processes: which one this is, and the little that they have to say to each other beside what they play.
//
// The host device's is made of MPI (realrun/mpi_world.h); that of GPUs will be made of what their launcher leaves in the environment.
#pragma once

#include <cstdint>
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

/// Throws sim::Error on every rank where one of them has a fault, naming it: what one rank cannot do ends all before they wait for each
/// other. `fault` is "" on ranks that are well. All ranks call it.
void agree(World& world, const std::string& fault);

}  // namespace orrery::realrun
