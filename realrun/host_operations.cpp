#include "realrun/host_operations.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string>
#include <thread>

#include "realrun/host_kernel.h"
#include "realrun/host_memory.h"
#include "realrun/host_watchdog.h"
#include "sim/error.h"

namespace orrery::realrun {
namespace {

int mpi_count(std::int64_t count) {
  if (count <= std::numeric_limits<int>::max()) return static_cast<int>(count);
  throw sim::Error({.place = "realrun",
                    .what = std::to_string(count) + " elements are more than MPI takes in one call",
                    .remedy = "play smaller shapes"},
                   sim::ErrorKind::infeasible);
}

class ComputeOperation : public HostOperation {
 public:
  explicit ComputeOperation(const sim::Kernel& kernel) : kernel_(kernel) {}
  void run() override { kernel_.run(); }

 private:
  HostKernel kernel_;
};

/// Works, so that the core is taken.
class BusyOperation : public HostOperation {
 public:
  explicit BusyOperation(sim::Duration duration) : nanoseconds_(duration.ticks / 1000) {}
  void run() override {
    const std::int64_t end = monotonic_nanoseconds() + nanoseconds_;
    while (monotonic_nanoseconds() < end) {
    }
  }

 private:
  std::int64_t nanoseconds_;
};

/// Sleeps, and takes nothing.
class PauseOperation : public HostOperation {
 public:
  explicit PauseOperation(sim::Duration duration) : duration_(duration.ticks / 1000) {}
  void run() override { std::this_thread::sleep_for(duration_); }

 private:
  std::chrono::nanoseconds duration_;
};

class SendOperation : public HostOperation {
 public:
  SendOperation(const sim::Send& send, std::int32_t rank, MPI_Comm messages)
      : bytes_(static_cast<std::size_t>(mpi_count(send.bytes.count)), 1), to_(rank + send.offset), tag_(send.tag), messages_(messages) {}
  // Synchronous: a message takes both sides' time.
  void run() override { MPI_Ssend(bytes_.data(), static_cast<int>(bytes_.size()), MPI_CHAR, to_, tag_, messages_); }

 private:
  std::vector<char> bytes_;
  int to_;
  int tag_;
  MPI_Comm messages_;
};

class ReceiveOperation : public HostOperation {
 public:
  ReceiveOperation(const sim::Receive& receive, std::int32_t rank, MPI_Comm messages)
      : bytes_(static_cast<std::size_t>(mpi_count(receive.bytes.count))),
        from_(receive.offset ? rank + *receive.offset : MPI_ANY_SOURCE),
        tag_(receive.tag ? *receive.tag : MPI_ANY_TAG),
        messages_(messages) {}
  void run() override { MPI_Recv(bytes_.data(), static_cast<int>(bytes_.size()), MPI_CHAR, from_, tag_, messages_, MPI_STATUS_IGNORE); }

