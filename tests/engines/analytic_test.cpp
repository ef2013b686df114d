// The closed form beside the play: layouts drawn at random and the rows of all data sets that are here, alone on their machines.
#include "workloads/analytic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "scenarios/data_set.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/engines/random_layout.h"

namespace orrery::test {
namespace {

using workloads::AnalyticModel;

/// Magnitudes of analytic / fluid - 1, and whose they are.
class Differences {
 public:
  void add(const std::string& of, double difference) { all_.emplace_back(std::abs(difference), difference, of); }
  std::size_t count() const { return all_.size(); }
  double at(double share) {
    std::sort(all_.begin(), all_.end());
    return std::get<0>(all_[static_cast<std::size_t>(share * static_cast<double>(all_.size() - 1))]);
  }
  void print(const std::string& name) {
    std::printf("  %-24s %4zu  median %.3f %%  90 %% within %.2f %%  worst %.2f %%\n", name.c_str(), count(), 100 * at(0.5), 100 * at(0.9),
                100 * at(1));
  }
  void print_worst(std::size_t most) {
    std::sort(all_.begin(), all_.end());
    for (std::size_t i = 0; i < std::min(most, all_.size()); ++i) {
      const auto& [size, difference, of] = all_[all_.size() - 1 - i];
      std::printf("    %+.2f %%  %s\n", 100 * difference, of.c_str());
    }
  }

 private:
  std::vector<std::tuple<double, double, std::string>> all_;
};

std::vector<std::string> features_of(const RandomLayout& layout) {
  const workloads::TrainingJob& job = layout.job;
  const auto& p = job.parallelism;
  std::vector<std::string> features{"all", layout.switch_radix == RandomLayout::one_leaf_a_rail ? "one leaf a rail" : "leaves and spines"};
  const char* const schedules[] = {"gpipe", "1f1b", "interleaved", "zb-h1", "zb-h2"};
  const char* const methods[] = {"context all-gather", "context ring", "context ulysses"};
  features.emplace_back(p.pipeline == 1 ? "no pipeline" : schedules[static_cast<int>(job.schedule)]);
  features.push_back("zero " + std::to_string(p.zero));
  if (p.context > 1) features.emplace_back(methods[static_cast<int>(job.context_method)]);
  if (p.expert > 1) features.emplace_back("expert");
  return features;
}

int layouts_to_draw() {
  const char* count = std::getenv("ORRERY_CONFIGURATIONS");
  return count == nullptr ? 40 : 200;
}

TEST(Analytic, AgreesWithTheFluidEngineOnLayoutsDrawnAtRandom) {
  std::map<std::string, Differences> by_feature;
  const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
  for (std::uint64_t seed = 0; static_cast<int>(by_feature["all"].count()) < layouts_to_draw(); ++seed) {
    const RandomLayout layout(seed);
    const auto spec = layout.cluster();
    if (!spec) continue;
    const topology::Cluster cluster(*spec);
    const workloads::Stack stack = layout.stack();
    const auto estimate = AnalyticModel(stack, cluster).evaluate(layout.job);
    const auto run = workloads::run_training(layout.job, stack, cluster, *engine, {});
    sim::Duration sum{};
    for (const sim::Account& account : estimate.accounts) sum += account.running + account.waiting;
    EXPECT_EQ(sum, estimate.iteration) << layout.in_words();
    EXPECT_EQ(estimate.memory.total(), run.memory.total()) << layout.in_words();
    EXPECT_EQ(estimate.memory.pipeline_rank, run.memory.pipeline_rank) << layout.in_words();
    EXPECT_GE(estimate.iteration, std::max(run.iteration.bounds.compute, run.iteration.bounds.memory)) << layout.in_words();
    const double difference = estimate.iteration.seconds() / run.iteration.iteration.seconds() - 1;
    for (const std::string& feature : features_of(layout)) {
      by_feature[feature].add("seed " + std::to_string(seed) + ": " + layout.in_words(), difference);
    }
  }
  std::printf("analytic against fluid\n");
  for (auto& [feature, differences] : by_feature) differences.print(feature);
  by_feature["all"].print_worst(25);
  EXPECT_LE(by_feature["all"].at(0.5), 0.002);
  EXPECT_LE(by_feature["one leaf a rail"].at(1), 0.02);  // nothing is contended between nodes
}

void compare_rows(const scenarios::DataSet& set, const scenarios::PresetLibrary& library, Differences& of_set, Differences& all) {
  const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
  for (const scenarios::MeasuredRun& row : set.rows) {
    const scenarios::Scenario scenario = scenarios::scenario_of(set, row, {}, library);
    const topology::Cluster cluster(scenario.cluster);
    const workloads::Stack stack{scenario.software, *scenario.calibration, scenario.nccl};
    const auto estimate = AnalyticModel(stack, cluster).evaluate(*scenario.training);
    if (!estimate.fits()) continue;
    const auto run = workloads::run_training(*scenario.training, stack, cluster, *engine, {});
    const double difference = estimate.iteration.seconds() / run.iteration.iteration.seconds() - 1;
    of_set.add(row.id, difference);
    all.add(set.name + ", " + row.id, difference);
  }
}

TEST(Analytic, AgreesWithTheFluidEngineOnTheRowsOfDataSets) {
  scenarios::PresetLibrary library = committed::library();
  if (const auto data = committed::measured_data()) library.data = *data;
  Differences all;
  for (const scenarios::PresetKind kind : {scenarios::PresetKind::published, scenarios::PresetKind::measured}) {
    if (kind == scenarios::PresetKind::measured && !library.data) continue;  // their tables are not here
    for (const std::string& name : scenarios::preset_names(library, kind)) {
      Differences of_set;
      compare_rows(scenarios::read_data_set(name, library), library, of_set, all);
      of_set.print(name);
    }
  }
  all.print_worst(10);
  EXPECT_LE(all.at(0.5), 0.005);
}

}  // namespace
}  // namespace orrery::test
