#include "workloads/analytic_problem.h"

#include <algorithm>

#include "workloads/training_program.h"

namespace orrery::workloads {
namespace {

// Whatever distinguishes layouts; all else is the problem's.
void set_layout(const TrainingJob& from, TrainingJob& to) {
  to.micro_batch = from.micro_batch;
  to.global_batch = from.global_batch;
  to.schedule = from.schedule;
  to.recompute = from.recompute;
  Parallelism& parallelism = to.parallelism;
  const Parallelism& other = from.parallelism;
  parallelism.tensor = other.tensor;
  parallelism.pipeline = other.pipeline;
  parallelism.data = other.data;
  parallelism.interleave = other.interleave;
  parallelism.context = other.context;
  parallelism.expert = other.expert;
  parallelism.sequence = other.sequence;
  parallelism.zero = other.zero;
  parallelism.shard = other.shard;
}

/// How many micro-batches show the pace of a schedule: with each step more all ranks end later by the same.
struct Sample {
  std::int64_t few = 0;
  std::int64_t many = 0;
};

Sample sample_of(const TrainingJob& job) {
  const std::int64_t p = job.parallelism.pipeline;
  const std::int64_t all = job.micro_batches();
  const std::int64_t begun = job.schedule == Schedule::interleaved || job.schedule == Schedule::zb_h2 ? 2 * p : p;
  const Sample sample{begun + all % p, begun + all % p + p};
  return all <= sample.many ? Sample{all, all} : sample;
}

std::int64_t number_of(Schedule schedule) { return static_cast<std::int64_t>(schedule); }

}  // namespace

AnalyticProblem::AnalyticProblem(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster)
    : job_(job), prices_(stack, cluster, job.first_node) {}

bool AnalyticProblem::has(const TrainingJob& job) {
  set_layout(job, job_);
  return job == job_;
}

const AnalyticProblem::Layout& AnalyticProblem::layout(const TrainingJob& job) {
  const int ranks = job.parallelism.pipeline;
  return layouts_.of({ranks, job.parallelism.interleave}, [&] {
    Layout layout;
    const std::vector<Stage> stages = partition(job, prices_.stack().software);
    for (const Stage& stage : stages) {
      const auto known = std::find(layout.kinds.begin(), layout.kinds.end(), stage);
      layout.kind_of_stage.push_back(static_cast<int>(known - layout.kinds.begin()));
      if (known == layout.kinds.end()) layout.kinds.push_back(stage);
    }
    for (int rank = 0; rank < ranks; ++rank) {
      Layout::Holder holder{.first_rank = rank};
      for (std::size_t s = static_cast<std::size_t>(rank); s < stages.size(); s += static_cast<std::size_t>(ranks)) {
        holder.kinds.push_back(layout.kind_of_stage[s]);
      }
      if (layout.holders.empty() || layout.holders.back().kinds != holder.kinds) layout.holders.push_back(holder);
      layout.holder_of_rank.push_back(static_cast<int>(layout.holders.size()) - 1);
    }
    layout.number = static_cast<std::int64_t>(layouts_.size());
    return layout;
  });
}

const AnalyticProblem::Layers& AnalyticProblem::layers(const TrainingJob& job) {
  const Parallelism& p = job.parallelism;
  return layers_.of({p.tensor, p.sequence ? 1 : 0, p.context, p.expert, job.micro_batch, static_cast<std::int64_t>(job.recompute),
                     splits_backward(job) ? 1 : 0},
                    [&] { return Layers{prices_.layers(job), static_cast<std::int64_t>(layers_.size())}; });
}

const AnalyticProblem::Transfers& AnalyticProblem::transfers(const TrainingJob& job) {
  const Parallelism& p = job.parallelism;
  const std::int64_t interleaved = p.interleave > 1 ? 1 : 0;
  const sim::Bytes bytes = pipeline_transfer_bytes(job, prices_.stack().software);
  const std::int64_t width = std::int64_t{p.tensor} * p.replicas();
  return transfers_.of({width, p.pipeline, interleaved, bytes.count}, [&] {
    Transfers made;
    for (CollectivePlan plan : links_.of({width, p.pipeline, interleaved}, [&] { return prices_.links(job); })) {
      plan.edge_bytes = p.pipeline > 1 ? bytes : sim::Bytes{};
      made.ticks.push_back(time_of(plan).ticks);
    }
    const auto next = static_cast<std::int64_t>(numbers_of_transfers_.size());
    made.number = numbers_of_transfers_.try_emplace(made.ticks, next).first->second;
    return made;
  });
}

PipelineTimes AnalyticProblem::played(const TrainingJob& job, const Layout& layout, std::int64_t micro_batches,
                                      const std::vector<std::int64_t>& passes, const std::vector<std::int64_t>& transfers) {
  const PipelineOrder& order = orders_.of({layout.number, number_of(job.schedule), micro_batches}, [&] {
    const bool blocks = blocks_on_transfers(job, prices_.stack().software);
    return PipelineOrder(job, micro_batches, layout.kind_of_stage,
                         blocks ? PipelineOrder::Transfers::blocking : PipelineOrder::Transfers::beside);
  });
  PipelineTimes times;
  order.play(passes, transfers, times, scratch_);
  return times;
}

AnalyticProblem::Pace AnalyticProblem::pace(const TrainingJob& job, const Layout& layout, const Layers& layers) {
  const Transfers& transfers = this->transfers(job);
  const Sample sample = sample_of(job);
  const Sampled& sampled =
      sampled_.of({layout.number, layers.number, transfers.number, number_of(job.schedule), sample.few, sample.many}, [&] {
        std::vector<std::int64_t> passes;
        std::vector<LabelTicks> ticks;
        for (const Stage& kind : layout.kinds) {
          ticks.emplace_back();
          for (const Pass pass : {Pass::forward, Pass::backward, Pass::weights}) {
            const LabelTicks of_pass = layers.prices.pass(kind, pass);
            passes.push_back(sum_of(of_pass));
            ticks.back() = plus(ticks.back(), of_pass);
          }
        }
        Sampled made{.less = played(job, layout, sample.few, passes, transfers.ticks)};
        made.more = sample.many == sample.few ? made.less : played(job, layout, sample.many, passes, transfers.ticks);
        for (const Layout::Holder& holder : layout.holders) {
          made.passes.emplace_back();
          for (const int kind : holder.kinds) made.passes.back() = plus(made.passes.back(), ticks[static_cast<std::size_t>(kind)]);
        }
        return made;
      });
  const std::int64_t all = job.micro_batches();
  const double steps = all == sample.many ? 0 : static_cast<double>(all - sample.many) / static_cast<double>(sample.many - sample.few);
  return {sampled, all, steps};
}

const AnalyticProblem::Ending& AnalyticProblem::ending(const TrainingJob& job, const Layout& layout) {
  const Parallelism& p = job.parallelism;
  return endings_.of({layout.number, p.tensor, p.data, p.context, p.expert, p.zero, p.shard, 0}, [&] {
    Ending ending;
    for (const Layout::Holder& holder : layout.holders) {
      LocalWeights weights;
      for (const int kind : holder.kinds) weights += stage_weights(job, layout.kinds[static_cast<std::size_t>(kind)]);
      ending.finishes.push_back(
          finishes_.of({p.tensor, p.pipeline, p.data, p.context, p.expert, p.zero, p.shard, weights.common, weights.experts}, [&] {
            const FinishPrices prices = prices_.finish(job, weights);
            return Finish{prices, sum_of(prices.reduction), sum_of(prices.before_norm), sum_of(prices.norm), sum_of(prices.behind_norm)};
          }));
      if (ending.finishes.back().behind_norm > ending.finishes[ending.last].behind_norm) ending.last = ending.finishes.size() - 1;
    }
    ending.tied = prices_.tied(job);
    ending.tied_ticks = sum_of(ending.tied);
    return ending;
  });
}

// From few layers at their pace, where there are more.
LastPass AnalyticProblem::last_pass(const TrainingJob& job, const Stage& stage, const Layers& layers) {
  const auto of = [&](std::int64_t count) -> const LastPass& {
    const Parallelism& p = job.parallelism;
    Stage few = stage;
    few.layers = count;
    return last_passes_.of(
        {layers.number, p.data, p.zero, p.shard, p.pipeline > 1 ? 1 : 0, few.layers, few.dense, few.embedding ? 1 : 0, few.head ? 1 : 0},
        [&] { return prices_.last_pass(job, few); });
  };
  if (stage.layers <= more_layers || stage.dense > 0) return of(stage.layers);
  const LastPass& less = of(some_layers);
  const LastPass& more = of(more_layers);
  const auto on = [&](std::int64_t a, std::int64_t b) { return b + (b - a) * (stage.layers - more_layers) / (more_layers - some_layers); };
  return {on(less.passing, more.passing), on(less.all, more.all), on(less.exchanging, more.exchanging)};
}

// Backward passes of the last micro-batch follow each other from stage to stage; those of weights, where they are passes of their own, are
// the rank's.
const AnalyticProblem::Overlap& AnalyticProblem::overlap(const TrainingJob& job, const Layout& layout, const Layers& layers) {
  const Parallelism& p = job.parallelism;
  return overlaps_.of({layout.number, layers.number, p.data, p.zero, p.shard}, [&] {
    std::vector<LastPass> by_kind;
    for (const Stage& kind : layout.kinds) by_kind.push_back(last_pass(job, kind, layers));
    Overlap overlap;
    const Pass completing = splits_backward(job) ? Pass::weights : Pass::backward;
    for (const int kind : layout.kind_of_stage) {
      const auto place = static_cast<std::size_t>(kind);
      overlap.passes.push_back(by_kind[place]);
      const LabelTicks pass = layers.prices.pass(layout.kinds[place], completing);
      const std::int64_t gather = completing == Pass::backward && !layout.kinds[place].head ? sum_of(layers.prices.gather) : 0;
      overlap.slower.push_back(std::max<std::int64_t>(by_kind[place].passing - (sum_of(pass) - gather), 0));
    }
    overlap.later.assign(overlap.slower.size(), 0);
    if (splits_backward(job)) return overlap;
    for (std::size_t s = overlap.slower.size() - 1; s-- > 0;) overlap.later[s] = overlap.later[s + 1] + overlap.slower[s + 1];
    return overlap;
  });
}

// Of ranks that hold the same, the first holds the most micro-batches.
MemoryUse AnalyticProblem::memory(const TrainingJob& job, const Layout& layout) const {
  MemoryUse most;
  for (const Layout::Holder& holder : layout.holders) {
    const MemoryUse use = rank_memory(job, prices_.stack().software, prices_.gpu(), holder.first_rank);
    if (holder.first_rank == 0 || use.total() > most.total()) most = use;
  }
  return most;
}

AnalyticEstimate AnalyticProblem::evaluate(const TrainingJob& job) {
  AnalyticEstimate estimate;
  const Layout& layout = this->layout(job);
  estimate.memory = memory(job, layout);
  if (!estimate.fits()) return estimate;
  if (job.parallelism.zero >= 2) {
    const Parallelism& p = job.parallelism;
    const RankTimes& times =
        without_pipeline_.of({p.tensor, p.sequence ? 1 : 0, p.context, p.expert, p.data, p.zero, p.shard, job.micro_batch,
                              job.micro_batches(), static_cast<std::int64_t>(job.recompute), number_of(job.schedule), 0},
                             [&] { return prices_.without_pipeline(job); });
    estimate.iteration = times.end;
    estimate.accounts = times.accounts;
    estimate.accounts[number(Label::other)].waiting += times.end - times.main();
  } else {
    put_together(job, layout, estimate);
  }
  estimate.training = training_result(job, prices_.gpu(), estimate.iteration);
  return estimate;
}

void AnalyticProblem::put_together(const TrainingJob& job, const Layout& layout, AnalyticEstimate& estimate) {
  const Layers& of_layers = layers(job);
  const Pace of_passes = pace(job, layout, of_layers);
  const Ending& of_end = ending(job, layout);
  const Overlap* const beside = overlaps(job) ? &overlap(job, layout, of_layers) : nullptr;
  const auto ranks = static_cast<std::size_t>(job.parallelism.pipeline);
  const auto chunks = static_cast<std::size_t>(job.parallelism.interleave);

  const auto through = [&](std::size_t rank) {
    Through result{.end = of_passes.end(rank)};
    if (beside == nullptr) return result;
    result.end += beside->later[rank] + beside->slower[rank];
    std::int64_t exchanged = 0;
    for (std::size_t n = 0; n < chunks; ++n) {
      const std::size_t stage = (chunks - 1 - n) * ranks + rank;
      const LastPass& last = beside->passes[stage];
      const std::int64_t begin = of_passes.completion(rank * chunks + n) + beside->later[stage];
      exchanged = std::max(exchanged + last.exchanging, begin + last.all);
    }
    result.exchange = std::max<std::int64_t>(exchanged - result.end, 0);
    return result;
  };
  std::int64_t norm = 0;
  std::int64_t both = 0;  // ends of the first and the last rank
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const Finish& finish = of_end.finishes[static_cast<std::size_t>(layout.holder_of_rank[rank])];
    const Through passes = through(rank);
    const std::int64_t reduced = passes.end + passes.exchange + finish.reduction;
    if (rank == 0 || rank + 1 == ranks) both = std::max(both, reduced + of_end.tied_ticks);
    norm = std::max(norm, reduced + finish.before_norm);
  }
  norm = std::max({norm, both + of_end.finishes.front().before_norm, both + of_end.finishes.back().before_norm});
  const Finish& last = of_end.finishes[of_end.last];
  const std::int64_t iteration = norm + last.norm + last.behind_norm;
  estimate.iteration = {iteration};

