#include "workloads/costs.h"

#include <gtest/gtest.h>

#include "scenarios/prices.h"
#include "sim/fluid_engine.h"
#include "sim/fold.h"
#include "tests/committed.h"
#include "tests/workloads/fixtures.h"
#include "workloads/analytic.h"
#include "workloads/labels.h"
#include "workloads/training_run.h"

namespace orrery::workloads {
namespace {

using namespace sim::literals;

// One node of two GPUs with a NIC each, on a switch.
topology::Cluster node_of_two() {
  topology::NodeSpec node = committed::dgx_a100();
  node.gpus = node.nics = 2;
  return topology::Cluster({.node = node, .nodes = 1, .fabric = {.topology = topology::Topology::single_switch, .switch_radix = 40}});
}

// A GPU-hour of ownership comes to round numbers: 10 years have 87,660 hours. The network draws 2 x 10 + 60 + 2 x 10 = 100 W and costs
// 2 x 1,000 for NICs, which are in the node's price already, and 87,660 besides.
PriceList round_prices() {
  const sim::BytesPerSecond rate = sim::gigabits_per_second(200);
  const auto protocol = topology::NetworkProtocol::infiniband;
  PriceList prices{.name = "round"};
  prices.gpus = {{"A100-SXM4-80GB", 100, 200, 300, 400, "test"}};
  prices.nodes = {{"A100-SXM4-80GB", 2, 876'600, 1000, "test"}};
  prices.facility = FacilityPrices{.pue = 1.5,
                                   .usd_per_kwh = 0.36,
                                   .kg_co2_per_kwh = 0.5,
                                   .usd_per_kw_month = 730.5,  // a dollar an hour
                                   .depreciation_years = 10,
                                   .upkeep_per_year = 0.1,
                                   .source = "test"};
  prices.rentals = {{"A100-SXM4-80GB", 1.8, "test"}};
  prices.network = topology::NetworkPrices{.switches = {{"switch", protocol, 40, rate, 87'660 - 2 * 830, 60, "test"}},
                                           .nics = {{"nic", protocol, rate, 1000, 10, "test"}},
                                           .copper_cables = {{"copper", protocol, rate, 830, 0, 10, "test"}},
                                           .optical_cables = {{"light", protocol, rate, 830, 0, 10, "test"}}};
  return prices;
}

const std::vector<sim::Operation> no_operations{};

sim::Program two_ranks(std::vector<sim::Operation> first, std::vector<sim::Operation> second) {
  sim::Program program{.name = "test", .ranks = 2};
  program.labels.assign(label_names.begin(), label_names.end());
  program.roles = {{.name = "first", .ranks = {.first = 0}, .streams = {{"main", std::move(first)}}},
                   {.name = "second", .ranks = {.first = 1}, .streams = {{"main", std::move(second)}}}};
  return program;
}

sim::Timeline ending_at(sim::Duration first, sim::Duration second) {
  sim::Timeline timeline;
  timeline.actor_ends = {sim::Time{} + first, sim::Time{} + second};
  timeline.end = std::max(timeline.actor_ends[0], timeline.actor_ends[1]);
  return timeline;
}

sim::Operation measured_work(sim::Duration duration) { return {0, sim::Busy{duration}}; }

const KernelTimes& a100_times() {
  static const KernelTimes times(committed::a100(), committed::dgx_a100().gpu);
  return times;
}

Held held_by_two(const ByActivity& seconds) { return {.gpus = 2, .first = {}, .iteration = 10_ms, .gpu_seconds = seconds}; }

// Rank 0 computes 6 of 10 ms and waits 4; rank 1 computes 2, waits 2 and ends after 4: 8 ms of kernels, 6 of idleness, 6 of waiting.
TEST(Costs, GpusWaitForWhatIsNeitherTheirKernelsNorAfterTheirEnd) {
  const ByActivity seconds = gpu_seconds(two_ranks({measured_work(6_ms)}, {measured_work(2_ms)}), ending_at(10_ms, 4_ms), a100_times(), {});
  EXPECT_DOUBLE_EQ(seconds.arithmetic, 0.008);
  EXPECT_DOUBLE_EQ(seconds.memory, 0);
  EXPECT_DOUBLE_EQ(seconds.idle, 0.006);
  EXPECT_DOUBLE_EQ(seconds.waiting, 0.006);
}

// A large product is bound by arithmetic and a norm by memory; both go at the stack's pace, here half as fast.
TEST(Costs, KernelsCountForWhatBindsThemAtThePaceOfTheStack) {
  const sim::Kernel product{sim::KernelKind::gemm, sim::DataType::fp16, {8192, 8192, 8192, 1}};
  const double of_product = a100_times().duration(product).seconds();
  const double of_norm = a100_times().duration(test::layer_norm).seconds();
  sim::Program program = two_ranks({{0, sim::Call{0, 3}}}, no_operations);
  program.blocks = {{.name = "layer", .operations = {{0, sim::Compute{product}}, {0, sim::Compute{test::layer_norm}}}}};
  Software software;
  software.compute_slowdown = 2;
  const ByActivity seconds = gpu_seconds(program, ending_at(1_s, 0_s), a100_times(), software);
  EXPECT_DOUBLE_EQ(seconds.arithmetic, 3 * 2 * of_product);
  EXPECT_DOUBLE_EQ(seconds.memory, 3 * 2 * of_norm);
  EXPECT_DOUBLE_EQ(seconds.idle, 1);
  EXPECT_NEAR(seconds.all(), 2, 1e-12);
}

// The second GPU goes half as fast and takes 12 ms for what its kind does in 6: the kernels draw what they would, the rest is waiting.
TEST(Costs, WhatASlowGpuTakesLongerCountsAsWaiting) {
  const ByActivity seconds = gpu_seconds(two_ranks({measured_work(6_ms)}, {measured_work(6_ms)}), ending_at(6_ms, 12_ms), a100_times(), {});
  EXPECT_DOUBLE_EQ(seconds.arithmetic, 0.012);
  EXPECT_DOUBLE_EQ(seconds.idle, 0.006);
  EXPECT_DOUBLE_EQ(seconds.waiting, 0.006);
}

// GPUs: 0.008 x 400 + 0.006 x 200 + 0.006 x 100 = 5 J. One host: 1,000 W x 0.01 s = 10 J. Network: 100 W x 0.01 s = 1 J. The building
// draws half as much again: 8 J. 24 J are 6.667e-6 kWh, of 0.5 kg each.
TEST(Costs, EnergyIsPowerTimesTimeOfAllThatDraws) {
  const Costs costs = costs_of(held_by_two({.arithmetic = 0.008, .waiting = 0.006, .idle = 0.006}), node_of_two(), round_prices());
  ASSERT_TRUE(costs.energy) << costs.no_energy.front();
  EXPECT_DOUBLE_EQ(costs.energy->gpus.all(), 5);
  EXPECT_DOUBLE_EQ(costs.energy->hosts, 10);
  EXPECT_DOUBLE_EQ(costs.energy->network, 1);
  EXPECT_DOUBLE_EQ(costs.energy->facility, 8);
  EXPECT_DOUBLE_EQ(costs.energy->total(), 24);
  EXPECT_DOUBLE_EQ(costs.energy->kg_co2, 24 / 3.6e6 * 0.5);
}

// An hour, 360,000 iterations of 10 ms: the node 876,600 / 87,660 = 10 USD, the network without its NICs 1 USD, upkeep a tenth of
// 964,260 USD a year of 8,766 hours = 11 USD. Space: 2 GPUs at 400 W, the host's 1,000 and the network's 100 are 1.9 kW = 1.9 USD.
// Energy: 360,000 x 24 J = 2.4 kWh = 0.864 USD.
TEST(Costs, OwnersPayForMachineUpkeepSpaceAndEnergy) {
  const Costs costs = costs_of(held_by_two({.arithmetic = 0.008, .waiting = 0.006, .idle = 0.006}), node_of_two(), round_prices());
  ASSERT_TRUE(costs.money);
  constexpr double an_hour = 360'000;
  EXPECT_NEAR(costs.money->nodes * an_hour, 10, 1e-9);
  EXPECT_NEAR(costs.money->network * an_hour, 1, 1e-9);
  EXPECT_NEAR(costs.money->upkeep * an_hour, 11, 1e-9);
  EXPECT_NEAR(costs.money->space * an_hour, 1.9, 1e-9);
  EXPECT_NEAR(costs.money->energy * an_hour, 0.864, 1e-9);
  EXPECT_NEAR(costs.money->total() * an_hour, 24.764, 1e-9);
  EXPECT_EQ(costs.money->rent, 0);
}

// 2 GPUs x 10 ms at 1.80 USD an hour: 1e-5 USD.
TEST(Costs, TenantsPayForGpuHoursAlone) {
  PriceList prices = round_prices();
  prices.terms = Terms::rent;
  const Costs costs = costs_of(held_by_two({.arithmetic = 0.02}), node_of_two(), prices);
  ASSERT_TRUE(costs.money);
  EXPECT_DOUBLE_EQ(costs.money->total(), 1e-5);
  EXPECT_DOUBLE_EQ(costs.money->rent, 1e-5);
  prices.nodes.clear();  // rent is known without them, energy is not
  const Costs without = costs_of(held_by_two({.arithmetic = 0.02}), node_of_two(), prices);
  EXPECT_FALSE(without.energy);
  EXPECT_TRUE(without.money);
}

// A rank of one of two GPUs bears half of the node and of the network, and nothing of the other GPU.
TEST(Costs, AJobBearsTheShareOfItsGpus) {
  Held half = held_by_two({.arithmetic = 0.01});
  half.gpus = 1;
  const Costs costs = costs_of(half, node_of_two(), round_prices());
  ASSERT_TRUE(costs.energy);
  EXPECT_DOUBLE_EQ(costs.energy->gpus.all(), 4);
  EXPECT_DOUBLE_EQ(costs.energy->hosts, 5);
  EXPECT_DOUBLE_EQ(costs.energy->network, 0.5);
}

// 2 GPUs at 400 W, the host's 1,000 W and the network's 100 W, and half as much again for the building: 2,850 W, whatever is done.
TEST(Costs, NothingDrawsMoreThanTheCostliestKernels) {
  const PriceList prices = round_prices();
  const Held idle = held_by_two({.idle = 0.02}), full = held_by_two({.arithmetic = 0.02});
  EXPECT_DOUBLE_EQ(costs_of(idle, node_of_two(), prices).energy->most_watts, 2850);
  EXPECT_DOUBLE_EQ(costs_of(full, node_of_two(), prices).energy->most_watts, 2850);
  EXPECT_DOUBLE_EQ(costs_of(full, node_of_two(), prices).energy->total(), 2850 * 0.01);
}

TEST(Costs, WhatHasNoPriceIsNamedAndNothingIsGuessed) {
  const Held held = held_by_two({.arithmetic = 0.02});
  EXPECT_EQ(costs_of(held, node_of_two(), std::nullopt).no_energy,
            std::vector<std::string>{"the scenario names no prices; add \"prices\" (orrery list prices)"});
  PriceList prices = round_prices();
  prices.gpus[0].name = "B200";
  prices.network->switches[0].ports = 1;
  const Costs costs = costs_of(held, node_of_two(), prices);
  EXPECT_FALSE(costs.energy);
  EXPECT_FALSE(costs.money);
  ASSERT_EQ(costs.no_energy.size(), 2U);
  EXPECT_EQ(costs.no_energy[0], "the prices round have no power of A100-SXM4-80GB; add it to prices.gpus");
  EXPECT_NE(costs.no_energy[1].find("switch with 40 ports"), std::string::npos) << costs.no_energy[1];
  prices = round_prices();
  prices.terms = Terms::rent;
  prices.rentals.clear();
  EXPECT_EQ(costs_of(held, node_of_two(), prices).no_money.back(),
            "the prices round have no rent of A100-SXM4-80GB; add it to prices.rentals");
}

TEST(Costs, OfAnIterationThatTakesNoTimeNothingIsKnown) {
  const Held held{.gpus = 2, .first = {}, .iteration = {}, .gpu_seconds = {}};
  const Costs costs = costs_of(held, node_of_two(), round_prices());
  EXPECT_FALSE(costs.energy);
  EXPECT_FALSE(costs.money);
  EXPECT_EQ(costs.no_energy, std::vector<std::string>{"the iteration takes no time"});
  EXPECT_EQ(costs.no_money, costs.no_energy);
}

// A rank on a node of each kind: the second GPU has another name, and so another price.
TEST(Costs, OfGpusOfSeveralKindsNothingIsKnown) {
  topology::NodeSpec other = committed::dgx_a100();
  other.gpu.name = "other";
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 1, .fabric = {}, .others = {{other, 1}}});
  const Stack stack{test::plain_software(), committed::a100(), committed::nccl()};
  const auto costs_on = [&](std::uint32_t second) {
    return costs_of_play(two_ranks({measured_work(1_ms)}, {measured_work(1_ms)}), ending_at(1_ms, 1_ms),
                         {topology::GpuId{0}, topology::GpuId{second}}, stack, cluster,
                         committed::preset<PriceList>(scenarios::PresetKind::prices, scenarios::default_prices));
  };
  EXPECT_TRUE(costs_on(1).energy);
  const Costs costs = costs_on(8);
  EXPECT_FALSE(costs.energy);
  EXPECT_FALSE(costs.money);
  EXPECT_NE(costs.no_energy.front().find("GPUs of several kinds"), std::string::npos) << costs.no_energy.front();
}

TEST(PriceList, RefusesWhatCannotBe) {
  PriceList prices = round_prices();
  EXPECT_TRUE(faults(prices).empty());
  prices.gpus.push_back(prices.gpus[0]);
  prices.gpus[1].idle_watts = 250;
  prices.rentals.push_back(prices.rentals[0]);
  std::vector<std::string> places;
  for (const sim::Fault& fault : faults(prices)) places.push_back(fault.place);
  EXPECT_EQ(places, (std::vector<std::string>{"/gpus/1/name", "/gpus/1/idle_watts", "/rentals/1/gpu"}));
}

// ---- whole jobs

Stack shipped_stack() { return {committed::software("megatron-lm-2021"), committed::a100(), committed::nccl("2.8")}; }

PriceList shipped_prices() { return committed::preset<PriceList>(scenarios::PresetKind::prices, scenarios::default_prices); }

TrainingRun played_job(const TrainingJob& job, const Stack& stack, const topology::Cluster& cluster, sim::Engine& engine) {
  return run_training(job, stack, cluster, engine, {});
}

Costs costs_of_run(const TrainingRun& run, const Stack& stack, const topology::Cluster& cluster) {
  return costs_of_play(run.program, run.timeline, packed_placement(run.program.ranks), stack, cluster, shipped_prices());
}

// Gradients are reduced beside the backward pass: seconds of GPUs are those of the iteration all the same, and power is below the most.
TEST(Costs, OverlapIsNotCountedTwiceAndFoldingChangesNothing) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 4, .fabric = {.switch_radix = 40}});
  const TrainingJob job = test::small_job(2, 2, 8, 4);
  Stack stack = shipped_stack();
  stack.software.overlap_gradients = true;
  const auto folded = sim::make_folding_engine(sim::make_fluid_engine());
  const auto unfolded = sim::make_fluid_engine();
  const TrainingRun run = played_job(job, stack, cluster, *folded);
  const Costs costs = costs_of_run(run, stack, cluster);
  EXPECT_NEAR(costs.gpu_seconds.all(), 32 * run.iteration.iteration.seconds(), 1e-9);
  EXPECT_GT(costs.gpu_seconds.memory, 0);
  EXPECT_GT(costs.gpu_seconds.arithmetic, 0);
  ASSERT_TRUE(costs.energy);
  const double watts = costs.energy->total() / run.iteration.iteration.seconds();
  EXPECT_GT(watts, costs.energy->most_watts / 2);
  EXPECT_LT(watts, costs.energy->most_watts);

