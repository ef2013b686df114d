// What the host device performs, one object a stream and operation, with its buffers.
#pragma once

#include <mpi.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "sim/program.h"

namespace orrery::realrun {

/// A communicator of MPI that carries one operation of a Program, for one group of ranks. Streams of a rank that perform the same operation
/// take turns in the order in which they were enqueued, which is one on all ranks: whoever comes first would meet another stream's peers.
struct HostChannel {
  MPI_Comm communicator = MPI_COMM_NULL;
  std::int64_t enqueued = 0;
  std::int64_t done = 0;  // of those; under `mutex`
  std::mutex mutex{};
  std::condition_variable turn{};
};

class HostOperation {
 public:
  virtual ~HostOperation() = default;
  /// Comes back when it is done.
  virtual void run() = 0;
};

/// One of Program::communicators' collectives, with its data.
class HostCollective : public HostOperation {
 public:
  /// Throws sim::Error (infeasible) where the count is more than MPI takes.
  HostCollective(const sim::Collect& collect, std::int64_t members);
  /// To be called before the first run. `channel` must outlive it.
  void connect(HostChannel& channel) { channel_ = &channel; }
  /// Once for each run, by one thread for all collectives of the channel, before the first of these runs.
  void enqueue() { turns_.push_back(channel_->enqueued++); }
  /// Waits for its turn.
  void run() override;

  std::span<float> given() { return given_; }
  std::span<float> taken() { return taken_; }

 private:
  void run_once();

  sim::Collect collect_;
  std::int64_t members_;
  std::vector<float> given_;
  std::vector<float> taken_;
  HostChannel* channel_ = nullptr;
  std::deque<std::int64_t> turns_;  // of the runs to come
};

/// Of an operation that is no collective. Messages go over `messages`, from and to `rank`. Throws sim::Error (infeasible) for what MPI or
/// BLAS cannot count.
std::unique_ptr<HostOperation> host_operation(const sim::Operation& operation, std::int32_t rank, MPI_Comm messages);

}  // namespace orrery::realrun
