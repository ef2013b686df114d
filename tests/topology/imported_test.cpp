// Fabrics made of dumps: who is a node, which rail an adapter is of, what is missing, and ways by imported tables.
#include "topology/imported.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

#include "sim/error.h"
#include "tests/topology/fabric_sample.h"
#include "tests/topology/hand_solved_fabrics.h"
#include "topology/cluster.h"
#include "topology/fabric_spec.h"
#include "topology/import_forwarding.h"
#include "topology/read_survey.h"

namespace orrery::topology {
namespace {

using test::fabric_sample;
using test::refusal;

// Two leaves, one a rail, and a spine by two cables each. Hosts a, b have mlx5_2 on leaf0 and mlx5_7 on leaf1; c has mlx5_2 alone, at half
// rate; b has a third adapter, mlx5_9, for storage; d has one adapter of a factory name.
Survey small_hall() {
  Survey survey;
  survey.file = "hall";
  const auto add = [&](DeviceKind kind, std::string name, std::string host = "", std::string adapter = "") {
    survey.devices.push_back(
        {.kind = kind, .guid = 100 + survey.devices.size(), .name = std::move(name), .lid = 1 + static_cast<int>(survey.devices.size())});
    survey.devices.back().host = std::move(host);
    survey.devices.back().adapter = std::move(adapter);
    return static_cast<std::uint32_t>(survey.devices.size() - 1);
  };
  const auto leaf0 = add(DeviceKind::switch_, "leaf 0");
  const auto leaf1 = add(DeviceKind::switch_, "leaf 1");
  const auto spine = add(DeviceKind::switch_, "spine");
  std::map<std::uint32_t, int> next;
  const auto join = [&](std::uint32_t a, std::uint32_t b, sim::BytesPerSecond rate = test::ndr) {
    const int of_a = ++next[a];
    survey.cables.push_back({.a = {a, of_a}, .b = {b, ++next[b]}, .bandwidth = rate});
  };
  for (int copy = 0; copy < 2; ++copy) {
    join(leaf0, spine);
    join(spine, leaf1);
  }
  join(add(DeviceKind::adapter, "a mlx5_2", "a", "mlx5_2"), leaf0);
  join(add(DeviceKind::adapter, "a mlx5_7", "a", "mlx5_7"), leaf1);
  join(add(DeviceKind::adapter, "b mlx5_9", "b", "mlx5_9"), leaf1);
  join(leaf1, add(DeviceKind::adapter, "b mlx5_7", "b", "mlx5_7"));
  join(leaf0, add(DeviceKind::adapter, "b mlx5_2", "b", "mlx5_2"));
  join(add(DeviceKind::adapter, "c mlx5_2", "c", "mlx5_2"), leaf0, {25e9});
  survey.cables.back().capability = test::ndr;
  join(add(DeviceKind::adapter, "MT4129 ConnectX7"), leaf1);
  join(add(DeviceKind::aggregator, "Mellanox Technologies Aggregation Node"), leaf0);
  return survey;
}

TEST(Imported, HasNodesRailsAndRatesAsTheyStand) {
  const Survey survey = small_hall();
  EXPECT_EQ(nodes_in(survey, 2), 3);
  const ImportedFabric hall = import_fabric(survey, 3, 2, test::ndr);
  EXPECT_EQ(hall.notes,
            (std::vector<std::string>{"1 NIC missing on a rail: another of the node serves it", "1 cable slower than its ends could do",
                                      "1 host with cables to fewer than half of the rails left out", "1 adapter of no rail left out"}));
  const Cabling shape(hall.plan);
  EXPECT_EQ(shape.name(VertexId{3}), "b/nic1");
  EXPECT_EQ(shape.name(VertexId{6}), "leaf_0");
  EXPECT_EQ(shape.out_degree(VertexId{5}), 0) << "c has no mlx5_7";
  EXPECT_EQ(shape.serving(VertexId{5}), VertexId{4});
  EXPECT_EQ(shape.serving(VertexId{3}), VertexId{3});
  EXPECT_EQ(shape.switches(1), 2);
  EXPECT_EQ(shape.switches(2), 1);
  EXPECT_EQ(shape.cables(0), 5);
  EXPECT_EQ(shape.cables(1), 4);
  const LinkId of_c = shape.out_link(VertexId{4}, 0);
  EXPECT_EQ(shape.bandwidth(cable_of(of_c)), sim::BytesPerSecond{25e9});
  EXPECT_EQ(shape.bandwidth(cable_of(shape.out_link(VertexId{0}, 0))), sim::BytesPerSecond{}) << "that of the NIC";
}

// Of DOT nothing has a GUID. A switch is called as a NIC of host a is; three are called "leaf 0" or the like, one as the third would be.
TEST(Imported, GivesEachAName) {
  Survey survey = small_hall();
  for (Device& device : survey.devices) device.guid = 0;
  survey.devices[1].name = "leaf_0";
  survey.devices[2].name = "leaf_0-2";
  survey.devices.push_back({.kind = DeviceKind::switch_, .name = "leaf 0"});
  survey.devices.push_back({.kind = DeviceKind::switch_, .name = "a/nic0"});
  const Cabling shape(import_fabric(survey, 3, 2, test::ndr).plan);
  std::vector<std::string> names;
  for (std::uint32_t v = 6; v < shape.vertices(); ++v) names.push_back(shape.name(VertexId{v}));
  EXPECT_EQ(names, (std::vector<std::string>{"leaf_0", "leaf_0-2", "leaf_0-2-2", "leaf_0-3", "a/nic0-2"}));
  EXPECT_EQ(shape.find("a/nic0"), VertexId{0});
}

TEST(Imported, GivesHostsWithoutANameEachOne) {
  Survey survey;
  survey.devices = {{.kind = DeviceKind::switch_, .name = "leaf"}, {.name = "MT4129"}, {.name = "MT4129"}};
  survey.cables = {{.a = {1, 1}, .b = {0, 1}}, {.a = {2, 1}, .b = {0, 2}}};
  const Cabling shape(import_fabric(survey, 2, 1, test::ndr).plan);
  EXPECT_EQ(shape.name(VertexId{0}), "unnamed-0000000000000000/nic0");
  EXPECT_EQ(shape.name(VertexId{1}), "unnamed-0000000000000000-2/nic0");
}

TEST(Imported, LetsAnotherNicServeForOneThatIsMissing) {
  const auto survey = std::make_shared<const Survey>(small_hall());
  const Fabric fabric = make_fabric({.topology = Topology::imported, .survey = survey}, {.nodes = 3, .rails = 2, .link = test::ndr});
  const Route route = fabric.route({2, 1}, {0, 1}, 0);
  EXPECT_EQ(fabric.name(route[0]), "c/nic0 -> leaf_0");
  EXPECT_EQ(route.hops(), 4);
}

// Without the spine nothing joins the two rails. c has a NIC on the first alone: what is for its second rail leaves by the first too.
TEST(Imported, AStandInIsReachedByItsOwnRail) {
  Survey survey = small_hall();
  survey.cables.erase(survey.cables.begin(), survey.cables.begin() + 4);
  const NodeSpec node{.name = "pair",
                      .source = "",
                      .gpu = {},
                      .gpus = 2,
                      .nvlink = {.links_per_gpu = 12, .link_bandwidth = {25e9}},
                      .pcie_bandwidth = {52e9},
                      .nic = {.name = "", .bandwidth = test::ndr, .efficiency = 1, .latency = {}},
                      .nics = 2,
                      .fabric_switch = {.name = "", .ports = 40, .latency = {}}};
  const Cluster cluster(
      {.node = node, .nodes = 3, .fabric = {.topology = Topology::imported, .survey = std::make_shared<const Survey>(survey)}});
  ASSERT_FALSE(cluster.fabric().shape().joins_rails());
  std::vector<sim::ResourceId> path;
  cluster.append_path(GpuId{1}, GpuId{5}, 0, path);
  std::vector<std::string> names;
  for (const sim::ResourceId resource : path) names.push_back(cluster.name(resource));
  EXPECT_EQ(names,
            (std::vector<std::string>{"gpu 1 of node 0, PCIe out", "a/nic0 -> leaf_0", "leaf_0 -> c/nic0", "gpu 5 of node 2, PCIe in"}));
}

TEST(Imported, SaysHowManyNodesThereAre) {
  EXPECT_EQ(refusal([] { import_fabric(small_hall(), 4, 2, test::ndr); }),
            "hall has 3 hosts with cables to at least half of 2 rails, not 4; take 3 nodes, or a node with as many NICs as the hosts have");
  const auto survey = std::make_shared<const Survey>(small_hall());
  const auto found = faults({.topology = Topology::imported, .survey = survey}, {.nodes = 4, .rails = 2, .link = test::ndr});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().place, "/fabric/file");
  EXPECT_EQ(faults({.topology = Topology::imported}, {.nodes = 4, .rails = 2}).size(), 1U) << "no file";
}

// leaf0 (device 0) sends b's mlx5_7 (LID 7) by its second cable to the spine, port 2; minhop would take the first for a's.
TEST(Imported, GoesByItsTables) {
  Survey survey = small_hall();
  const auto table = [&](std::uint64_t guid, std::initializer_list<std::pair<int, int>> ports) {
    survey.tables.push_back({.switch_guid = guid, .switch_lid = 0, .out_port = std::vector<std::uint8_t>(16, ForwardingTable::nowhere)});
    for (const auto& [lid, port] : ports) survey.tables.back().out_port[static_cast<std::size_t>(lid)] = static_cast<std::uint8_t>(port);
  };
  table(100, {{7, 2}});
  table(102, {{7, 4}});
  table(101, {{7, 5}});
  const auto shared = std::make_shared<const Survey>(survey);
  const Fabric fabric = make_fabric({.topology = Topology::imported, .survey = shared}, {.nodes = 3, .rails = 2, .link = test::ndr});
  EXPECT_EQ(fabric.routing(), Routing::lft);
  std::string way;
  for (const LinkId link : fabric.route({0, 0}, {1, 1}, 0)) way += fabric.name(link) + "; ";
  EXPECT_EQ(way, "a/nic0 -> leaf_0; leaf_0 -> spine [1]; spine -> leaf_1 [1]; leaf_1 -> b/nic1; ");
  EXPECT_THROW(static_cast<void>(fabric.route({1, 1}, {0, 0}, 0)), sim::Error) << "no entry";
  survey.tables.front().out_port[7] = 9;
  const auto wrong = std::make_shared<const Survey>(survey);
  EXPECT_EQ(refusal([&] { make_fabric({.topology = Topology::imported, .survey = wrong}, {.nodes = 3, .rails = 2, .link = test::ndr}); }),
            "/fabric/file: the tables send LID 7 from leaf_0 by port 9, which has no cable; dump cables and tables at one time");
}

Fabric sample_su1(const std::string& tables) {
  const auto survey = std::make_shared<Survey>(read_survey(*fabric_sample("synthetic/su1/su1.ibnetdiscover"), "su1.ibnetdiscover"));
  survey->tables = read_forwarding(*fabric_sample("synthetic/su1/" + tables), tables).tables;
  return make_fabric({.topology = Topology::imported, .survey = survey}, {.nodes = 20, .rails = 8, .link = {25e9}});
}

// Destinations of other leaves over each link between switches.
std::map<std::int64_t, int> loads_of(const Fabric& fabric, bool up) {
  std::map<LinkId, std::set<VertexId>> destinations;
  for (std::uint32_t link = 0; link < fabric.links(); ++link) {
    if (fabric.layer_of(LinkId{link}) == 1 && (link % 2 == 0) == up) destinations[LinkId{link}];
  }
  for (int rail = 0; rail < 8; ++rail) {  // any one node stands for a leaf
    for (std::uint32_t to = 0; to < fabric.ports(); ++to) {
      for (const LinkId link : fabric.route({0, rail}, fabric.shape().port(VertexId{to}), 0)) {
        if (destinations.contains(link)) destinations[link].insert(VertexId{to});
      }
    }
  }
  std::map<std::int64_t, int> links;
  for (const auto& [link, to] : destinations) ++links[static_cast<std::int64_t>(to.size())];
  return links;
}

TEST(Imported, TheUnitOfTheSamplesIsAsBalancedAsItsTables) {
  if (!fabric_sample("synthetic/su1/su1.lft")) GTEST_SKIP() << "ORRERY_DATA is not set: no samples of fabrics";
  const Fabric good = sample_su1("su1.lft");
  EXPECT_EQ(loads_of(good, true), (std::map<std::int64_t, int>{{7, 160}}));
  const Fabric bad = sample_su1("su1-nodemajor.lft");
  EXPECT_EQ(loads_of(bad, true), (std::map<std::int64_t, int>{{4, 40}, {8, 120}}));
}

TEST(Imported, TheRealSampleHasItsNodesAndGapsAndReachesItself) {
  const auto text = fabric_sample("ibnetdiscover/topograph-example.out");
  if (!text) GTEST_SKIP() << "ORRERY_DATA is not set: no samples of fabrics";
  const auto survey = std::make_shared<const Survey>(read_survey(*text, "topograph-example.out"));
  const int nodes = nodes_in(*survey, 4);
  EXPECT_EQ(nodes, 122) << "of 4 adapters 109, of 3 11, of 2 2; 69 stand alone";
  const Fabric fabric = make_fabric({.topology = Topology::imported, .survey = survey}, {.nodes = nodes, .rails = 4, .link = test::ndr});
  EXPECT_EQ(fabric.switches(1), 31);
  EXPECT_EQ(fabric.switches(2), 9);
  EXPECT_EQ(fabric.cables(1), 532);
  for (int node = 1; node < nodes; ++node) {
    for (int rail = 0; rail < 4; ++rail) EXPECT_LE(fabric.route({0, rail}, {node, rail}, 0).hops(), 4);
  }
}

}  // namespace
}  // namespace orrery::topology