  const Costs plain = costs_of_run(played_job(job, stack, cluster, *unfolded), stack, cluster);
  EXPECT_EQ(plain.energy->total(), costs.energy->total());
}

// The closed form knows kernels and the iteration, but not when each rank ends: what others wait at the end is waiting, not idleness.
TEST(Costs, TheClosedFormAgreesWithThePlay) {
  const topology::Cluster cluster({.node = committed::dgx_a100(), .nodes = 4, .fabric = {.switch_radix = 40}});
  const TrainingJob job = test::small_job(2, 4, 4, 8);
  const Stack stack = shipped_stack();
  const auto engine = sim::make_folding_engine(sim::make_fluid_engine());
  const Costs played = costs_of_run(played_job(job, stack, cluster, *engine), stack, cluster);
  const Costs priced = costs_of_run(run_analytic(job, stack, cluster), stack, cluster);
  EXPECT_DOUBLE_EQ(priced.gpu_seconds.arithmetic, played.gpu_seconds.arithmetic);
  EXPECT_DOUBLE_EQ(priced.gpu_seconds.memory, played.gpu_seconds.memory);
  EXPECT_NEAR(priced.energy->total(), played.energy->total(), 0.05 * played.energy->total());
}

// Decoding, as Splitwise measured it (ISCA'24; perf_model.csv): a token reads the weights once, at some 1.75 TB/s, and else waits for
// launches and small all-reduces. Llama-2 70B (138 GB in 16 bits) on 2, 4 and 8 GPUs: 39.4 of 53.7 ms, 19.7 of 44.9, 9.9 of 44.5;
// BLOOM-176B (352 GB) on 8: 25.1 of 48.8. Measured, over 400 W: 0.736, 0.597, 0.435, 0.635.
TEST(Costs, PowerOfDecodingIsWithinATenthOfWhatWasMeasured) {
  const PriceList prices = shipped_prices();
  const GpuPower& a100 = *power_of(prices, "A100-SXM4-80GB");
  const auto share_of_limit = [&](double reading, double token) {
    return (a100.memory_watts * reading + a100.waiting_watts * (token - reading)) / token / 400;
  };
  EXPECT_NEAR(share_of_limit(39.4, 53.7), 0.736, 0.1 * 0.736);
  EXPECT_NEAR(share_of_limit(19.7, 44.9), 0.597, 0.1 * 0.597);
  EXPECT_NEAR(share_of_limit(9.9, 44.5), 0.435, 0.1 * 0.435);
  EXPECT_NEAR(share_of_limit(25.1, 48.8), 0.635, 0.1 * 0.635);
}

}  // namespace
}  // namespace orrery::workloads
