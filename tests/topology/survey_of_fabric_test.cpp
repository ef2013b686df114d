#include "topology/survey_of_fabric.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/topology/assorted_fabrics.h"
#include "tests/topology/described_survey.h"
#include "topology/export_dot.h"
#include "topology/export_graphml.h"
#include "topology/export_ibnetdiscover.h"
#include "topology/export_simgrid.h"
#include "topology/import_ibnetdiscover.h"

namespace orrery::topology {
namespace {

constexpr sim::BytesPerSecond hdr{25e9};

// Four nodes of two NICs on 4-port switches: a leaf has two ports down and two up, so each rail has two leaves.
Fabric four_nodes() { return make_fabric({.topology = Topology::fat_tree}, {.nodes = 4, .rails = 2, .radix = 4, .link = hdr}); }

TEST(SurveyOfFabric, HasTheFabricsDevicesAndCables) {
  const Fabric fabric = four_nodes();
  const Survey survey = survey_of_fabric(fabric, hdr);
  const SurveyFacts found = facts(survey);
  EXPECT_EQ(found.switches, fabric.switches(1) + fabric.switches(2));
  EXPECT_EQ(found.leaves, 4);
  EXPECT_EQ(found.adapters, 8);
  EXPECT_EQ(found.hosts, 4);
  EXPECT_EQ(found.cables_between_switches, 8);
  EXPECT_EQ(found.rail_purity, 1);
  EXPECT_EQ(survey.devices[3].name, "node1 nic1");
  EXPECT_EQ(survey.devices[3].host, "node1");
  EXPECT_EQ(survey.devices[3].adapter, "nic1");
  for (const SurveyCable& cable : survey.cables) EXPECT_EQ(cable.bandwidth, hdr);
}

// Port p + 1 of a device is link p of its vertex, on every topology.
TEST(SurveyOfFabric, NumbersPortsAsTheFabricDoes) {
  for (const test::AssortedFabric& made : test::assorted_fabrics()) {
    const Fabric fabric = make_fabric(made.spec, made.ports);
    const Survey survey = survey_of_fabric(fabric, hdr);
    std::set<DevicePort> used;
    ASSERT_EQ(static_cast<std::int64_t>(survey.cables.size()), fabric.links() / 2);
    for (const SurveyCable& cable : survey.cables) {
      const LinkId there = fabric.out_link(VertexId{cable.a.device}, cable.a.port - 1);
      EXPECT_EQ(fabric.target(there), VertexId{cable.b.device});
      EXPECT_EQ(fabric.out_link(VertexId{cable.b.device}, cable.b.port - 1), reverse(there));
      EXPECT_TRUE(used.insert(cable.a).second && used.insert(cable.b).second) << "two cables in one port";
    }
  }
}

TEST(SurveyOfFabric, LeavesDeadLinksOutAndTheRestAsItWas) {
  Fabric fabric = four_nodes();
  const Survey whole = survey_of_fabric(fabric, hdr);
  const LinkId dead = fabric.out_link(fabric.vertex("leaf0.0"), 0);
  fabric.set_alive(dead, false);
  const Survey damaged = survey_of_fabric(fabric, hdr);
  EXPECT_EQ(damaged.cables.size() + 1, whole.cables.size());
  ASSERT_EQ(damaged.down_ports.size(), 2U);
  EXPECT_EQ(damaged.down_ports[0], (DevicePort{index(fabric.source(dead)), 1}));
  EXPECT_EQ(damaged.down_ports[1].device, index(fabric.target(dead)));
  for (std::size_t d = 0; d < whole.devices.size(); ++d) EXPECT_EQ(damaged.devices[d].guid, whole.devices[d].guid);
  EXPECT_EQ(damaged.ports_by_lid, whole.ports_by_lid) << "every device has a cable left";
}

// A NIC without cable has no address, nor has a switch; those behind them have other ones.
TEST(SurveyOfFabric, GivesAddressesToWhatHasACable) {
  Fabric fabric = four_nodes();
  fabric.set_alive(fabric.out_link(VertexId{0}, 0), false);
  const Survey survey = survey_of_fabric(fabric, hdr);
  EXPECT_EQ(survey.devices[0].lid, 0);
  EXPECT_EQ(survey.devices[1].lid, 1);
  EXPECT_EQ(survey.devices[8].lid, 8);
  EXPECT_EQ(survey.ports_by_lid.at(8), (DevicePort{8, 0}));
}

TEST(SurveyOfFabric, IsWrittenByEveryExporterAndReadBackTheSame) {
  const Survey survey = survey_of_fabric(four_nodes(), hdr);
  EXPECT_EQ(facts(read_ibnetdiscover(ibnetdiscover_text(survey), "hall.net")), facts(survey));
  for (const std::string& text : {graphml(survey), dot(survey), simgrid_platform(survey)}) {
    EXPECT_NE(text.find("node3 nic1"), std::string::npos);
  }
}

}  // namespace
}  // namespace orrery::topology
