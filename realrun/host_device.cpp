#include "realrun/host_device.h"

#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "realrun/host.h"
#include "realrun/host_kernel.h"
#include "realrun/rehearsal.h"
#include "sim/error.h"
#include "sim/program_text.h"

namespace orrery::realrun {
namespace {

constexpr std::int64_t head_start = 200'000;  // nanoseconds, in which all ranks' threads come to where they wait for the start

std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "a CPU";
}

std::string kernel_release() {
  utsname name{};
  if (uname(&name) != 0) return "unknown";
  return std::string(name.sysname) + " " + name.release;
}

void wait_until(std::int64_t nanoseconds) {
  while (monotonic_nanoseconds() < nanoseconds) std::this_thread::yield();
}

void for_each_collect(const std::vector<sim::Operation>& operations, const std::function<void(const sim::Operation&)>& use) {
  for (const sim::Operation& operation : operations) {
    if (std::holds_alternative<sim::Collect>(operation.action)) use(operation);
  }
}

/// What tells collectives apart: all but their labels.
std::string text_of(const sim::Program& program, sim::Operation operation) {
  operation.label = 0;
  return sim::text_of(operation, program);
}

}  // namespace

HostDevice::HostDevice(MpiWorld& world) : world_(world) {
  use_one_core();
  MPI_Comm_dup(MPI_COMM_WORLD, &messages_);
}

HostDevice::~HostDevice() {
  disconnect();
  MPI_Comm_free(&messages_);
}

void HostDevice::disconnect() {
  for (auto& [text, channel] : channels_) {
    if (channel->communicator != MPI_COMM_NULL) MPI_Comm_free(&channel->communicator);
  }
  channels_.clear();
}

DeviceFacts HostDevice::facts() const { return {"host, " + cpu_name(), kernel_release(), {blas_version(), mpi_version()}}; }

void HostDevice::prepare(const sim::Program& program, const RankWork& work, std::size_t marks) {
  program_ = &program;
  work_ = &work;
  streams_.clear();
  for (const RankStream& stream : work.streams) {
    HostStream& to = *streams_.emplace_back(std::make_unique<HostStream>());
    for (const std::uint32_t number : std::set<std::uint32_t>(stream.steps.begin(), stream.steps.end())) {
      const sim::Operation& operation = work.operations[number];
      if (!sim::takes_time(operation)) continue;
      if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
        const auto& communicator = program.communicators[static_cast<std::size_t>(collect->communicator)];
        to.operations[number] = std::make_unique<HostCollective>(*collect, std::ssize(group_of(communicator, world_.rank())));
      } else {
        to.operations[number] = host_operation(operation, world_.rank(), messages_);
      }
    }
  }
  marks_ = std::vector<std::atomic<bool>>(marks);
}

// All ranks go through all collectives of the Program in one order, also those that they take no part in.
void HostDevice::connect() {
  disconnect();
  const auto use = [&](const sim::Operation& operation) {
    connect(std::get<sim::Collect>(operation.action), text_of(*program_, operation));
  };
  for (const sim::Block& block : program_->blocks) for_each_collect(block.operations, use);
  for (const sim::Role& role : program_->roles) {
    for (const sim::Stream& stream : role.streams) for_each_collect(stream.operations, use);
  }
  for (auto& stream : streams_) {
    for (auto& [number, operation] : stream->operations) {
      if (!std::holds_alternative<sim::Collect>(work_->operations[number].action)) continue;
      static_cast<HostCollective&>(*operation).connect(*channels_.at(text_of(*program_, work_->operations[number])));
    }
  }
}

