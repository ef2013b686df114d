#include "workloads/training_program.h"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "workloads/context_operations.h"
#include "workloads/labels.h"
#include "workloads/offload_streams.h"
#include "workloads/optimizer_step.h"
#include "workloads/replica_exchange.h"
#include "workloads/schedule.h"
#include "workloads/stages.h"
#include "workloads/tensor_overlap.h"
#include "workloads/training_blocks.h"
#include "workloads/training_groups.h"

namespace orrery::workloads {

using sim::CollectiveKind;
using sim::Operation;

namespace {

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
constexpr std::int32_t event_count = first_ring_event;

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
  RoleWriter(const TrainingJob& job, const Software& software, const std::vector<Stage>& stages, const TrainingGroups& groups,
             const TrainingBlocks& blocks, int rank)
      : job_(job), software_(software), stages_(stages), groups_(groups), blocks_(blocks), rank_(rank), offload_(job, software) {}

  /// Of those at such places.
  sim::Role write(const RingPlaces& places);

 private:
  struct Link {
    std::vector<Operation> send;
    std::vector<Operation> receive;
  };

  std::int32_t virtual_stage(const Slot& slot) const { return slot.chunk * job_.parallelism.pipeline + rank_; }
  const Stage& stage(const Slot& slot) const { return stages_[static_cast<std::size_t>(virtual_stage(slot))]; }
  bool is_first(const Slot& slot) const { return virtual_stage(slot) == 0; }
  bool is_last(const Slot& slot) const { return virtual_stage(slot) == std::ssize(stages_) - 1; }
  bool needs_input(const Slot& slot) const {
    return slot.pass == Pass::forward ? !is_first(slot) : slot.pass == Pass::backward && !is_last(slot);
  }
  bool gives_output(const Slot& slot) const {
    return slot.pass == Pass::forward ? !is_last(slot) : slot.pass == Pass::backward && !is_first(slot);
  }
  /// Rank offset of the pipeline neighbour that a pass goes on to; the one it comes from with `towards` = -1.
  std::int32_t neighbour(Pass pass, int towards) const;
  sim::Bytes transfer_bytes() const { return pipeline_transfer_bytes(job_, software_); }

  /// Between the last rank's chunk and the first rank's next one. Such a pass is needed pipeline - 1 passes after it was made, so
  /// Megatron-LM posts its receive that much ahead.
  bool wraps_around(const Slot& slot) const { return slot.pass == Pass::forward ? rank_ == 0 : rank_ == job_.parallelism.pipeline - 1; }

  bool blocks_on_transfers() const { return workloads::blocks_on_transfers(job_, software_); }
  void post_receives(const std::vector<Slot>& phase);
  void await_receives(const std::vector<Slot>& phase);
  void post_send(const Slot& slot);
  void await_send(const Slot& slot);
  void call(const TrainingBlocks::Passes& blocks, Pass pass, std::int64_t times);
  const TrainingBlocks::Passes& blocks_of(LayerKind kind) const;
  void call_layers(const Stage& stage, Pass pass);
  void compute(const Slot& slot);
  void compute_sharded(const Slot& slot);
  void catch_up(std::size_t ahead);
  void finish_iteration();
  void gather(const LocalWeights& weights);
  void compute_by_layers(const Slot& slot);
  void reduce_beside(const LocalWeights& weights);
  LocalWeights local_weights() const;