 private:
  std::vector<char> bytes_;
  int from_;
  int tag_;
  MPI_Comm messages_;
};

/// Device and host are one memory here; storage is a file that is gone when it is closed.
class CopyOperation : public HostOperation {
 public:
  explicit CopyOperation(const sim::Copy& copy)
      : kind_(copy.kind), from_(static_cast<std::size_t>(copy.bytes.count), 1), to_(from_.size()) {
    if (kind_ != sim::CopyKind::to_storage && kind_ != sim::CopyKind::from_storage) return;
    file_.reset(std::tmpfile());
    const bool is_filled =
        file_ && std::fwrite(from_.data(), 1, from_.size(), file_.get()) == from_.size() && std::fflush(file_.get()) == 0;
    if (!is_filled) {
      throw sim::Error({.place = "realrun", .what = "cannot write " + std::to_string(from_.size()) + " bytes to a temporary file"},
                       sim::ErrorKind::unavailable);
    }
  }
  void run() override {
    if (kind_ == sim::CopyKind::to_storage) {
      sim::check(std::fseek(file_.get(), 0, SEEK_SET) == 0, "a temporary file goes back to its beginning");
      sim::check(std::fwrite(from_.data(), 1, from_.size(), file_.get()) == from_.size(), "a temporary file takes what it held");
      std::fflush(file_.get());
    } else if (kind_ == sim::CopyKind::from_storage) {
      sim::check(std::fseek(file_.get(), 0, SEEK_SET) == 0, "a temporary file goes back to its beginning");
      sim::check(std::fread(to_.data(), 1, to_.size(), file_.get()) == to_.size(), "a temporary file gives what it was given");
    } else {
      std::copy(from_.begin(), from_.end(), to_.begin());
    }
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  sim::CopyKind kind_;
  std::vector<char> from_;
  std::vector<char> to_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace

HostCollective::HostCollective(const sim::Collect& collect, std::int64_t members) : collect_(collect), members_(members) {
  sim::check(collect.type == sim::DataType::fp32, "the host sums up in fp32");
  const HostBuffers buffers = host_buffers(collect, members);
  mpi_count(std::max(buffers.given, buffers.taken));
  given_.resize(static_cast<std::size_t>(buffers.given));
  taken_.resize(static_cast<std::size_t>(buffers.taken));
  fill_drawn(given_, 1);
}

void HostCollective::run() {
  sim::check(channel_ != nullptr && !turns_.empty(), "a collective is connected and enqueued");
  std::unique_lock lock(channel_->mutex);
  channel_->turn.wait(lock, [&] { return channel_->done == turns_.front(); });
  for (std::int32_t i = 0; i < collect_.calls; ++i) run_once();
  turns_.pop_front();
  ++channel_->done;
  channel_->turn.notify_all();
}

void HostCollective::run_once() {
  const MPI_Comm group = channel_->communicator;
  const auto count = static_cast<int>(collect_.count);
  const float* given = given_.data();
  float* taken = taken_.data();
  switch (collect_.kind) {
    case sim::CollectiveKind::all_reduce:
      MPI_Allreduce(given, taken, count, MPI_FLOAT, MPI_SUM, group);
      return;
    case sim::CollectiveKind::all_gather:
      MPI_Allgather(given, count, MPI_FLOAT, taken, count, MPI_FLOAT, group);
      return;
    case sim::CollectiveKind::reduce_scatter:
      MPI_Reduce_scatter_block(given, taken, count, MPI_FLOAT, MPI_SUM, group);
      return;
    case sim::CollectiveKind::broadcast:
      MPI_Bcast(taken, count, MPI_FLOAT, 0, group);
      return;
    case sim::CollectiveKind::reduce:
      MPI_Reduce(given, taken, count, MPI_FLOAT, MPI_SUM, 0, group);
      return;
    case sim::CollectiveKind::all_to_all: {
      const auto each = static_cast<int>(std::ssize(given_) / members_);
      MPI_Alltoall(given, each, MPI_FLOAT, taken, each, MPI_FLOAT, group);
      return;
    }
    case sim::CollectiveKind::gather:
      MPI_Gather(given, count, MPI_FLOAT, taken, count, MPI_FLOAT, 0, group);
      return;
    case sim::CollectiveKind::scatter:
      MPI_Scatter(given, count, MPI_FLOAT, taken, count, MPI_FLOAT, 0, group);
      return;
    case sim::CollectiveKind::barrier:
      MPI_Barrier(group);
      return;
  }
}

std::unique_ptr<HostOperation> host_operation(const sim::Operation& operation, std::int32_t rank, MPI_Comm messages) {
  if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) return std::make_unique<ComputeOperation>(compute->kernel);
  if (const auto* busy = std::get_if<sim::Busy>(&operation.action)) return std::make_unique<BusyOperation>(busy->duration);
  if (const auto* pause = std::get_if<sim::Pause>(&operation.action)) return std::make_unique<PauseOperation>(pause->duration);
  if (const auto* send = std::get_if<sim::Send>(&operation.action)) return std::make_unique<SendOperation>(*send, rank, messages);
  if (const auto* receive = std::get_if<sim::Receive>(&operation.action)) {
    return std::make_unique<ReceiveOperation>(*receive, rank, messages);
  }
  const auto* copy = std::get_if<sim::Copy>(&operation.action);
  sim::check(copy != nullptr, "an operation of a stream takes time and is no collective");
  return std::make_unique<CopyOperation>(*copy);
}

}  // namespace orrery::realrun
