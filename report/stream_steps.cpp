#include "report/stream_steps.h"

namespace orrery::report {
namespace {

class StepGatherer {
 public:
  StepGatherer(const sim::Program& program, const std::function<void(std::uint32_t, Operations)>& visit)
      : program_(program), visit_(visit) {}

  void add(const std::vector<sim::Operation>& operations) {
    for (const sim::Operation& operation : operations) {
      const auto* const call = std::get_if<sim::Call>(&operation.action);
      if (call == nullptr) {
        add(operation);
        continue;
      }
      for (std::int32_t i = 0; i < call->times; ++i) add(program_.blocks[static_cast<std::size_t>(call->block)].operations);
    }
  }

  void finish() {
    if (!of_step_.empty()) visit_(step_++, of_step_);
    of_step_.clear();
  }

 private:
  void add(const sim::Operation& operation) {
    const bool goes_on =
        !of_step_.empty() && is_device_work(operation) && is_device_work(*of_step_.back()) && operation.label == of_step_.back()->label;
    if (!goes_on) finish();
    of_step_.push_back(&operation);
  }

  const sim::Program& program_;
  const std::function<void(std::uint32_t, Operations)>& visit_;
  std::vector<const sim::Operation*> of_step_;
  std::uint32_t step_ = 0;
};

std::int64_t count_of(const std::vector<sim::Operation>& operations, const std::vector<std::int64_t>& blocks) {
  std::int64_t count = 0;
  for (const sim::Operation& operation : operations) {
    const auto* const call = std::get_if<sim::Call>(&operation.action);
    count += call == nullptr ? 1 : blocks[static_cast<std::size_t>(call->block)] * call->times;
  }
  return count;
}

}  // namespace

bool is_device_work(const sim::Operation& operation) {
  if (const auto* const copy = std::get_if<sim::Copy>(&operation.action)) return copy->kind == sim::CopyKind::device;
  return std::holds_alternative<sim::Compute>(operation.action) || std::holds_alternative<sim::Busy>(operation.action);
}

void each_step(const sim::Program& program, const sim::Stream& stream, const std::function<void(std::uint32_t, Operations)>& visit) {
  StepGatherer gatherer(program, visit);
  gatherer.add(stream.operations);
  gatherer.finish();
}

std::vector<std::int64_t> operations_of_roles(const sim::Program& program) {
  std::vector<std::int64_t> blocks;
  for (const sim::Block& block : program.blocks) blocks.push_back(count_of(block.operations, blocks));
  std::vector<std::int64_t> counts;
  for (const sim::Role& role : program.roles) {
    std::int64_t count = 0;
    for (const sim::Stream& stream : role.streams) count += count_of(stream.operations, blocks);
    counts.push_back(count);
  }
  return counts;
}

}  // namespace orrery::report
