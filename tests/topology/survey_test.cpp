#include "topology/survey.h"

#include <gtest/gtest.h>

#include <utility>

namespace orrery::topology {
namespace {

constexpr auto adapter = DeviceKind::adapter;
constexpr auto switch_ = DeviceKind::switch_;

using HostAndAdapter = std::pair<std::string, std::string>;

HostAndAdapter split(const std::string& name) {
  Device device{.name = name};
  name_host(device);
  return {device.host, device.adapter};
}

std::uint32_t add(Survey& survey, DeviceKind kind, const std::string& name, std::uint64_t system = 0) {
  Device device{.kind = kind, .system_guid = system, .name = name};
  if (kind == adapter) name_host(device);
  survey.devices.push_back(device);
  return static_cast<std::uint32_t>(survey.devices.size() - 1);
}

void cable(Survey& survey, std::uint32_t a, int a_port, std::uint32_t b, int b_port) {
  survey.cables.push_back({.a = {a, a_port}, .b = {b, b_port}});
}

TEST(Survey, ANameIsSplitAtItsLastBlankWhereAnAdapterFollows) {
  EXPECT_EQ(split("su1-n001 mlx5_0"), HostAndAdapter("su1-n001", "mlx5_0"));
  EXPECT_EQ(split("nsn33-43 HCA-1"), HostAndAdapter("nsn33-43", "HCA-1"));
  EXPECT_EQ(split("node7   ibp12s0"), HostAndAdapter("node7", "ibp12s0"));
  EXPECT_EQ(split("cn0001"), HostAndAdapter("cn0001", ""));
}

TEST(Survey, AFactoryNameTellsNoHost) {
  EXPECT_EQ(split("MT4129 ConnectX7   Mellanox Technologies"), HostAndAdapter());
  EXPECT_EQ(split("MT4129 ConnectX7"), HostAndAdapter());
  EXPECT_EQ(split("MT25204"), HostAndAdapter());
  EXPECT_EQ(split("ConnectX-6 Dx_1"), HostAndAdapter());
  EXPECT_EQ(split("Sun DCS 36 QDR switch localhost"), HostAndAdapter());
  EXPECT_EQ(split("Voltaire HCA 500EX-D1"), HostAndAdapter());
  EXPECT_EQ(split(""), HostAndAdapter());
}

TEST(Survey, AdaptersOfAHostStandInTheOrderOfRailsAndHostsByName) {
  Survey survey;
  for (const char* name : {"n10 mlx5_10", "n10 mlx5_2", "n9 mlx5_1", "n10 mlx5_0"}) add(survey, adapter, name);
  add(survey, switch_, "n1 mlx5_0");
  const std::vector<Host> found = hosts(survey);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "n9");
  EXPECT_EQ(found[0].adapters, std::vector<std::uint32_t>{2});
  EXPECT_EQ(found[1].name, "n10");
  EXPECT_EQ(found[1].adapters, (std::vector<std::uint32_t>{3, 1, 0}));
}

TEST(Survey, UnnamedAdaptersOfOneSystemAreOneHost) {
  Survey survey;
  add(survey, adapter, "MT4129 ConnectX7", 7);
  add(survey, adapter, "MT4129 ConnectX7", 8);
  add(survey, adapter, "MT4129 ConnectX7", 7);
  add(survey, adapter, "MT4129 ConnectX7");
  add(survey, adapter, "MT4129 ConnectX7");
  const std::vector<Host> found = hosts(survey);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].name, "");
  EXPECT_EQ(found[0].adapters, (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(facts(survey).unnamed_adapters, 5);
}

TEST(Survey, ANameThatSeveralMachinesShareNamesNone) {
  Survey survey;
  add(survey, adapter, "localhost HCA-1", 7);
  add(survey, adapter, "localhost HCA-1", 8);
  add(survey, adapter, "localhost HCA-2", 8);
  const std::vector<Host> found = hosts(survey);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].adapters, (std::vector<std::uint32_t>{1, 2}));
}

TEST(Survey, TwoPortsOfOneAdapterAreNoSecondMachine) {
  Survey survey;  // as the ports report has them: GUIDs of ports, no system
  add(survey, adapter, "n1 HCA-1");
  add(survey, adapter, "n1 HCA-1");
  EXPECT_EQ(hosts(survey).size(), 1U);
}

