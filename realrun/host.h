// The host device: ranks are processes that mpirun starts on one machine, streams are threads, collectives and messages are OpenMPI's,
// matrix products OpenBLAS', everything else the references of kernels/. It needs no GPU: the whole loop of playing, measuring, calibrating
// and predicting goes round on any machine with two cores.
//
//     const std::unique_ptr<World> world = start_host_world({});
//     const std::unique_ptr<Device> device = host_device(*world);
//     const Measured measured = play_for_real(in_fp32(program), *device, *world, {});
//
// All is computed, moved and summed up in fp32, each rank on one core for its kernels (streams of a rank that compute at once share the
// machine as the system lets them). Where OpenMPI or OpenBLAS were not there when Orrery was built, both functions throw sim::Error
// (unavailable).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "realrun/device.h"
#include "realrun/world.h"
#include "sim/units.h"

namespace orrery::realrun {

struct HostOptions {
  /// After so long without a sign of life from a rank, or without a step done by any, the others end with a message that says who it was.
  sim::Duration patience = sim::Duration::from_seconds(60);
};

/// Once a process. Throws sim::Error (unavailable) where the ranks are on more than one machine, which have no clock in common.
std::unique_ptr<World> start_host_world(const HostOptions& options);

/// `world` must be start_host_world's, and outlive it.
std::unique_ptr<Device> host_device(World& world);

/// Every collective with data that can be checked, over all ranks and halves of them, and matrix products against the reference: what is
/// wrong, a line each; none where all is right. All ranks call it.
std::vector<std::string> self_test_of_host(World& world);

}  // namespace orrery::realrun
