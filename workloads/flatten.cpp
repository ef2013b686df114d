#include "workloads/flatten.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.h"

namespace orrery::workloads {

using sim::StepKind;

namespace {

// Numbers that tell communications of one alternative apart.
std::array<std::int64_t, 5> identity(const Communication& communication) {
  if (const auto* collect = std::get_if<sim::Collect>(&communication)) {
    return {static_cast<std::int64_t>(collect->kind), collect->count, static_cast<std::int64_t>(collect->type), collect->communicator,
            collect->calls};
  }
  if (const auto* send = std::get_if<sim::Send>(&communication)) return {send->bytes.count, send->offset, send->tag, 0, 0};
  const auto& receive = std::get<sim::Receive>(communication);
  if (!receive.offset || !receive.tag) {
    throw sim::Error(
        {.place = "", .what = "a receive from any rank or with any tag is not modelled yet", .remedy = "name the sender and the tag"},
        sim::ErrorKind::unavailable);
  }
  return {receive.bytes.count, *receive.offset, *receive.tag, 0, 0};
}

sim::BytesPerSecond rate_of(sim::CopyKind kind, const HostRates& host) {
  switch (kind) {
    case sim::CopyKind::device:
    case sim::CopyKind::to_host:
    case sim::CopyKind::from_host:
      return host.link;
    case sim::CopyKind::host:
      return host.memory;
    case sim::CopyKind::to_storage:
      return host.storage_write;
    case sim::CopyKind::from_storage:
      return host.storage_read;
  }
  return {};
}

float share(std::int64_t part, std::int64_t of) { return static_cast<float>(static_cast<double>(part) / static_cast<double>(of)); }

}  // namespace

Flattener::Flattener(const sim::Program& program, const KernelTimes& times, const HostRates& host, const LoweringOptions& options)
    : program_(program), times_(times), host_(host), options_(options) {}

const KernelTimes::Estimate& Flattener::kernel_time(const sim::Kernel& kernel) {
  const auto [entry, is_new] =
      kernel_times_.try_emplace({static_cast<int>(kernel.kind), static_cast<int>(kernel.type), kernel.shape}, KernelTimes::Estimate{});
  if (is_new) {
    const double slowdown = options_.compute_slowdown * (sim::is_attention(kernel.kind) ? options_.attention_slowdown : 1);
    entry->second = times_.estimate(kernel);
    entry->second.duration = sim::Duration::ceil_seconds(entry->second.duration.seconds() * slowdown);
  }
  return entry->second;
}

void Flattener::append_work(std::uint8_t label, const KernelTimes::Estimate& time, std::int64_t kernels, Drafts& to) const {
  const std::int64_t ticks = time.duration.ticks;
  const double deviation = kernels > 0 ? options_.noise.kernels * static_cast<double>(ticks) : 0;
  append_draft({.step = {StepKind::work, label, 0, 0},
                .kernels = kernels,
                .on_device = ticks,
                .memory = time.bound_by_memory ? ticks : 0,
                .variance = deviation * deviation},
               to);
}

// The CPU is not held up by what comes between kernels: over all of them it is behind or not, and each waits for its share.
void Flattener::settle(std::span<Draft> drafts) const {
  std::int64_t kernels = 0;
  std::int64_t on_device = 0;
  for (const Draft& draft : drafts) {
    kernels = sim::detail::checked_add(kernels, draft.kernels);
    on_device = sim::detail::checked_add(on_device, draft.on_device);
  }
  const std::int64_t on_host = (options_.host_per_kernel * kernels).ticks;
  const std::int64_t gaps = (options_.launch_gap * kernels).ticks;
  const std::int64_t slack = options_.blocking_launches ? sim::detail::checked_add(on_host, gaps) : std::max(on_host - on_device, gaps);
  std::int64_t left = slack;
  for (Draft& draft : drafts) {
    const std::int64_t share = draft.kernels == kernels ? left : left / kernels * draft.kernels;
    left -= share;
    kernels -= draft.kernels;
    draft.step.amount = sim::detail::checked_add(draft.step.amount, sim::detail::checked_add(draft.on_device, share));
    draft.slack += share;
    draft.kernels = draft.on_device = 0;
  }
}

// What leaves the device is no work of its processor.
void Flattener::append_copy(std::uint8_t label, const sim::Copy& copy, Drafts& to) {
  if (copy.kind == sim::CopyKind::device) {
    return append_work(label, kernel_time({sim::KernelKind::elementwise, sim::DataType::int8, {copy.bytes.count, 1, 1, 1}}), 1, to);
  }
  const sim::BytesPerSecond rate = rate_of(copy.kind, host_);
  if (rate.value <= 0) {
    throw sim::Error({.place = "",
                      .what = "how fast a copy \"" + std::string(name_of(copy.kind)) + "\" is, no node says",
                      .remedy = "give the node its \"host\": memory_bandwidth, storage_read and storage_write"},
                     sim::ErrorKind::unavailable);
  }
  to.push_back({{StepKind::pause, label, 0, (copy.bytes / rate).ticks}, 0});
}

void Flattener::append_draft(const Draft& draft, Drafts& to) const {
  if (draft.step.kind == StepKind::work && !to.empty() && to.back().step.kind == StepKind::work &&
      to.back().step.label == draft.step.label) {
    to.back().step.amount = sim::detail::checked_add(to.back().step.amount, draft.step.amount);
    to.back().kernels = sim::detail::checked_add(to.back().kernels, draft.kernels);
    to.back().on_device = sim::detail::checked_add(to.back().on_device, draft.on_device);
    to.back().slack += draft.slack;
    to.back().memory += draft.memory;
    to.back().variance += draft.variance;
  } else {
    to.push_back(draft);
  }
}

void Flattener::append_communication(std::uint8_t label, const Communication& communication, Drafts& to) {
  const auto numbers = identity(communication);
  const auto [entry, is_new] = number_of_.try_emplace({communication.index(), numbers[0], numbers[1], numbers[2], numbers[3]},
                                                      static_cast<std::uint32_t>(table_.size()));
  if (is_new) table_.push_back({communication});
  const bool is_launched = std::holds_alternative<sim::Collect>(communication) && !to.empty() && to.back().step.kind == StepKind::work;
  if (is_launched) ++to.back().kernels;
  to.push_back({{StepKind::join, label, entry->second, 0}, 0});
}

const Flattener::Drafts& Flattener::block(std::int32_t index) {
  while (std::ssize(blocks_) <= index) {  // blocks call lower ones only, so in order of index each finds its own ready
    Drafts drafts;
    for (const auto& operation : program_.blocks[blocks_.size()].operations) append(operation, drafts);
    settle(drafts);
    blocks_.push_back(std::move(drafts));
  }
  return blocks_[static_cast<std::size_t>(index)];
}

void Flattener::append(const sim::Operation& operation, Drafts& to) {
  const auto event_step = [](StepKind kind, std::int32_t event) { return Draft{{kind, 0, static_cast<std::uint32_t>(event), 0}, 0}; };
  if (const auto* compute = std::get_if<sim::Compute>(&operation.action)) {
    append_work(operation.label, kernel_time(compute->kernel), 1, to);
  } else if (const auto* busy = std::get_if<sim::Busy>(&operation.action)) {
    append_work(operation.label, {busy->duration}, 0, to);
  } else if (const auto* pause = std::get_if<sim::Pause>(&operation.action)) {
    to.push_back({{StepKind::pause, operation.label, 0, pause->duration.ticks}, 0});
  } else if (const auto* copy = std::get_if<sim::Copy>(&operation.action)) {
    append_copy(operation.label, *copy, to);
  } else if (const auto* collect = std::get_if<sim::Collect>(&operation.action)) {
    append_communication(operation.label, *collect, to);
  } else if (const auto* send = std::get_if<sim::Send>(&operation.action)) {
    append_communication(operation.label, *send, to);
  } else if (const auto* receive = std::get_if<sim::Receive>(&operation.action)) {
    append_communication(operation.label, *receive, to);
  } else if (const auto* record = std::get_if<sim::Record>(&operation.action)) {
    to.push_back(event_step(record->when == sim::Record::When::done ? StepKind::record : StepKind::record_begun, record->event));
  } else if (const auto* wait = std::get_if<sim::Wait>(&operation.action)) {
    to.push_back(event_step(StepKind::wait, wait->event));
  } else {
    const auto& call = std::get<sim::Call>(operation.action);
    const Drafts& body = block(call.block);
    for (std::int32_t i = 0; i < call.times; ++i) {
      for (const Draft& draft : body) append_draft(draft, to);
    }
  }
}

std::uint32_t Flattener::number_of_mix(float memory, float slack, Result& result) {
  std::vector<sim::Mix>& mixes = result.script.mixes;
  const auto [entry, is_new] = mixes_.try_emplace({memory, slack}, static_cast<std::uint32_t>(mixes.size()));
  if (is_new) mixes.push_back({memory, slack});
  return entry->second;
}

// Slots are numbered as they are met; a wait is for as many records as this stream has waited for.
std::vector<sim::Step> Flattener::finished(const Drafts& drafts, Result& result) {
  std::vector<sim::Step> steps;
  steps.reserve(drafts.size());
  std::map<std::uint32_t, std::int64_t> waits;
  for (Draft draft : drafts) {
    settle({&draft, 1});
    sim::Step& step = draft.step;
    if (step.kind == StepKind::work) {
      if (step.amount > 0) step.target = number_of_mix(share(draft.memory, step.amount), share(draft.slack, step.amount), result);
      step.deviation = std::sqrt(draft.variance);
    } else if (step.kind == StepKind::wait) {
      step.amount = ++waits[step.target];
    } else if (step.kind == StepKind::join) {
      Entry& entry = table_[step.target];
      if (std::exchange(entry.roles, roles_) != roles_) {
        entry.slot = static_cast<std::uint32_t>(result.slots.size());
        result.slots.push_back(entry.what);
      }
      step.target = entry.slot;
    }
    steps.push_back(step);
  }
  return steps;
}

Flattener::Result Flattener::flatten(const sim::Role& role) {
  Result result;
  ++roles_;
  mixes_.clear();
  for (const sim::Stream& stream : role.streams) {
    stream_.clear();
    for (const auto& operation : stream.operations) append(operation, stream_);
    result.script.streams.push_back(finished(stream_, result));
  }
  result.script.slots = static_cast<std::uint32_t>(result.slots.size());
  result.script.events = static_cast<std::uint32_t>(role.events);
  return result;
}

}  // namespace orrery::workloads