// adapter - 1 - 2 - 3, adapter - 3, an island 4, an aggregator on 2
TEST(Survey, LevelsAreDistancesFromTheNearestAdapter) {
  Survey survey;
  const std::uint32_t low = add(survey, adapter, "n1 mlx5_0");
  const std::uint32_t one = add(survey, switch_, "1");
  const std::uint32_t two = add(survey, switch_, "2");
  const std::uint32_t three = add(survey, switch_, "3");
  add(survey, switch_, "4");
  const std::uint32_t other = add(survey, adapter, "n2 mlx5_0");
  const std::uint32_t reducer = add(survey, DeviceKind::aggregator, "Aggregation Node");
  cable(survey, low, 1, one, 1);
  cable(survey, one, 2, two, 1);
  cable(survey, three, 1, two, 2);
  cable(survey, three, 2, other, 1);
  cable(survey, two, 41, reducer, 1);
  EXPECT_EQ(levels(survey), (std::vector<int>{0, 1, 2, 1, -1, 0, 0}));
}

// Three hosts with two adapters: mlx5_0 on leaf 0, mlx5_1 on leaf 1, but for the last host, which was cabled the other way round.
// On each leaf two of three adapters have the place that most have there.
TEST(Survey, RailPurityFallsWhereAHostIsCabledCrosswise) {
  Survey survey;
  const std::uint32_t leaf0 = add(survey, switch_, "leaf-0");
  const std::uint32_t leaf1 = add(survey, switch_, "leaf-1");
  for (int host = 1; host <= 3; ++host) {
    const std::uint32_t first = add(survey, adapter, "n" + std::to_string(host) + " mlx5_0");
    const std::uint32_t second = add(survey, adapter, "n" + std::to_string(host) + " mlx5_1");
    cable(survey, first, 1, host < 3 ? leaf0 : leaf1, host);
    cable(survey, second, 1, host < 3 ? leaf1 : leaf0, host);
  }
  EXPECT_EQ(facts(survey).rail_purity, 4.0 / 6);
  std::swap(survey.cables[4].b, survey.cables[5].b);
  EXPECT_EQ(facts(survey).rail_purity, 1);
}

// Two hosts with two adapters, both on one leaf each: of two adapters there one has the place that most have.
TEST(Survey, AHostWithAllItsAdaptersOnOneLeafHasNoRails) {
  Survey survey;
  for (int host = 1; host <= 2; ++host) {
    const std::uint32_t leaf = add(survey, switch_, "leaf");
    cable(survey, leaf, 1, add(survey, adapter, "n" + std::to_string(host) + " mlx5_0"), 1);
    cable(survey, leaf, 2, add(survey, adapter, "n" + std::to_string(host) + " mlx5_1"), 1);
  }
  EXPECT_EQ(facts(survey).rail_purity, 0.5);
  EXPECT_EQ(facts(survey).most_hosts_on_a_leaf, 1);
}

TEST(Survey, FactsCountWhatIsThere) {
  Survey survey;
  const std::uint32_t leaf = add(survey, switch_, "leaf");
  const std::uint32_t bare = add(survey, switch_, "leaf with one adapter");
  const std::uint32_t spine = add(survey, switch_, "spine");
  cable(survey, add(survey, adapter, "n1 mlx5_0"), 1, leaf, 1);
  cable(survey, add(survey, adapter, "n2 mlx5_0"), 1, leaf, 2);
  cable(survey, add(survey, adapter, "MT4129 ConnectX7"), 1, bare, 1);
  cable(survey, add(survey, DeviceKind::aggregator, "Aggregation Node"), 1, leaf, 41);
  add(survey, DeviceKind::router, "router");
  cable(survey, leaf, 3, spine, 1);
  cable(survey, leaf, 4, spine, 2);
  cable(survey, spine, 3, bare, 2);
  cable(survey, spine, 4, spine, 5);
  survey.cables[5].reciprocal = false;
  survey.cables[0].capability = sim::gigabytes_per_second(50);
  EXPECT_EQ(facts(survey), (SurveyFacts{.switches = 3,
                                        .leaves = 2,
                                        .adapters = 3,
                                        .aggregators = 1,
                                        .routers = 1,
                                        .hosts = 3,
                                        .unnamed_adapters = 1,
                                        .cables_between_switches = 3,
                                        .reciprocal_cables = 2,
                                        .degraded_cables = 1,
                                        .fewest_hosts_on_a_leaf = 1,
                                        .most_hosts_on_a_leaf = 2,
                                        .fewest_uplinks_of_a_leaf = 1,
                                        .most_uplinks_of_a_leaf = 2,
                                        .rail_purity = 0}));
}

}  // namespace
}  // namespace orrery::topology