void HostDevice::connect(const sim::Collect& collect, const std::string& text) {
  if (channels_.contains(text)) return;
  const sim::Communicator& communicator = program_->communicators[static_cast<std::size_t>(collect.communicator)];
  const sim::Lattice pattern{0, communicator.members};
  int colour = MPI_UNDEFINED;
  int place = 0;
  for (std::int64_t group = 0; group < communicator.groups.size(); ++group) {
    for (std::int64_t i = 0; i < pattern.size(); ++i) {
      if (communicator.groups.at(group) + pattern.at(i) != world_.rank()) continue;
      colour = static_cast<int>(group);
      place = static_cast<int>(i);
    }
  }
  auto channel = std::make_unique<HostChannel>();
  MPI_Comm_split(MPI_COMM_WORLD, colour, place, &channel->communicator);
  channels_[text] = std::move(channel);
}

void HostDevice::begin() {
  for (auto& stream : streams_) {
    stream->commands.clear();
    stream->done = 0;
  }
  for (std::atomic<bool>& mark : marks_) mark = false;
  slots_ = 0;
}

void HostDevice::enqueue(std::size_t stream, std::uint32_t operation, std::size_t slot) {
  sim::check(slot == slots_, "slots are counted from 0 without gaps");
  ++slots_;
  if (std::holds_alternative<sim::Collect>(work_->operations[operation].action)) {
    static_cast<HostCollective&>(*streams_[stream]->operations.at(operation)).enqueue();
  }
  streams_[stream]->commands.push_back({Command::What::operation, operation, slot});
}

void HostDevice::enqueue_mark(std::size_t stream, std::size_t mark) {
  streams_[stream]->commands.push_back({Command::What::mark, 0, mark});
}

void HostDevice::enqueue_wait(std::size_t stream, std::size_t mark) {
  streams_[stream]->commands.push_back({Command::What::wait, 0, mark});
}

// Only now do the streams run: while they are filled they would run beside who fills them.
std::vector<StepTimes> HostDevice::finish() {
  std::vector<StepTimes> times(slots_);
  world_.watchdog().begin_play([this] { return where(); });
  MPI_Barrier(MPI_COMM_WORLD);
  std::int64_t start = monotonic_nanoseconds() + head_start;
  MPI_Allreduce(MPI_IN_PLACE, &start, 1, MPI_INT64_T, MPI_MAX, MPI_COMM_WORLD);
  std::vector<std::thread> threads;
  for (auto& stream : streams_) threads.emplace_back([&, to = stream.get()] { perform(*to, start, times); });
  for (std::thread& thread : threads) thread.join();
  world_.watchdog().end_play();
  return times;
}

void HostDevice::perform(HostStream& stream, std::int64_t start, std::vector<StepTimes>& times) {
  const auto now = [start] { return sim::Time{(monotonic_nanoseconds() - start) * 1000}; };
  wait_until(start);
  for (const Command& command : stream.commands) {
    switch (command.what) {
      case Command::What::operation:
        times[command.number].posted = now();
        stream.operations.at(command.operation)->run();
        times[command.number].ended = now();
        world_.watchdog().step_done();
        break;
      case Command::What::mark:
        marks_[command.number] = true;
        marks_[command.number].notify_all();
        break;
      case Command::What::wait:
        marks_[command.number].wait(false);
        break;
    }
    stream.done.fetch_add(1, std::memory_order_relaxed);
  }
}

/// The first stream's step, or the first that is not done.
std::string HostDevice::where() const {
  for (std::size_t stream = 0; stream < streams_.size(); ++stream) {
    const std::size_t done = streams_[stream]->done;
    if (done < work_->streams[stream].steps.size()) return place_of(*program_, *work_, world_.rank(), stream, done);
  }
  return "rank " + std::to_string(world_.rank());
}

std::unique_ptr<World> start_host_world(const HostOptions& options) { return std::make_unique<MpiWorld>(options.patience); }

std::unique_ptr<Device> host_device(World& world) {
  auto* mpi = dynamic_cast<MpiWorld*>(&world);
  sim::check(mpi != nullptr, "the host device's world is MPI's");
  return std::make_unique<HostDevice>(*mpi);
}

}  // namespace orrery::realrun
