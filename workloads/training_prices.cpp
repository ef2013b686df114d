#include "workloads/training_prices.h"

#include <algorithm>
#include <utility>

#include "sim/fluid_engine.h"
#include "workloads/context_operations.h"
#include "workloads/optimizer_step.h"
#include "workloads/replica_exchange.h"
#include "workloads/training_blocks.h"
#include "workloads/training_program.h"

namespace orrery::workloads {

using sim::Duration;
using sim::Operation;
using OperationList = std::vector<Operation>;

namespace {

// So few show what each more takes.
constexpr std::int64_t some_micro_batches = 2;
constexpr std::int64_t more_micro_batches = 3;

LabelTicks ticks_of(const RankTimes& times) {
  LabelTicks ticks{};
  for (std::size_t label = 0; label < label_count; ++label) {
    ticks[label] = (times.accounts[label].running + times.accounts[label].waiting).ticks;
  }
  return ticks;
}

sim::Program program_of(const TrainingJob& job, const TrainingGroups& groups, std::vector<sim::Block> blocks) {
  sim::Program program;
  program.ranks = static_cast<std::int32_t>(job.gpus());
  program.labels.assign(label_names.begin(), label_names.end());
  program.communicators = groups.communicators;
  program.blocks = std::move(blocks);
  return program;
}

sim::Role role_of(OperationList operations) {
  return {.name = "rank", .ranks = {}, .events = 0, .streams = {{.name = "main", .operations = std::move(operations)}}};
}

Operation call(std::int32_t block, std::int64_t times) { return {0, sim::Call{block, static_cast<std::int32_t>(times)}}; }

// So many layers one after the other, with the messages of their rings.
sim::Role layers_role(const TrainingJob& job, const TrainingBlocks& blocks, std::int32_t block, Pass pass, std::int64_t layers) {
  sim::Role role = role_of({call(block, layers)});
  if (!is_ring(job) || pass == Pass::weights) return role;
  role.events = first_ring_event + ring_event_count;
  const std::int64_t ranks = job.parallelism.context;
  const int passes = pass == Pass::forward ? 1 : job.recompute == Recompute::none ? 1 : 2;
  const auto add = [&](const char* name, std::int32_t number, std::int64_t times) {
    role.streams.push_back({.name = name, .operations = {call(blocks.ring + number, times)}});
  };
  add("context_send", 0, (ranks - 1) * passes * layers);
  add("context_receive", 2, (ranks - 1) * passes * layers);
  if (pass == Pass::forward) return role;
  add("context_gradient_send", 4, ranks * layers);
  add("context_gradient_receive", 6, ranks * layers);
  return role;
}

// On from `less` and `more` at the same pace: from `few` and `many` of something to `all`.
std::int64_t gone_on(std::int64_t less, std::int64_t few, std::int64_t more, std::int64_t many, std::int64_t all) {
  if (all == many) return more;
  return more +
         static_cast<std::int64_t>(static_cast<double>(more - less) * static_cast<double>(all - many) / static_cast<double>(many - few));
}

RankTimes gone_on(const RankTimes& less, std::int64_t few, const RankTimes& more, std::int64_t many, std::int64_t all) {
  RankTimes result;
  result.end = {gone_on(less.end.ticks, few, more.end.ticks, many, all)};
  for (std::size_t label = 0; label < label_count; ++label) {
    const sim::Account& a = less.accounts[label];
    const sim::Account& b = more.accounts[label];
    result.accounts[label] = {{gone_on(a.running.ticks, few, b.running.ticks, many, all)},
                              {gone_on(a.waiting.ticks, few, b.waiting.ticks, many, all)}};
  }
  return result;
}

}  // namespace

std::int64_t sum_of(const LabelTicks& ticks) {
  std::int64_t sum = 0;
  for (const std::int64_t part : ticks) sum += part;
  return sum;
}

LabelTicks plus(const LabelTicks& a, const LabelTicks& b, std::int64_t times) {
  LabelTicks sum = a;
  for (std::size_t label = 0; label < label_count; ++label) sum[label] += times * b[label];
  return sum;
}

LabelTicks LayerPrices::Row::of(std::int64_t layers) const { return layers == 0 ? LabelTicks{} : plus(besides, each, layers); }

LabelTicks LayerPrices::pass(const Stage& stage, Pass pass) const {
  const auto place = static_cast<std::size_t>(pass);
  LabelTicks ticks = plus(usual[place].of(stage.layers - stage.dense), dense[place].of(stage.dense));
  if (stage.embedding) ticks = plus(ticks, embedding[place]);
  if (stage.head) ticks = plus(ticks, head[place]);
  const bool has_input = pass == Pass::forward ? !stage.embedding : pass == Pass::backward && !stage.head;
  return has_input ? plus(ticks, gather) : ticks;
}

TrainingPrices::TrainingPrices(const Stack& stack, const topology::Cluster& cluster, int first_node)
    : stack_(stack),
      cluster_(&cluster),
      first_{static_cast<std::uint32_t>(first_node) * static_cast<std::uint32_t>(cluster.spec().node.gpus)},
      gpu_(cluster.node(first_).gpu),
      times_(stack_.calibration, gpu_),
      collectives_(cluster, stack_.nccl, collectives_of(stack_)),
      prices_(cluster, collectives_, first_),
      options_(lowering_options(stack_, {})),
      engine_(sim::make_fluid_engine()) {}

std::vector<CommunicationPrices::Message> TrainingPrices::ring(const TrainingJob& job) const {
  std::vector<CommunicationPrices::Message> messages;
  if (!is_ring(job)) return messages;
  const int step = job.parallelism.tensor;
  const int around = step * job.parallelism.context;
  const int rings = std::max(1, cluster_->node().gpus / around);
  for (int rank = 0; rank < std::min<std::int64_t>(rings * around, job.gpus()); ++rank) {
    const int to = rank % around + step < around ? rank + step : rank + step - around;
    messages.push_back({rank, to});
  }
  return messages;
}

LayerPrices TrainingPrices::layers(const TrainingJob& job) {
  const TrainingGroups groups = training_groups(job.parallelism);
  TrainingBlocks blocks = training_blocks(job, stack_.software, groups);
  const sim::Program program = program_of(job, groups, std::move(blocks.blocks));
  OneRank rank = rank_of(program);
  const auto messages = ring(job);
  LayerPrices prices;
  for (const Pass pass : {Pass::forward, Pass::backward, Pass::weights}) {
    const auto place = static_cast<std::size_t>(pass);
    const auto row = [&](const TrainingBlocks::Passes& of) {
      if (of.of(pass) < 0) return LayerPrices::Row{};
      const LabelTicks less = ticks_of(rank.play(layers_role(job, blocks, of.of(pass), pass, 2), messages));
      const LabelTicks more = ticks_of(rank.play(layers_role(job, blocks, of.of(pass), pass, 4), messages));
      LayerPrices::Row result;
      for (std::size_t label = 0; label < label_count; ++label) {
        result.each[label] = (more[label] - less[label]) / 2;
        result.besides[label] = less[label] - 2 * result.each[label];
      }
      return result;
    };
    const auto once = [&](const TrainingBlocks::Passes& of) {
      return of.of(pass) < 0 ? LabelTicks{} : ticks_of(rank.play(role_of({call(of.of(pass), 1)}), messages));
    };
    prices.usual[place] = row(blocks.layer);
    prices.dense[place] = usual_kind(job.model) == LayerKind::dense ? prices.usual[place] : row(blocks.dense);
    prices.embedding[place] = once(blocks.embedding);
    prices.head[place] = once(blocks.head);
  }
  if (gathers_transfers(job, stack_.software)) {
    const std::int64_t share = pipeline_transfer_bytes(job, stack_.software).count / sim::size_of(job.precision);
    const sim::Collect gather{sim::CollectiveKind::all_gather, share, job.precision, groups.tensor};
    prices.gather = ticks_of(rank.play(role_of({{number(Label::pipeline_transfer), gather}}), messages));
  }
  return prices;
}

FinishPrices TrainingPrices::finish(const TrainingJob& job, const LocalWeights& weights) {
  const TrainingGroups groups = training_groups(job.parallelism);
  const sim::Program program = program_of(job, groups, {});
  OneRank rank = rank_of(program);
  const auto ticks = [&](OperationList operations) {
    return operations.empty() ? LabelTicks{} : ticks_of(rank.play(role_of(std::move(operations)), {}));
  };
  OperationList reduction;
  if (!stack_.software.overlap_gradients) append_reduction(job, groups, weights, reduction);
  OperationList step;
  append_optimizer_step(job, stack_.software, groups, weights, step);
  const auto norm =
      std::find_if(step.begin(), step.end(), [](const Operation& operation) { return operation.label == number(Label::cross_stage); });
  FinishPrices prices{.reduction = ticks(std::move(reduction)), .before_norm = ticks({step.begin(), norm})};
  if (norm == step.end()) return prices;
  prices.norm = ticks({*norm});
  prices.behind_norm = ticks({norm + 1, step.end()});
  return prices;
}

LabelTicks TrainingPrices::tied(const TrainingJob& job) {
  if (!job.model.tied_embeddings || job.parallelism.pipeline == 1) return {};
  const TrainingGroups groups = training_groups(job.parallelism);
  const sim::Program program = program_of(job, groups, {});
  const std::int64_t table = padded_vocabulary(job) / job.parallelism.tensor * job.model.hidden;
  const sim::Collect sum{sim::CollectiveKind::all_reduce, table, job.reductions, groups.embedding};
  return ticks_of(rank_of(program).play(role_of({{number(Label::cross_stage), sum}}), {}));
}

LastPass TrainingPrices::last_pass(const TrainingJob& job, const Stage& stage) {
  const TrainingGroups groups = training_groups(job.parallelism);
  TrainingBlocks blocks = training_blocks(job, stack_.software, groups);
  const sim::Program program = program_of(job, groups, std::move(blocks.blocks));
  const Pass pass = splits_backward(job) ? Pass::weights : Pass::backward;
  constexpr std::int32_t ready = 0;
  OperationList main;
  OperationList data;
  OperationList alone;
  const auto append = [&](std::int32_t block) {
    if (block >= 0) main.push_back(call(block, 1));
  };
  const auto reduce = [&](const LocalWeights& weights) {
    if (weights.total() <= 0) return;
    main.push_back({0, sim::Record{ready}});
    data.push_back({0, sim::Wait{ready}});
    append_reduction(job, groups, weights, data);
    append_reduction(job, groups, weights, alone);
  };
  LocalWeights rest = stage_weights(job, stage);
  if (stage.head) append(blocks.head.of(pass));
  for (std::int64_t layer = stage.layers - 1; layer >= 0; --layer) {
    const LayerKind kind = layer < stage.dense ? LayerKind::dense : usual_kind(job.model);
    append(kind == usual_kind(job.model) ? blocks.layer.of(pass) : blocks.dense.of(pass));
    const LocalWeights weights = layer_weights(job, kind);
    rest = rest - weights;
    reduce(weights);
  }
  if (stage.embedding) append(blocks.embedding.of(pass));
  reduce(rest);
  OneRank rank = rank_of(program);
  sim::Role role = layers_role(job, blocks, 0, pass, stage.layers);
  role.events = std::max(role.events, 1);
  role.streams.front().operations = std::move(main);
  role.streams.push_back({.name = "data", .operations = std::move(data)});
  const RankTimes beside = rank.play(role, ring(job));
  const RankTimes exchange = alone.empty() ? RankTimes{} : rank.play(role_of(std::move(alone)), {});
  return {beside.main().ticks, beside.end.ticks, exchange.end.ticks};
}

CollectivePlan TrainingPrices::link(const TrainingJob& job, int number, Ways ways) const {
  const int ranks = job.parallelism.pipeline;
  const auto width = static_cast<std::int32_t>(job.gpus() / ranks);
  const std::int32_t from = number * width;
  const auto gpu = [&](std::int32_t rank) { return topology::GpuId{index(first_) + static_cast<std::uint32_t>(rank)}; };
  std::vector<CommunicationPrices::Message> messages;
  for (std::int32_t i = 0; i < width && cluster_->node_of(gpu(from + i)) == cluster_->node_of(gpu(from)); ++i) {
    messages.push_back({from + i, (number + 1) % ranks * width + i});
    if (ways == Ways::both) messages.push_back({from + i, (number + ranks - 1) % ranks * width + i});
  }
  return prices_.messages(sim::Bytes{1}, messages).plan;
}

// Where stages begin with nodes, links are alike but for how far they go.
std::vector<CollectivePlan> TrainingPrices::links(const TrainingJob& job) {
  const int ranks = job.parallelism.pipeline;
  const bool alike = job.gpus() / ranks % cluster_->node().gpus == 0;
  std::vector<CollectivePlan> plans;
  for (const Ways ways : {Ways::one, Ways::both}) {
    for (int number = 0; number < ranks; ++number) {
      const bool is_known = ranks == 1 || (ways == Ways::both && job.parallelism.interleave == 1) ||
                            (alike && number > 0 && number + 1 < ranks && number != ranks / 2);
      plans.push_back(!is_known ? link(job, number, ways) : plans.empty() ? CollectivePlan{} : plans.back());
    }
  }
  return plans;
}

RankTimes TrainingPrices::played(TrainingJob job, std::int64_t layers, std::int64_t micro_batches) {
  job.model.layers = layers;
  job.global_batch = micro_batches * job.micro_batch * job.parallelism.data;
  const sim::Program program = training_program(job, stack_.software);
  const std::size_t inner = program.roles.size() > 2 ? 1 : 0;  // of a ring's ranks one that is not at its ends
  return rank_of(program).play(program.roles[inner], ring(job));
}

RankTimes TrainingPrices::of_layers(const TrainingJob& job, std::int64_t layers) {
  const std::int64_t all = job.micro_batches();
  if (all <= more_micro_batches) return played(job, layers, all);
  return gone_on(played(job, layers, some_micro_batches), some_micro_batches, played(job, layers, more_micro_batches), more_micro_batches,
                 all);
}

RankTimes TrainingPrices::without_pipeline(const TrainingJob& job) {
  const std::int64_t all = job.model.layers;
  if (all <= more_layers || job.model.dense_layers > 0) return of_layers(job, all);
  return gone_on(of_layers(job, some_layers), some_layers, of_layers(job, more_layers), more_layers, all);
}

}  // namespace orrery::workloads
