// What plays one rank's steps: the seam between the player, which knows Programs, and hardware. A device has streams that perform what is
// enqueued on them in order, side by side; marks that one stream sets and others wait for; and a clock.
//
//     device.prepare(program, work, marks);             // buffers and streams: once
//     device.connect();                                 // communicators: all ranks together
//     device.begin();                                   // all ranks together
//     device.enqueue(0, operation, slot);               // ... in the order of Rehearsal::order
//     const std::vector<StepTimes> times = device.finish();
//
// The host device (realrun/host_device.h) is threads, OpenMPI and OpenBLAS. A CUDA device is streams, events and NCCL: a mark is a
// cudaEvent, and StepTimes are of events around each operation, so a step has met its peers (begun) only by what all ranks measured.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "realrun/rank_work.h"
#include "sim/program.h"
#include "sim/units.h"

namespace orrery::realrun {

struct DeviceFacts {
  std::string name;                    // "host, Intel(R) Xeon(R) Processor"
  std::string driver;                  // "Linux 6.1.0"
  std::vector<std::string> libraries;  // "OpenBLAS 0.3.21"
};

/// On the clock that begin() has set to zero on all ranks.
struct StepTimes {
  sim::Time posted;  // the stream came to it
  sim::Time ended;
  bool operator==(const StepTimes&) const = default;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual DeviceFacts facts() const = 0;

  /// Makes room for the operations of `work`; `marks` may be set in a play. `program` and `work` must outlive the device's last play.
  /// Throws sim::Error for what the device cannot do.
  virtual void prepare(const sim::Program& program, const RankWork& work, std::size_t marks) = 0;
  /// Meets the other ranks for the communicators of what was prepared; all ranks call it.
  virtual void connect() = 0;

  /// Begins a play: no mark is set, all ranks' clocks stand at zero soon after.
  virtual void begin() = 0;
  /// Operation `operation` of the work, which takes time; its times will be those of `slot`, counted from 0 without gaps.
  virtual void enqueue(std::size_t stream, std::uint32_t operation, std::size_t slot) = 0;
  /// Sets a mark, once a play, when what was enqueued on the stream before is done.
  virtual void enqueue_mark(std::size_t stream, std::size_t mark) = 0;
  /// The stream goes on when the mark is set.
  virtual void enqueue_wait(std::size_t stream, std::size_t mark) = 0;
  /// Waits for all that was enqueued.
  virtual std::vector<StepTimes> finish() = 0;
};

}  // namespace orrery::realrun