  const auto rank = static_cast<std::size_t>(layout.holders[of_end.last].first_rank);
  std::int64_t slower = 0;
  for (std::size_t s = rank; beside != nullptr && s < beside->slower.size(); s += ranks) slower += beside->slower[s];
  add_accounts(of_passes, of_end, through(rank), slower, rank, iteration, estimate);
}

// What is left over it waited for other ranks.
void AnalyticProblem::add_accounts(const Pace& pace, const Ending& ending, const Through& through, std::int64_t slower, std::size_t rank,
                                   std::int64_t iteration, AnalyticEstimate& estimate) const {
  const Finish& finish = ending.finishes[ending.last];
  LabelTicks ticks = plus({}, pace.sampled.passes[ending.last], pace.micro_batches);
  for (const LabelTicks* part : {&finish.prices.reduction, &finish.prices.before_norm, &finish.prices.norm, &finish.prices.behind_norm}) {
    ticks = plus(ticks, *part);
  }
  const std::size_t ranks = pace.sampled.more.ranks.size();
  if (rank == 0 || rank + 1 == ranks) ticks = plus(ticks, ending.tied);
  ticks[number(Label::compute)] += slower;
  ticks[number(Label::data)] += through.exchange;
  std::int64_t left = iteration - sum_of(ticks);
  const std::int64_t transfers = std::clamp<std::int64_t>(pace.transfers(rank), 0, std::max<std::int64_t>(left, 0));
  ticks[number(Label::pipeline_transfer)] += transfers;
  left -= transfers;
  if (left < 0 || ranks == 1) {
    ticks[number(Label::compute)] += left;  // the rounding of what went on at a pace
    left = 0;
  }
  for (std::size_t label = 0; label < label_count; ++label) estimate.accounts[label].running = {ticks[label]};
  estimate.accounts[number(Label::pipeline_transfer)].waiting = {left};
}

}  // namespace orrery::workloads
