// The device of realrun/host.h: a thread a stream.
#pragma once

#include <mpi.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "realrun/device.h"
#include "realrun/host_operations.h"
#include "realrun/mpi_world.h"

namespace orrery::realrun {

class HostDevice : public Device {
 public:
  explicit HostDevice(MpiWorld& world);
  ~HostDevice() override;
  HostDevice(const HostDevice&) = delete;
  HostDevice& operator=(const HostDevice&) = delete;

  DeviceFacts facts() const override;
  void prepare(const sim::Program& program, const RankWork& work, std::size_t marks) override;
  void connect() override;
  void begin() override;
  void enqueue(std::size_t stream, std::uint32_t operation, std::size_t slot) override;
  void enqueue_mark(std::size_t stream, std::size_t mark) override;
  void enqueue_wait(std::size_t stream, std::size_t mark) override;
  std::vector<StepTimes> finish() override;

 private:
  struct Command {
    enum class What : std::uint8_t { operation, mark, wait };
    What what;
    std::uint32_t operation = 0;
    std::size_t number = 0;  // slot or mark
  };
  struct HostStream {
    std::vector<Command> commands;
    std::map<std::uint32_t, std::unique_ptr<HostOperation>> operations;
    std::atomic<std::size_t> done{0};  // commands
  };

  void connect(const sim::Collect& collect, const std::string& text);
  void perform(HostStream& stream, std::int64_t start, std::vector<StepTimes>& times);
  std::string where() const;
  void disconnect();

  MpiWorld& world_;
  const sim::Program* program_ = nullptr;
  const RankWork* work_ = nullptr;
  MPI_Comm messages_ = MPI_COMM_NULL;
  std::map<std::string, std::unique_ptr<HostChannel>> channels_;  // by the operation's text
  std::vector<std::unique_ptr<HostStream>> streams_;
  std::vector<std::atomic<bool>> marks_;
  std::size_t slots_ = 0;
};

}  // namespace orrery::realrun
