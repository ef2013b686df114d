#include "workloads/training_program.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "workloads/labels.h"
#include "workloads/layer_operations.h"
#include "workloads/schedule.h"
#include "workloads/stages.h"

namespace orrery::workloads {

using sim::CollectiveKind;
using sim::KernelKind;
using sim::Operation;

namespace {

enum CommunicatorIndex : std::int32_t { tensor_group, data_group, norm_group, embedding_group };
enum BlockIndex : std::int32_t { layer_forward, layer_backward, embedding_forward, embedding_backward, head_forward, head_backward };

// Events of a rank: four for each direction of the pipeline, two for the gradients, four for weights that ZeRO-3 shards.
constexpr std::int32_t computed(Pass pass) { return static_cast<std::int32_t>(pass); }
constexpr std::int32_t sent(Pass pass) { return 2 + static_cast<std::int32_t>(pass); }
constexpr std::int32_t ready(Pass pass) { return 4 + static_cast<std::int32_t>(pass); }
constexpr std::int32_t received(Pass pass) { return 6 + static_cast<std::int32_t>(pass); }
constexpr std::int32_t gradients_ready = 8;
constexpr std::int32_t gradients_reduced = 9;
constexpr std::int32_t layer_gathered = 10;
constexpr std::int32_t layer_done = 11;
constexpr std::int32_t rest_gathered = 12;
constexpr std::int32_t rest_done = 13;
constexpr std::int32_t event_count = 14;

template <class Action>
Operation labelled(Label label, Action action) {
  return {number(label), std::move(action)};
}
template <class Action>
Operation unlabelled(Action action) {
  return {0, std::move(action)};
}

// Writes the streams of one pipeline rank.
class RoleWriter {
 public:
  RoleWriter(const TrainingJob& job, const Software& software, const std::vector<Stage>& stages, int rank)
      : job_(job), software_(software), stages_(stages), rank_(rank) {}

  sim::Role write();

 private:
  struct Link {
    std::vector<Operation> send;
    std::vector<Operation> receive;
  };

  std::int32_t virtual_stage(const Slot& slot) const { return slot.chunk * job_.parallelism.pipeline + rank_; }
  const Stage& stage(const Slot& slot) const { return stages_[static_cast<std::size_t>(virtual_stage(slot))]; }
  bool is_first(const Slot& slot) const { return virtual_stage(slot) == 0; }
  bool is_last(const Slot& slot) const { return virtual_stage(slot) == std::ssize(stages_) - 1; }
  bool needs_input(const Slot& slot) const { return slot.pass == Pass::forward ? !is_first(slot) : !is_last(slot); }
  bool gives_output(const Slot& slot) const { return slot.pass == Pass::forward ? !is_last(slot) : !is_first(slot); }
  /// Rank offset of the pipeline neighbour that a pass goes on to; the one it comes from with `towards` = -1.
  std::int32_t neighbour(Pass pass, int towards) const;
  sim::Bytes transfer_bytes() const;

  /// Between the last rank's chunk and the first rank's next one. Such a pass is needed pipeline - 1 passes after it was made, so
  /// Megatron-LM posts its receive that much ahead.
  bool wraps_around(const Slot& slot) const { return slot.pass == Pass::forward ? rank_ == 0 : rank_ == job_.parallelism.pipeline - 1; }

  void post_receives(const std::vector<Slot>& phase);
  void await_receives(const std::vector<Slot>& phase);
  void post_send(const Slot& slot);
  void await_send(const Slot& slot);
  void call(std::int32_t block, std::int64_t times);
  void compute(const Slot& slot);
  bool shards_weights() const { return job_.parallelism.zero == 3 && job_.parallelism.data > 1; }
  void compute_sharded(const Slot& slot);
  void gather(std::int64_t parameters, std::int32_t gathered);
  void catch_up(std::size_t ahead, std::int64_t layer);
  void finish_iteration();
  void reduce_beside(std::int64_t parameters);
  void reduce(std::vector<Operation>& to, std::int64_t parameters) const;
  std::int64_t local_parameters() const;

