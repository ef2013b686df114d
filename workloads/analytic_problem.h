// One model on one machine in all its layouts: the tables and sums behind AnalyticModel (workloads/analytic.h, where the closed form is).
#pragma once

#include <map>
#include <vector>

#include "workloads/analytic.h"
#include "workloads/analytic_memo.h"
#include "workloads/training_prices.h"

namespace orrery::workloads {

class AnalyticProblem {
 public:
  /// Of the job without its layout. Keeps a reference to the cluster.
  AnalyticProblem(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster);

  /// Whether the job differs in its layout alone.
  bool has(const TrainingJob& job);
  AnalyticEstimate evaluate(const TrainingJob& job);

 private:
  /// What stands where in a pipeline: virtual stages by what they are like, and ranks by what they hold.
  struct Layout {
    std::vector<Stage> kinds;
    std::vector<int> kind_of_stage;
    struct Holder {
      int first_rank = 0;
      std::vector<int> kinds{};  // of its chunks
    };
    std::vector<Holder> holders;  // the ranks from first_rank to the next one's hold the same
    std::vector<int> holder_of_rank;
    std::int64_t number = 0;
  };
  struct Layers {
    LayerPrices prices;
    std::int64_t number = 0;
  };
  struct Transfers {
    std::vector<std::int64_t> ticks;
    std::int64_t number = 0;
  };
  /// Of few and of many micro-batches.
  struct Sampled {
    PipelineTimes less{};
    PipelineTimes more{};
    std::vector<LabelTicks> passes{};  // of one micro-batch, by holder
  };
  /// Of all of them.
  struct Pace {
    const Sampled& sampled;
    std::int64_t micro_batches = 0;
    double steps = 0;  // from many on, in steps from few to many

    std::int64_t gone_on(std::int64_t from, std::int64_t to) const {
      return to + static_cast<std::int64_t>(steps * static_cast<double>(to - from));
    }
    std::int64_t end(std::size_t rank) const { return gone_on(sampled.less.ranks[rank].end, sampled.more.ranks[rank].end); }
    std::int64_t transfers(std::size_t rank) const {
      return gone_on(sampled.less.ranks[rank].transfers, sampled.more.ranks[rank].transfers);
    }
    std::int64_t completion(std::size_t place) const { return gone_on(sampled.less.completions[place], sampled.more.completions[place]); }
  };
  struct Finish {
    FinishPrices prices;
    std::int64_t reduction = 0;
    std::int64_t before_norm = 0;
    std::int64_t norm = 0;
    std::int64_t behind_norm = 0;
  };
  struct Ending {
    std::vector<Finish> finishes;  // by holder
    LabelTicks tied{};
    std::int64_t tied_ticks = 0;
    std::size_t last = 0;  // holder with the most behind the norm
  };
  /// Where gradients are exchanged beside the last passes: by virtual stage, and by how much its last pass begins later for those of
  /// others.
  struct Overlap {
    std::vector<LastPass> passes;
    std::vector<std::int64_t> slower;
    std::vector<std::int64_t> later;
  };
  /// When a rank is through, and how long it waits for its gradients' exchange.
  struct Through {
    std::int64_t end = 0;
    std::int64_t exchange = 0;
  };

  const Layout& layout(const TrainingJob& job);
  const Layers& layers(const TrainingJob& job);
  const Transfers& transfers(const TrainingJob& job);
  Pace pace(const TrainingJob& job, const Layout& layout, const Layers& layers);
  const Ending& ending(const TrainingJob& job, const Layout& layout);
  LastPass last_pass(const TrainingJob& job, const Stage& stage, const Layers& layers);
  const Overlap& overlap(const TrainingJob& job, const Layout& layout, const Layers& layers);
  MemoryUse memory(const TrainingJob& job, const Layout& layout) const;
  PipelineTimes played(const TrainingJob& job, const Layout& layout, std::int64_t micro_batches, const std::vector<std::int64_t>& passes,
                       const std::vector<std::int64_t>& transfers);
  void put_together(const TrainingJob& job, const Layout& layout, AnalyticEstimate& estimate);
  void add_accounts(const Pace& pace, const Ending& ending, const Through& through, std::int64_t slower, std::size_t rank,
                    std::int64_t iteration, AnalyticEstimate& estimate) const;
  bool overlaps(const TrainingJob& job) const { return prices_.stack().software.overlap_gradients && job.parallelism.replicas() > 1; }

  TrainingJob job_;  // its layout is that of the last job asked about
  TrainingPrices prices_;
  Memo<Layout, 2> layouts_;
  Memo<Layers, 7> layers_;
  Memo<Transfers, 4> transfers_;
  Memo<std::vector<CollectivePlan>, 3> links_;
  std::map<std::vector<std::int64_t>, std::int64_t> numbers_of_transfers_;
  Memo<PipelineOrder, 3> orders_;
  std::vector<std::int64_t> scratch_;
  Memo<Sampled, 6> sampled_;
  Memo<Finish, 9> finishes_;
  Memo<Ending, 8> endings_;
  Memo<LastPass, 9> last_passes_;
  Memo<Overlap, 5> overlaps_;
  Memo<RankTimes, 12> without_pipeline_;
};

}  // namespace orrery::workloads
