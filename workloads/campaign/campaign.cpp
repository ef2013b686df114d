#include "workloads/campaign/campaign.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cmath>

#include "sim/error.h"
#include "workloads/accuracy.h"

namespace orrery::workloads::campaign {

namespace {

constexpr double normal_95 = 1.959963984540054;  // of two sides
constexpr int batch = 64;

Spread spread_of(const std::vector<Life>& lives, double (*of)(const Life&, const CampaignJob&), const CampaignJob& job) {
  std::vector<double> values;
  values.reserve(lives.size());
  double sum = 0, squares = 0;
  for (const Life& life : lives) {
    values.push_back(of(life, job));
    sum += values.back();
  }
  const auto count = static_cast<double>(values.size());
  Spread spread{.mean = sum / count};
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.p10 = quantile(values, 0.1);
  spread.p50 = quantile(values, 0.5);
  spread.p90 = quantile(values, 0.9);
  spread.mean_error = count > 1 ? normal_95 * std::sqrt(squares / (count - 1) / count) : 0;
  return spread;
}

double days_of(const Life& life, const CampaignJob& /*job*/) { return life.wall.seconds() / 86400; }
double goodput_of(const Life& life, const CampaignJob& /*job*/) { return life.goodput(); }
double stops_of(const Life& life, const CampaignJob& /*job*/) { return static_cast<double>(life.stops); }
double lost_of(const Life& life, const CampaignJob& job) { return (life.wall - life.useful).seconds() / 3600 * job.nodes; }

/// Lives from `first` on, each at its place.
void live_batch(std::vector<Life>& lives, std::size_t first, const CampaignJob& job, const FailureModel& model, const CheckpointPlan& plan,
                const CampaignOptions& options) {
  const auto some = [&] {
    tbb::parallel_for(first, lives.size(), [&](std::size_t i) { lives[i] = live(job, model, plan, sim::Random(options.seed, i)); });
  };
  if (options.threads == 0) {
    some();
  } else {
    tbb::task_arena(options.threads).execute(some);
  }
}

}  // namespace

LossSeconds& LossSeconds::operator+=(const Losses& life) {
  checkpoints += life.checkpoints.seconds();
  redone += life.redone.seconds();
  unnoticed += life.unnoticed.seconds();
  waiting += life.waiting.seconds();
  restarting += life.restarting.seconds();
  slowed += life.slowed.seconds();
  return *this;
}

Campaign run_campaign(const CampaignJob& job, const FailureModel& model, const CheckpointPlan& plan, const CampaignOptions& options) {
  sim::check(options.most > 0 && options.least <= options.most, "a campaign has lives");
  std::vector<Life> lives;
  while (lives.size() < static_cast<std::size_t>(options.most)) {
    const std::size_t first = lives.size();
    lives.resize(std::min<std::size_t>(first + batch, static_cast<std::size_t>(options.most)));
    live_batch(lives, first, job, model, plan, options);
    if (options.progress) options.progress(static_cast<double>(lives.size()) / options.most);
    if (lives.size() < static_cast<std::size_t>(options.least)) continue;
    const Spread so_far = spread_of(lives, days_of, job);
    if (so_far.mean_error <= options.precision * so_far.mean) break;
  }

  Campaign campaign{.lives = static_cast<int>(lives.size())};
  campaign.days = spread_of(lives, days_of, job);
  campaign.goodput = spread_of(lives, goodput_of, job);
  campaign.interruptions = spread_of(lives, stops_of, job);
  campaign.lost_node_hours = spread_of(lives, lost_of, job);
  std::vector<Toll> tolls(model.causes.size());
  campaign.causes.resize(tolls.size());
  for (const Life& life : lives) {
    campaign.unfinished += life.finished ? 0 : 1;
    campaign.events += life.events;
    campaign.wall_seconds += life.wall.seconds();
    campaign.losses += life.losses;
    if (life.finished) campaign.finish_days.push_back(days_of(life, job));
    for (std::size_t cause = 0; cause < tolls.size(); ++cause) {
      tolls[cause].failures += life.tolls[cause].failures;
      campaign.causes[cause].lost_share += life.tolls[cause].lost.seconds();
    }
  }
  std::ranges::sort(campaign.finish_days);
  for (std::size_t cause = 0; cause < tolls.size(); ++cause) {
    campaign.causes[cause].cause = model.causes[cause].name;
    campaign.causes[cause].failures = static_cast<double>(tolls[cause].failures) / campaign.lives;
    campaign.causes[cause].lost_share /= campaign.wall_seconds;
  }
  return campaign;
}

Campaign::Probability Campaign::probability(sim::LongDuration within) const {
  const double limit = within.seconds() / 86400;
  const auto count = static_cast<double>(lives);
  const double share = static_cast<double>(std::ranges::upper_bound(finish_days, limit) - finish_days.begin()) / count;
  const double square = normal_95 * normal_95;
  const double middle = (share + square / (2 * count)) / (1 + square / count);
  const double half = normal_95 / (1 + square / count) * std::sqrt(share * (1 - share) / count + square / (4 * count * count));
  return {.value = share, .low = std::max(0.0, middle - half), .high = std::min(1.0, middle + half)};
}

}  // namespace orrery::workloads::campaign