  const TrainingJob& job_;
  const Software& software_;
  const std::vector<Stage>& stages_;
  int rank_;
  std::vector<Operation> main_;
  Link links_[2];
  std::vector<Operation> data_;
  std::deque<Pass> passes_;  // of layers whose end the data stream has not waited for yet
};

std::int32_t RoleWriter::neighbour(Pass pass, int towards) const {
  const int p = job_.parallelism.pipeline;
  const int step = pass == Pass::forward ? towards : -towards;
  const int other = (rank_ + step + p) % p;
  return (other - rank_) * job_.parallelism.tensor * job_.parallelism.data;
}

sim::Bytes RoleWriter::transfer_bytes() const {
  const std::int64_t elements = job_.micro_batch * job_.sequence_length * job_.model.hidden;
  const bool split = software_.scatter_gather || job_.parallelism.sequence;
  return {elements * sim::size_of(job_.precision) / (split ? job_.parallelism.tensor : 1)};
}

void RoleWriter::post_receives(const std::vector<Slot>& phase) {
  for (const Slot& slot : phase) {
    if (!needs_input(slot)) continue;
    auto& stream = links_[static_cast<int>(slot.pass)].receive;
    if (software_.blocking_pipeline && !wraps_around(slot)) {
      main_.push_back(unlabelled(sim::Record{ready(slot.pass)}));
      stream.push_back(unlabelled(sim::Wait{ready(slot.pass)}));
    }
    const auto tag = static_cast<std::int32_t>(slot.pass);
    stream.push_back(labelled(Label::pipeline_transfer, sim::Receive{transfer_bytes(), neighbour(slot.pass, -1), tag}));
    stream.push_back(unlabelled(sim::Record{received(slot.pass)}));
  }
}

void RoleWriter::await_receives(const std::vector<Slot>& phase) {
  for (const Slot& slot : phase) {
    if (needs_input(slot)) main_.push_back(unlabelled(sim::Wait{received(slot.pass)}));
  }
}

void RoleWriter::post_send(const Slot& slot) {
  if (!gives_output(slot)) return;
  auto& stream = links_[static_cast<int>(slot.pass)].send;
  main_.push_back(unlabelled(sim::Record{computed(slot.pass)}));
  stream.push_back(unlabelled(sim::Wait{computed(slot.pass)}));
  stream.push_back(
      labelled(Label::pipeline_transfer, sim::Send{transfer_bytes(), neighbour(slot.pass, 1), static_cast<std::int32_t>(slot.pass)}));
  if (software_.blocking_pipeline) stream.push_back(unlabelled(sim::Record{sent(slot.pass)}));
}

void RoleWriter::await_send(const Slot& slot) {
  if (gives_output(slot) && software_.blocking_pipeline) main_.push_back(unlabelled(sim::Wait{sent(slot.pass)}));
}

void RoleWriter::call(std::int32_t block, std::int64_t times) {
  if (times > 0) main_.push_back(unlabelled(sim::Call{block, static_cast<std::int32_t>(times)}));
}

void RoleWriter::compute(const Slot& slot) {
  if (shards_weights()) return compute_sharded(slot);
  const Stage& here = stage(slot);
  if (needs_input(slot) && software_.scatter_gather && !job_.parallelism.sequence && job_.parallelism.tensor > 1) {
    const std::int64_t share = transfer_bytes().count / sim::size_of(job_.precision);
    main_.push_back(labelled(Label::pipeline_transfer, sim::Collect{CollectiveKind::all_gather, share, job_.precision, tensor_group}));
  }
  if (slot.pass == Pass::forward) {
    call(embedding_forward, here.embedding ? 1 : 0);
    call(layer_forward, here.layers);
    call(head_forward, here.head ? 1 : 0);
    return;
  }
  call(head_backward, here.head ? 1 : 0);
  const bool last = slot.micro_batch == job_.micro_batches() - 1;
  const bool reduces = job_.parallelism.data > 1 && (last || job_.parallelism.zero == 2);  // ZeRO-2 keeps no whole gradients
  if (reduces && software_.overlap_gradients) {
    const std::int64_t layer = layer_parameters(job_.model) / job_.parallelism.tensor;
    for (std::int64_t i = 0; i < here.layers; ++i) {
      call(layer_backward, 1);
      reduce_beside(layer);
    }
    call(embedding_backward, here.embedding ? 1 : 0);
    reduce_beside(stage_parameters(job_, here) - here.layers * layer);
    return;
  }
  call(layer_backward, here.layers);
  call(embedding_backward, here.embedding ? 1 : 0);
  if (reduces && job_.parallelism.zero == 2) reduce(main_, stage_parameters(job_, here));
}

// ZeRO-3 as PyTorch's FSDP does it (Zhao et al. 2023, arXiv 2304.11277, sections 3.3 and 4): a layer's weights come together on the data
// stream one layer ahead of its use, forward and backward, and its gradients are shared out behind its backward pass; embedding, head and
// last norm stay together for the whole micro-batch. Gathers and reductions share a communicator, so that they go one after the other.
void RoleWriter::compute_sharded(const Slot& slot) {
  const Stage& here = stage(slot);
  const std::int64_t layer = layer_parameters(job_.model) / job_.parallelism.tensor;
  const std::int64_t rest = stage_parameters(job_, here) - here.layers * layer;
  const bool forward = slot.pass == Pass::forward;
  if (forward) {
    gather(rest, rest_gathered);
    call(embedding_forward, here.embedding ? 1 : 0);
  } else {
    call(head_backward, here.head ? 1 : 0);
  }
  for (std::int64_t i = 0; i < here.layers; ++i) {
    catch_up(1, layer);
    gather(layer, layer_gathered);
    call(forward ? layer_forward : layer_backward, 1);
    main_.push_back(unlabelled(sim::Record{layer_done}));
    passes_.push_back(slot.pass);
  }
  if (forward) return call(head_forward, here.head ? 1 : 0);
  call(embedding_backward, here.embedding ? 1 : 0);
  main_.push_back(unlabelled(sim::Record{rest_done}));
  catch_up(0, layer);
  data_.push_back(unlabelled(sim::Wait{rest_done}));
  reduce(data_, rest);
}

// Weights that the data group shards; the main stream waits for them.
void RoleWriter::gather(std::int64_t parameters, std::int32_t gathered) {
  const std::int64_t data = job_.parallelism.data;
  const std::int64_t share = (parameters + data - 1) / data;
  data_.push_back(labelled(Label::data, sim::Collect{CollectiveKind::all_gather, share, job_.precision, data_group}));
  data_.push_back(unlabelled(sim::Record{gathered}));
  main_.push_back(unlabelled(sim::Wait{gathered}));
}

// Holds the data stream until all but `ahead` passes through layers are done, and shares out the gradients of those.
void RoleWriter::catch_up(std::size_t ahead, std::int64_t layer) {
  for (; passes_.size() > ahead; passes_.pop_front()) {
    data_.push_back(unlabelled(sim::Wait{layer_done}));
    if (passes_.front() == Pass::backward) reduce(data_, layer);
  }
}

// As soon as the main stream has come so far, on the data stream.
void RoleWriter::reduce_beside(std::int64_t parameters) {
  if (parameters <= 0) return;
  main_.push_back(unlabelled(sim::Record{gradients_ready}));
  data_.push_back(unlabelled(sim::Wait{gradients_ready}));
  reduce(data_, parameters);
}

// Over the data-parallel group: whole gradients, or each rank's share where ZeRO shards them.
void RoleWriter::reduce(std::vector<Operation>& to, std::int64_t parameters) const {
  const std::int64_t data = job_.parallelism.data;
  if (data == 1) return;
  const bool sharded = job_.parallelism.zero >= 1;
  const auto kind = sharded ? CollectiveKind::reduce_scatter : CollectiveKind::all_reduce;
  to.push_back(
      labelled(Label::data, sim::Collect{kind, sharded ? (parameters + data - 1) / data : parameters, job_.reductions, data_group}));
}

std::int64_t RoleWriter::local_parameters() const {
  std::int64_t sum = 0;
  for (const Stage& held : stages_of_rank(stages_, job_.parallelism.pipeline, rank_)) sum += stage_parameters(job_, held);
  return sum;
}

// Gradients over the data group and between the two copies of a tied embedding; then clipping and Adam, on a share of the weights with
// ZeRO.
void RoleWriter::finish_iteration() {
  const Parallelism& parallelism = job_.parallelism;
  const std::int64_t parameters = local_parameters();
  const std::int64_t data = parallelism.data;
  if ((software_.overlap_gradients && data > 1) || shards_weights()) {
    data_.push_back(unlabelled(sim::Record{gradients_reduced}));
    main_.push_back(unlabelled(sim::Wait{gradients_reduced}));
  } else if (parallelism.zero != 2) {
    reduce(main_, parameters);
  }
  const bool holds_tied = job_.model.tied_embeddings && (rank_ == 0 || rank_ == parallelism.pipeline - 1) && parallelism.pipeline > 1;
  if (holds_tied) {
    const std::int64_t table = padded_vocabulary(job_) / parallelism.tensor * job_.model.hidden;
    main_.push_back(labelled(Label::cross_stage, sim::Collect{CollectiveKind::all_reduce, table, job_.reductions, embedding_group}));
  }
  const std::int64_t owned = parallelism.zero >= 1 ? (parameters + data - 1) / data : parameters;
  const auto kernel = [this](KernelKind kind, sim::DataType type, std::int64_t a, std::int64_t b, std::int64_t c) {
    main_.push_back(labelled(Label::optimizer, sim::Compute{{kind, type, {a, b, c, 1}}}));
  };
  if (sim::size_of(software_.gradient_type) < sim::size_of(sim::DataType::fp32)) {
    kernel(KernelKind::elementwise, software_.gradient_type, owned, 1, 2);  // into fp32
  }
  kernel(KernelKind::elementwise, sim::DataType::fp32, owned, 1, 1);  // unscaled
  kernel(KernelKind::gradient_norm, sim::DataType::fp32, owned, 1, 1);
  const int sharers = parallelism.tensor * parallelism.pipeline * (parallelism.zero >= 1 ? parallelism.data : 1);
  if (sharers > 1) {
    main_.push_back(labelled(Label::cross_stage, sim::Collect{CollectiveKind::all_reduce, 1, sim::DataType::fp32, norm_group}));
  }
  kernel(KernelKind::elementwise, sim::DataType::fp32, owned, 1, 1);  // clipped
  kernel(KernelKind::adam, job_.precision, owned, 1, 1);
  if (parallelism.zero >= 1 && data > 1 && !shards_weights()) {
    main_.push_back(labelled(Label::data, sim::Collect{CollectiveKind::all_gather, owned, job_.precision, data_group}));
  }
}

sim::Role RoleWriter::write() {
  const auto phases = pipeline_phases(job_, rank_);
  post_receives(phases.front());
  await_receives(phases.front());
  for (std::size_t i = 0; i < phases.size(); ++i) {
    for (const Slot& slot : phases[i]) compute(slot);
    for (const Slot& slot : phases[i]) post_send(slot);
    if (i + 1 < phases.size()) post_receives(phases[i + 1]);
    for (const Slot& slot : phases[i]) await_send(slot);
    if (i + 1 < phases.size()) await_receives(phases[i + 1]);
  }
  finish_iteration();

  const std::int32_t width = job_.parallelism.tensor * job_.parallelism.data;
  sim::Role role{.name = "stage" + std::to_string(rank_),
                 .ranks = {.first = rank_ * width, .extents = {{width, 1}}},
                 .events = event_count,
                 .streams = {}};
  const auto add = [&role](const char* name, std::vector<Operation>& operations) {
    if (!operations.empty()) role.streams.push_back({.name = name, .operations = std::move(operations)});
  };
  add("main", main_);
  add("forward_receive", links_[0].receive);
  add("forward_send", links_[0].send);
  add("backward_receive", links_[1].receive);
  add("backward_send", links_[1].send);
  add("data", data_);
  return role;
}

std::vector<sim::Communicator> communicators(const Parallelism& parallelism) {
  const int t = parallelism.tensor;
  const int d = parallelism.data;
  const int p = parallelism.pipeline;
  std::vector<sim::Communicator> result;
  result.push_back({.name = "tensor", .groups = {.first = 0, .extents = {{p * d, t}}}, .members = {{t, 1}}});
  result.push_back({.name = "data", .groups = {.first = 0, .extents = {{t, 1}, {p, t * d}}}, .members = {{d, t}}});
  // The norm of all gradients: over tensor and pipeline ranks, and over the data group too where ZeRO shards what is summed.
  if (parallelism.zero >= 1) {
    result.push_back({.name = "world", .groups = {.first = 0, .extents = {}}, .members = {{t * d * p, 1}}});
  } else {
    result.push_back({.name = "model", .groups = {.first = 0, .extents = {{d, t}}}, .members = {{t, 1}, {p, t * d}}});
  }
  if (p > 1) result.push_back({.name = "embedding", .groups = {.first = 0, .extents = {{t * d, 1}}}, .members = {{2, (p - 1) * t * d}}});
  return result;
}

}  // namespace

sim::Program training_program(const TrainingJob& job, const Software& software) {
  const auto stages = partition(job, software);
  const LayerOperations layer(job, software, tensor_group);
  sim::Program program;
  program.name = job.model.name.empty() ? "training" : job.model.name;
  program.ranks = static_cast<std::int32_t>(job.gpus());
  program.labels.assign(label_names.begin(), label_names.end());
  program.communicators = communicators(job.parallelism);
  program.blocks = {{"layer_forward", layer.forward()},
                    {"layer_backward", layer.backward()},
                    {"embedding_forward", layer.embedding_forward()},
                    {"embedding_backward", layer.embedding_backward()},
                    {"head_forward", layer.head_forward()},
                    {"head_backward", layer.head_backward()}};
  for (int rank = 0; rank < job.parallelism.pipeline; ++rank) program.roles.push_back(RoleWriter(job, software, stages, rank).write());
  return program;
}

}  // namespace orrery::workloads