  const TrainingJob& job_;
  const Software& software_;
  const std::vector<Stage>& stages_;
  const TrainingGroups& groups_;
  const TrainingBlocks& blocks_;
  int rank_;
  std::vector<Operation> main_;
  Link links_[2];
  std::vector<Operation> data_;
  std::vector<Operation> tensor_;
  OffloadStreams offload_;
  struct LayerPass {
    Slot slot;
    LayerKind kind;
  };
  std::deque<LayerPass> passes_;  // whose end the data stream has not waited for yet
};

std::int32_t RoleWriter::neighbour(Pass pass, int towards) const {
  const int p = job_.parallelism.pipeline;
  const int step = pass == Pass::forward ? towards : -towards;
  const int other = (rank_ + step + p) % p;
  return (other - rank_) * job_.parallelism.tensor * job_.parallelism.replicas();
}

void RoleWriter::post_receives(const std::vector<Slot>& phase) {
  for (const Slot& slot : phase) {
    if (!needs_input(slot)) continue;
    auto& stream = links_[static_cast<int>(slot.pass)].receive;
    if (blocks_on_transfers() && !wraps_around(slot)) {
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
  if (blocks_on_transfers()) stream.push_back(unlabelled(sim::Record{sent(slot.pass)}));
}

void RoleWriter::await_send(const Slot& slot) {
  if (gives_output(slot) && blocks_on_transfers()) main_.push_back(unlabelled(sim::Wait{sent(slot.pass)}));
}

void RoleWriter::call(const TrainingBlocks::Passes& blocks, Pass pass, std::int64_t times) {
  const std::int32_t block = blocks.of(pass);
  if (block < 0 || times == 0) return;
  main_.push_back(unlabelled(sim::Call{block, static_cast<std::int32_t>(times)}));
  const std::int32_t beside = blocks_.beside[static_cast<std::size_t>(block)];
  if (beside >= 0) tensor_.push_back(unlabelled(sim::Call{beside, static_cast<std::int32_t>(times)}));
}

// Those of a mixture of experts that have none come first.
LayerKind kind_of_layer(const TrainingJob& job, const Stage& stage, std::int64_t layer) {
  return layer < stage.dense ? LayerKind::dense : usual_kind(job.model);
}

const TrainingBlocks::Passes& RoleWriter::blocks_of(LayerKind kind) const {
  return kind == usual_kind(job_.model) ? blocks_.layer : blocks_.dense;
}

void RoleWriter::call_layers(const Stage& stage, Pass pass) {
  if (pass == Pass::forward) call(blocks_.dense, pass, stage.dense);
  call(blocks_.layer, pass, stage.layers - stage.dense);
  if (pass != Pass::forward) call(blocks_.dense, pass, stage.dense);
}

void RoleWriter::compute(const Slot& slot) {
  if (job_.parallelism.gathers_weights()) return compute_sharded(slot);
  const Stage& here = stage(slot);
  if (needs_input(slot) && gathers_transfers(job_, software_)) {
    const std::int64_t share = transfer_bytes().count / sim::size_of(job_.precision);
    main_.push_back(labelled(Label::pipeline_transfer, sim::Collect{CollectiveKind::all_gather, share, job_.precision, groups_.tensor}));
  }
  const std::int64_t embedding = here.embedding ? 1 : 0;
  const std::int64_t head = here.head ? 1 : 0;
  if (slot.pass == Pass::forward) {
    call(blocks_.embedding, slot.pass, embedding);
    call_layers(here, slot.pass);
    call(blocks_.head, slot.pass, head);
    return;
  }
  call(blocks_.head, slot.pass, head);
  const bool completes = slot.pass == (splits_backward(job_) ? Pass::weights : Pass::backward);
  const bool last = slot.micro_batch == job_.micro_batches() - 1;
  // ZeRO-2 keeps no whole gradients.
  const bool reduces = completes && job_.parallelism.replicas() > 1 && (last || job_.parallelism.zero == 2);
  const bool leaves_early = completes && job_.parallelism.gradients_leave() && job_.parallelism.replicas() == 1;
  if (leaves_early || (reduces && software_.overlap_gradients)) return compute_by_layers(slot);
  call_layers(here, slot.pass);
  call(blocks_.embedding, slot.pass, embedding);
  if (reduces && job_.parallelism.zero == 2) {
    append_reduction(job_, groups_, stage_weights(job_, here), main_);
    offload_.leave(stage_weights(job_, here), slot.micro_batch, main_);
  }
}

// A backward pass behind the head's, whose gradients go layer by layer: to the other replicas, and to the host.
void RoleWriter::compute_by_layers(const Slot& slot) {
  const Stage& here = stage(slot);
  const bool reduces = job_.parallelism.replicas() > 1;
  const auto hand_over = [&](const LocalWeights& weights) {
    if (reduces) reduce_beside(weights);
    offload_.leave(weights, slot.micro_batch, reduces ? data_ : main_);
  };
  LocalWeights rest = stage_weights(job_, here);
  for (std::int64_t layer = here.layers - 1; layer >= 0; --layer) {
    const LayerKind kind = kind_of_layer(job_, here, layer);
    const LocalWeights weights = layer_weights(job_, kind);
    call(blocks_of(kind), slot.pass, 1);
    hand_over(weights);
    rest = rest - weights;
  }
  call(blocks_.embedding, slot.pass, here.embedding ? 1 : 0);
  hand_over(rest);
}

// ZeRO-3 as PyTorch's FSDP does it (Zhao et al. 2023, arXiv 2304.11277, sections 3.3 and 4): a layer's weights come together on the data
// stream one layer ahead of its use, forward and backward, and its gradients are shared out behind its backward pass; embedding, head and
// last norm stay together for the whole micro-batch. Gathers and reductions share a communicator, so that they go one after the other.
void RoleWriter::compute_sharded(const Slot& slot) {
  const Stage& here = stage(slot);
  LocalWeights rest = stage_weights(job_, here);
  for (std::int64_t i = 0; i < here.layers; ++i) rest = rest - layer_weights(job_, kind_of_layer(job_, here, i));
  const bool forward = slot.pass == Pass::forward;
  const auto await = [this](std::int32_t gathered) {
    data_.push_back(unlabelled(sim::Record{gathered}));
    main_.push_back(unlabelled(sim::Wait{gathered}));
  };
  if (forward) {
    gather(rest);
    await(rest_gathered);
    call(blocks_.embedding, slot.pass, here.embedding ? 1 : 0);
  } else {
    call(blocks_.head, slot.pass, here.head ? 1 : 0);
  }
  for (std::int64_t i = 0; i < here.layers; ++i) {
    const LayerKind kind = kind_of_layer(job_, here, forward ? i : here.layers - 1 - i);
    catch_up(1);
    gather(layer_weights(job_, kind));
    await(layer_gathered);
    call(blocks_of(kind), slot.pass, 1);
    main_.push_back(unlabelled(sim::Record{layer_done}));
    passes_.push_back({slot, kind});
  }
  if (forward) return call(blocks_.head, slot.pass, here.head ? 1 : 0);
  call(blocks_.embedding, slot.pass, here.embedding ? 1 : 0);
  main_.push_back(unlabelled(sim::Record{rest_done}));
  catch_up(0);
  data_.push_back(unlabelled(sim::Wait{rest_done}));
  append_reduction(job_, groups_, rest, data_);
  offload_.leave(rest, slot.micro_batch, data_);
}

void RoleWriter::gather(const LocalWeights& weights) {
  offload_.fetch(weights, data_);
  append_gather(job_, groups_, weights, data_);
}

// Holds the data stream until all but `ahead` passes through layers are done, and shares out the gradients of those.
void RoleWriter::catch_up(std::size_t ahead) {
  for (; passes_.size() > ahead; passes_.pop_front()) {
    data_.push_back(unlabelled(sim::Wait{layer_done}));
    const auto& [slot, kind] = passes_.front();
    if (slot.pass != Pass::backward) continue;
    append_reduction(job_, groups_, layer_weights(job_, kind), data_);
    offload_.leave(layer_weights(job_, kind), slot.micro_batch, data_);
  }
}

// As soon as the main stream has come so far, on the data stream.
void RoleWriter::reduce_beside(const LocalWeights& weights) {
  if (weights.total() <= 0) return;
  main_.push_back(unlabelled(sim::Record{gradients_ready}));
  data_.push_back(unlabelled(sim::Wait{gradients_ready}));
  append_reduction(job_, groups_, weights, data_);
}

LocalWeights RoleWriter::local_weights() const {
  LocalWeights sum;
  for (const Stage& held : stages_of_rank(stages_, job_.parallelism.pipeline, rank_)) sum += stage_weights(job_, held);
  return sum;
}

// Gradients over the replicas and between the two copies of a tied embedding; then the optimizer.
void RoleWriter::finish_iteration() {
  const Parallelism& parallelism = job_.parallelism;
  const LocalWeights weights = local_weights();
  if ((software_.overlap_gradients && parallelism.replicas() > 1) || job_.parallelism.gathers_weights()) {
    data_.push_back(unlabelled(sim::Record{gradients_reduced}));
    main_.push_back(unlabelled(sim::Wait{gradients_reduced}));
  } else if (parallelism.zero != 2) {
    append_reduction(job_, groups_, weights, main_);
  }
  offload_.await(main_);
  const bool holds_tied = job_.model.tied_embeddings && (rank_ == 0 || rank_ == parallelism.pipeline - 1) && parallelism.pipeline > 1;
  if (holds_tied) {
    const std::int64_t table = padded_vocabulary(job_) / parallelism.tensor * job_.model.hidden;
    main_.push_back(labelled(Label::cross_stage, sim::Collect{CollectiveKind::all_reduce, table, job_.reductions, groups_.embedding}));
  }
  append_optimizer_step(job_, software_, groups_, weights, main_);
}

sim::Role RoleWriter::write(const RingPlaces& places) {
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

  const std::int32_t width = job_.parallelism.tensor * job_.parallelism.replicas();
  const std::int32_t tensor = job_.parallelism.tensor;
  sim::Role role{.name = "stage" + std::to_string(rank_) + places.name,
                 .ranks = {.first = rank_ * width + places.first * tensor, .extents = {{width, 1}}},
                 .events = event_count,
                 .streams = {}};
  if (is_ring(job_)) {
    role.ranks.extents = {{places.count * tensor, 1}, {job_.parallelism.data, tensor * job_.parallelism.context}};
    role.events = first_ring_event + ring_event_count;
  }
  const auto add = [&role](const char* name, std::vector<Operation>& operations) {
    if (!operations.empty()) role.streams.push_back({.name = name, .operations = std::move(operations)});
  };
  add("main", main_);
  add("forward_receive", links_[0].receive);
  add("forward_send", links_[0].send);
  add("backward_receive", links_[1].receive);
  add("backward_send", links_[1].send);
  add("data", data_);
  for (sim::Stream& stream : offload_.take_streams()) {
    role.streams.push_back(std::move(stream));
    role.events = first_offload_event + offload_event_count;
  }
  if (!tensor_.empty()) {
    add("tensor", tensor_);
    role.events = first_overlap_event + overlap_event_count;
  }
  if (is_ring(job_)) {
    std::int64_t layers = 0;
    for (const Stage& held : stages_of_rank(stages_, job_.parallelism.pipeline, rank_)) layers += held.layers;
    for (sim::Stream& stream : ring_streams(job_, places.first, layers, blocks_.ring)) role.streams.push_back(std::move(stream));
  }
  return role;
}

}  // namespace

sim::Bytes pipeline_transfer_bytes(const TrainingJob& job, const Software& software) {
  const std::int64_t elements = job.tokens() * job.model.hidden;
  const bool split = software.scatter_gather || job.parallelism.sequence;
  return {elements * sim::size_of(job.precision) / (split ? job.parallelism.tensor : 1)};
}

sim::Program training_program(const TrainingJob& job, const Software& software) {
  const auto stages = partition(job, software);
  TrainingGroups groups = training_groups(job.parallelism);
  TrainingBlocks blocks = training_blocks(job, software, groups);
  sim::Program program;
  program.name = job.model.name.empty() ? "training" : job.model.name;
  program.ranks = static_cast<std::int32_t>(job.gpus());
  program.labels.assign(label_names.begin(), label_names.end());
  for (int rank = 0; rank < job.parallelism.pipeline; ++rank) {
    for (const RingPlaces& places : ring_places(job)) {
      program.roles.push_back(RoleWriter(job, software, stages, groups, blocks, rank).write(places));
    }
  }
  program.communicators = std::move(groups.communicators);
  program.blocks = std::move(blocks.blocks);
  return program;
}

}  // namespace orrery::workloads
