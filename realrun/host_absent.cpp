// In place of the host device where OpenMPI or OpenBLAS were not there at build time.
#include "realrun/host.h"
#include "sim/error.h"

namespace orrery::realrun {
namespace {

[[noreturn]] void refuse_host() {
  throw sim::Error({.place = "realrun",
                    .what = "was built without OpenMPI or OpenBLAS, which the host device is made of",
                    .remedy = "install libopenmpi-dev, openmpi-bin and libopenblas-dev and build again"},
                   sim::ErrorKind::unavailable);
}

}  // namespace

std::unique_ptr<World> start_host_world(const HostOptions&) { refuse_host(); }
std::unique_ptr<Device> host_device(World&) { refuse_host(); }
std::vector<std::string> self_test_of_host(World&) { refuse_host(); }

}  // namespace orrery::realrun
