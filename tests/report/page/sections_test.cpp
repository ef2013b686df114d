#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "report/page/assumptions_section.h"
#include "report/page/blame_section.h"
#include "report/page/costs_section.h"
#include "report/page/fabric_section.h"
#include "report/page/figures_section.h"
#include "report/page/limits_section.h"
#include "report/page/memory_section.h"
#include "report/page/reproduce_section.h"
#include "report/page/timeline_section.h"
#include "report/page/verdict_section.h"
#include "report/result_json.h"
#include "report/sources.h"
#include "tests/committed.h"

namespace orrery::report {
namespace {

using namespace sim::literals;

const scenarios::Scenario& mt_nlg() {
  static const scenarios::Scenario scenario =
      scenarios::read_scenario(std::string(ORRERY_SOURCE_DIR) + "/scenarios/examples/mt-nlg-530b.json", {}, committed::library());
  return scenario;
}

bool says(const Section& section, const std::string& words) { return section.body.find(words) != std::string::npos; }

// Of 10 s, of which 6 s are compute, 3 s tensor and 1 s bubble; nothing could take less than 4 s.
RunReport ten_seconds() {
  RunReport report{.version = "1",
                   .engine = "fluid",
                   .scenario = mt_nlg(),
                   .overrides = {},
                   .simulation = {.gpus = 2240, .gpu_classes = 140},
                   .iteration = {},
                   .training = TrainingPart{},
                   .validity = {}};
  report.iteration.iteration = 10_s;
  report.iteration.bottleneck = "compute";
  report.iteration.breakdown = {{"compute", 6_s}, {"tensor", 3_s}, {"pipeline_bubble", 1_s}, {"expert", 0_s}};
  report.iteration.bounds = {.compute = 4_s, .memory = 2_s, .network = 1_s};
  report.training->result.tokens_per_second = 1000;
  report.validity.expected_error = workloads::Validation{"some runs", 12, 0.25};
  return report;
}

// A prediction of 10 s that is 25 % too long was of 8 s; one that is 25 % too short, of 13.3 s.
TEST(FiguresSection, BandsAreOfMeasurementsThatFarOff) {
  EXPECT_DOUBLE_EQ(band_of_time(10, 0.25).low, 8);
  EXPECT_DOUBLE_EQ(band_of_time(10, 0.25).high, 10 / 0.75);
  EXPECT_DOUBLE_EQ(band_of_rate(1000, 0.25).low, 750);
  EXPECT_DOUBLE_EQ(band_of_rate(1000, 0.25).high, 1250);
  const Section section = figures_section(ten_seconds());
  EXPECT_TRUE(says(section, "<small>8.00 s to 13.3 s</small>")) << section.body;
  EXPECT_TRUE(says(section, "<small>750 to 1,250</small>")) << section.body;
  EXPECT_TRUE(says(section, "over 12 measured runs")) << section.body;
}

TEST(FiguresSection, WithoutMeasurementsThereAreNoBands) {
  RunReport report = ten_seconds();
  report.validity.expected_error.reset();
  const Section section = figures_section(report);
  EXPECT_TRUE(says(section, "No bands")) << section.body;
  EXPECT_FALSE(says(section, " to ")) << section.body;
}

TEST(BlameSection, PartsAreThoseThatTookTimeAndSumToTheIteration) {
  const RunReport report = ten_seconds();
  const Section section = blame_section(report.iteration);
  double sum = 0;
  for (const auto& part : section.chart.at("parts")) sum += part.at("seconds").get<double>();
  EXPECT_DOUBLE_EQ(sum, section.chart.at("iteration").get<double>());
  ASSERT_EQ(section.table->rows.size(), 3U);
  EXPECT_EQ(section.table->rows[2][0], "pipeline bubble");
  EXPECT_EQ(section.table->rows[2][2], "10.0 %");
}

// 2 kWh of GPUs, 1 of hosts and 1 of the building; 3 USD of nodes and 1 of energy for 10,000 tokens.
RunReport with_costs() {
  RunReport report = ten_seconds();
  constexpr double joules_a_kwh = 3.6e6;
  report.costs.gpu_hours = 2;
  report.costs.gpu_seconds = {.arithmetic = 7200};
  report.costs.energy = workloads::Energy{.gpus = {.arithmetic = 2 * joules_a_kwh}, .hosts = joules_a_kwh, .facility = joules_a_kwh};
  report.costs.money = workloads::Money{.nodes = 3, .energy = 1};
  return report;
}

TEST(CostsSection, PartsAreThoseThatAreNotNothingAndTheirSharesAreOfTheirTotal) {
  const Section section = costs_section(with_costs());
  ASSERT_EQ(section.chart.at("energy").size(), 3U);
  EXPECT_EQ(section.chart.at("energy")[0].at("share"), 0.5);
  ASSERT_EQ(section.chart.at("money").size(), 2U);
  EXPECT_EQ(section.chart.at("money")[1].at("share"), 0.25);
  EXPECT_TRUE(says(section, "An iteration takes 4 kWh")) << section.body;
  EXPECT_TRUE(says(section, "a GPU draws 1000 W, with its share of all around it 2000 W")) << section.body;
  EXPECT_TRUE(says(section, "It costs 4 USD to own: 2 USD a GPU-hour, 400 USD a million tokens")) << section.body;
}

TEST(FiguresSection, EnergyAndMoneyAreThereWhereTheyAreKnown) {
  const Section known = figures_section(with_costs());
  for (const char* words : {"Energy", "4 kWh", "Money", "4 USD", "to own"}) EXPECT_TRUE(says(known, words)) << words << known.body;
  RunReport tenant = with_costs();
  tenant.costs.energy.reset();
  tenant.costs.money = workloads::Money{.terms = workloads::Terms::rent, .rent = 5};
  const Section rented = figures_section(tenant);
  for (const char* words : {"5 USD", "to rent"}) EXPECT_TRUE(says(rented, words)) << words << rented.body;
  EXPECT_FALSE(says(rented, "kWh")) << rented.body;
  const Section unknown = figures_section(ten_seconds());
  for (const char* words : {"kWh", "USD"}) EXPECT_FALSE(says(unknown, words)) << words << unknown.body;
}

TEST(CostsSection, RentIsAllThatATenantPays) {
  RunReport report = with_costs();
  report.costs.energy.reset();
  report.costs.money = workloads::Money{.terms = workloads::Terms::rent, .rent = 5};
  const Section section = costs_section(report);
  EXPECT_TRUE(section.chart.at("energy").empty());
  EXPECT_EQ(section.chart.at("money").size(), 1U);
  EXPECT_TRUE(says(section, "It costs 5 USD to rent")) << section.body;
}

TEST(CostsSection, SaysWhatIsNotKnownAndWhy) {
  RunReport report = ten_seconds();
  report.costs.no_energy = report.costs.no_money = {"no power", "no building"};
  const Section section = costs_section(report);
  EXPECT_TRUE(says(section, "Energy and money are not known: no power; no building.")) << section.body;
  EXPECT_TRUE(section.chart.is_null());
  report.costs.no_money = {"no rent"};
  EXPECT_TRUE(says(costs_section(report), "Energy is not known: no power; no building. Money is not known: no rent."));
  const auto result = result_of(report.iteration, report.training, report.costs);
  EXPECT_EQ(result.at("costs_not_known").at("energy").size(), 2U);
  EXPECT_EQ(result.at("costs_not_known").at("money"), (nlohmann::ordered_json{"no rent"}));
}

TEST(ResultJson, CostsSumToTheirTotalsAndAreNullWhereNothingIsKnown) {
  const auto sum = [](const nlohmann::ordered_json& parts) {
    double all = 0;
    for (const auto& part : parts) all += part.get<double>();
    return all;
  };
  const RunReport known = with_costs();
  const auto result = result_of(known.iteration, known.training, known.costs);
  EXPECT_EQ(sum(result.at("energy").at("joules")), result.at("energy_joules_per_iteration"));
  EXPECT_EQ(sum(result.at("money").at("usd")), result.at("cost_usd_per_iteration"));
  EXPECT_EQ(result.at("money").at("usd_per_million_tokens"), 400);
  const RunReport unknown = ten_seconds();
  const auto without = result_of(unknown.iteration, unknown.training, unknown.costs);
  for (const char* key : {"energy", "money", "energy_joules_per_iteration", "cost_usd_per_iteration"})
    EXPECT_TRUE(without.at(key).is_null()) << key;
}

TEST(Sources, PricesAreAmongThoseOfMoneyAndEnergyAlone) {
  const auto has_prices = [](const std::vector<SourceOf>& sources) {
    return std::any_of(sources.begin(), sources.end(), [](const SourceOf& source) { return source.preset == "estimates-2025"; });
  };
  EXPECT_TRUE(has_prices(sources_of(mt_nlg(), Played::iteration_with_costs)));
  EXPECT_FALSE(has_prices(sources_of(mt_nlg())));
  EXPECT_FALSE(has_prices(sources_of(mt_nlg(), Played::collectives)));
}

TEST(LimitsSection, ComparesWithTheHighestBoundAndTheMeasurement) {
  const Section section = limits_section(ten_seconds());
  EXPECT_TRUE(says(section, "beat 4.00 s (compute at peak); the iteration takes 2.5 times as long")) << section.body;
  const auto& bars = section.chart.at("bars");
  ASSERT_EQ(bars.size(), 5U);
  EXPECT_DOUBLE_EQ(bars[0].at("band")[0].get<double>(), 8);
  EXPECT_EQ(bars[1].at("name"), "measured");
  EXPECT_DOUBLE_EQ(bars[1].at("seconds").get<double>(), 60.1);
}

TEST(VerdictSection, SaysHowLongWhyAndHowFarFromWhatWasMeasured) {
  RunReport report = ten_seconds();
  report.validity.notes = {"<too> new"};
  const Section section = verdict_section(report);
  EXPECT_TRUE(says(section, "An iteration takes 10.0 s: 1,000 tokens/s")) << section.body;
  EXPECT_TRUE(says(section, "Compute holds it up for 60.0 %, tensor for 30.0 %, pipeline bubble for 10.0 % of the time.")) << section.body;
  EXPECT_TRUE(says(section, "Measured: 60.1 s (arXiv 2201.11990, section 3). Predicted is -83.4 % off.")) << section.body;
  EXPECT_TRUE(says(section, "Outside the validated range: &lt;too&gt; new.")) << section.body;
}

TEST(MemorySection, KindsOfARankSumToItsTotal) {
  std::vector<workloads::MemoryUse> ranks(2);
  ranks[0] = {.weights = 1_GB, .gradients = 2_GB, .optimizer = 3_GB, .activations = 4_GB, .buffers = 5_GB, .capacity = 80_GB};
  ranks[1] = {
      .weights = 2_GB, .gradients = 2_GB, .optimizer = 3_GB, .activations = 4_GB, .buffers = 5_GB, .capacity = 80_GB, .pipeline_rank = 1};
  const Section section = memory_section(ranks);
  for (std::size_t rank = 0; rank < 2; ++rank) {
    std::int64_t sum = 0;
    for (const auto& kind : section.chart.at("kinds")) sum += kind.at("bytes")[rank].get<std::int64_t>();
    EXPECT_EQ(sum, ranks[rank].total().count);
  }
  EXPECT_EQ(section.chart.at("capacity").get<std::int64_t>(), 80'000'000'000);
  EXPECT_TRUE(says(section, "Pipeline rank 1 is the fullest: 16.0 GB of 80.0 GB, 20 %. The emptiest, rank 0, needs 15.0 GB."))
      << section.body;
}

// One stage of 1 s: forward until 300 ms, backward from 400 to 900.
TEST(TimelineSection, WhatIsNoPassIsWaiting) {
  const Passes passes{
      .kinds = {"backward", "forward"},
      .ranks = {{"stage0", 7, {{1, sim::Time{}, sim::Time{} + 300_ms}, {0, sim::Time{} + 400_ms, sim::Time{} + 900_ms}}, {500_ms, 300_ms}}},
      .roles = 3};
  const Section section = timeline_section(passes, 1_s, "pipeline stage");
  EXPECT_EQ(section.table->rows, (std::vector<std::vector<std::string>>{{"stage0", "500 ms", "300 ms", "200 ms"}}));
  EXPECT_TRUE(says(section, "20.0 to 20.0 % of the time. Drawn are 1 of them")) << section.body;
  EXPECT_EQ(section.chart.at("rows")[0].at("passes"), (nlohmann::json{1, 0, 300'000, 0, 100'000, 500'000}));
  EXPECT_DOUBLE_EQ(section.chart.at("tick_seconds").get<double>(), 1e-6);
}

TEST(FabricSection, NamesTheBusiestLink) {
  LayerLoad even{.name = "NVLink out", .links = 8};
  even.at.fill(0.25);
  LayerLoad uneven{.name = "NIC to leaf, up", .links = 8, .idle = 7};
  uneven.at[10] = 0.5;
  uneven.busiest = "node0/nic0 -> leaf0.0";
  const Section section = fabric_section({even, uneven});
  EXPECT_TRUE(says(section, "The busiest link, node0/nic0 -&gt; leaf0.0, is in use 50.00 %")) << section.body;
  ASSERT_EQ(section.chart.at("layers").size(), 2U);
  EXPECT_EQ(section.chart.at("layers")[1].at("utilization").size(), 11U);
  EXPECT_TRUE(fabric_section({}).chart.is_null()) << "nothing to draw where nothing moves";
}

TEST(AssumptionsSection, EveryPresetHasItsSource) {
  const scenarios::Scenario& scenario = mt_nlg();
  const Section section = assumptions_section(scenario, Played::kernels_and_collectives, {"a < b"});
  for (const std::string& source :
       {scenario.training->model.source, scenario.cluster.node.source, scenario.software.source, scenario.nccl.source,
        scenario.calibration->gemm.provenance.source, scenario.calibration->attention.provenance.source,
        scenario.calibration->memory.provenance.source, scenario.calibration->collectives.provenance.source}) {
    EXPECT_FALSE(source.empty());
    EXPECT_TRUE(says(section, escaped(source))) << source;
  }
  for (const workloads::FittedConstant& constant : scenario.software.fitted)
    EXPECT_TRUE(says(section, escaped(constant.name))) << constant.name;
  EXPECT_TRUE(says(section, "<li>a &lt; b</li>")) << section.body;
  const Section of_collectives = assumptions_section(scenario, Played::collectives, {});
  EXPECT_FALSE(says(of_collectives, escaped(scenario.calibration->gemm.provenance.source)));
  EXPECT_TRUE(says(of_collectives, escaped(scenario.calibration->collectives.provenance.source)));
}

TEST(ReproduceSection, TheCommandIsText) {
  const Section section =
      reproduce_section({.command = "orrery run '<a>'", .version = "1", .engine = "fluid", .resolved = "{\"<\": 1}", .seed = "7"});
  EXPECT_TRUE(says(section, "<code>orrery run &#39;&lt;a&gt;&#39;</code>")) << section.body;
  EXPECT_TRUE(says(section, "engine fluid, seed 7.")) << section.body;
  EXPECT_TRUE(says(section, "{&quot;&lt;&quot;: 1}")) << section.body;
}

}  // namespace
}  // namespace orrery::report
